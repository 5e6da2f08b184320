# METADATA
# scope: package
# title: Deny requests with other tokens than access tokens
# description: >-
#   An identity token or a refresh token opens no endpoint. The type is what introspection or the token's header
#   says.
# custom:
#   id: type.at_use
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 9.2.2
#   unverified: []
#   requires: [token.type]
#   optional: []
#   parameters:
#     allowed:
#       default: ["access_token", "at+jwt"]
#       type: an array of strings
#       description: The types that open endpoints.
package lictor.library.type.at_use

deny contains message if {
	is_string(kind)
	not kind in allowed
	message := sprintf("a token of type %s opens no endpoint", [kind])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default kind := null

kind := input.token.type

deny contains message if {
	not is_string(kind)
	message := sprintf("token.type must be a string, what the token is for, but is %s", [given(kind)])
}

# Parameters: what the data says, or else the default.

default allowed := ["access_token", "at+jwt"]

allowed := data.lictor.parameters.type.at_use.allowed

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
