package lictor.library.rotation.due_test

import data.lictor.library.rotation.due

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"iat": 1770229800,
	},
}

test_allowed if {
	due.deny == set() with input as event
}

test_denied if {
	due.deny == {"token is 183 days old, and must be rotated every 90"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1756146600}])
}

test_the_last_second_is_allowed if {
	due.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1764181800}])
}

test_a_second_more_is_not if {
	due.deny == {"token is 90 days old, and must be rotated every 90"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1764181799}])
}

test_token_iat_missing if {
	due.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.remove(event, ["/token/iat"])
}

test_token_iat_null if {
	due.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": null}])
}

test_token_iat_of_the_wrong_type if {
	due.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	due.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_max_days_of_the_wrong_type if {
	"parameter max_days must be a number, but is of type string" in due.deny with input as event
		with data.lictor.parameters.rotation.due as {"max_days": "soon"}
}
