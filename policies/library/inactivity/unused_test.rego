package lictor.library.inactivity.unused_test

import data.lictor.library.inactivity.unused

event := {
	"time_ns": 1771957800000000000,
	"usage": {
		"created_ms": 1754677800000,
		"last_used_ms": 1768156200000,
	},
}

test_allowed if {
	unused.deny == set() with input as event
}

test_denied if {
	unused.deny == {"token was unused for more than 45 days"} with input as json.patch(event, [{"op": "add", "path": "/usage/last_used_ms", "value": 1767983400000}])
}

test_the_last_millisecond_counts if {
	unused.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/last_used_ms", "value": 1768069800000}])
}

test_a_millisecond_more_is_too_long if {
	unused.deny == {"token was unused for more than 45 days"} with input as json.patch(event, [{"op": "add", "path": "/usage/last_used_ms", "value": 1768069799999}])
}

test_a_new_token_counts_from_its_creation if {
	unused.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"created_ms": 1771871400000}}])
}

test_an_old_token_that_was_never_used_is_denied if {
	unused.deny == {"token was unused for more than 45 days"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"created_ms": 1767983400000}}])
}

test_a_record_that_says_nothing_is_denied if {
	unused.deny == {"usage has neither last_used_ms nor created_ms"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {}}])
}

test_usage_missing if {
	unused.deny == {"usage must be an object, what is known of the token's use, but is missing"} with input as json.remove(event, ["/usage"])
}

test_usage_null if {
	unused.deny == {"usage must be an object, what is known of the token's use, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": null}])
}

test_usage_of_the_wrong_type if {
	unused.deny == {"usage must be an object, what is known of the token's use, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": "x"}])
}

test_usage_last_used_ms_of_the_wrong_type if {
	unused.deny == {"usage.last_used_ms must be a number, when the token was last used, in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/last_used_ms", "value": "soon"}])
}

test_usage_created_ms_of_the_wrong_type if {
	unused.deny == {"usage.created_ms must be a number, when the token was made, in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/created_ms", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	unused.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_max_days_of_the_wrong_type if {
	"parameter max_days must be a number, but is of type string" in unused.deny with input as event
		with data.lictor.parameters.inactivity.unused as {"max_days": "soon"}
}
