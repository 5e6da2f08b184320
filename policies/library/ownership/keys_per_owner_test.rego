package lictor.library.ownership.keys_per_owner_test

import data.lictor.library.ownership.keys_per_owner

event := {
	"usage": {
		"active_keys": 0,
	},
}

test_allowed if {
	keys_per_owner.deny == set() with input as event
}

test_denied if {
	keys_per_owner.deny == {"owner has 1 active keys, and may have 1"} with input as json.patch(event, [{"op": "add", "path": "/usage/active_keys", "value": 1}])
}

test_more_may_be_allowed if {
	keys_per_owner.deny == set() with input as json.patch(event, [{"op": "add", "path": "/usage/active_keys", "value": 1}])
		with data.lictor.parameters.ownership.keys_per_owner as {"max_keys": 2}
}

test_usage_active_keys_missing if {
	keys_per_owner.deny == {"usage.active_keys must be a number, how many active keys the owner has, but is missing"} with input as json.remove(event, ["/usage/active_keys"])
}

test_usage_active_keys_null if {
	keys_per_owner.deny == {"usage.active_keys must be a number, how many active keys the owner has, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/usage/active_keys", "value": null}])
}

test_usage_active_keys_of_the_wrong_type if {
	keys_per_owner.deny == {"usage.active_keys must be a number, how many active keys the owner has, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/usage/active_keys", "value": "soon"}])
}

test_parameter_max_keys_of_the_wrong_type if {
	"parameter max_keys must be a number, but is of type string" in keys_per_owner.deny with input as event
		with data.lictor.parameters.ownership.keys_per_owner as {"max_keys": "soon"}
}
