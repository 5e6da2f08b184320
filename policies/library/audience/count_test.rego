package lictor.library.audience.count_test

import data.lictor.library.audience.count

event := {
	"token": {
		"aud": [
			"https://api.example.com",
		],
	},
}

test_allowed if {
	count.deny == set() with input as event
}

test_denied if {
	count.deny == {"token is for 2 audiences, and may be for 1"} with input as json.patch(event, [{"op": "add", "path": "/token/aud", "value": ["https://api.example.com", "https://other.example.com"]}])
}

test_one_text_is_one_audience if {
	count.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/aud", "value": "https://api.example.com"}])
}

test_none_is_too_few if {
	count.deny == {"token is for nobody"} with input as json.patch(event, [{"op": "add", "path": "/token/aud", "value": []}])
}

test_token_aud_missing if {
	count.deny == {"token.aud must be a string or an array of strings, whom the token is for, but is missing"} with input as json.remove(event, ["/token/aud"])
}

test_token_aud_null if {
	count.deny == {"token.aud must be a string or an array of strings, whom the token is for, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/aud", "value": null}])
}

test_token_aud_of_the_wrong_type if {
	count.deny == {"token.aud must be a string or an array of strings, whom the token is for, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/aud", "value": 7}])
}

test_parameter_max_audiences_of_the_wrong_type if {
	"parameter max_audiences must be a number, but is of type string" in count.deny with input as event
		with data.lictor.parameters.audience.count as {"max_audiences": "soon"}
}
