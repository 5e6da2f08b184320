# METADATA
# scope: package
# title: Deny tokens with too many scopes
# description: >-
#   A token that may do many things is a token for several jobs: make several.
# custom:
#   id: scopes.count
#   entity: token
#   events: [create, update, rotate, use]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC6.3
#   requires: [token.scopes]
#   optional: []
#   parameters:
#     max_scopes:
#       default: 10
#       type: a number
#       description: The most scopes that a token may have.
package lictor.library.scopes.count

deny contains message if {
	is_strings(scopes)
	count(scopes) > max_scopes
	message := sprintf("token has %v scopes, and may have %v", [count(scopes), max_scopes])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default scopes := null

scopes := input.token.scopes

deny contains message if {
	not is_strings(scopes)
	message := sprintf("token.scopes must be an array of strings, what the token may do, but is %s", [given(scopes)])
}

# Parameters: what the data says, or else the default.

default max_scopes := 10

max_scopes := data.lictor.parameters.scopes.count.max_scopes

deny contains message if {
	not is_number(max_scopes)
	message := sprintf("parameter max_scopes must be a number, but is %s", [given(max_scopes)])
}

is_strings(value) if {
	is_array(value)
	every item in value { is_string(item) }
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
}
