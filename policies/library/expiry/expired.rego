# METADATA
# scope: package
# title: Deny requests with expired tokens
# description: >-
#   A token past its exp is refused whatever its issuer says of it, and so is one that has no exp.
# custom:
#   id: expiry.expired
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 9.2.1
#   unverified:
#     - OWASP API2:2023
#   requires: [token.exp]
#   optional: [time_ns]
#   parameters:
#     leeway_seconds:
#       default: 0
#       type: a number
#       description: How far clocks may be apart, in seconds.
package lictor.library.expiry.expired

deny contains "token is expired" if {
	is_number(exp)
	exp + leeway_seconds <= now_s
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default exp := null

exp := input.token.exp

deny contains message if {
	not is_number(exp)
	message := sprintf("token.exp must be a number, the expiry in s since 1970, but is %s", [given(exp)])
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

default leeway_seconds := 0

leeway_seconds := data.lictor.parameters.expiry.expired.leeway_seconds

deny contains message if {
	not is_number(leeway_seconds)
	message := sprintf("parameter leeway_seconds must be a number, but is %s", [given(leeway_seconds)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
