package lictor.library.lifetime.by_type_test

import data.lictor.library.lifetime.by_type

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"apiKeyType": "SERVICE_ACCOUNT",
		"validFrom": 1771957800000,
		"validTo": 1774549800000,
	},
}

test_allowed if {
	by_type.deny == set() with input as event
}

test_denied if {
	by_type.deny == {"USER token lives 31 days, and may live 30"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": "USER"}, {"op": "add", "path": "/token/validTo", "value": 1774636200000}])
}

test_each_type_has_its_limit if {
	by_type.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1779733800000}])
}

test_a_millisecond_more_is_too_long if {
	by_type.deny == {"SERVICE_ACCOUNT token lives 91 days, and may live 90"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1779733800001}])
}

test_a_type_without_a_limit_is_denied if {
	by_type.deny == {"no lifetime is set for tokens of type ROBOT"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": "ROBOT"}])
}

test_token_apikeytype_missing if {
	by_type.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is missing"} with input as json.remove(event, ["/token/apiKeyType"])
}

test_token_apikeytype_null if {
	by_type.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": null}])
}

test_token_apikeytype_of_the_wrong_type if {
	by_type.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": 5}])
}

test_token_validto_missing if {
	by_type.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is missing"} with input as json.remove(event, ["/token/validTo"])
}

test_token_validto_null if {
	by_type.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": null}])
}

test_token_validto_of_the_wrong_type if {
	by_type.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": "soon"}])
}

test_token_validfrom_of_the_wrong_type if {
	by_type.deny == {"token.validFrom must be a number, the beginning in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/validFrom", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	by_type.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_max_days_of_the_wrong_type if {
	"parameter max_days must be an object of numbers, but is an object that holds something else" in by_type.deny with input as event
		with data.lictor.parameters.lifetime.by_type as {"max_days": {"x": "many"}}
}
