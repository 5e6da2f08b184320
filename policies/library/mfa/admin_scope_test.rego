package lictor.library.mfa.admin_scope_test

import data.lictor.library.mfa.admin_scope

event := {
	"token": {
		"scopes": [
			"admin:read",
		],
		"amr": [
			"pwd",
			"otp",
		],
	},
}

test_allowed if {
	admin_scope.deny == set() with input as event
}

test_denied if {
	admin_scope.deny == {"an admin scope needs a second factor"} with input as json.patch(event, [{"op": "add", "path": "/token/amr", "value": ["pwd"]}])
}

test_other_scopes_need_none if {
	admin_scope.deny == set() with input as json.patch(json.remove(event, ["/token/amr"]), [{"op": "add", "path": "/token/scopes", "value": ["accounts:read"]}])
}

test_no_factor_at_all if {
	admin_scope.deny == {"an admin scope needs a second factor"} with input as json.patch(event, [{"op": "add", "path": "/token/amr", "value": []}])
}

test_token_scopes_missing if {
	admin_scope.deny == {"token.scopes must be an array of strings, what the token may do, but is missing"} with input as json.remove(event, ["/token/scopes"])
}

test_token_scopes_null if {
	admin_scope.deny == {"token.scopes must be an array of strings, what the token may do, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": null}])
}

test_token_scopes_of_the_wrong_type if {
	admin_scope.deny == {"token.scopes must be an array of strings, what the token may do, but is an array that holds something else"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": [1]}])
}

test_token_amr_missing if {
	admin_scope.deny == {"token.amr must be an array of strings, how its user signed in, but is missing"} with input as json.remove(event, ["/token/amr"])
}

test_token_amr_null if {
	admin_scope.deny == {"token.amr must be an array of strings, how its user signed in, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/amr", "value": null}])
}

test_token_amr_of_the_wrong_type if {
	admin_scope.deny == {"token.amr must be an array of strings, how its user signed in, but is an array that holds something else"} with input as json.patch(event, [{"op": "add", "path": "/token/amr", "value": [1]}])
}

test_parameter_admin_prefixes_of_the_wrong_type if {
	"parameter admin_prefixes must be an array of strings, but is an array that holds something else" in admin_scope.deny with input as event
		with data.lictor.parameters.mfa.admin_scope as {"admin_prefixes": [1]}
}

test_parameter_factors_of_the_wrong_type if {
	"parameter factors must be an array of strings, but is an array that holds something else" in admin_scope.deny with input as event
		with data.lictor.parameters.mfa.admin_scope as {"factors": [1]}
}
