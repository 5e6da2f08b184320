package lictor.library.expiry.not_before_test

import data.lictor.library.expiry.not_before

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"nbf": 1771957200,
	},
}

test_allowed if {
	not_before.deny == set() with input as event
}

test_denied if {
	not_before.deny == {"token is not valid yet"} with input as json.patch(event, [{"op": "add", "path": "/token/nbf", "value": 1771958400}])
}

test_within_the_leeway_it_is if {
	not_before.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/nbf", "value": 1771957860}])
}

test_a_second_more_is_not if {
	not_before.deny == {"token is not valid yet"} with input as json.patch(event, [{"op": "add", "path": "/token/nbf", "value": 1771957861}])
}

test_a_token_without_nbf_is_valid_from_the_start if {
	not_before.deny == set() with input as json.remove(event, ["/token/nbf"])
}

test_token_nbf_of_the_wrong_type if {
	not_before.deny == {"token.nbf must be a number, when the token begins, in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/nbf", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	not_before.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_leeway_seconds_of_the_wrong_type if {
	"parameter leeway_seconds must be a number, but is of type string" in not_before.deny with input as event
		with data.lictor.parameters.expiry.not_before as {"leeway_seconds": "soon"}
}
