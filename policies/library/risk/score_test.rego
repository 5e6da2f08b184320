package lictor.library.risk.score_test

import data.lictor.library.risk.score

event := {
	"principal": {
		"risk": 12,
	},
}

test_allowed if {
	score.deny == set() with input as event
}

test_denied if {
	score.deny == {"risk 93 is too high"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 93}])
}

test_the_limit_is_too_high if {
	score.deny == {"risk 80 is too high"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 80}])
}

test_just_below_is_not if {
	score.deny == set() with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 79.9}])
}

test_a_risk_that_was_pushed_is_not_lowered_by_the_event if {
	score.deny == {"risk 93 is too high"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 0}, {"op": "add", "path": "/usage", "value": {"risk": 93}}])
}

test_a_risk_that_the_event_says_is_not_lowered_by_one_that_was_pushed if {
	score.deny == {"risk 93 is too high"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 93}, {"op": "add", "path": "/usage", "value": {"risk": 0}}])
}

test_the_risk_of_the_api_key_counts if {
	score.deny == {"risk 93 is too high"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"key": {"risk": 93}}}])
}

test_the_risk_of_the_user_counts if {
	score.deny == {"risk 93 is too high"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"user": {"risk": 93}}}])
}

test_the_risk_of_a_role_counts if {
	score.deny == {"risk 93 is too high"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"roles": {"teller": {"risk": 1}, "admin": {"risk": 93}, "viewer": {}}}}])
}

test_where_a_risk_was_pushed_the_event_need_not_say_one if {
	score.deny == {"risk 93 is too high"} with input as json.patch(event, [{"op": "remove", "path": "/principal/risk"}, {"op": "add", "path": "/usage", "value": {"risk": 93}}])
}

test_a_low_risk_that_was_pushed_is_enough if {
	score.deny == set() with input as json.patch(event, [{"op": "remove", "path": "/principal/risk"}, {"op": "add", "path": "/usage", "value": {"user": {"risk": 3}}}])
}

test_usage_risk_of_the_wrong_type if {
	score.deny == {"usage.risk must be a number, how risky somebody says that the token is, its usage.key.risk, its usage.user.risk or one of usage.roles, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"risk": "soon"}}])
}

test_usage_user_risk_of_the_wrong_type if {
	score.deny == {"usage.risk must be a number, how risky somebody says that the token is, its usage.key.risk, its usage.user.risk or one of usage.roles, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"user": {"risk": "soon"}}}])
}

test_principal_risk_missing if {
	score.deny == {"principal.risk must be a number, how risky the principal is just now, but is missing"} with input as json.remove(event, ["/principal/risk"])
}

test_principal_risk_null if {
	score.deny == {"principal.risk must be a number, how risky the principal is just now, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": null}])
}

test_principal_risk_of_the_wrong_type if {
	score.deny == {"principal.risk must be a number, how risky the principal is just now, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": "soon"}])
}

test_parameter_deny_from_of_the_wrong_type if {
	"parameter deny_from must be a number, but is of type string" in score.deny with input as event
		with data.lictor.parameters.risk.score as {"deny_from": "soon"}
}
