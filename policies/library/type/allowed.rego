# METADATA
# scope: package
# title: Deny tokens of types that are not allowed
# description: >-
#   A token belongs to an API key of some kind. Only tokens of the listed kinds are saved.
# custom:
#   id: type.allowed
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls:
#     - ASVS 5.0 13.2.1
#   unverified: []
#   requires: [token.apiKeyType]
#   optional: []
#   parameters:
#     allowed:
#       default: ["SERVICE_ACCOUNT", "SCOPED_TOKEN"]
#       type: an array of strings
#       description: The kinds whose tokens may be saved.
package lictor.library.type.allowed

deny contains message if {
	is_string(kind)
	not kind in allowed
	message := sprintf("token type %s is not allowed, but only %s", [kind, concat(", ", allowed)])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default kind := null

kind := input.token.apiKeyType

deny contains message if {
	not is_string(kind)
	message := sprintf("token.apiKeyType must be a string, the kind of API key that the token belongs to, but is %s", [given(kind)])
}

# Parameters: what the data says, or else the default.

default allowed := ["SERVICE_ACCOUNT", "SCOPED_TOKEN"]

allowed := data.lictor.parameters.type.allowed.allowed

deny contains message if {
	not is_strings(allowed)
	message := sprintf("parameter allowed must be an array of strings, but is %s", [given(allowed)])
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
