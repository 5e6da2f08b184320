package lictor.library.region.cloud_test

import data.lictor.library.region.cloud

event := {
	"request": {
		"region": "eu-central-1",
	},
}

test_allowed if {
	cloud.deny == set() with input as event
}

test_denied if {
	cloud.deny == {"tokens do not work in region 'us-east-1'"} with input as json.patch(event, [{"op": "add", "path": "/request/region", "value": "us-east-1"}])
}

test_a_longer_word_is_another_region if {
	cloud.deny == {"tokens do not work in region 'eu-central-11'"} with input as json.patch(event, [{"op": "add", "path": "/request/region", "value": "eu-central-11"}])
}

test_request_region_missing if {
	cloud.deny == {"request.region must be a string, the region that serves the request, but is missing"} with input as json.remove(event, ["/request/region"])
}

test_request_region_null if {
	cloud.deny == {"request.region must be a string, the region that serves the request, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/region", "value": null}])
}

test_request_region_of_the_wrong_type if {
	cloud.deny == {"request.region must be a string, the region that serves the request, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/region", "value": 5}])
}

test_parameter_allowed_of_the_wrong_type if {
	"parameter allowed must be an array of strings, but is an array that holds something else" in cloud.deny with input as event
		with data.lictor.parameters.region.cloud as {"allowed": [1]}
}
