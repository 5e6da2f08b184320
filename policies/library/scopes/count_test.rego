package lictor.library.scopes.count_test

import data.lictor.library.scopes.count

event := {
	"token": {
		"scopes": [
			"accounts:read",
		],
	},
}

test_allowed if {
	count.deny == set() with input as event
}

test_denied if {
	count.deny == {"token has 11 scopes, and may have 10"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]}])
}

test_the_most_is_allowed if {
	count.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]}])
}

test_token_scopes_missing if {
	count.deny == {"token.scopes must be an array of strings, what the token may do, but is missing"} with input as json.remove(event, ["/token/scopes"])
}

test_token_scopes_null if {
	count.deny == {"token.scopes must be an array of strings, what the token may do, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": null}])
}

test_token_scopes_of_the_wrong_type if {
	count.deny == {"token.scopes must be an array of strings, what the token may do, but is an array that holds something else"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": [1]}])
}

test_parameter_max_scopes_of_the_wrong_type if {
	"parameter max_scopes must be a number, but is of type string" in count.deny with input as event
		with data.lictor.parameters.scopes.count as {"max_scopes": "soon"}
}
