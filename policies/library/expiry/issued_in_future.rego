# METADATA
# scope: package
# title: Deny requests with tokens that were issued in the future
# description: >-
#   A token whose iat lies ahead was made by a broken clock or by hand, and has cheated every rule on ages.
# custom:
#   id: expiry.issued_in_future
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 9.2.1
#   unverified: []
#   requires: [token.iat]
#   optional: [time_ns]
#   parameters:
#     leeway_seconds:
#       default: 60
#       type: a number
#       description: How far clocks may be apart, in seconds.
package lictor.library.expiry.issued_in_future

deny contains "token was issued in the future" if {
	is_number(iat)
	iat - leeway_seconds > now_s
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

default leeway_seconds := 60

leeway_seconds := data.lictor.parameters.expiry.issued_in_future.leeway_seconds

deny contains message if {
	not is_number(leeway_seconds)
	message := sprintf("parameter leeway_seconds must be a number, but is %s", [given(leeway_seconds)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
