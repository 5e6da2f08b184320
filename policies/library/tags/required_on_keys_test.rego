package lictor.library.tags.required_on_keys_test

import data.lictor.library.tags.required_on_keys

event := {
	"apiKey": {
		"tags": {
			"team": "payments",
			"owner": "jroe",
		},
	},
}

test_allowed if {
	required_on_keys.deny == set() with input as event
}

test_denied if {
	required_on_keys.deny == {"tag 'owner' is missing"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/tags/owner", "value": ""}])
}

test_a_tag_that_is_not_there_is_missing if {
	required_on_keys.deny == {"tag 'team' is missing"} with input as json.remove(event, ["/apiKey/tags/team"])
}

test_a_blank_tag_is_missing if {
	required_on_keys.deny == {"tag 'team' is missing"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/tags/team", "value": "  "}])
}

test_a_tag_that_is_no_text_is_missing if {
	required_on_keys.deny == {"tag 'team' is missing"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/tags/team", "value": 7}])
}

test_one_character_is_enough if {
	required_on_keys.deny == set() with input as json.patch(event, [{"op": "add", "path": "/apiKey/tags/team", "value": "a"}])
}

test_apikey_tags_missing if {
	required_on_keys.deny == {"apiKey.tags must be an object, its tags, but is missing"} with input as json.remove(event, ["/apiKey/tags"])
}

test_apikey_tags_null if {
	required_on_keys.deny == {"apiKey.tags must be an object, its tags, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/tags", "value": null}])
}

test_apikey_tags_of_the_wrong_type if {
	required_on_keys.deny == {"apiKey.tags must be an object, its tags, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/tags", "value": "x"}])
}

test_parameter_required_of_the_wrong_type if {
	"parameter required must be an array of strings, but is an array that holds something else" in required_on_keys.deny with input as event
		with data.lictor.parameters.tags.required_on_keys as {"required": [1]}
}
