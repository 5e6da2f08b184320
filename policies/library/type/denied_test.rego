package lictor.library.type.denied_test

import data.lictor.library.type.denied

event := {
	"token": {
		"apiKeyType": "SERVICE_ACCOUNT",
	},
}

test_allowed if {
	denied.deny == set() with input as event
}

test_denied if {
	denied.deny == {"token type USER contains 'USER'"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": "USER"}])
}

test_a_word_within_the_type_counts if {
	denied.deny == {"token type SERVICE_ACCOUNT contains 'SERVICE'"} with input as event
		with data.lictor.parameters.type.denied as {"denied": ["SERVICE"]}
}

test_case_matters if {
	denied.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": "user"}])
}

test_token_apikeytype_missing if {
	denied.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is missing"} with input as json.remove(event, ["/token/apiKeyType"])
}

test_token_apikeytype_null if {
	denied.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": null}])
}

test_token_apikeytype_of_the_wrong_type if {
	denied.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": 5}])
}

test_parameter_denied_of_the_wrong_type if {
	"parameter denied must be an array of strings, but is an array that holds something else" in denied.deny with input as event
		with data.lictor.parameters.type.denied as {"denied": [1]}
}
