# METADATA
# scope: package
# title: Deny the first request with tokens that were made long ago
# description: >-
#   A token is used soon after it was made, or it was made for nothing: one that turns up much later was found,
#   not given.
# custom:
#   id: inactivity.never_used
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API9:2023
#   requires: [usage.created_ms]
#   optional: [usage.last_used_ms, time_ns]
#   parameters:
#     max_days:
#       default: 7
#       type: a number
#       description: How soon a token is used first, in days.
package lictor.library.inactivity.never_used

deny contains message if {
	last_used_ms == null
	is_number(created_ms)
	now_ms - created_ms > max_days * 86400000
	message := sprintf("token was not used within %v days of its creation", [max_days])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default created_ms := null

created_ms := input.usage.created_ms

deny contains message if {
	not is_number(created_ms)
	message := sprintf("usage.created_ms must be a number, when the token was made, in ms since 1970, but is %s", [given(created_ms)])
}

default last_used_ms := null

last_used_ms := input.usage.last_used_ms

deny contains message if {
	last_used_ms != null
	not is_number(last_used_ms)
	message := sprintf("usage.last_used_ms must be a number, when the token was last used, in ms since 1970, but is %s", [given(last_used_ms)])
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

max_days := data.lictor.parameters.inactivity.never_used.max_days

deny contains message if {
	not is_number(max_days)
	message := sprintf("parameter max_days must be a number, but is %s", [given(max_days)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
