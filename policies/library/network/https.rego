# METADATA
# scope: package
# title: Deny requests that are not encrypted
# description: >-
#   A token that travels in the open is everybody's. Only the listed schemes are allowed.
# custom:
#   id: network.https
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified: []
#   requires: [request.scheme]
#   optional: []
#   parameters:
#     allowed:
#       default: ["https", "grpcs"]
#       type: an array of strings
#       description: The schemes that are encrypted.
package lictor.library.network.https

deny contains message if {
	is_string(scheme)
	not scheme in allowed
	message := sprintf("scheme '%s' is not encrypted", [scheme])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default scheme := null

scheme := input.request.scheme

deny contains message if {
	not is_string(scheme)
	message := sprintf("request.scheme must be a string, how the request travels, but is %s", [given(scheme)])
}

# Parameters: what the data says, or else the default.

default allowed := ["https", "grpcs"]

allowed := data.lictor.parameters.network.https.allowed

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
