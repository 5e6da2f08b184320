package lictor.library.hours.freeze_test

import data.lictor.library.hours.freeze

event := {
	"time_ns": 1771957800000000000,
}

test_allowed if {
	freeze.deny == set() with input as event
}

test_denied if {
	freeze.deny == {"changes of tokens are frozen until 2027-01-04T00:00:00Z"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1798156800000000000}])
}

test_the_first_instant_is_frozen if {
	freeze.deny == {"changes of tokens are frozen until 2027-01-04T00:00:00Z"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1797638400000000000}])
}

test_the_instant_before_is_not if {
	freeze.deny == set() with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1797638399999999999}])
}

test_the_end_is_not if {
	freeze.deny == set() with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": 1799020800000000000}])
}

test_time_ns_of_the_wrong_type if {
	freeze.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_periods_of_the_wrong_type if {
	"parameter periods must be an array of objects with dates `from` and `until`, but is an array that holds something else" in freeze.deny with input as event
		with data.lictor.parameters.hours.freeze as {"periods": [{"from": "x", "until": "y"}]}
}
