package lictor.library.lifetime.scoped_token_test

import data.lictor.library.lifetime.scoped_token

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"apiKeyType": "SCOPED_TOKEN",
		"validFrom": 1771957800000,
		"validTo": 1771961400000,
	},
}

test_allowed if {
	scoped_token.deny == set() with input as event
}

test_denied if {
	scoped_token.deny == {"scoped token lives 25 hours, and may live 24"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1772047800000}])
}

test_a_day_is_allowed if {
	scoped_token.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1772044200000}])
}

test_a_millisecond_more_is_not if {
	scoped_token.deny == {"scoped token lives 25 hours, and may live 24"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1772044200001}])
}

test_other_tokens_may_live_longer if {
	scoped_token.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": "USER"}, {"op": "add", "path": "/token/validTo", "value": 1779733800000}])
}

test_other_tokens_need_no_expiry_here if {
	scoped_token.deny == set() with input as json.patch(json.remove(event, ["/token/validTo"]), [{"op": "add", "path": "/token/apiKeyType", "value": "USER"}])
}

test_token_apikeytype_missing if {
	scoped_token.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is missing"} with input as json.remove(event, ["/token/apiKeyType"])
}

test_token_apikeytype_null if {
	scoped_token.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": null}])
}

test_token_apikeytype_of_the_wrong_type if {
	scoped_token.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": 5}])
}

test_token_validto_missing if {
	scoped_token.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is missing"} with input as json.remove(event, ["/token/validTo"])
}

test_token_validto_null if {
	scoped_token.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": null}])
}

test_token_validto_of_the_wrong_type if {
	scoped_token.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": "soon"}])
}

test_token_validfrom_of_the_wrong_type if {
	scoped_token.deny == {"token.validFrom must be a number, the beginning in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/validFrom", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	scoped_token.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_max_hours_of_the_wrong_type if {
	"parameter max_hours must be a number, but is of type string" in scoped_token.deny with input as event
		with data.lictor.parameters.lifetime.scoped_token as {"max_hours": "soon"}
}
