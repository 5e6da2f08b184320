# Tests of a policy: many evaluations of it with other input and data.
package bench

default allow := false

allow if {
	input.user.active
	some role in input.user.roles
	input.action in data.permissions[role]
	not input.resource in data.frozen
}

user(roles) := {"active": true, "roles": roles}

permissions := {"admin": ["read", "write", "delete"], "writer": ["read", "write"], "reader": ["read"]}

test_admin if {
	allow with input as {"user": user(["admin"]), "action": "delete", "resource": "a"}
		with data.permissions as permissions
		with data.frozen as []
}

test_writer if {
	allow with input as {"user": user(["reader", "writer"]), "action": "write", "resource": "a"}
		with data.permissions as permissions
		with data.frozen as ["b"]
}

test_writer_cannot_delete if {
	not allow with input as {"user": user(["writer"]), "action": "delete", "resource": "a"}
		with data.permissions as permissions
		with data.frozen as []
}

test_frozen if {
	not allow with input as {"user": user(["admin"]), "action": "write", "resource": "a"}
		with data.permissions as permissions
		with data.frozen as ["a"]
}

test_inactive if {
	not allow with input as {"user": {"active": false, "roles": ["admin"]}, "action": "read", "resource": "a"}
		with data.permissions as permissions
		with data.frozen as []
}

test_each_action if {
	every action in ["read", "write", "delete"] {
		allow with input as {"user": user(["admin"]), "action": action, "resource": "a"}
			with data.permissions as permissions
			with data.frozen as []
	}
}

test_nobody if {
	every action in ["read", "write", "delete"] {
		not allow with input.user as user([])
			with input.action as action
			with data.permissions as permissions
	}
}

result := {
	"admin": test_admin,
	"writer": test_writer,
	"delete": test_writer_cannot_delete,
	"frozen": test_frozen,
	"inactive": test_inactive,
	"each": test_each_action,
	"nobody": test_nobody,
}
