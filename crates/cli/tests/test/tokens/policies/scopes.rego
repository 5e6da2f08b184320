package policies.scopes

import data.lib.tokens

admin := {scope | some scope in tokens.scopes; endswith(scope, ":admin")}

deny contains {"msg": msg, "scope": scope} if {
	some scope in tokens.scopes
	not scope in data.allowed
	msg := concat(" ", ["scope", scope, "is not allowed"])
}

deny contains {"msg": "too many scopes", "count": n} if {
	n := count(tokens.scopes)
	n > 3
}

violation[id] := reasons if {
	some id, token in input.tokens
	reasons := [reason |
		some reason, limit in data.counts
		count(token[reason]) > limit
	]
	count(reasons) > 0
}
