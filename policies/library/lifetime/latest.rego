# METADATA
# scope: package
# title: Deny tokens that are valid past a date
# description: >-
#   No token may outlive a date: the end of a contract, a migration, or a key ceremony.
# custom:
#   id: lifetime.latest
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls:
#     - ASVS 5.0 13.1.4
#   unverified: []
#   requires: [token.validTo]
#   optional: []
#   parameters:
#     latest:
#       default: "2030-01-01T00:00:00Z"
#       type: a date as in RFC 3339
#       description: The last instant at which a token may be valid.
package lictor.library.lifetime.latest

deny contains message if {
	is_number(valid_to)
	valid_to * 1000000 > time.parse_rfc3339_ns(latest)
	message := sprintf("token is valid past %s", [latest])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default valid_to := null

valid_to := input.token.validTo

deny contains message if {
	not is_number(valid_to)
	message := sprintf("token.validTo must be a number, the expiry in ms since 1970, but is %s", [given(valid_to)])
}

# Parameters: what the data says, or else the default.

default latest := "2030-01-01T00:00:00Z"

latest := data.lictor.parameters.lifetime.latest.latest

deny contains message if {
	not time.parse_rfc3339_ns(latest)
	message := sprintf("parameter latest must be a date as in RFC 3339, but is %s", [given(latest)])
}

given(value) := "missing" if value == null

given(value) := sprintf("'%s'", [value]) if is_string(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_string(value)
}
