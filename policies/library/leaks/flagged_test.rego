package lictor.library.leaks.flagged_test

import data.lictor.library.leaks.flagged

event := {
	"token": {
		"hash": "b64:2jmj7l5rSw0yVb_vlWAYkK_YBwk",
		"leaked": false,
	},
}

test_allowed if {
	flagged.deny == set() with input as event
}

test_denied if {
	flagged.deny == {"token has leaked"} with input as json.patch(event, [{"op": "add", "path": "/token/leaked", "value": true}])
}

test_a_token_without_a_mark_passes if {
	flagged.deny == set() with input as json.remove(event, ["/token/leaked"])
}

test_a_listed_hash_is_denied if {
	flagged.deny == {"token has leaked"} with input as json.patch(event, [{"op": "add", "path": "/token/hash", "value": "h"}])
		with data.control as {"leaked": {"h": "github.com/acme/app"}}
}

test_others_go_on if {
	flagged.deny == set() with input as event
		with data.control as {"leaked": {"h": true}}
}

test_a_list_is_no_switch if {
	flagged.deny == {"control.leaked must be an object, but is of type array"} with input as event
		with data.control as {"leaked": ["h"]}
}

test_switches_that_cannot_be_read if {
	flagged.deny == {"control must be an object, but is of type string"} with input as event
		with data.control as "off"
}

test_token_hash_missing if {
	flagged.deny == {"token.hash must be a string, the keyed hash of the token, but is missing"} with input as json.remove(event, ["/token/hash"])
}

test_token_hash_null if {
	flagged.deny == {"token.hash must be a string, the keyed hash of the token, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/hash", "value": null}])
}

test_token_hash_of_the_wrong_type if {
	flagged.deny == {"token.hash must be a string, the keyed hash of the token, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/hash", "value": 5}])
}

test_token_leaked_of_the_wrong_type if {
	flagged.deny == {"token.leaked must be a boolean, whether the token was found somewhere, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/leaked", "value": "yes"}])
}
