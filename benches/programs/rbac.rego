# Roles, and what roles may do: a user's roles joined with grants, the one that matches late.
package bench

default result := false

result if {
	some role in data.user_roles[input.user]
	some grant in data.grants
	grant.role == role
	grant.action == input.action
	grant.resource == input.resource
}
