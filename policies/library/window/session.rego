# METADATA
# scope: package
# title: Deny requests in sessions that began too long ago
# description: >-
#   However often tokens are refreshed, whoever signed in that long ago signs in again.
# custom:
#   id: window.session
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - NIST SP 800-63B-4 AAL2
#   unverified:
#     - NIST SP 800-63B-4 AAL1
#     - NIST SP 800-63B-4 AAL3
#   requires: [token.auth_time]
#   optional: [time_ns]
#   parameters:
#     max_seconds:
#       default: 86400
#       type: a number
#       description: How long a session lasts, in seconds.
package lictor.library.window.session

deny contains message if {
	is_number(auth_time)
	now_s - auth_time > max_seconds
	message := sprintf("session began more than %v s ago; sign in again", [max_seconds])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default auth_time := null

auth_time := input.token.auth_time

deny contains message if {
	not is_number(auth_time)
	message := sprintf("token.auth_time must be a number, when its user signed in, in s since 1970, but is %s", [given(auth_time)])
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

default max_seconds := 86400

max_seconds := data.lictor.parameters.window.session.max_seconds

deny contains message if {
	not is_number(max_seconds)
	message := sprintf("parameter max_seconds must be a number, but is %s", [given(max_seconds)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
