package lictor.library.region.countries_test

import data.lictor.library.region.countries

event := {
	"request": {
		"country": "DE",
	},
}

test_allowed if {
	countries.deny == set() with input as event
}

test_denied if {
	countries.deny == {"requests from 'XX' are not allowed"} with input as json.patch(event, [{"op": "add", "path": "/request/country", "value": "XX"}])
}

test_small_letters_are_another_text if {
	countries.deny == {"requests from 'de' are not allowed"} with input as json.patch(event, [{"op": "add", "path": "/request/country", "value": "de"}])
}

test_no_country_is_not_listed if {
	countries.deny == {"requests from '' are not allowed"} with input as json.patch(event, [{"op": "add", "path": "/request/country", "value": ""}])
}

test_an_empty_list_lets_nobody_in if {
	countries.deny == {"requests from 'DE' are not allowed"} with input as event
		with data.lictor.parameters.region.countries as {"allowed": []}
}

test_request_country_missing if {
	countries.deny == {"request.country must be a string, the country that the request comes from, but is missing"} with input as json.remove(event, ["/request/country"])
}

test_request_country_null if {
	countries.deny == {"request.country must be a string, the country that the request comes from, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/country", "value": null}])
}

test_request_country_of_the_wrong_type if {
	countries.deny == {"request.country must be a string, the country that the request comes from, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/country", "value": 5}])
}

test_parameter_allowed_of_the_wrong_type if {
	"parameter allowed must be an array of strings, but is an array that holds something else" in countries.deny with input as event
		with data.lictor.parameters.region.countries as {"allowed": [1]}
}
