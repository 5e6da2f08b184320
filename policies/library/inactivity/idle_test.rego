package lictor.library.inactivity.idle_test

import data.lictor.library.inactivity.idle

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"iat": 1771950600,
	},
	"usage": {
		"last_used_ms": 1771957740000,
	},
}

test_allowed if {
	idle.deny == set() with input as event
}

test_denied if {
	idle.deny == {"session was idle for more than 3600 s; sign in again"} with input as json.patch(event, [{"op": "add", "path": "/usage/last_used_ms", "value": 1771953800000}])
}

test_the_last_millisecond_counts if {
	idle.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/last_used_ms", "value": 1771954200000}])
}

test_a_millisecond_more_is_too_long if {
	idle.deny == {"session was idle for more than 3600 s; sign in again"} with input as json.patch(event, [{"op": "add", "path": "/usage/last_used_ms", "value": 1771954199999}])
}

test_a_new_session_counts_from_its_issue if {
	idle.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {}}, {"op": "add", "path": "/token/iat", "value": 1771954200}])
}

test_a_late_first_request_is_denied if {
	idle.deny == {"session was idle for more than 3600 s; sign in again"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {}}])
}

test_token_iat_missing if {
	idle.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.remove(event, ["/token/iat"])
}

test_token_iat_null if {
	idle.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": null}])
}

test_token_iat_of_the_wrong_type if {
	idle.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": "soon"}])
}

test_usage_missing if {
	idle.deny == {"usage must be an object, what is known of the token's use, but is missing"} with input as json.remove(event, ["/usage"])
}

test_usage_null if {
	idle.deny == {"usage must be an object, what is known of the token's use, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": null}])
}

test_usage_of_the_wrong_type if {
	idle.deny == {"usage must be an object, what is known of the token's use, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": "x"}])
}

test_usage_last_used_ms_of_the_wrong_type if {
	idle.deny == {"usage.last_used_ms must be a number, when the token was last used, in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/last_used_ms", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	idle.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_max_idle_seconds_of_the_wrong_type if {
	"parameter max_idle_seconds must be a number, but is of type string" in idle.deny with input as event
		with data.lictor.parameters.inactivity.idle as {"max_idle_seconds": "soon"}
}
