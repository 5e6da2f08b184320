# METADATA
# scope: package
# title: Deny tokens without an expiry that lies ahead
# description: >-
#   A token that is saved without validTo gets whatever the platform's default is, and one whose validTo is past
#   is of no use.
# custom:
#   id: lifetime.expiry_required
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls:
#     - ASVS 5.0 13.3.4
#   unverified: []
#   requires: [token.validTo]
#   optional: [time_ns]
#   parameters: {}
package lictor.library.lifetime.expiry_required

deny contains "token.validTo is not ahead" if {
	is_number(valid_to)
	valid_to <= now_ms
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default valid_to := null

valid_to := input.token.validTo

deny contains message if {
	not is_number(valid_to)
	message := sprintf("token.validTo must be a number, the expiry in ms since 1970, but is %s", [given(valid_to)])
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

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
