# METADATA
# scope: package
# title: Deny scoped tokens without permissions
# description: >-
#   A scoped token names what it may do. One that does not might do anything, or nothing: both are mistakes.
# custom:
#   id: scopes.permissions_given
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC6.3
#   requires: [token.apiKeyType, token.scopedResourcePermissions]
#   optional: []
#   parameters:
#     max_permissions:
#       default: 20
#       type: a number
#       description: The most permissions that a scoped token may have.
package lictor.library.scopes.permissions_given

deny contains "a scoped token needs at least one permission" if {
	kind == "SCOPED_TOKEN"
	permissions == []
}

deny contains message if {
	kind == "SCOPED_TOKEN"
	is_array(permissions)
	count(permissions) > max_permissions
	message := sprintf("scoped token has %v permissions, and may have %v", [count(permissions), max_permissions])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default kind := null

kind := input.token.apiKeyType

deny contains message if {
	not is_string(kind)
	message := sprintf("token.apiKeyType must be a string, the kind of API key that the token belongs to, but is %s", [given(kind)])
}

default permissions := null

permissions := input.token.scopedResourcePermissions

deny contains message if {
	kind == "SCOPED_TOKEN"
	not is_array(permissions)
	message := sprintf("token.scopedResourcePermissions must be an array, what the scoped token may do, but is %s", [given(permissions)])
}

# Parameters: what the data says, or else the default.

default max_permissions := 20

max_permissions := data.lictor.parameters.scopes.permissions_given.max_permissions

deny contains message if {
	not is_number(max_permissions)
	message := sprintf("parameter max_permissions must be a number, but is %s", [given(max_permissions)])
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
}
