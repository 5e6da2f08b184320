package lictor.library.rate.risk_test

import data.lictor.library.rate.risk

event := {
	"usage": {
		"count_1m": 17,
	},
	"principal": {
		"risk": 12,
	},
}

test_allowed if {
	risk.deny == set() with input as event
}

test_denied if {
	risk.deny == {"more than 6 requests a minute at risk 85"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 85}])
}

test_just_below_a_step_the_one_before_counts if {
	risk.deny == set() with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 79}, {"op": "add", "path": "/usage/count_1m", "value": 60}])
}

test_a_request_more_does_not_pass if {
	risk.deny == {"more than 60 requests a minute at risk 79"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 79}, {"op": "add", "path": "/usage/count_1m", "value": 61}])
}

test_a_risk_below_all_steps_has_no_rate if {
	risk.deny == {"no rate is set for risk -1"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": -1}])
}

test_usage_count_1m_missing if {
	risk.deny == {"usage.count_1m must be a number, the requests with this token in a minute, this one included, but is missing"} with input as json.remove(event, ["/usage/count_1m"])
}

test_usage_count_1m_null if {
	risk.deny == {"usage.count_1m must be a number, the requests with this token in a minute, this one included, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": null}])
}

test_usage_count_1m_of_the_wrong_type if {
	risk.deny == {"usage.count_1m must be a number, the requests with this token in a minute, this one included, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": "soon"}])
}

test_a_risk_that_was_pushed_is_not_lowered_by_the_event if {
	risk.deny == {"more than 6 requests a minute at risk 85"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 0}, {"op": "add", "path": "/usage", "value": {"count_1m": 17, "risk": 85}}])
}

test_a_risk_that_the_event_says_is_not_lowered_by_one_that_was_pushed if {
	risk.deny == {"more than 6 requests a minute at risk 85"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 85}, {"op": "add", "path": "/usage", "value": {"count_1m": 17, "risk": 0}}])
}

test_the_risk_of_the_api_key_counts if {
	risk.deny == {"more than 6 requests a minute at risk 85"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"count_1m": 17, "key": {"risk": 85}}}])
}

test_the_risk_of_the_user_counts if {
	risk.deny == {"more than 6 requests a minute at risk 85"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"count_1m": 17, "user": {"risk": 85}}}])
}

test_the_risk_of_a_role_counts if {
	risk.deny == {"more than 6 requests a minute at risk 85"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"count_1m": 17, "roles": {"teller": {"risk": 1}, "admin": {"risk": 85}, "viewer": {}}}}])
}

test_where_a_risk_was_pushed_the_event_need_not_say_one if {
	risk.deny == {"more than 6 requests a minute at risk 85"} with input as json.patch(event, [{"op": "remove", "path": "/principal/risk"}, {"op": "add", "path": "/usage", "value": {"count_1m": 17, "risk": 85}}])
}

test_a_low_risk_that_was_pushed_is_enough if {
	risk.deny == set() with input as json.patch(event, [{"op": "remove", "path": "/principal/risk"}, {"op": "add", "path": "/usage", "value": {"count_1m": 17, "user": {"risk": 3}}}])
}

test_usage_risk_of_the_wrong_type if {
	risk.deny == {"usage.risk must be a number, how risky somebody says that the token is, its usage.key.risk, its usage.user.risk or one of usage.roles, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"count_1m": 17, "risk": "soon"}}])
}

test_usage_user_risk_of_the_wrong_type if {
	risk.deny == {"usage.risk must be a number, how risky somebody says that the token is, its usage.key.risk, its usage.user.risk or one of usage.roles, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"count_1m": 17, "user": {"risk": "soon"}}}])
}

test_principal_risk_missing if {
	risk.deny == {"principal.risk must be a number, how risky the principal is just now, but is missing"} with input as json.remove(event, ["/principal/risk"])
}

test_principal_risk_null if {
	risk.deny == {"principal.risk must be a number, how risky the principal is just now, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": null}])
}

test_principal_risk_of_the_wrong_type if {
	risk.deny == {"principal.risk must be a number, how risky the principal is just now, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": "soon"}])
}

test_parameter_steps_of_the_wrong_type if {
	"parameter steps must be an array of objects with numbers `from` and `max`, but is an array that holds something else" in risk.deny with input as event
		with data.lictor.parameters.rate.risk as {"steps": [{"from": "a", "max": 1}]}
}
