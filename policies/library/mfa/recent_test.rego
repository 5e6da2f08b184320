package lictor.library.mfa.recent_test

import data.lictor.library.mfa.recent

event := {
	"time_ns": 1771957800000000000,
	"request": {
		"method": "POST",
	},
	"token": {
		"auth_time": 1771957740,
	},
}

test_allowed if {
	recent.deny == set() with input as event
}

test_denied if {
	recent.deny == {"sign in again: the last time was more than 900 s ago"} with input as json.patch(event, [{"op": "add", "path": "/token/auth_time", "value": 1771954200}])
}

test_the_last_second_counts if {
	recent.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/auth_time", "value": 1771956900}])
}

test_a_second_more_does_not if {
	recent.deny == {"sign in again: the last time was more than 900 s ago"} with input as json.patch(event, [{"op": "add", "path": "/token/auth_time", "value": 1771956899}])
}

test_reading_goes_on if {
	recent.deny == set() with input as json.patch(json.remove(event, ["/token/auth_time"]), [{"op": "add", "path": "/request/method", "value": "GET"}])
}

test_request_method_missing if {
	recent.deny == {"request.method must be a string, what the request wants to do, but is missing"} with input as json.remove(event, ["/request/method"])
}

test_request_method_null if {
	recent.deny == {"request.method must be a string, what the request wants to do, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/method", "value": null}])
}

test_request_method_of_the_wrong_type if {
	recent.deny == {"request.method must be a string, what the request wants to do, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/method", "value": 5}])
}

test_token_auth_time_missing if {
	recent.deny == {"token.auth_time must be a number, when its user signed in, in s since 1970, but is missing"} with input as json.remove(event, ["/token/auth_time"])
}

test_token_auth_time_null if {
	recent.deny == {"token.auth_time must be a number, when its user signed in, in s since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/auth_time", "value": null}])
}

test_token_auth_time_of_the_wrong_type if {
	recent.deny == {"token.auth_time must be a number, when its user signed in, in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/auth_time", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	recent.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_max_seconds_of_the_wrong_type if {
	"parameter max_seconds must be a number, but is of type string" in recent.deny with input as event
		with data.lictor.parameters.mfa.recent as {"max_seconds": "soon"}
}

test_parameter_read_methods_of_the_wrong_type if {
	"parameter read_methods must be an array of strings, but is an array that holds something else" in recent.deny with input as event
		with data.lictor.parameters.mfa.recent as {"read_methods": [1]}
}
