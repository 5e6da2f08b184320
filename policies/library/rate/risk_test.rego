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
