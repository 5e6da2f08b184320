package lictor.library.ownership.disabled_owner_test

import data.lictor.library.ownership.disabled_owner

event := {
	"metadata": {
		"user": {
			"disabled": false,
			"locked": false,
		},
	},
}

test_allowed if {
	disabled_owner.deny == set() with input as event
}

test_denied if {
	disabled_owner.deny == {"the owner is disabled"} with input as json.patch(event, [{"op": "add", "path": "/metadata/user/disabled", "value": true}])
}

test_locked_out_is_not_allowed_either if {
	disabled_owner.deny == {"the owner is locked out"} with input as json.patch(event, [{"op": "add", "path": "/metadata/user/locked", "value": true}])
}

test_metadata_user_disabled_missing if {
	disabled_owner.deny == {"metadata.user.disabled must be a boolean, whether the user is disabled, but is missing"} with input as json.remove(event, ["/metadata/user/disabled"])
}

test_metadata_user_disabled_null if {
	disabled_owner.deny == {"metadata.user.disabled must be a boolean, whether the user is disabled, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/metadata/user/disabled", "value": null}])
}

test_metadata_user_disabled_of_the_wrong_type if {
	disabled_owner.deny == {"metadata.user.disabled must be a boolean, whether the user is disabled, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/metadata/user/disabled", "value": "yes"}])
}

test_metadata_user_locked_missing if {
	disabled_owner.deny == {"metadata.user.locked must be a boolean, whether the user is locked out, but is missing"} with input as json.remove(event, ["/metadata/user/locked"])
}

test_metadata_user_locked_null if {
	disabled_owner.deny == {"metadata.user.locked must be a boolean, whether the user is locked out, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/metadata/user/locked", "value": null}])
}

test_metadata_user_locked_of_the_wrong_type if {
	disabled_owner.deny == {"metadata.user.locked must be a boolean, whether the user is locked out, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/metadata/user/locked", "value": "yes"}])
}
