package lictor.library.naming.key_test

import data.lictor.library.naming.key

event := {
	"apiKey": {
		"name": "payments-key",
	},
}

test_allowed if {
	key.deny == set() with input as event
}

test_denied if {
	key.deny == {"API key name 'key_1' does not match ^[a-z][a-z0-9-]{2,62}$"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/name", "value": "key_1"}])
}

test_three_characters_are_enough if {
	key.deny == set() with input as json.patch(event, [{"op": "add", "path": "/apiKey/name", "value": "abc"}])
}

test_two_are_not if {
	key.deny == {"API key name 'ab' does not match ^[a-z][a-z0-9-]{2,62}$"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/name", "value": "ab"}])
}

test_apikey_name_missing if {
	key.deny == {"apiKey.name must be a string, what the key is called, but is missing"} with input as json.remove(event, ["/apiKey/name"])
}

test_apikey_name_null if {
	key.deny == {"apiKey.name must be a string, what the key is called, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/name", "value": null}])
}

test_apikey_name_of_the_wrong_type if {
	key.deny == {"apiKey.name must be a string, what the key is called, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/name", "value": 5}])
}

test_parameter_pattern_of_the_wrong_type if {
	"parameter pattern must be a regular expression, but is '['" in key.deny with input as event
		with data.lictor.parameters.naming.key as {"pattern": "["}
}
