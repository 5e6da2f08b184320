package lictor.library.tags.required_test

import data.lictor.library.tags.required

event := {
	"token": {
		"tags": {
			"team": "payments",
			"owner": "jroe",
		},
	},
}

test_allowed if {
	required.deny == set() with input as event
}

test_denied if {
	required.deny == {"tag 'owner' is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/tags/owner", "value": ""}])
}

test_a_tag_that_is_not_there_is_missing if {
	required.deny == {"tag 'team' is missing"} with input as json.remove(event, ["/token/tags/team"])
}

test_a_blank_tag_is_missing if {
	required.deny == {"tag 'team' is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/tags/team", "value": "  "}])
}

test_a_tag_that_is_no_text_is_missing if {
	required.deny == {"tag 'team' is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/tags/team", "value": 7}])
}

test_one_character_is_enough if {
	required.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/tags/team", "value": "a"}])
}

test_token_tags_missing if {
	required.deny == {"token.tags must be an object, its tags, but is missing"} with input as json.remove(event, ["/token/tags"])
}

test_token_tags_null if {
	required.deny == {"token.tags must be an object, its tags, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/tags", "value": null}])
}

test_token_tags_of_the_wrong_type if {
	required.deny == {"token.tags must be an object, its tags, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/tags", "value": "x"}])
}

test_parameter_required_of_the_wrong_type if {
	"parameter required must be an array of strings, but is an array that holds something else" in required.deny with input as event
		with data.lictor.parameters.tags.required as {"required": [1]}
}
