package lictor.library.scopes.wildcard_test

import data.lictor.library.scopes.wildcard

event := {
	"token": {
		"scopes": [
			"accounts:read",
		],
	},
}

test_allowed if {
	wildcard.deny == set() with input as event
}

test_denied if {
	wildcard.deny == {"scope 'accounts:*' means everything"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": ["accounts:read", "accounts:*"]}])
}

test_a_word_that_begins_like_a_broad_one_is_another if {
	wildcard.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": ["apis:read"]}])
}

test_a_broad_word_is_denied if {
	wildcard.deny == {"scope 'api' means everything"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": ["api"]}])
}

test_no_scope_at_all_is_not_too_broad if {
	wildcard.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": []}])
}

test_token_scopes_missing if {
	wildcard.deny == {"token.scopes must be an array of strings, what the token may do, but is missing"} with input as json.remove(event, ["/token/scopes"])
}

test_token_scopes_null if {
	wildcard.deny == {"token.scopes must be an array of strings, what the token may do, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": null}])
}

test_token_scopes_of_the_wrong_type if {
	wildcard.deny == {"token.scopes must be an array of strings, what the token may do, but is an array that holds something else"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": [1]}])
}

test_parameter_broad_of_the_wrong_type if {
	"parameter broad must be an array of strings, but is an array that holds something else" in wildcard.deny with input as event
		with data.lictor.parameters.scopes.wildcard as {"broad": [1]}
}
