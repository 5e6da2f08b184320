# METADATA
# scope: package
# title: Deny requests whose introspection is old
# description: >-
#   An answer of the introspection endpoint may be kept for a short time only: a revoked token works until then.
# custom:
#   id: introspection.fresh
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API2:2023
#   requires: [token.introspected_at]
#   optional: [time_ns]
#   parameters:
#     max_age_seconds:
#       default: 60
#       type: a number
#       description: How old the answer may be, in seconds.
package lictor.library.introspection.fresh

deny contains message if {
	is_number(introspected_at)
	now_s - introspected_at > max_age_seconds
	message := sprintf("introspection is older than %v s", [max_age_seconds])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default introspected_at := null

introspected_at := input.token.introspected_at

deny contains message if {
	not is_number(introspected_at)
	message := sprintf("token.introspected_at must be a number, when the token was introspected, in s since 1970, but is %s", [given(introspected_at)])
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

default max_age_seconds := 60

max_age_seconds := data.lictor.parameters.introspection.fresh.max_age_seconds

deny contains message if {
	not is_number(max_age_seconds)
	message := sprintf("parameter max_age_seconds must be a number, but is %s", [given(max_age_seconds)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
