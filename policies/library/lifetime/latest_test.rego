package lictor.library.lifetime.latest_test

import data.lictor.library.lifetime.latest

event := {
	"token": {
		"validTo": 1774549800000,
	},
}

test_allowed if {
	latest.deny == set() with input as event
}

test_denied if {
	latest.deny == {"token is valid past 2030-01-01T00:00:00Z"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1893456000001}])
}

test_the_last_instant_is_allowed if {
	latest.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1893456000000}])
}

test_parameters_decide if {
	latest.deny == {"token is valid past 2026-02-24T18:30:00Z"} with input as event
		with data.lictor.parameters.lifetime.latest as {"latest": "2026-02-24T18:30:00Z"}
}

test_token_validto_missing if {
	latest.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is missing"} with input as json.remove(event, ["/token/validTo"])
}

test_token_validto_null if {
	latest.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": null}])
}

test_token_validto_of_the_wrong_type if {
	latest.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is 'soon'"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": "soon"}])
}

test_parameter_latest_of_the_wrong_type if {
	"parameter latest must be a date as in RFC 3339, but is 'tomorrow'" in latest.deny with input as event
		with data.lictor.parameters.lifetime.latest as {"latest": "tomorrow"}
}
