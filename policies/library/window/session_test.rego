package lictor.library.window.session_test

import data.lictor.library.window.session

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"auth_time": 1771954200,
	},
}

test_allowed if {
	session.deny == set() with input as event
}

test_denied if {
	session.deny == {"session began more than 86400 s ago; sign in again"} with input as json.patch(event, [{"op": "add", "path": "/token/auth_time", "value": 1771867800}])
}

test_the_last_second_is_within_it if {
	session.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/auth_time", "value": 1771871400}])
}

test_a_second_more_is_not if {
	session.deny == {"session began more than 86400 s ago; sign in again"} with input as json.patch(event, [{"op": "add", "path": "/token/auth_time", "value": 1771871399}])
}

test_token_auth_time_missing if {
	session.deny == {"token.auth_time must be a number, when its user signed in, in s since 1970, but is missing"} with input as json.remove(event, ["/token/auth_time"])
}

test_token_auth_time_null if {
	session.deny == {"token.auth_time must be a number, when its user signed in, in s since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/auth_time", "value": null}])
}

test_token_auth_time_of_the_wrong_type if {
	session.deny == {"token.auth_time must be a number, when its user signed in, in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/auth_time", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	session.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_max_seconds_of_the_wrong_type if {
	"parameter max_seconds must be a number, but is of type string" in session.deny with input as event
		with data.lictor.parameters.window.session as {"max_seconds": "soon"}
}
