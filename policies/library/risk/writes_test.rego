package lictor.library.risk.writes_test

import data.lictor.library.risk.writes

event := {
	"request": {
		"method": "POST",
	},
	"principal": {
		"risk": 12,
	},
}

test_allowed if {
	writes.deny == set() with input as event
}

test_denied if {
	writes.deny == {"risk 60 is too high for POST"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 60}])
}

test_the_limit_is_too_high if {
	writes.deny == {"risk 50 is too high for POST"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 50}])
}

test_just_below_is_not if {
	writes.deny == set() with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 49}])
}

test_reading_goes_on if {
	writes.deny == set() with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 60}, {"op": "add", "path": "/request/method", "value": "GET"}])
}

test_an_unknown_method_writes if {
	writes.deny == {"risk 60 is too high for get"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 60}, {"op": "add", "path": "/request/method", "value": "get"}])
}

test_request_method_missing if {
	writes.deny == {"request.method must be a string, what the request wants to do, but is missing"} with input as json.remove(event, ["/request/method"])
}

test_request_method_null if {
	writes.deny == {"request.method must be a string, what the request wants to do, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/method", "value": null}])
}

test_request_method_of_the_wrong_type if {
	writes.deny == {"request.method must be a string, what the request wants to do, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/method", "value": 5}])
}

test_a_risk_that_was_pushed_is_not_lowered_by_the_event if {
	writes.deny == {"risk 60 is too high for POST"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 0}, {"op": "add", "path": "/usage", "value": {"risk": 60}}])
}

test_a_risk_that_the_event_says_is_not_lowered_by_one_that_was_pushed if {
	writes.deny == {"risk 60 is too high for POST"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": 60}, {"op": "add", "path": "/usage", "value": {"risk": 0}}])
}

test_the_risk_of_the_api_key_counts if {
	writes.deny == {"risk 60 is too high for POST"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"key": {"risk": 60}}}])
}

test_the_risk_of_the_user_counts if {
	writes.deny == {"risk 60 is too high for POST"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"user": {"risk": 60}}}])
}

test_the_risk_of_a_role_counts if {
	writes.deny == {"risk 60 is too high for POST"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"roles": {"teller": {"risk": 1}, "admin": {"risk": 60}, "viewer": {}}}}])
}

test_where_a_risk_was_pushed_the_event_need_not_say_one if {
	writes.deny == {"risk 60 is too high for POST"} with input as json.patch(event, [{"op": "remove", "path": "/principal/risk"}, {"op": "add", "path": "/usage", "value": {"risk": 60}}])
}

test_a_low_risk_that_was_pushed_is_enough if {
	writes.deny == set() with input as json.patch(event, [{"op": "remove", "path": "/principal/risk"}, {"op": "add", "path": "/usage", "value": {"user": {"risk": 3}}}])
}

test_usage_risk_of_the_wrong_type if {
	writes.deny == {"usage.risk must be a number, how risky somebody says that the token is, its usage.key.risk, its usage.user.risk or one of usage.roles, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"risk": "soon"}}])
}

test_usage_user_risk_of_the_wrong_type if {
	writes.deny == {"usage.risk must be a number, how risky somebody says that the token is, its usage.key.risk, its usage.user.risk or one of usage.roles, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage", "value": {"user": {"risk": "soon"}}}])
}

test_principal_risk_missing if {
	writes.deny == {"principal.risk must be a number, how risky the principal is just now, but is missing"} with input as json.remove(event, ["/principal/risk"])
}

test_principal_risk_null if {
	writes.deny == {"principal.risk must be a number, how risky the principal is just now, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": null}])
}

test_principal_risk_of_the_wrong_type if {
	writes.deny == {"principal.risk must be a number, how risky the principal is just now, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/principal/risk", "value": "soon"}])
}

test_parameter_deny_from_of_the_wrong_type if {
	"parameter deny_from must be a number, but is of type string" in writes.deny with input as event
		with data.lictor.parameters.risk.writes as {"deny_from": "soon"}
}

test_parameter_read_methods_of_the_wrong_type if {
	"parameter read_methods must be an array of strings, but is an array that holds something else" in writes.deny with input as event
		with data.lictor.parameters.risk.writes as {"read_methods": [1]}
}
