package lictor.library.window.fixed_test

import data.lictor.library.window.fixed

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"iat": 1771957200,
	},
}

test_allowed if {
	fixed.deny == set() with input as event
}

test_denied if {
	fixed.deny == {"token is older than the fixed window of 3600 s"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1771950600}])
}

test_the_last_second_is_within_it if {
	fixed.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1771954200}])
}

test_a_second_more_is_not if {
	fixed.deny == {"token is older than the fixed window of 3600 s"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1771954199}])
}

test_an_expiry_far_ahead_changes_nothing if {
	fixed.deny == {"token is older than the fixed window of 3600 s"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1771950600}, {"op": "add", "path": "/token/exp", "value": 1772957799}])
}

test_token_iat_missing if {
	fixed.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.remove(event, ["/token/iat"])
}

test_token_iat_null if {
	fixed.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": null}])
}

test_token_iat_of_the_wrong_type if {
	fixed.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	fixed.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_window_seconds_of_the_wrong_type if {
	"parameter window_seconds must be a number, but is of type string" in fixed.deny with input as event
		with data.lictor.parameters.window.fixed as {"window_seconds": "soon"}
}
