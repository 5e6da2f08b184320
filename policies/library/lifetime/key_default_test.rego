package lictor.library.lifetime.key_default_test

import data.lictor.library.lifetime.key_default

event := {
	"apiKey": {
		"defaultTimeToExpireToken": 2592000000,
	},
}

test_allowed if {
	key_default.deny == set() with input as event
}

test_denied if {
	key_default.deny == {"tokens of this key live 31 days by default, and may live 30"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/defaultTimeToExpireToken", "value": 2678400000}])
}

test_a_millisecond_more_is_too_long if {
	key_default.deny == {"tokens of this key live 31 days by default, and may live 30"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/defaultTimeToExpireToken", "value": 2592000001}])
}

test_nothing_is_no_default if {
	key_default.deny == {"tokens of this key would not live at all by default"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/defaultTimeToExpireToken", "value": 0}])
}

test_apikey_defaulttimetoexpiretoken_missing if {
	key_default.deny == {"apiKey.defaultTimeToExpireToken must be a number, how long its tokens live by default, in ms, but is missing"} with input as json.remove(event, ["/apiKey/defaultTimeToExpireToken"])
}

test_apikey_defaulttimetoexpiretoken_null if {
	key_default.deny == {"apiKey.defaultTimeToExpireToken must be a number, how long its tokens live by default, in ms, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/defaultTimeToExpireToken", "value": null}])
}

test_apikey_defaulttimetoexpiretoken_of_the_wrong_type if {
	key_default.deny == {"apiKey.defaultTimeToExpireToken must be a number, how long its tokens live by default, in ms, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/apiKey/defaultTimeToExpireToken", "value": "soon"}])
}

test_parameter_max_days_of_the_wrong_type if {
	"parameter max_days must be a number, but is of type string" in key_default.deny with input as event
		with data.lictor.parameters.lifetime.key_default as {"max_days": "soon"}
}
