# METADATA
# scope: package
# title: Deny requests with access tokens that were made to live long
# description: >-
#   Between services, access tokens are short-lived, whatever their issuer thinks of it.
# custom:
#   id: lifetime.access_token
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 13.2.1
#   unverified: []
#   requires: [token.exp, token.iat]
#   optional: []
#   parameters:
#     max_seconds:
#       default: 3600
#       type: a number
#       description: The longest time from iat to exp, in seconds.
package lictor.library.lifetime.access_token

deny contains message if {
	is_number(exp)
	is_number(iat)
	exp - iat > max_seconds
	message := sprintf("access token lives %v s, and may live %v", [exp - iat, max_seconds])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default exp := null

exp := input.token.exp

deny contains message if {
	not is_number(exp)
	message := sprintf("token.exp must be a number, the expiry in s since 1970, but is %s", [given(exp)])
}

default iat := null

iat := input.token.iat

deny contains message if {
	not is_number(iat)
	message := sprintf("token.iat must be a number, when the token was issued, in s since 1970, but is %s", [given(iat)])
}

# Parameters: what the data says, or else the default.

default max_seconds := 3600

max_seconds := data.lictor.parameters.lifetime.access_token.max_seconds

deny contains message if {
	not is_number(max_seconds)
	message := sprintf("parameter max_seconds must be a number, but is %s", [given(max_seconds)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
