package lictor.library.signature.key_source_test

import data.lictor.library.signature.key_source

event := {
	"token": {
		"header": {
			"alg": "ES256",
			"kid": "1",
		},
	},
}

test_allowed if {
	key_source.deny == set() with input as event
}

test_denied if {
	key_source.deny == {"token header must not have 'jku'"} with input as json.patch(event, [{"op": "add", "path": "/token/header/jku", "value": "https://evil.example.com/keys"}])
}

test_a_key_that_is_null_is_there if {
	key_source.deny == {"token header must not have 'jwk'"} with input as json.patch(event, [{"op": "add", "path": "/token/header/jwk", "value": null}])
}

test_token_header_missing if {
	key_source.deny == {"token.header must be an object, the token's header, but is missing"} with input as json.remove(event, ["/token/header"])
}

test_token_header_null if {
	key_source.deny == {"token.header must be an object, the token's header, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/header", "value": null}])
}

test_token_header_of_the_wrong_type if {
	key_source.deny == {"token.header must be an object, the token's header, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/header", "value": "x"}])
}

test_parameter_refused_of_the_wrong_type if {
	"parameter refused must be an array of strings, but is an array that holds something else" in key_source.deny with input as event
		with data.lictor.parameters.signature.key_source as {"refused": [1]}
}
