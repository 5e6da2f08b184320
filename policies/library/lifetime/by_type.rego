# METADATA
# scope: package
# title: Deny tokens that live longer than their type may
# description: >-
#   Each type of token has a limit of its own. A type without one is denied.
# custom:
#   id: lifetime.by_type
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls:
#     - ASVS 5.0 13.2.1
#     - ASVS 5.0 13.3.4
#   unverified: []
#   requires: [token.apiKeyType, token.validTo]
#   optional: [token.validFrom, time_ns]
#   parameters:
#     max_days:
#       default: {"USER": 30, "SERVICE_ACCOUNT": 90, "SCOPED_TOKEN": 1}
#       type: an object of numbers
#       description: For each type, the longest that its tokens may live, in days.
package lictor.library.lifetime.by_type

deny contains message if {
	is_string(kind)
	is_number(valid_to)
	lifetime_ms > max_days[kind] * 86400000
	message := sprintf("%s token lives %v days, and may live %v", [kind, ceil(lifetime_ms / 86400000), max_days[kind]])
}

deny contains message if {
	is_string(kind)
	is_numbers(max_days)
	not max_days[kind]
	message := sprintf("no lifetime is set for tokens of type %s", [kind])
}

lifetime_ms := valid_to - begin

begin := valid_from if is_number(valid_from)

begin := now_ms if valid_from == null

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default kind := null

kind := input.token.apiKeyType

deny contains message if {
	not is_string(kind)
	message := sprintf("token.apiKeyType must be a string, the kind of API key that the token belongs to, but is %s", [given(kind)])
}

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

default max_days := {"USER": 30, "SERVICE_ACCOUNT": 90, "SCOPED_TOKEN": 1}

max_days := data.lictor.parameters.lifetime.by_type.max_days

deny contains message if {
	not is_numbers(max_days)
	message := sprintf("parameter max_days must be an object of numbers, but is %s", [given(max_days)])
}

is_numbers(value) if {
	is_object(value)
	every item in value { is_number(item) }
}

given(value) := "missing" if value == null

given(value) := "an object that holds something else" if is_object(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_object(value)
}
