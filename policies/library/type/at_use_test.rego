package lictor.library.type.at_use_test

import data.lictor.library.type.at_use

event := {
	"token": {
		"type": "access_token",
	},
}

test_allowed if {
	at_use.deny == set() with input as event
}

test_denied if {
	at_use.deny == {"a token of type id_token opens no endpoint"} with input as json.patch(event, [{"op": "add", "path": "/token/type", "value": "id_token"}])
}

test_types_of_tokens_are_compared_whole if {
	at_use.deny == {"a token of type at+jwt2 opens no endpoint"} with input as json.patch(event, [{"op": "add", "path": "/token/type", "value": "at+jwt2"}])
}

test_token_type_missing if {
	at_use.deny == {"token.type must be a string, what the token is for, but is missing"} with input as json.remove(event, ["/token/type"])
}

test_token_type_null if {
	at_use.deny == {"token.type must be a string, what the token is for, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/type", "value": null}])
}

test_token_type_of_the_wrong_type if {
	at_use.deny == {"token.type must be a string, what the token is for, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/type", "value": 5}])
}

test_parameter_allowed_of_the_wrong_type if {
	"parameter allowed must be an array of strings, but is an array that holds something else" in at_use.deny with input as event
		with data.lictor.parameters.type.at_use as {"allowed": [1]}
}
