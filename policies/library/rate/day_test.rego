package lictor.library.rate.day_test

import data.lictor.library.rate.day

event := {
	"usage": {
		"count_1d": 1700,
	},
}

test_allowed if {
	day.deny == set() with input as event
}

test_denied if {
	day.deny == {"more than 100000 requests a day with this token"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1d", "value": 100001}])
}

test_the_most_is_allowed if {
	day.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/count_1d", "value": 100000}])
}

test_usage_count_1d_missing if {
	day.deny == {"usage.count_1d must be a number, the requests with this token in a day, this one included, but is missing"} with input as json.remove(event, ["/usage/count_1d"])
}

test_usage_count_1d_null if {
	day.deny == {"usage.count_1d must be a number, the requests with this token in a day, this one included, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1d", "value": null}])
}

test_usage_count_1d_of_the_wrong_type if {
	day.deny == {"usage.count_1d must be a number, the requests with this token in a day, this one included, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1d", "value": "soon"}])
}

test_parameter_max_per_day_of_the_wrong_type if {
	"parameter max_per_day must be a number, but is of type string" in day.deny with input as event
		with data.lictor.parameters.rate.day as {"max_per_day": "soon"}
}
