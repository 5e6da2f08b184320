# Roles that inherit from roles: what a user reaches, and what that permits.
package bench

edges[role] := {parent | some parent in data.inherits[role]} if some role, _ in data.inherits

reached := graph.reachable(edges, data.users[input.user])

permissions contains permission if {
	some role in reached
	some permission in data.grants[role]
}

result := {"allowed": input.permission in permissions, "permissions": count(permissions), "roles": reached}
