package lictor.library.rate.token_test

import data.lictor.library.rate.token

event := {
	"usage": {
		"count_1m": 17,
	},
}

test_allowed if {
	token.deny == set() with input as event
}

test_denied if {
	token.deny == {"more than 600 requests a minute with this token"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": 601}])
}

test_the_most_is_allowed if {
	token.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": 600}])
}

test_usage_count_1m_missing if {
	token.deny == {"usage.count_1m must be a number, the requests with this token in a minute, this one included, but is missing"} with input as json.remove(event, ["/usage/count_1m"])
}

test_usage_count_1m_null if {
	token.deny == {"usage.count_1m must be a number, the requests with this token in a minute, this one included, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": null}])
}

test_usage_count_1m_of_the_wrong_type if {
	token.deny == {"usage.count_1m must be a number, the requests with this token in a minute, this one included, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": "soon"}])
}

test_parameter_max_per_minute_of_the_wrong_type if {
	"parameter max_per_minute must be a number, but is of type string" in token.deny with input as event
		with data.lictor.parameters.rate.token as {"max_per_minute": "soon"}
}
