# METADATA
# scope: package
# title: Deny rotations that keep the old token working for long
# description: >-
#   A rotated token works until scheduledExpireTime, so that its users can change over. That time is limited.
#   The new token of a rotation has no such time and passes.
# custom:
#   id: rotation.overlap
#   entity: token
#   events: [rotate]
#   severity: error
#   controls:
#     - ASVS 5.0 13.1.4
#   unverified: []
#   requires: []
#   optional: [token.scheduledExpireTime, time_ns]
#   parameters:
#     max_days:
#       default: 7
#       type: a number
#       description: How long a rotated token may go on working, in days.
package lictor.library.rotation.overlap

deny contains message if {
	is_number(scheduled)
	scheduled - now_ms > max_days * 86400000
	message := sprintf("rotated token works %v days more, and may work %v", [ceil((scheduled - now_ms) / 86400000), max_days])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default scheduled := null

scheduled := input.token.scheduledExpireTime

deny contains message if {
	scheduled != null
	not is_number(scheduled)
	message := sprintf("token.scheduledExpireTime must be a number, when the rotated token ends, in ms since 1970, but is %s", [given(scheduled)])
}

# The event's own instant, where it has one, makes a recorded event be judged as it was.
default time_ns := null

time_ns := input.time_ns

now_ms := floor(time_ns / 1000000) if is_number(time_ns)

now_ms := floor(time.now_ns() / 1000000) if time_ns == null

deny contains message if {
	time_ns != null
	not is_number(time_ns)
	message := sprintf("time_ns must be a number, when the event happens in ns since 1970, but is %s", [given(time_ns)])
}

# Parameters: what the data says, or else the default.

default max_days := 7

max_days := data.lictor.parameters.rotation.overlap.max_days

deny contains message if {
	not is_number(max_days)
	message := sprintf("parameter max_days must be a number, but is %s", [given(max_days)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
