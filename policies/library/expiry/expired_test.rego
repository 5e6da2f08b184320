package lictor.library.expiry.expired_test

import data.lictor.library.expiry.expired

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"exp": 1771960200,
	},
}

test_allowed if {
	expired.deny == set() with input as event
}

test_denied if {
	expired.deny == {"token is expired"} with input as json.patch(event, [{"op": "add", "path": "/token/exp", "value": 1771957799}])
}

test_the_instant_itself_is_too_late if {
	expired.deny == {"token is expired"} with input as json.patch(event, [{"op": "add", "path": "/token/exp", "value": 1771957800}])
}

test_a_second_before_is_not if {
	expired.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/exp", "value": 1771957801}])
}

test_an_active_token_may_be_expired if {
	expired.deny == {"token is expired"} with input as json.patch(event, [{"op": "add", "path": "/token/active", "value": true}, {"op": "add", "path": "/token/exp", "value": 1771957800}])
}

test_leeway_is_given_where_it_is_asked_for if {
	expired.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/exp", "value": 1771957741}])
		with data.lictor.parameters.expiry.expired as {"leeway_seconds": 60}
}

test_token_exp_missing if {
	expired.deny == {"token.exp must be a number, the expiry in s since 1970, but is missing"} with input as json.remove(event, ["/token/exp"])
}

test_token_exp_null if {
	expired.deny == {"token.exp must be a number, the expiry in s since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/exp", "value": null}])
}

test_token_exp_of_the_wrong_type if {
	expired.deny == {"token.exp must be a number, the expiry in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/exp", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	expired.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_leeway_seconds_of_the_wrong_type if {
	"parameter leeway_seconds must be a number, but is of type string" in expired.deny with input as event
		with data.lictor.parameters.expiry.expired as {"leeway_seconds": "soon"}
}
