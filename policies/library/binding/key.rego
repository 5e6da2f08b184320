# METADATA
# scope: package
# title: Deny requests without proof of the key that the token is bound to
# description: >-
#   A token bound to a key (DPoP, RFC 9449) comes with a proof signed by that key; whoever checked the proof
#   gives the key's thumbprint.
# custom:
#   id: binding.key
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - RFC 9449
#   requires: [token.cnf.jkt, request.proof_thumbprint]
#   optional: []
#   parameters: {}
package lictor.library.binding.key

deny contains "the proof is not of the key that the token is bound to" if {
	is_string(bound)
	is_string(proven)
	proven != bound
}

deny contains "the token is bound to no key" if bound == ""

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default bound := null

bound := input.token.cnf.jkt

deny contains message if {
	not is_string(bound)
	message := sprintf("token.cnf.jkt must be a string, the thumbprint of the key that the token is bound to, but is %s", [given(bound)])
}

default proven := null

proven := input.request.proof_thumbprint

deny contains message if {
	not is_string(proven)
	message := sprintf("request.proof_thumbprint must be a string, the thumbprint of the key that signed the proof, but is %s", [given(proven)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
