# METADATA
# scope: package
# title: Deny requests with tokens that were replaced
# description: >-
#   After a rotation the old token works for a while, then whoever still uses it is refused: it may be a thief.
#   The usage record says when a token was replaced.
# custom:
#   id: rotation.reuse
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 13.1.4
#   unverified: []
#   requires: [usage]
#   optional: [usage.replaced_ms, time_ns]
#   parameters:
#     grace_hours:
#       default: 24
#       type: a number
#       description: How long a replaced token may still be used, in hours.
package lictor.library.rotation.reuse

deny contains message if {
	is_number(replaced_ms)
	now_ms - replaced_ms > grace_hours * 3600000
	message := sprintf("token was replaced more than %v hours ago", [grace_hours])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default usage := null

usage := input.usage

deny contains message if {
	not is_object(usage)
	message := sprintf("usage must be an object, what is known of the token's use, but is %s", [given(usage)])
}

default replaced_ms := null

replaced_ms := input.usage.replaced_ms

deny contains message if {
	replaced_ms != null
	not is_number(replaced_ms)
	message := sprintf("usage.replaced_ms must be a number, when the token was replaced, in ms since 1970, but is %s", [given(replaced_ms)])
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

default grace_hours := 24

grace_hours := data.lictor.parameters.rotation.reuse.grace_hours

deny contains message if {
	not is_number(grace_hours)
	message := sprintf("parameter grace_hours must be a number, but is %s", [given(grace_hours)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
