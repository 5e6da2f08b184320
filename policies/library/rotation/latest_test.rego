package lictor.library.rotation.latest_test

import data.lictor.library.rotation.latest

event := {
	"token": {
		"scheduledExpireTime": 1772044200000,
	},
}

test_allowed if {
	latest.deny == set() with input as event
}

test_denied if {
	latest.deny == {"rotated token works past 2030-01-01T00:00:00Z"} with input as json.patch(event, [{"op": "add", "path": "/token/scheduledExpireTime", "value": 1893456000001}])
}

test_the_last_instant_is_allowed if {
	latest.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/scheduledExpireTime", "value": 1893456000000}])
}

test_token_scheduledexpiretime_of_the_wrong_type if {
	latest.deny == {"token.scheduledExpireTime must be a number, when the rotated token ends, in ms since 1970, but is 'soon'"} with input as json.patch(event, [{"op": "add", "path": "/token/scheduledExpireTime", "value": "soon"}])
}

test_parameter_latest_of_the_wrong_type if {
	"parameter latest must be a date as in RFC 3339, but is 'tomorrow'" in latest.deny with input as event
		with data.lictor.parameters.rotation.latest as {"latest": "tomorrow"}
}
