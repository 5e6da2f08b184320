package lictor.library.rotation.overlap_test

import data.lictor.library.rotation.overlap

event := {
	"time_ns": 1771957800000000000,
	"token": {
		"scheduledExpireTime": 1772044200000,
	},
}

test_allowed if {
	overlap.deny == set() with input as event
}

test_denied if {
	overlap.deny == {"rotated token works 8 days more, and may work 7"} with input as json.patch(event, [{"op": "add", "path": "/token/scheduledExpireTime", "value": 1772649000000}])
}

test_a_week_is_allowed if {
	overlap.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/scheduledExpireTime", "value": 1772562600000}])
}

test_a_millisecond_more_is_not if {
	overlap.deny == {"rotated token works 8 days more, and may work 7"} with input as json.patch(event, [{"op": "add", "path": "/token/scheduledExpireTime", "value": 1772562600001}])
}

test_the_new_token_passes if {
	overlap.deny == set() with input as json.remove(event, ["/token/scheduledExpireTime"])
}

test_token_scheduledexpiretime_of_the_wrong_type if {
	overlap.deny == {"token.scheduledExpireTime must be a number, when the rotated token ends, in ms since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/scheduledExpireTime", "value": "soon"}])
}

test_time_ns_of_the_wrong_type if {
	overlap.deny == {"time_ns must be a number, when the event happens in ns since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/time_ns", "value": "now"}])
}

test_parameter_max_days_of_the_wrong_type if {
	"parameter max_days must be a number, but is of type string" in overlap.deny with input as event
		with data.lictor.parameters.rotation.overlap as {"max_days": "soon"}
}
