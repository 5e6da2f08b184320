package lictor.library.naming.project_prefix_test

import data.lictor.library.naming.project_prefix

event := {
	"token": {
		"name": "payments-deployer",
		"projectIdentifier": "payments",
	},
}

test_allowed if {
	project_prefix.deny == set() with input as event
}

test_denied if {
	project_prefix.deny == {"token name 'deployer' does not begin with 'payments-'"} with input as json.patch(event, [{"op": "add", "path": "/token/name", "value": "deployer"}])
}

test_the_project_alone_is_not_enough if {
	project_prefix.deny == {"token name 'payments' does not begin with 'payments-'"} with input as json.patch(event, [{"op": "add", "path": "/token/name", "value": "payments"}])
}

test_a_longer_project_s_token_is_another_s if {
	project_prefix.deny == {"token name 'payments2-x' does not begin with 'payments-'"} with input as json.patch(event, [{"op": "add", "path": "/token/name", "value": "payments2-x"}])
}

test_token_name_missing if {
	project_prefix.deny == {"token.name must be a string, what the token is called, but is missing"} with input as json.remove(event, ["/token/name"])
}

test_token_name_null if {
	project_prefix.deny == {"token.name must be a string, what the token is called, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/name", "value": null}])
}

test_token_name_of_the_wrong_type if {
	project_prefix.deny == {"token.name must be a string, what the token is called, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/name", "value": 5}])
}

test_token_projectidentifier_missing if {
	project_prefix.deny == {"token.projectIdentifier must be a string, the project that the token is for, but is missing"} with input as json.remove(event, ["/token/projectIdentifier"])
}

test_token_projectidentifier_null if {
	project_prefix.deny == {"token.projectIdentifier must be a string, the project that the token is for, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/projectIdentifier", "value": null}])
}

test_token_projectidentifier_of_the_wrong_type if {
	project_prefix.deny == {"token.projectIdentifier must be a string, the project that the token is for, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/projectIdentifier", "value": 5}])
}

test_parameter_separator_of_the_wrong_type if {
	"parameter separator must be a string, but is of type number" in project_prefix.deny with input as event
		with data.lictor.parameters.naming.project_prefix as {"separator": 5}
}
