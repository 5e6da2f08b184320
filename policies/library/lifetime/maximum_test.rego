package lictor.library.lifetime.maximum_test

import data.lictor.library.lifetime.maximum

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"validFrom": 1771957800000,
		"validTo": 1774549800000,
	},
}

test_allowed if {
	maximum.deny == set() with input as event
}

test_denied if {
	maximum.deny == {"token lives 91 days, and may live 90"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1779820200000}])
}

test_the_longest_is_allowed if {
	maximum.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1779733800000}])
}

test_a_millisecond_more_is_not if {
	maximum.deny == {"token lives 91 days, and may live 90"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": 1779733800001}])
}

test_without_a_beginning_it_begins_now if {
	maximum.deny == set() with input as json.patch(json.remove(event, ["/token/validFrom"]), [{"op": "add", "path": "/token/validTo", "value": 1779733800000}])
}

test_without_a_beginning_it_may_be_too_long if {
	maximum.deny == {"token lives 91 days, and may live 90"} with input as json.patch(json.remove(event, ["/token/validFrom"]), [{"op": "add", "path": "/token/validTo", "value": 1779733800001}])
}

test_parameters_decide if {
	maximum.deny == {"token lives 30 days, and may live 7"} with input as event
		with data.lictor.parameters.lifetime.maximum as {"max_days": 7}
}

test_token_validto_missing if {
	maximum.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is missing"} with input as json.remove(event, ["/token/validTo"])
}

test_token_validto_null if {
	maximum.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": null}])
}

test_token_validto_of_the_wrong_type if {
	maximum.deny == {"token.validTo must be a number, the expiry in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/validTo", "value": "soon"}])
}

test_token_validfrom_of_the_wrong_type if {
	maximum.deny == {"token.validFrom must be a number, the beginning in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/validFrom", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	maximum.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_max_days_of_the_wrong_type if {
	"parameter max_days must be a number, but is of type string" in maximum.deny with input as event
		with data.lictor.parameters.lifetime.maximum as {"max_days": "soon"}
}
