package lictor.library.lifetime.access_token_test

import data.lictor.library.lifetime.access_token

event := {
	"token": {
		"iat": 1771957200,
		"exp": 1771960200,
	},
}

test_allowed if {
	access_token.deny == set() with input as event
}

test_denied if {
	access_token.deny == {"access token lives 3601 s, and may live 3600"} with input as json.patch(event, [{"op": "add", "path": "/token/exp", "value": 1771960801}])
}

test_an_hour_is_allowed if {
	access_token.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/exp", "value": 1771960800}])
}

test_token_exp_missing if {
	access_token.deny == {"token.exp must be a number, the expiry in s since 1970, but is missing"} with input as json.remove(event, ["/token/exp"])
}

test_token_exp_null if {
	access_token.deny == {"token.exp must be a number, the expiry in s since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/exp", "value": null}])
}

test_token_exp_of_the_wrong_type if {
	access_token.deny == {"token.exp must be a number, the expiry in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/exp", "value": "soon"}])
}

test_token_iat_missing if {
	access_token.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.remove(event, ["/token/iat"])
}

test_token_iat_null if {
	access_token.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": null}])
}

test_token_iat_of_the_wrong_type if {
	access_token.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": "soon"}])
}

test_parameter_max_seconds_of_the_wrong_type if {
	"parameter max_seconds must be a number, but is of type string" in access_token.deny with input as event
		with data.lictor.parameters.lifetime.access_token as {"max_seconds": "soon"}
}
