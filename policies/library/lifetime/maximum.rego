# METADATA
# scope: package
# title: Deny tokens that live too long
# description: >-
#   The time from validFrom, or from now where it is not given, to validTo is limited.
# custom:
#   id: lifetime.maximum
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls:
#     - ASVS 5.0 13.2.1
#     - ASVS 5.0 13.3.4
#   unverified: []
#   requires: [token.validTo]
#   optional: [token.validFrom, time_ns]
#   parameters:
#     max_days:
#       default: 90
#       type: a number
#       description: The longest that a token may live, in days.
package lictor.library.lifetime.maximum

deny contains message if {
	is_number(valid_to)
	lifetime_ms > max_days * 86400000
	message := sprintf("token lives %v days, and may live %v", [ceil(lifetime_ms / 86400000), max_days])
}

lifetime_ms := valid_to - begin

begin := valid_from if is_number(valid_from)

begin := now_ms if valid_from == null

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default valid_to := null

valid_to := input.token.validTo

deny contains message if {
	not is_number(valid_to)
	message := sprintf("token.validTo must be a number, the expiry in ms since 1970, but is %s", [given(valid_to)])
}

default valid_from := null

valid_from := input.token.validFrom

deny contains message if {
	valid_from != null
	not is_number(valid_from)
	message := sprintf("token.validFrom must be a number, the beginning in ms since 1970, but is %s", [given(valid_from)])
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

default max_days := 90

max_days := data.lictor.parameters.lifetime.maximum.max_days

deny contains message if {
	not is_number(max_days)
	message := sprintf("parameter max_days must be a number, but is %s", [given(max_days)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
