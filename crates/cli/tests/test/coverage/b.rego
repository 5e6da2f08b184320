package lib.b

ok(x) if x.method == "GET"

ok(x) if {
	x.method == "POST"
	x.body != ""
}

unused(x) := x + 1

const := {"a": 1, "b": [2, 3]}

limits := data.limits

pattern := `^[a-z]+$`

matches(s) if regex.match(pattern, s)
