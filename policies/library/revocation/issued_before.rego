# METADATA
# scope: package
# title: Deny requests with tokens that were issued before a date
# description: >-
#   After a breach, data.control.revoked_before revokes every token that was issued before it, in s since 1970.
# custom:
#   id: revocation.issued_before
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - PCI DSS 4.0.1 8.6.3
#   unverified:
#     - NIST SP 800-63B-4 compromise
#   requires: [token.iat]
#   optional: []
#   switches: [control.revoked_before]
#   parameters: {}
package lictor.library.revocation.issued_before

deny contains message if {
	is_number(iat)
	before := data.control.revoked_before
	is_number(before)
	iat < before
	message := sprintf("tokens issued before %v are revoked", [before])
}

deny contains message if {
	before := data.control.revoked_before
	not is_number(before)
	message := sprintf("control.revoked_before must be a number, but is of type %s", [type_name(before)])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default iat := null

iat := input.token.iat

deny contains message if {
	not is_number(iat)
	message := sprintf("token.iat must be a number, when the token was issued, in s since 1970, but is %s", [given(iat)])
}

# Switches that cannot be read count as thrown.
deny contains message if {
	control := data.control
	not is_object(control)
	message := sprintf("control must be an object, but is of type %s", [type_name(control)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
