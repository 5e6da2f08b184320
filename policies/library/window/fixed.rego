# METADATA
# scope: package
# title: Deny requests with tokens older than a fixed window
# description: >-
#   A token works for a fixed time after it was issued, however long the backend lets it live.
# custom:
#   id: window.fixed
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 13.2.1
#   unverified: []
#   requires: [token.iat]
#   optional: [time_ns]
#   parameters:
#     window_seconds:
#       default: 3600
#       type: a number
#       description: How long a token works, in seconds.
package lictor.library.window.fixed

deny contains message if {
	is_number(iat)
	now_s - iat > window_seconds
	message := sprintf("token is older than the fixed window of %v s", [window_seconds])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default iat := null

iat := input.token.iat

deny contains message if {
	not is_number(iat)
	message := sprintf("token.iat must be a number, when the token was issued, in s since 1970, but is %s", [given(iat)])
}

# The event's own instant, where it has one, makes a recorded event be judged as it was.
default time_ns := null

time_ns := input.time_ns

now_s := floor(time_ns / 1000000000) if is_number(time_ns)

now_s := floor(time.now_ns() / 1000000000) if time_ns == null

deny contains message if {
	time_ns != null
	not is_number(time_ns)
	message := sprintf("time_ns must be a number, when the event happens in ns since 1970, but is %s", [given(time_ns)])
}

# Parameters: what the data says, or else the default.

default window_seconds := 3600

window_seconds := data.lictor.parameters.window.fixed.window_seconds

deny contains message if {
	not is_number(window_seconds)
	message := sprintf("parameter window_seconds must be a number, but is %s", [given(window_seconds)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
