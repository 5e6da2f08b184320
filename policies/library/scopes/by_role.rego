# METADATA
# scope: package
# title: Deny requests with scopes that no role of the principal grants
# description: >-
#   A token may not do more than the roles of whom it belongs to. A role that is not listed grants nothing.
# custom:
#   id: scopes.by_role
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API5:2023
#     - SOC 2 CC6.3
#   requires: [token.scopes, principal.roles]
#   optional: []
#   parameters:
#     grants:
#       default: {"viewer": ["accounts:read"], "teller": ["accounts:read", "transfers:write"]}
#       type: an object of arrays of strings
#       description: For each role, the scopes that it grants.
package lictor.library.scopes.by_role

deny contains message if {
	is_strings(scopes)
	is_strings(roles)
	is_lists(grants)
	some scope in scopes
	not scope in granted
	message := sprintf("scope '%s' is granted by no role of the principal", [scope])
}

granted contains scope if {
	some role in roles
	some scope in grants[role]
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default scopes := null

scopes := input.token.scopes

deny contains message if {
	not is_strings(scopes)
	message := sprintf("token.scopes must be an array of strings, what the token may do, but is %s", [given(scopes)])
}

default roles := null

roles := input.principal.roles

deny contains message if {
	not is_strings(roles)
	message := sprintf("principal.roles must be an array of strings, the roles of whom the token belongs to, but is %s", [given(roles)])
}

# Parameters: what the data says, or else the default.

default grants := {"viewer": ["accounts:read"], "teller": ["accounts:read", "transfers:write"]}

grants := data.lictor.parameters.scopes.by_role.grants

deny contains message if {
	not is_lists(grants)
	message := sprintf("parameter grants must be an object of arrays of strings, but is %s", [given(grants)])
}

is_strings(value) if {
	is_array(value)
	every item in value { is_string(item) }
}

is_lists(value) if {
	is_object(value)
	every item in value { is_strings(item) }
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := "an object that holds something else" if is_object(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
	not is_object(value)
}
