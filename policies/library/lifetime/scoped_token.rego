# METADATA
# scope: package
# title: Deny scoped tokens that live longer than a day
# description: >-
#   A scoped token is made for one job. Other tokens are left to the other policies on lifetimes.
# custom:
#   id: lifetime.scoped_token
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls:
#     - ASVS 5.0 13.2.1
#   unverified: []
#   requires: [token.apiKeyType, token.validTo]
#   optional: [token.validFrom, time_ns]
#   parameters:
#     max_hours:
#       default: 24
#       type: a number
#       description: The longest that a scoped token may live, in hours.
package lictor.library.lifetime.scoped_token

deny contains message if {
	kind == "SCOPED_TOKEN"
	is_number(valid_to)
	lifetime_ms > max_hours * 3600000
	message := sprintf("scoped token lives %v hours, and may live %v", [ceil(lifetime_ms / 3600000), max_hours])
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
	kind == "SCOPED_TOKEN"
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

default max_hours := 24

max_hours := data.lictor.parameters.lifetime.scoped_token.max_hours

deny contains message if {
	not is_number(max_hours)
	message := sprintf("parameter max_hours must be a number, but is %s", [given(max_hours)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
