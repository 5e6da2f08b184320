package lictor.library.type.key_test

import data.lictor.library.type.key

event := {
	"apiKey": {
		"apiKeyType": "SERVICE_ACCOUNT",
		"parentIdentifier": "payments_sa",
	},
}

test_allowed if {
	key.deny == set() with input as event
}

test_denied if {
	key.deny == {"API keys of type USER are not allowed for jroe"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/apiKeyType", "value": "USER"}, {"op": "add", "path": "/apiKey/parentIdentifier", "value": "jroe"}])
}

test_an_exception_passes if {
	key.deny == set() with input as json.patch(event, [{"op": "add", "path": "/apiKey/apiKeyType", "value": "USER"}, {"op": "add", "path": "/apiKey/parentIdentifier", "value": "jroe"}])
		with data.lictor.parameters.type.key as {"exceptions": ["jroe"]}
}

test_apikey_apikeytype_missing if {
	key.deny == {"apiKey.apiKeyType must be a string, the kind of the key, but is missing"} with input as json.remove(event, ["/apiKey/apiKeyType"])
}

test_apikey_apikeytype_null if {
	key.deny == {"apiKey.apiKeyType must be a string, the kind of the key, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/apiKeyType", "value": null}])
}

test_apikey_apikeytype_of_the_wrong_type if {
	key.deny == {"apiKey.apiKeyType must be a string, the kind of the key, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/apiKeyType", "value": 5}])
}

test_apikey_parentidentifier_missing if {
	key.deny == {"apiKey.parentIdentifier must be a string, whom the key belongs to, but is missing"} with input as json.remove(event, ["/apiKey/parentIdentifier"])
}

test_apikey_parentidentifier_null if {
	key.deny == {"apiKey.parentIdentifier must be a string, whom the key belongs to, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/parentIdentifier", "value": null}])
}

test_apikey_parentidentifier_of_the_wrong_type if {
	key.deny == {"apiKey.parentIdentifier must be a string, whom the key belongs to, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/parentIdentifier", "value": 5}])
}

test_parameter_allowed_of_the_wrong_type if {
	"parameter allowed must be an array of strings, but is an array that holds something else" in key.deny with input as event
		with data.lictor.parameters.type.key as {"allowed": [1]}
}

test_parameter_exceptions_of_the_wrong_type if {
	"parameter exceptions must be an array of strings, but is an array that holds something else" in key.deny with input as event
		with data.lictor.parameters.type.key as {"exceptions": [1]}
}
