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
