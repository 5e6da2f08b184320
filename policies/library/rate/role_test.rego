package lictor.library.rate.role_test

import data.lictor.library.rate.role

event := {
	"usage": {
		"count_1m": 17,
	},
	"principal": {
		"roles": [
			"teller",
		],
	},
}

test_allowed if {
	role.deny == set() with input as event
}

test_denied if {
	role.deny == {"more than 600 requests a minute for these roles"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": 601}])
}

test_the_most_is_allowed if {
	role.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": 600}])
}

test_the_highest_of_several_roles_counts if {
	role.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": 600}, {"op": "add", "path": "/principal/roles", "value": ["viewer", "teller"]}])
}

test_each_role_has_its_rate if {
	role.deny == {"more than 120 requests a minute for these roles"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": 121}, {"op": "add", "path": "/principal/roles", "value": ["viewer"]}])
}

test_without_a_role_the_default_counts if {
	role.deny == {"more than 60 requests a minute for these roles"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": 61}, {"op": "add", "path": "/principal/roles", "value": []}])
}

test_usage_count_1m_missing if {
	role.deny == {"usage.count_1m must be a number, the requests with this token in a minute, this one included, but is missing"} with input as json.remove(event, ["/usage/count_1m"])
}

test_usage_count_1m_null if {
	role.deny == {"usage.count_1m must be a number, the requests with this token in a minute, this one included, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": null}])
}

test_usage_count_1m_of_the_wrong_type if {
	role.deny == {"usage.count_1m must be a number, the requests with this token in a minute, this one included, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/count_1m", "value": "soon"}])
}

test_principal_roles_missing if {
	role.deny == {"principal.roles must be an array of strings, the roles of whom the token belongs to, but is missing"} with input as json.remove(event, ["/principal/roles"])
}

test_principal_roles_null if {
	role.deny == {"principal.roles must be an array of strings, the roles of whom the token belongs to, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/principal/roles", "value": null}])
}

test_principal_roles_of_the_wrong_type if {
	role.deny == {"principal.roles must be an array of strings, the roles of whom the token belongs to, but is an array that holds something else"} with input as json.patch(event, [{"op": "add", "path": "/principal/roles", "value": [1]}])
}

test_parameter_max_per_minute_of_the_wrong_type if {
	"parameter max_per_minute must be an object of numbers, but is an object that holds something else" in role.deny with input as event
		with data.lictor.parameters.rate.role as {"max_per_minute": {"x": "many"}}
}

test_parameter_otherwise_of_the_wrong_type if {
	"parameter otherwise must be a number, but is of type string" in role.deny with input as event
		with data.lictor.parameters.rate.role as {"otherwise": "soon"}
}
