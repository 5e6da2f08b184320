package lictor.library.rate.user_test

import data.lictor.library.rate.user

event := {
	"usage": {
		"user": {
			"count_1m": 40,
		},
	},
}

test_allowed if {
	user.deny == set() with input as event
}

test_denied if {
	user.deny == {"more than 1200 requests a minute by this user"} with input as json.patch(event, [{"op": "add", "path": "/usage/user/count_1m", "value": 1201}])
}

test_the_most_is_allowed if {
	user.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/user/count_1m", "value": 1200}])
}

test_usage_user_count_1m_missing if {
	user.deny == {"usage.user.count_1m must be a number, the user's requests in a minute, this one included, but is missing"} with input as json.remove(event, ["/usage/user/count_1m"])
}

test_usage_user_count_1m_null if {
	user.deny == {"usage.user.count_1m must be a number, the user's requests in a minute, this one included, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage/user/count_1m", "value": null}])
}

test_usage_user_count_1m_of_the_wrong_type if {
	user.deny == {"usage.user.count_1m must be a number, the user's requests in a minute, this one included, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/user/count_1m", "value": "soon"}])
}

test_parameter_max_per_minute_of_the_wrong_type if {
	"parameter max_per_minute must be a number, but is of type string" in user.deny with input as event
		with data.lictor.parameters.rate.user as {"max_per_minute": "soon"}
}
