# METADATA
# scope: package
# title: Deny tokens of issuers that are not listed
# description: >-
#   Only tokens of the listed issuers count. They are compared as texts, the slash at the end included.
# custom:
#   id: issuer.allowed
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 9.1.3
#   unverified:
#     - OWASP API2:2023
#   requires: [token.iss]
#   optional: []
#   parameters:
#     allowed:
#       default: ["https://idp.example.com/"]
#       type: an array of strings
#       description: The issuers that count.
package lictor.library.issuer.allowed

deny contains message if {
	is_string(iss)
	not iss in allowed
	message := sprintf("tokens of %s do not count here", [iss])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default iss := null

iss := input.token.iss

deny contains message if {
	not is_string(iss)
	message := sprintf("token.iss must be a string, who issued the token, but is %s", [given(iss)])
}

# Parameters: what the data says, or else the default.

default allowed := ["https://idp.example.com/"]

allowed := data.lictor.parameters.issuer.allowed.allowed

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
