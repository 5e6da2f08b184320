# METADATA
# scope: package
# title: Deny requests without the certificate that the token is bound to
# description: >-
#   A token bound to a client certificate (RFC 8705) is worth nothing to a thief. A token that is bound to none
#   is denied.
# custom:
#   id: binding.certificate
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - RFC 8705
#   requires: ["token.cnf.x5t#S256", request.certificate_thumbprint]
#   optional: []
#   parameters: {}
package lictor.library.binding.certificate

deny contains "the client's certificate is not the one that the token is bound to" if {
	is_string(bound)
	is_string(presented)
	presented != bound
}

deny contains "the token is bound to no certificate" if bound == ""

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default bound := null

bound := input.token.cnf["x5t#S256"]

deny contains message if {
	not is_string(bound)
	message := sprintf("token.cnf.x5t#S256 must be a string, the thumbprint of the certificate that the token is bound to, but is %s", [given(bound)])
}

default presented := null

presented := input.request.certificate_thumbprint

deny contains message if {
	not is_string(presented)
	message := sprintf("request.certificate_thumbprint must be a string, the thumbprint of the client's certificate, but is %s", [given(presented)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
