package lictor.library.naming.description_test

import data.lictor.library.naming.description

event := {
	"token": {
		"description": "Used by the deploy pipeline",
	},
}

test_allowed if {
	description.deny == set() with input as event
}

test_denied if {
	description.deny == {"token description has 4 characters, and needs 10"} with input as json.patch(event, [{"op": "add", "path": "/token/description", "value": "test"}])
}

test_ten_characters_are_enough if {
	description.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/description", "value": "0123456789"}])
}

test_blanks_around_do_not_count if {
	description.deny == {"token description has 9 characters, and needs 10"} with input as json.patch(event, [{"op": "add", "path": "/token/description", "value": "  012345678  "}])
}

test_token_description_missing if {
	description.deny == {"token.description must be a string, what the token is for, but is missing"} with input as json.remove(event, ["/token/description"])
}

test_token_description_null if {
	description.deny == {"token.description must be a string, what the token is for, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/description", "value": null}])
}

test_token_description_of_the_wrong_type if {
	description.deny == {"token.description must be a string, what the token is for, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/description", "value": 5}])
}

test_parameter_min_length_of_the_wrong_type if {
	"parameter min_length must be a number, but is of type string" in description.deny with input as event
		with data.lictor.parameters.naming.description as {"min_length": "soon"}
}
