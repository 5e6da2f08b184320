# Chains of else and defaults, in functions and rules, for each of many requests.
package bench

tier(amount) := "free" if {
	amount == 0
} else := "small" if {
	amount < 100
} else := "medium" if {
	amount < 10000
} else := "large"

default limit(_) := 10

limit(account) := account.limit if account.limit

limit(account) := 1000 if {
	not account.limit
	tier(account.spend) == "large"
}

result := {name: total |
	some name in ["free", "small", "medium", "large"]
	total := sum([limit(account) | some account in data.accounts; tier(account.spend) == name])
}
