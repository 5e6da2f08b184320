# METADATA
# scope: package
# title: Deny requests with tokens that are due for rotation
# description: >-
#   A token that was issued long ago is refused until it is rotated.
# custom:
#   id: rotation.due
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - CIS AWS 1.14
#     - CIS AWS 7.0 2.12
#     - CIS GCP 1.15
#     - CIS IBM Cloud 1.3
#     - PCI DSS 4.0.1 8.6.3
#     - ASVS 5.0 13.3.4
#   unverified:
#     - PCI DSS 4.0 8.3.9
#   requires: [token.iat]
#   optional: [time_ns]
#   parameters:
#     max_days:
#       default: 90
#       type: a number
#       description: The oldest that a token may be, in days.
package lictor.library.rotation.due

deny contains message if {
	is_number(iat)
	now_s - iat > max_days * 86400
	message := sprintf("token is %v days old, and must be rotated every %v", [floor((now_s - iat) / 86400), max_days])
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

default max_days := 90

max_days := data.lictor.parameters.rotation.due.max_days

deny contains message if {
	not is_number(max_days)
	message := sprintf("parameter max_days must be a number, but is %s", [given(max_days)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
