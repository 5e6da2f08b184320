# METADATA
# scope: package
# title: Deny rotations that keep the old token working past a date
# description: >-
#   No rotated token may go on working past a date. The new token of a rotation has no such time and passes.
# custom:
#   id: rotation.latest
#   entity: token
#   events: [rotate]
#   severity: error
#   controls:
#     - ASVS 5.0 13.1.4
#   unverified: []
#   requires: []
#   optional: [token.scheduledExpireTime]
#   parameters:
#     latest:
#       default: "2030-01-01T00:00:00Z"
#       type: a date as in RFC 3339
#       description: The last instant at which a rotated token may work.
package lictor.library.rotation.latest

deny contains message if {
	is_number(scheduled)
	scheduled * 1000000 > time.parse_rfc3339_ns(latest)
	message := sprintf("rotated token works past %s", [latest])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default scheduled := null

scheduled := input.token.scheduledExpireTime

deny contains message if {
	scheduled != null
	not is_number(scheduled)
	message := sprintf("token.scheduledExpireTime must be a number, when the rotated token ends, in ms since 1970, but is %s", [given(scheduled)])
}

# Parameters: what the data says, or else the default.

default latest := "2030-01-01T00:00:00Z"

latest := data.lictor.parameters.rotation.latest.latest

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
