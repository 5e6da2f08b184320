package app.rbac

import data.roles

default allow = false

allow {
	user_is_admin
}

allow {
	some grant
	user_is_granted[grant]
	input.action == grant.action
	input.type == grant.type
}

user_is_admin {
	roles[input.user][_] == "admin"
}

user_is_granted[grant] {
	some i, j
	role := roles[input.user][i]
	grant := data.grants[role][j]
}

level = x {
	x := {"admin": 3, "user": 1}[roles[input.user][0]]
} else = 0 {
	true
}

names[name] = upper(name) {
	roles[name]
}
