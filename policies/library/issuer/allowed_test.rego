package lictor.library.issuer.allowed_test

import data.lictor.library.issuer.allowed

event := {
	"token": {
		"iss": "https://idp.example.com/",
	},
}

test_allowed if {
	allowed.deny == set() with input as event
}

test_denied if {
	allowed.deny == {"tokens of https://evil.example.com/ do not count here"} with input as json.patch(event, [{"op": "add", "path": "/token/iss", "value": "https://evil.example.com/"}])
}

test_a_slash_less_is_another_issuer if {
	allowed.deny == {"tokens of https://idp.example.com do not count here"} with input as json.patch(event, [{"op": "add", "path": "/token/iss", "value": "https://idp.example.com"}])
}

test_token_iss_missing if {
	allowed.deny == {"token.iss must be a string, who issued the token, but is missing"} with input as json.remove(event, ["/token/iss"])
}

test_token_iss_null if {
	allowed.deny == {"token.iss must be a string, who issued the token, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/iss", "value": null}])
}

test_token_iss_of_the_wrong_type if {
	allowed.deny == {"token.iss must be a string, who issued the token, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/iss", "value": 5}])
}

test_parameter_allowed_of_the_wrong_type if {
	"parameter allowed must be an array of strings, but is an array that holds something else" in allowed.deny with input as event
		with data.lictor.parameters.issuer.allowed as {"allowed": [1]}
}
