package lictor.library.rotation.reuse_test

import data.lictor.library.rotation.reuse

event := {
	"time_ns": 1771957800000000000,
	"usage": {
		"replaced_ms": 1771954200000,
	},
}

test_allowed if {
	reuse.deny == set() with input as event
}

test_denied if {
	reuse.deny == {"token was replaced more than 24 hours ago"} with input as json.patch(event, [{"op": "add", "path": "/usage/replaced_ms", "value": 1771785000000}])
}

test_the_last_millisecond_is_allowed if {
	reuse.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/replaced_ms", "value": 1771871400000}])
}

test_a_millisecond_more_is_not if {
	reuse.deny == {"token was replaced more than 24 hours ago"} with input as json.patch(event, [{"op": "add", "path": "/usage/replaced_ms", "value": 1771871399999}])
}

test_a_token_that_was_not_replaced_passes if {
	reuse.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {}}])
}

test_usage_missing if {
	reuse.deny == {"usage must be an object, what is known of the token's use, but is missing"} with input as json.remove(event, ["/usage"])
}

test_usage_null if {
	reuse.deny == {"usage must be an object, what is known of the token's use, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": null}])
}

test_usage_of_the_wrong_type if {
	reuse.deny == {"usage must be an object, what is known of the token's use, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": "x"}])
}

test_usage_replaced_ms_of_the_wrong_type if {
	reuse.deny == {"usage.replaced_ms must be a number, when the token was replaced, in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/replaced_ms", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	reuse.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_grace_hours_of_the_wrong_type if {
	"parameter grace_hours must be a number, but is of type string" in reuse.deny with input as event
		with data.lictor.parameters.rotation.reuse as {"grace_hours": "soon"}
}
