# METADATA
# scope: package
# title: Deny writes long after the last sign-in
# description: >-
#   What changes something needs a sign-in of late, not just a token that is still valid. Reading methods are
#   listed; every other one writes.
# custom:
#   id: mfa.recent
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - NIST SP 800-63B-4 AAL2
#   requires: [request.method, token.auth_time]
#   optional: [time_ns]
#   parameters:
#     max_seconds:
#       default: 900
#       type: a number
#       description: How long ago the sign-in may be, in seconds.
#     read_methods:
#       default: ["GET", "HEAD", "OPTIONS"]
#       type: an array of strings
#       description: The methods that only read.
package lictor.library.mfa.recent

deny contains message if {
	writes
	is_number(auth_time)
	now_s - auth_time > max_seconds
	message := sprintf("sign in again: the last time was more than %v s ago", [max_seconds])
}

writes if {
	is_string(method)
	not method in read_methods
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default method := null

method := input.request.method

deny contains message if {
	not is_string(method)
	message := sprintf("request.method must be a string, what the request wants to do, but is %s", [given(method)])
}

default auth_time := null

auth_time := input.token.auth_time

deny contains message if {
	writes
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

default max_seconds := 900

max_seconds := data.lictor.parameters.mfa.recent.max_seconds

deny contains message if {
	not is_number(max_seconds)
	message := sprintf("parameter max_seconds must be a number, but is %s", [given(max_seconds)])
}

default read_methods := ["GET", "HEAD", "OPTIONS"]

read_methods := data.lictor.parameters.mfa.recent.read_methods

deny contains message if {
	not is_strings(read_methods)
	message := sprintf("parameter read_methods must be an array of strings, but is %s", [given(read_methods)])
}

is_strings(value) if {
	is_array(value)
	every item in value { is_string(item) }
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
}
