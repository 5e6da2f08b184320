# METADATA
# scope: package
# title: Deny API keys of users
# description: >-
#   API keys belong to service accounts. Users have keys only where they are listed as exceptions.
# custom:
#   id: type.key
#   entity: api_key
#   events: [create, update]
#   severity: error
#   controls:
#     - ASVS 5.0 13.2.1
#   unverified: []
#   requires: [apiKey.apiKeyType, apiKey.parentIdentifier]
#   optional: []
#   parameters:
#     allowed:
#       default: ["SERVICE_ACCOUNT"]
#       type: an array of strings
#       description: The kinds of keys that anybody may have.
#     exceptions:
#       default: []
#       type: an array of strings
#       description: Owners who may have keys of any kind.
package lictor.library.type.key

deny contains message if {
	is_string(kind)
	is_string(owner)
	not kind in allowed
	not owner in exceptions
	message := sprintf("API keys of type %s are not allowed for %s", [kind, owner])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default kind := null

kind := input.apiKey.apiKeyType

deny contains message if {
	not is_string(kind)
	message := sprintf("apiKey.apiKeyType must be a string, the kind of the key, but is %s", [given(kind)])
}

default owner := null

owner := input.apiKey.parentIdentifier

deny contains message if {
	not is_string(owner)
	message := sprintf("apiKey.parentIdentifier must be a string, whom the key belongs to, but is %s", [given(owner)])
}

# Parameters: what the data says, or else the default.

default allowed := ["SERVICE_ACCOUNT"]

allowed := data.lictor.parameters.type.key.allowed

deny contains message if {
	not is_strings(allowed)
	message := sprintf("parameter allowed must be an array of strings, but is %s", [given(allowed)])
}

default exceptions := []

exceptions := data.lictor.parameters.type.key.exceptions

deny contains message if {
	not is_strings(exceptions)
	message := sprintf("parameter exceptions must be an array of strings, but is %s", [given(exceptions)])
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
