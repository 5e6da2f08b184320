package lictor.library.naming.token_test

import data.lictor.library.naming.token

event := {
	"token": {
		"name": "payments-deployer",
	},
}

test_allowed if {
	token.deny == set() with input as event
}

test_denied if {
	token.deny == {"token name 'My Token' does not match ^[a-z][a-z0-9-]{2,62}$"} with input as json.patch(event, [{"op": "add", "path": "/token/name", "value": "My Token"}])
}

test_three_characters_are_enough if {
	token.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/name", "value": "abc"}])
}

test_two_are_not if {
	token.deny == {"token name 'ab' does not match ^[a-z][a-z0-9-]{2,62}$"} with input as json.patch(event, [{"op": "add", "path": "/token/name", "value": "ab"}])
}

test_token_name_missing if {
	token.deny == {"token.name must be a string, what the token is called, but is missing"} with input as json.remove(event, ["/token/name"])
}

test_token_name_null if {
	token.deny == {"token.name must be a string, what the token is called, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/name", "value": null}])
}

test_token_name_of_the_wrong_type if {
	token.deny == {"token.name must be a string, what the token is called, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/name", "value": 5}])
}

test_parameter_pattern_of_the_wrong_type if {
	"parameter pattern must be a regular expression, but is '['" in token.deny with input as event
		with data.lictor.parameters.naming.token as {"pattern": "["}
}
