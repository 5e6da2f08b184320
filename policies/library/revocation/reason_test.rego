package lictor.library.revocation.reason_test

import data.lictor.library.revocation.reason

event := {
	"token": {
		"revocationReason": "rotated",
	},
}

test_allowed if {
	reason.deny == set() with input as event
}

test_denied if {
	reason.deny == {"'because' is no known reason for a revocation"} with input as json.patch(event, [{"op": "add", "path": "/token/revocationReason", "value": "because"}])
}

test_no_reason_is_unknown if {
	reason.deny == {"'' is no known reason for a revocation"} with input as json.patch(event, [{"op": "add", "path": "/token/revocationReason", "value": ""}])
}

test_token_revocationreason_missing if {
	reason.deny == {"token.revocationReason must be a string, why the token is revoked, but is missing"} with input as json.remove(event, ["/token/revocationReason"])
}

test_token_revocationreason_null if {
	reason.deny == {"token.revocationReason must be a string, why the token is revoked, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/revocationReason", "value": null}])
}

test_token_revocationreason_of_the_wrong_type if {
	reason.deny == {"token.revocationReason must be a string, why the token is revoked, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/revocationReason", "value": 5}])
}

test_parameter_reasons_of_the_wrong_type if {
	"parameter reasons must be an array of strings, but is an array that holds something else" in reason.deny with input as event
		with data.lictor.parameters.revocation.reason as {"reasons": [1]}
}
