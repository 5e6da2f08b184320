package lictor.library.region.new_country_test

import data.lictor.library.region.new_country

event := {
	"request": {
		"country": "DE",
	},
	"usage": {
		"countries": [
			"DE",
			"FR",
		],
	},
}

test_allowed if {
	new_country.deny == set() with input as event
}

test_denied if {
	new_country.deny == {"this token was never used in 'BR'"} with input as json.patch(event, [{"op": "add", "path": "/request/country", "value": "BR"}])
}

test_the_first_request_may_come_from_anywhere if {
	new_country.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/countries", "value": []}])
}

test_unless_that_is_switched_off if {
	new_country.deny == {"this token was never used in 'DE'"} with input as json.patch(event, [{"op": "add", "path": "/usage/countries", "value": []}])
		with data.lictor.parameters.region.new_country as {"allow_first": false}
}

test_a_token_that_may_be_forgotten_is_not_new if {
	new_country.deny == {"where this token was used before is forgotten, and it is used in 'DE'"} with input as json.patch(event, [{"op": "add", "path": "/usage/countries", "value": []}, {"op": "add", "path": "/usage/known_since_ms", "value": 1771957740000}])
}

test_one_that_is_older_than_what_was_forgotten_is_not_either if {
	new_country.deny == {"where this token was used before is forgotten, and it is used in 'DE'"} with input as json.patch(event, [{"op": "add", "path": "/usage/countries", "value": []}, {"op": "add", "path": "/usage/known_since_ms", "value": 1771957740000}, {"op": "add", "path": "/usage/created_ms", "value": 1771957740000}])
}

test_one_that_was_made_since_is_new if {
	new_country.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/countries", "value": []}, {"op": "add", "path": "/usage/known_since_ms", "value": 1771957740000}, {"op": "add", "path": "/usage/created_ms", "value": 1771957740001}])
}

test_what_is_known_since_then_counts if {
	new_country.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/known_since_ms", "value": 1771957740000}])
}

test_forgotten_tokens_may_be_allowed if {
	new_country.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/countries", "value": []}, {"op": "add", "path": "/usage/known_since_ms", "value": 1771957740000}])
		with data.lictor.parameters.region.new_country as {"allow_forgotten": true}
}

test_usage_known_since_ms_of_the_wrong_type if {
	"usage.known_since_ms must be a number of milliseconds since 1970, until when the store has forgotten tokens, but is of type string" in new_country.deny with input as json.patch(event, [{"op": "add", "path": "/usage/known_since_ms", "value": "soon"}])
}

test_usage_created_ms_of_the_wrong_type if {
	new_country.deny == {"usage.created_ms must be a number of milliseconds since 1970, when the token was made, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/created_ms", "value": "soon"}])
}

test_parameter_allow_forgotten_of_the_wrong_type if {
	"parameter allow_forgotten must be a boolean, but is of type string" in new_country.deny with input as event
		with data.lictor.parameters.region.new_country as {"allow_forgotten": "yes"}
}

test_request_country_missing if {
	new_country.deny == {"request.country must be a string, the country that the request comes from, but is missing"} with input as json.remove(event, ["/request/country"])
}

test_request_country_null if {
	new_country.deny == {"request.country must be a string, the country that the request comes from, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/country", "value": null}])
}

test_request_country_of_the_wrong_type if {
	new_country.deny == {"request.country must be a string, the country that the request comes from, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/country", "value": 5}])
}

test_usage_countries_missing if {
	new_country.deny == {"usage.countries must be an array of strings, the countries that the token was used in, but is missing"} with input as json.remove(event, ["/usage/countries"])
}

test_usage_countries_null if {
	new_country.deny == {"usage.countries must be an array of strings, the countries that the token was used in, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage/countries", "value": null}])
}

test_usage_countries_of_the_wrong_type if {
	new_country.deny == {"usage.countries must be an array of strings, the countries that the token was used in, but is an array that holds something else"} with input as json.patch(event, [{"op": "add", "path": "/usage/countries", "value": [1]}])
}

test_parameter_allow_first_of_the_wrong_type if {
	"parameter allow_first must be a boolean, but is of type string" in new_country.deny with input as event
		with data.lictor.parameters.region.new_country as {"allow_first": "yes"}
}
