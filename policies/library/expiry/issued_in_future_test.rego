package lictor.library.expiry.issued_in_future_test

import data.lictor.library.expiry.issued_in_future

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"iat": 1771957200,
	},
}

test_allowed if {
	issued_in_future.deny == set() with input as event
}

test_denied if {
	issued_in_future.deny == {"token was issued in the future"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1771958400}])
}

test_within_the_leeway_it_is_not if {
	issued_in_future.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1771957860}])
}

test_a_second_more_is if {
	issued_in_future.deny == {"token was issued in the future"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1771957861}])
}

test_token_iat_missing if {
	issued_in_future.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.remove(event, ["/token/iat"])
}

test_token_iat_null if {
	issued_in_future.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": null}])
}

test_token_iat_of_the_wrong_type if {
	issued_in_future.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	issued_in_future.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_leeway_seconds_of_the_wrong_type if {
	"parameter leeway_seconds must be a number, but is of type string" in issued_in_future.deny with input as event
		with data.lictor.parameters.expiry.issued_in_future as {"leeway_seconds": "soon"}
}
