package lib.tokens

import data.lib.time as t

default max_days := 90

max_days := data.limits[input.metadata.account].max_days

scopes contains scope if some scope in input.token.scopes

scopes contains implied if {
	some scope in input.token.scopes
	some implied in data.implied[scope]
}

is_expiring(token, within) if {
	left := t.days_between(t.now_ms, token.validTo)
	left >= 0
	left <= within
}

owner(token) := token.owner if token.owner

else := sprintf("team:%s", [token.team]) if token.team

else := "nobody"

redacted(token) := object.remove(token, ["secret"]) if token.secret

redacted(token) := token if not token.secret
