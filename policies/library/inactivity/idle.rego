# METADATA
# scope: package
# title: Deny requests in sessions that were idle for long
# description: >-
#   A session's token that was idle for some time, counted from its issue where it was not used yet, is refused:
#   sign in again.
# custom:
#   id: inactivity.idle
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - NIST SP 800-63B-4 AAL2
#   unverified:
#     - PCI DSS 4.0 8.2.8
#     - NIST SP 800-63B-4 AAL3
#   requires: [token.iat, usage]
#   optional: [usage.last_used_ms, time_ns]
#   parameters:
#     max_idle_seconds:
#       default: 3600
#       type: a number
#       description: How long a session may be idle, in seconds.
package lictor.library.inactivity.idle

deny contains message if {
	is_number(iat)
	is_object(usage)
	now_ms - seen > max_idle_seconds * 1000
	message := sprintf("session was idle for more than %v s; sign in again", [max_idle_seconds])
}

seen := last_used_ms if is_number(last_used_ms)

seen := iat * 1000 if {
	last_used_ms == null
	is_number(iat)
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default iat := null

iat := input.token.iat

deny contains message if {
	not is_number(iat)
	message := sprintf("token.iat must be a number, when the token was issued, in s since 1970, but is %s", [given(iat)])
}

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

default max_idle_seconds := 3600

max_idle_seconds := data.lictor.parameters.inactivity.idle.max_idle_seconds

deny contains message if {
	not is_number(max_idle_seconds)
	message := sprintf("parameter max_idle_seconds must be a number, but is %s", [given(max_idle_seconds)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
