# METADATA
# scope: package
# title: Deny tokens that bring their own key
# description: >-
#   A token whose header says where its key is, or brings it, could be signed by anybody.
# custom:
#   id: signature.key_source
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 9.1.3
#   unverified: []
#   requires: [token.header]
#   optional: []
#   parameters:
#     refused:
#       default: ["jku", "jwk", "x5u", "x5c"]
#       type: an array of strings
#       description: What a header must not have.
package lictor.library.signature.key_source

deny contains message if {
	is_object(header)
	some name in refused
	name in object.keys(header)
	message := sprintf("token header must not have '%s'", [name])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default header := null

header := input.token.header

deny contains message if {
	not is_object(header)
	message := sprintf("token.header must be an object, the token's header, but is %s", [given(header)])
}

# Parameters: what the data says, or else the default.

default refused := ["jku", "jwk", "x5u", "x5c"]

refused := data.lictor.parameters.signature.key_source.refused

deny contains message if {
	not is_strings(refused)
	message := sprintf("parameter refused must be an array of strings, but is %s", [given(refused)])
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
