# METADATA
# scope: package
# title: Deny requests with tokens that were unused for long
# description: >-
#   A token that nobody used for weeks is nobody's, until somebody finds it. One that was never used counts from
#   its creation.
# custom:
#   id: inactivity.unused
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - CIS AWS 1.12
#     - PCI DSS 4.0 8.2.6
#   requires: [usage]
#   optional: [usage.last_used_ms, usage.created_ms, time_ns]
#   parameters:
#     max_days:
#       default: 45
#       type: a number
#       description: How long a token may be unused, in days.
package lictor.library.inactivity.unused

deny contains message if {
	now_ms - seen > max_days * 86400000
	message := sprintf("token was unused for more than %v days", [max_days])
}

deny contains "usage has neither last_used_ms nor created_ms" if {
	is_object(usage)
	last_used_ms == null
	created_ms == null
}

seen := last_used_ms if is_number(last_used_ms)

seen := created_ms if {
	last_used_ms == null
	is_number(created_ms)
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default usage := null

usage := input.usage

deny contains message if {
	not is_object(usage)
	message := sprintf("usage must be an object, what is known of the token's use, but is %s", [given(usage)])
}

default last_used_ms := null

last_used_ms := input.usage.last_used_ms

deny contains message if {
	last_used_ms != null
	not is_number(last_used_ms)
	message := sprintf("usage.last_used_ms must be a number, when the token was last used, in ms since 1970, but is %s", [given(last_used_ms)])
}

default created_ms := null

created_ms := input.usage.created_ms

deny contains message if {
	created_ms != null
	not is_number(created_ms)
	message := sprintf("usage.created_ms must be a number, when the token was made, in ms since 1970, but is %s", [given(created_ms)])
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

default max_days := 45

max_days := data.lictor.parameters.inactivity.unused.max_days

deny contains message if {
	not is_number(max_days)
	message := sprintf("parameter max_days must be a number, but is %s", [given(max_days)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
