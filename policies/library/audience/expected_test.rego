package lictor.library.audience.expected_test

import data.lictor.library.audience.expected

event := {
	"token": {
		"aud": [
			"https://api.example.com",
		],
	},
}

test_allowed if {
	expected.deny == set() with input as event
}

test_denied if {
	expected.deny == {"token is not for https://api.example.com"} with input as json.patch(event, [{"op": "add", "path": "/token/aud", "value": ["https://other.example.com"]}])
}

test_one_text_will_do if {
	expected.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/aud", "value": "https://api.example.com"}])
}

test_a_longer_text_is_another if {
	expected.deny == {"token is not for https://api.example.com"} with input as json.patch(event, [{"op": "add", "path": "/token/aud", "value": "https://api.example.com/"}])
}

test_nobody_is_not_us if {
	expected.deny == {"token is not for https://api.example.com"} with input as json.patch(event, [{"op": "add", "path": "/token/aud", "value": []}])
}

test_token_aud_missing if {
	expected.deny == {"token.aud must be a string or an array of strings, whom the token is for, but is missing"} with input as json.remove(event, ["/token/aud"])
}

test_token_aud_null if {
	expected.deny == {"token.aud must be a string or an array of strings, whom the token is for, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/aud", "value": null}])
}

test_token_aud_of_the_wrong_type if {
	expected.deny == {"token.aud must be a string or an array of strings, whom the token is for, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/aud", "value": 7}])
}

test_parameter_audience_of_the_wrong_type if {
	"parameter audience must be a string, but is of type number" in expected.deny with input as event
		with data.lictor.parameters.audience.expected as {"audience": 5}
}
