package lictor.library.type.allowed_test

import data.lictor.library.type.allowed

event := {
	"token": {
		"apiKeyType": "SERVICE_ACCOUNT",
	},
}

test_allowed if {
	allowed.deny == set() with input as event
}

test_denied if {
	allowed.deny == {"token type USER is not allowed, but only SERVICE_ACCOUNT, SCOPED_TOKEN"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": "USER"}])
}

test_part_of_an_allowed_word_is_another_word if {
	allowed.deny == {"token type SERVICE is not allowed, but only SERVICE_ACCOUNT, SCOPED_TOKEN"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": "SERVICE"}])
}

test_parameters_decide if {
	allowed.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": "USER"}])
		with data.lictor.parameters.type.allowed as {"allowed": ["USER"]}
}

test_token_apikeytype_missing if {
	allowed.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is missing"} with input as json.remove(event, ["/token/apiKeyType"])
}

test_token_apikeytype_null if {
	allowed.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": null}])
}

test_token_apikeytype_of_the_wrong_type if {
	allowed.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": 5}])
}

test_parameter_allowed_of_the_wrong_type if {
	"parameter allowed must be an array of strings, but is an array that holds something else" in allowed.deny with input as event
		with data.lictor.parameters.type.allowed as {"allowed": [1]}
}
