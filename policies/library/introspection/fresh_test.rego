package lictor.library.introspection.fresh_test

import data.lictor.library.introspection.fresh

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"introspected_at": 1771957790,
	},
}

test_allowed if {
	fresh.deny == set() with input as event
}

test_denied if {
	fresh.deny == {"introspection is older than 60 s"} with input as json.patch(event, [{"op": "add", "path": "/token/introspected_at", "value": 1771957200}])
}

test_the_last_second_counts if {
	fresh.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/introspected_at", "value": 1771957740}])
}

test_a_second_more_is_too_old if {
	fresh.deny == {"introspection is older than 60 s"} with input as json.patch(event, [{"op": "add", "path": "/token/introspected_at", "value": 1771957739}])
}

test_token_introspected_at_missing if {
	fresh.deny == {"token.introspected_at must be a number, when the token was introspected, in s since 1970, but is missing"} with input as json.remove(event, ["/token/introspected_at"])
}

test_token_introspected_at_null if {
	fresh.deny == {"token.introspected_at must be a number, when the token was introspected, in s since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/introspected_at", "value": null}])
}

test_token_introspected_at_of_the_wrong_type if {
	fresh.deny == {"token.introspected_at must be a number, when the token was introspected, in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/introspected_at", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	fresh.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_max_age_seconds_of_the_wrong_type if {
	"parameter max_age_seconds must be a number, but is of type string" in fresh.deny with input as event
		with data.lictor.parameters.introspection.fresh as {"max_age_seconds": "soon"}
}
