package lictor.library.revocation.revoked_test

import data.lictor.library.revocation.revoked

event := {
	"token": {
		"hash": "b64:2jmj7l5rSw0yVb_vlWAYkK_YBwk",
	},
}

test_allowed if {
	revoked.deny == set() with input as event
}

test_denied if {
	revoked.deny == {"token is revoked"} with input as json.patch(event, [{"op": "add", "path": "/token/hash", "value": "b64:stolen"}])
		with data.control as {"revoked": {"b64:stolen": {"since": "2026-02-24"}}}
}

test_others_go_on if {
	revoked.deny == set() with input as event
		with data.control as {"revoked": {"b64:stolen": true}}
}

test_false_takes_a_revocation_back if {
	revoked.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/hash", "value": "b64:stolen"}])
		with data.control as {"revoked": {"b64:stolen": false}}
}

test_a_list_is_no_switch if {
	revoked.deny == {"control.revoked must be an object, but is of type array"} with input as event
		with data.control as {"revoked": ["b64:stolen"]}
}

test_switches_that_cannot_be_read if {
	revoked.deny == {"control must be an object, but is of type string"} with input as event
		with data.control as "off"
}

test_token_hash_missing if {
	revoked.deny == {"token.hash must be a string, the keyed hash of the token, but is missing"} with input as json.remove(event, ["/token/hash"])
}

test_token_hash_null if {
	revoked.deny == {"token.hash must be a string, the keyed hash of the token, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/hash", "value": null}])
}

test_token_hash_of_the_wrong_type if {
	revoked.deny == {"token.hash must be a string, the keyed hash of the token, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/hash", "value": 5}])
}
