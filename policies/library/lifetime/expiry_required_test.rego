package lictor.library.lifetime.expiry_required_test

import data.lictor.library.lifetime.expiry_required

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"validTo": 1774549800000,
	},
}

test_allowed if {
	expiry_required.deny == set() with input as event
}

test_denied if {
	expiry_required.deny == {"token.validTo is not ahead"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1771957799999}])
}

test_now_is_not_ahead if {
	expiry_required.deny == {"token.validTo is not ahead"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1771957800000}])
}

test_a_millisecond_ahead_is if {
	expiry_required.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1771957800001}])
}

test_token_validto_missing if {
	expiry_required.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is missing"} with input as json.remove(event, ["/token/validTo"])
}

test_token_validto_null if {
	expiry_required.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": null}])
}

test_token_validto_of_the_wrong_type if {
	expiry_required.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	expiry_required.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}
