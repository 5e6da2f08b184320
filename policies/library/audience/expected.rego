# METADATA
# scope: package
# title: Deny requests with tokens for somebody else
# description: >-
#   The audience of a token, one text or several, must name this service.
# custom:
#   id: audience.expected
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 9.2.3
#   unverified:
#     - OWASP API2:2023
#   requires: [token.aud]
#   optional: []
#   parameters:
#     audience:
#       default: "https://api.example.com"
#       type: a string
#       description: What this service is called.
package lictor.library.audience.expected

deny contains message if {
	audiences
	not audience in audiences
	message := sprintf("token is not for %s", [audience])
}

audiences := [aud] if is_string(aud)

audiences := aud if is_strings(aud)

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default aud := null

aud := input.token.aud

deny contains message if {
	not audiences
	message := sprintf("token.aud must be a string or an array of strings, whom the token is for, but is %s", [given(aud)])
}

# Parameters: what the data says, or else the default.

default audience := "https://api.example.com"

audience := data.lictor.parameters.audience.expected.audience

deny contains message if {
	not is_string(audience)
	message := sprintf("parameter audience must be a string, but is %s", [given(audience)])
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
