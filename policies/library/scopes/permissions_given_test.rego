package lictor.library.scopes.permissions_given_test

import data.lictor.library.scopes.permissions_given

event := {
	"token": {
		"apiKeyType": "SCOPED_TOKEN",
		"scopedResourcePermissions": [
			"pipeline_view",
		],
	},
}

test_allowed if {
	permissions_given.deny == set() with input as event
}

test_denied if {
	permissions_given.deny == {"a scoped token needs at least one permission"} with input as json.patch(event, [{"op": "add", "path": "/token/scopedResourcePermissions", "value": []}])
}

test_other_tokens_need_none if {
	permissions_given.deny == set() with input as json.patch(json.remove(event, ["/token/scopedResourcePermissions"]), [{"op": "add", "path": "/token/apiKeyType", "value": "USER"}])
}

test_the_most_is_allowed if {
	permissions_given.deny == set() with input as event
		with data.lictor.parameters.scopes.permissions_given as {"max_permissions": 1}
}

test_more_is_not if {
	permissions_given.deny == {"scoped token has 1 permissions, and may have 0"} with input as event
		with data.lictor.parameters.scopes.permissions_given as {"max_permissions": 0}
}

test_token_apikeytype_missing if {
	permissions_given.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is missing"} with input as json.remove(event, ["/token/apiKeyType"])
}

test_token_apikeytype_null if {
	permissions_given.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": null}])
}

test_token_apikeytype_of_the_wrong_type if {
	permissions_given.deny == {"token.apiKeyType must be a string, the kind of API key that the token belongs to, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/apiKeyType", "value": 5}])
}

test_token_scopedresourcepermissions_missing if {
	permissions_given.deny == {"token.scopedResourcePermissions must be an array, what the scoped token may do, but is missing"} with input as json.remove(event, ["/token/scopedResourcePermissions"])
}

test_token_scopedresourcepermissions_null if {
	permissions_given.deny == {"token.scopedResourcePermissions must be an array, what the scoped token may do, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/scopedResourcePermissions", "value": null}])
}

test_token_scopedresourcepermissions_of_the_wrong_type if {
	permissions_given.deny == {"token.scopedResourcePermissions must be an array, what the scoped token may do, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/scopedResourcePermissions", "value": "x"}])
}

test_parameter_max_permissions_of_the_wrong_type if {
	"parameter max_permissions must be a number, but is of type string" in permissions_given.deny with input as event
		with data.lictor.parameters.scopes.permissions_given as {"max_permissions": "soon"}
}
