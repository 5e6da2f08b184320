package lictor.library.hours.business_test

import data.lictor.library.hours.business

event := {
	"time_ns": 1771957800000000000,
}

test_allowed if {
	business.deny == set() with input as event
}

test_denied if {
	business.deny == {"requests are allowed on Monday, Tuesday, Wednesday, Thursday, Friday from 8 to 20 h"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1771965000000000000}])
}

test_the_last_minute_is_allowed if {
	business.deny == set() with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1771963140000000000}])
}

test_the_hour_itself_is_not if {
	business.deny == {"requests are allowed on Monday, Tuesday, Wednesday, Thursday, Friday from 8 to 20 h"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1771963200000000000}])
}

test_the_first_minute_is_allowed if {
	business.deny == set() with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1771920000000000000}])
}

test_a_second_before_is_not if {
	business.deny == {"requests are allowed on Monday, Tuesday, Wednesday, Thursday, Friday from 8 to 20 h"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1771919999000000000}])
}

test_saturday_is_no_day_of_work if {
	business.deny == {"requests are allowed on Monday, Tuesday, Wednesday, Thursday, Friday from 8 to 20 h"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1772303400000000000}])
}

test_local_time_counts if {
	business.deny == {"requests are allowed on Monday, Tuesday, Wednesday, Thursday, Friday from 8 to 20 h"} with input as event
		with data.lictor.parameters.hours.business as {"zone": "Asia/Tokyo"}
}

test_in_summer_eight_is_an_hour_sooner if {
	business.deny == set() with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1782885600000000000}])
		with data.lictor.parameters.hours.business as {"zone": "Europe/Berlin"}
}

test_in_winter_it_is_not_yet if {
	business.deny == {"requests are allowed on Monday, Tuesday, Wednesday, Thursday, Friday from 8 to 20 h"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1768372200000000000}])
		with data.lictor.parameters.hours.business as {"zone": "Europe/Berlin"}
}

test_half_hours_count if {
	business.deny == {"requests are allowed on Tuesday from 8 to 18.5 h"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1771957800000000000}])
		with data.lictor.parameters.hours.business as {"days": ["Tuesday"], "to_hour": 18.5}
}

test_an_end_lies_ahead if {
	business.deny == {"requests are allowed on Monday, Tuesday, Wednesday, Thursday, Friday from 8 to 20 h"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1771965000000000000}])
		with data.lictor.parameters.hours.business as {"until": "2026-02-24T20:30:01Z"}
}

test_when_it_is_reached_the_restriction_is_gone if {
	business.deny == set() with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1771965000000000000}])
		with data.lictor.parameters.hours.business as {"until": "2026-02-24T20:30:00Z"}
}

test_time_ns_of_the_wrong_type if {
	business.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is 'now'"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_days_of_the_wrong_type if {
	"parameter days must be an array of strings, but is an array that holds something else" in business.deny with input as event
		with data.lictor.parameters.hours.business as {"days": [1]}
}

test_parameter_from_hour_of_the_wrong_type if {
	"parameter from_hour must be a number, but is 'soon'" in business.deny with input as event
		with data.lictor.parameters.hours.business as {"from_hour": "soon"}
}

test_parameter_to_hour_of_the_wrong_type if {
	"parameter to_hour must be a number, but is 'soon'" in business.deny with input as event
		with data.lictor.parameters.hours.business as {"to_hour": "soon"}
}

test_parameter_zone_of_the_wrong_type if {
	"parameter zone must be a time zone such as Europe/Berlin, but is 'Mars/Olympus'" in business.deny with input as event
		with data.lictor.parameters.hours.business as {"zone": "Mars/Olympus"}
}

test_parameter_until_of_the_wrong_type if {
	"parameter until must be a date as in RFC 3339, or null, but is 'tomorrow'" in business.deny with input as event
		with data.lictor.parameters.hours.business as {"until": "tomorrow"}
}
