package lictor.library.tags.values_test

import data.lictor.library.tags.values

event := {
	"token": {
		"tags": {
			"env": "prod",
		},
	},
}

test_allowed if {
	values.deny == set() with input as event
}

test_denied if {
	values.deny == {"tag 'env' must be one of dev, test, stage, prod"} with input as json.patch(event, [{"op": "add", "path": "/token/tags/env", "value": "production"}])
}

test_a_tag_that_is_not_there_is_denied if {
	values.deny == {"tag 'env' must be one of dev, test, stage, prod"} with input as json.remove(event, ["/token/tags/env"])
}

test_values_are_compared_with_their_case if {
	values.deny == {"tag 'env' must be one of dev, test, stage, prod"} with input as json.patch(event, [{"op": "add", "path": "/token/tags/env", "value": "PROD"}])
}

test_tags_that_are_not_listed_may_be_anything if {
	values.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/tags/x", "value": 5}])
}

test_token_tags_missing if {
	values.deny == {"token.tags must be an object, its tags, but is missing"} with input as json.remove(event, ["/token/tags"])
}

test_token_tags_null if {
	values.deny == {"token.tags must be an object, its tags, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/tags", "value": null}])
}

test_token_tags_of_the_wrong_type if {
	values.deny == {"token.tags must be an object, its tags, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/tags", "value": "x"}])
}

test_parameter_allowed_of_the_wrong_type if {
	"parameter allowed must be an object of arrays of strings, but is an object that holds something else" in values.deny with input as event
		with data.lictor.parameters.tags.values as {"allowed": {"x": "y"}}
}
