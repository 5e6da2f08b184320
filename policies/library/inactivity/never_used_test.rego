package lictor.library.inactivity.never_used_test

import data.lictor.library.inactivity.never_used

event := {
	"time_ns": 1771957800000000000,
	"usage": {
		"created_ms": 1771871400000,
	},
}

test_allowed if {
	never_used.deny == set() with input as event
}

test_denied if {
	never_used.deny == {"token was not used within 7 days of its creation"} with input as json.patch(event, [{"op": "add", "path": "/usage/created_ms", "value": 1771266600000}])
}

test_the_last_millisecond_counts if {
	never_used.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/created_ms", "value": 1771353000000}])
}

test_a_millisecond_more_is_too_late if {
	never_used.deny == {"token was not used within 7 days of its creation"} with input as json.patch(event, [{"op": "add", "path": "/usage/created_ms", "value": 1771352999999}])
}

test_a_token_that_was_used_may_be_old if {
	never_used.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"created_ms": 1764181800000, "last_used_ms": 1771871400000}}])
}

test_usage_created_ms_missing if {
	never_used.deny == {"usage.created_ms must be a number, when the token was made, in ms since 1970, but is missing"} with input as json.remove(event, ["/usage/created_ms"])
}

test_usage_created_ms_null if {
	never_used.deny == {"usage.created_ms must be a number, when the token was made, in ms since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage/created_ms", "value": null}])
}

test_usage_created_ms_of_the_wrong_type if {
	never_used.deny == {"usage.created_ms must be a number, when the token was made, in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/created_ms", "value": "soon"}])
}

test_usage_last_used_ms_of_the_wrong_type if {
	never_used.deny == {"usage.last_used_ms must be a number, when the token was last used, in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/last_used_ms", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	never_used.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_max_days_of_the_wrong_type if {
	"parameter max_days must be a number, but is of type string" in never_used.deny with input as event
		with data.lictor.parameters.inactivity.never_used as {"max_days": "soon"}
}
