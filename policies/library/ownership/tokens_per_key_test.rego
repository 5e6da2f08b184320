package lictor.library.ownership.tokens_per_key_test

import data.lictor.library.ownership.tokens_per_key

event := {
	"usage": {
		"active_tokens": 1,
	},
}

test_allowed if {
	tokens_per_key.deny == set() with input as event
}

test_denied if {
	tokens_per_key.deny == {"key has 2 active tokens, and may have 2"} with input as json.patch(event, [{"op": "add", "path": "/usage/active_tokens", "value": 2}])
}

test_the_first_is_allowed if {
	tokens_per_key.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/active_tokens", "value": 0}])
}

test_usage_active_tokens_missing if {
	tokens_per_key.deny == {"usage.active_tokens must be a number, how many active tokens the key has, but is missing"} with input as json.remove(event, ["/usage/active_tokens"])
}

test_usage_active_tokens_null if {
	tokens_per_key.deny == {"usage.active_tokens must be a number, how many active tokens the key has, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage/active_tokens", "value": null}])
}

test_usage_active_tokens_of_the_wrong_type if {
	tokens_per_key.deny == {"usage.active_tokens must be a number, how many active tokens the key has, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/active_tokens", "value": "soon"}])
}

test_parameter_max_tokens_of_the_wrong_type if {
	"parameter max_tokens must be a number, but is of type string" in tokens_per_key.deny with input as event
		with data.lictor.parameters.ownership.tokens_per_key as {"max_tokens": "soon"}
}
