package lictor.library.signature.algorithm_test

import data.lictor.library.signature.algorithm

event := {
	"token": {
		"header": {
			"alg": "ES256",
		},
	},
}

test_allowed if {
	algorithm.deny == set() with input as event
}

test_denied if {
	algorithm.deny == {"signature algorithm 'none' is not allowed"} with input as json.patch(event, [{"op": "add", "path": "/token/header/alg", "value": "none"}])
}

test_a_shared_secret_is_not_listed if {
	algorithm.deny == {"signature algorithm 'HS256' is not allowed"} with input as json.patch(event, [{"op": "add", "path": "/token/header/alg", "value": "HS256"}])
}

test_letters_matter if {
	algorithm.deny == {"signature algorithm 'es256' is not allowed"} with input as json.patch(event, [{"op": "add", "path": "/token/header/alg", "value": "es256"}])
}

test_token_header_alg_missing if {
	algorithm.deny == {"token.header.alg must be a string, the algorithm that signed the token, but is missing"} with input as json.remove(event, ["/token/header/alg"])
}

test_token_header_alg_null if {
	algorithm.deny == {"token.header.alg must be a string, the algorithm that signed the token, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/header/alg", "value": null}])
}

test_token_header_alg_of_the_wrong_type if {
	algorithm.deny == {"token.header.alg must be a string, the algorithm that signed the token, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/header/alg", "value": 5}])
}

test_parameter_allowed_of_the_wrong_type if {
	"parameter allowed must be an array of strings, but is an array that holds something else" in algorithm.deny with input as event
		with data.lictor.parameters.signature.algorithm as {"allowed": [1]}
}
