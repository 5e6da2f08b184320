# METADATA
# scope: package
# title: Deny changes of tokens during a freeze
# description: >-
#   During the listed periods no token is made, changed or rotated. Each period has an end.
# custom:
#   id: hours.freeze
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC8.1
#   requires: []
#   optional: [time_ns]
#   parameters:
#     periods:
#       default: [{"from": "2026-12-19T00:00:00Z", "until": "2027-01-04T00:00:00Z"}]
#       type: an array of objects with dates `from` and `until`
#       description: "When changes are frozen: dates from and until."
package lictor.library.hours.freeze

deny contains message if {
	are_periods(periods)
	some period in periods
	now_ns >= time.parse_rfc3339_ns(period.from)
	now_ns < time.parse_rfc3339_ns(period.until)
	message := sprintf("changes of tokens are frozen until %s", [period.until])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

# The event's own instant, where it has one, makes a recorded event be judged as it was.
default time_ns := null

time_ns := input.time_ns

now_ns := time_ns if is_number(time_ns)

now_ns := time.now_ns() if time_ns == null

deny contains message if {
	time_ns != null
	not is_number(time_ns)
	message := sprintf("time_ns must be a number, when the event happens in ns since 1970, but is %s", [given(time_ns)])
}

# Parameters: what the data says, or else the default.

default periods := [{"from": "2026-12-19T00:00:00Z", "until": "2027-01-04T00:00:00Z"}]

periods := data.lictor.parameters.hours.freeze.periods

deny contains message if {
	not are_periods(periods)
	message := sprintf("parameter periods must be an array of objects with dates `from` and `until`, but is %s", [given(periods)])
}

are_periods(value) if {
	is_array(value)
	every period in value {
		time.parse_rfc3339_ns(period.from)
		time.parse_rfc3339_ns(period.until)
	}
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
}
