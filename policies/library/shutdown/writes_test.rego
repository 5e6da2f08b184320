package lictor.library.shutdown.writes_test

import data.lictor.library.shutdown.writes

event := {
	"request": {
		"method": "GET",
	},
}

test_allowed if {
	writes.deny == set() with input as event
}

test_denied if {
	writes.deny == {"the service is read-only for now; POST is refused"} with input as json.patch(event, [{"op": "add", "path": "/request/method", "value": "POST"}])
		with data.control as {"read_only": true}
}

test_reading_goes_on if {
	writes.deny == set() with input as event
		with data.control as {"read_only": true}
}

test_without_the_switch_everything_goes_on if {
	writes.deny == set() with input as json.patch(event, [{"op": "add", "path": "/request/method", "value": "POST"}])
}

test_a_word_is_no_switch if {
	writes.deny == {"control.read_only must be a boolean, but is of type string"} with input as event
		with data.control as {"read_only": "yes"}
}

test_switches_that_cannot_be_read if {
	writes.deny == {"control must be an object, but is of type string"} with input as event
		with data.control as "off"
}

test_request_method_missing if {
	writes.deny == {"request.method must be a string, what the request wants to do, but is missing"} with input as json.remove(event, ["/request/method"])
}

test_request_method_null if {
	writes.deny == {"request.method must be a string, what the request wants to do, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/method", "value": null}])
}

test_request_method_of_the_wrong_type if {
	writes.deny == {"request.method must be a string, what the request wants to do, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/method", "value": 5}])
}

test_parameter_read_methods_of_the_wrong_type if {
	"parameter read_methods must be an array of strings, but is an array that holds something else" in writes.deny with input as event
		with data.lictor.parameters.shutdown.writes as {"read_methods": [1]}
}
