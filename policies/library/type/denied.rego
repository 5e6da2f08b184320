# METADATA
# scope: package
# title: Deny tokens of the types that are refused
# description: >-
#   Refuses tokens whose type contains one of the listed words, so that `SERVICE` stands for service accounts
#   too.
# custom:
#   id: type.denied
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls:
#     - ASVS 5.0 13.2.1
#   unverified: []
#   requires: [token.apiKeyType]
#   optional: []
#   parameters:
#     denied:
#       default: ["USER"]
#       type: an array of strings
#       description: Words that no token's type may contain.
package lictor.library.type.denied

deny contains message if {
	is_string(kind)
	some word in denied
	contains(kind, word)
	message := sprintf("token type %s contains '%s'", [kind, word])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default kind := null

kind := input.token.apiKeyType

deny contains message if {
	not is_string(kind)
	message := sprintf("token.apiKeyType must be a string, the kind of API key that the token belongs to, but is %s", [given(kind)])
}

# Parameters: what the data says, or else the default.

default denied := ["USER"]

denied := data.lictor.parameters.type.denied.denied

deny contains message if {
	not is_strings(denied)
	message := sprintf("parameter denied must be an array of strings, but is %s", [given(denied)])
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
