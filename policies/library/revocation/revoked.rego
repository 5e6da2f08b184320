# METADATA
# scope: package
# title: Deny requests with revoked tokens
# description: >-
#   data.control.revoked is an object whose keys are the hashes of revoked tokens, unless their value is false.
#   The token itself is never in it.
# custom:
#   id: revocation.revoked
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - PCI DSS 4.0.1 8.6.3
#   unverified:
#     - NIST SP 800-63B-4 compromise
#   requires: [token.hash]
#   optional: []
#   switches: [control.revoked]
#   parameters: {}
package lictor.library.revocation.revoked

deny contains "token is revoked" if {
	is_string(hash)
	data.control.revoked[hash] != false
}

deny contains message if {
	revoked := data.control.revoked
	not is_object(revoked)
	message := sprintf("control.revoked must be an object, but is of type %s", [type_name(revoked)])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default hash := null

hash := input.token.hash

deny contains message if {
	not is_string(hash)
	message := sprintf("token.hash must be a string, the keyed hash of the token, but is %s", [given(hash)])
}

# Switches that cannot be read count as thrown.
deny contains message if {
	control := data.control
	not is_object(control)
	message := sprintf("control must be an object, but is of type %s", [type_name(control)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
