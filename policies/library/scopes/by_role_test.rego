package lictor.library.scopes.by_role_test

import data.lictor.library.scopes.by_role

event := {
	"token": {
		"scopes": [
			"accounts:read",
		],
	},
	"principal": {
		"roles": [
			"teller",
		],
	},
}

test_allowed if {
	by_role.deny == set() with input as event
}

test_denied if {
	by_role.deny == {"scope 'users:write' is granted by no role of the principal"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": ["accounts:read", "users:write"]}])
}

test_any_role_may_grant if {
	by_role.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": ["transfers:write"]}, {"op": "add", "path": "/principal/roles", "value": ["viewer", "teller"]}])
}

test_another_role_may_not if {
	by_role.deny == {"scope 'transfers:write' is granted by no role of the principal"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": ["transfers:write"]}, {"op": "add", "path": "/principal/roles", "value": ["viewer"]}])
}

test_without_roles_nothing_is_granted if {
	by_role.deny == {"scope 'accounts:read' is granted by no role of the principal"} with input as json.patch(event, [{"op": "add", "path": "/principal/roles", "value": []}])
}

test_token_scopes_missing if {
	by_role.deny == {"token.scopes must be an array of strings, what the token may do, but is missing"} with input as json.remove(event, ["/token/scopes"])
}

test_token_scopes_null if {
	by_role.deny == {"token.scopes must be an array of strings, what the token may do, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": null}])
}

test_token_scopes_of_the_wrong_type if {
	by_role.deny == {"token.scopes must be an array of strings, what the token may do, but is an array that holds something else"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": [1]}])
}

test_principal_roles_missing if {
	by_role.deny == {"principal.roles must be an array of strings, the roles of whom the token belongs to, but is missing"} with input as json.remove(event, ["/principal/roles"])
}

test_principal_roles_null if {
	by_role.deny == {"principal.roles must be an array of strings, the roles of whom the token belongs to, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/principal/roles", "value": null}])
}

test_principal_roles_of_the_wrong_type if {
	by_role.deny == {"principal.roles must be an array of strings, the roles of whom the token belongs to, but is an array that holds something else"} with input as json.patch(event, [{"op": "add", "path": "/principal/roles", "value": [1]}])
}

test_parameter_grants_of_the_wrong_type if {
	"parameter grants must be an object of arrays of strings, but is an object that holds something else" in by_role.deny with input as event
		with data.lictor.parameters.scopes.by_role as {"grants": {"x": "y"}}
}
