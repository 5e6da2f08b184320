# METADATA
# scope: package
# title: Deny requests outside business hours
# description: >-
#   A restriction that may be temporary: with until it ends by itself. Days and hours are those of a time zone,
#   summer time included.
# custom:
#   id: hours.business
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC6.1
#   requires: []
#   optional: [time_ns]
#   parameters:
#     days:
#       default: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
#       type: an array of strings
#       description: The days on which requests are allowed.
#     from_hour:
#       default: 8
#       type: a number
#       description: The hour from which they are.
#     to_hour:
#       default: 20
#       type: a number
#       description: The hour at which that ends.
#     zone:
#       default: "UTC"
#       type: a time zone such as Europe/Berlin
#       description: The time zone of days and hours.
#     until:
#       default: null
#       type: a date as in RFC 3339, or null
#       description: When the restriction ends; null where it does not.
package lictor.library.hours.business

deny contains message if {
	now_ns
	not ended
	not open
	message := sprintf("requests are allowed on %s from %v to %v h", [concat(", ", days), from_hour, to_hour])
}

ended if now_ns >= time.parse_rfc3339_ns(until)

open if {
	time.weekday([now_ns, zone]) in days
	[hour, minute, _] := time.clock([now_ns, zone])
	(hour * 60) + minute >= from_hour * 60
	(hour * 60) + minute < to_hour * 60
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

default days := ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]

days := data.lictor.parameters.hours.business.days

deny contains message if {
	not is_strings(days)
	message := sprintf("parameter days must be an array of strings, but is %s", [given(days)])
}

default from_hour := 8

from_hour := data.lictor.parameters.hours.business.from_hour

deny contains message if {
	not is_number(from_hour)
	message := sprintf("parameter from_hour must be a number, but is %s", [given(from_hour)])
}

default to_hour := 20

to_hour := data.lictor.parameters.hours.business.to_hour

deny contains message if {
	not is_number(to_hour)
	message := sprintf("parameter to_hour must be a number, but is %s", [given(to_hour)])
}

default zone := "UTC"

zone := data.lictor.parameters.hours.business.zone

deny contains message if {
	not time.clock([0, zone])
	message := sprintf("parameter zone must be a time zone such as Europe/Berlin, but is %s", [given(zone)])
}

default until := null

until := data.lictor.parameters.hours.business.until

deny contains message if {
	until != null
	not time.parse_rfc3339_ns(until)
	message := sprintf("parameter until must be a date as in RFC 3339, or null, but is %s", [given(until)])
}

is_strings(value) if {
	is_array(value)
	every item in value { is_string(item) }
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := sprintf("'%s'", [value]) if is_string(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
	not is_string(value)
}
