package lictor.library.introspection.active_test

import data.lictor.library.introspection.active

event := {
	"token": {
		"active": true,
	},
}

test_allowed if {
	active.deny == set() with input as event
}

test_denied if {
	active.deny == {"token is not active"} with input as json.patch(event, [{"op": "add", "path": "/token/active", "value": false}])
}

test_a_word_is_not_true if {
	active.deny == {"token.active must be a boolean, whether the token is active, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/active", "value": "true"}])
}

test_token_active_missing if {
	active.deny == {"token.active must be a boolean, whether the token is active, but is missing"} with input as json.remove(event, ["/token/active"])
}

test_token_active_null if {
	active.deny == {"token.active must be a boolean, whether the token is active, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/active", "value": null}])
}

test_token_active_of_the_wrong_type if {
	active.deny == {"token.active must be a boolean, whether the token is active, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/active", "value": "yes"}])
}
