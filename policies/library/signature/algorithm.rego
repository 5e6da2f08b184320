# METADATA
# scope: package
# title: Deny tokens signed with algorithms that are not listed
# description: >-
#   `none` is no signature, and a secret shared with everybody who verifies is little better. The header comes
#   from whoever verified the token.
# custom:
#   id: signature.algorithm
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 9.1.2
#   unverified: []
#   requires: [token.header.alg]
#   optional: []
#   parameters:
#     allowed:
#       default: ["EdDSA", "ES256", "ES384", "PS256", "RS256"]
#       type: an array of strings
#       description: The algorithms that count.
package lictor.library.signature.algorithm

deny contains message if {
	is_string(alg)
	not alg in allowed
	message := sprintf("signature algorithm '%s' is not allowed", [alg])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default alg := null

alg := input.token.header.alg

deny contains message if {
	not is_string(alg)
	message := sprintf("token.header.alg must be a string, the algorithm that signed the token, but is %s", [given(alg)])
}

# Parameters: what the data says, or else the default.

default allowed := ["EdDSA", "ES256", "ES384", "PS256", "RS256"]

allowed := data.lictor.parameters.signature.algorithm.allowed

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
