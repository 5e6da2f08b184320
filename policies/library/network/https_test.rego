package lictor.library.network.https_test

import data.lictor.library.network.https

event := {
	"request": {
		"scheme": "https",
	},
}

test_allowed if {
	https.deny == set() with input as event
}

test_denied if {
	https.deny == {"scheme 'http' is not encrypted"} with input as json.patch(event, [{"op": "add", "path": "/request/scheme", "value": "http"}])
}

test_no_scheme_is_none_of_them if {
	https.deny == {"scheme '' is not encrypted"} with input as json.patch(event, [{"op": "add", "path": "/request/scheme", "value": ""}])
}

test_request_scheme_missing if {
	https.deny == {"request.scheme must be a string, how the request travels, but is missing"} with input as json.remove(event, ["/request/scheme"])
}

test_request_scheme_null if {
	https.deny == {"request.scheme must be a string, how the request travels, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/scheme", "value": null}])
}

test_request_scheme_of_the_wrong_type if {
	https.deny == {"request.scheme must be a string, how the request travels, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/scheme", "value": 5}])
}

test_parameter_allowed_of_the_wrong_type if {
	"parameter allowed must be an array of strings, but is an array that holds something else" in https.deny with input as event
		with data.lictor.parameters.network.https as {"allowed": [1]}
}
