package lictor.library.revocation.issued_before_test

import data.lictor.library.revocation.issued_before

event := {
	"token": {
		"iat": 1771957200,
	},
}

test_allowed if {
	issued_before.deny == set() with input as event
}

test_denied if {
	issued_before.deny == {"tokens issued before 1771954200 are revoked"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1771950600}])
		with data.control as {"revoked_before": 1771954200}
}

test_tokens_from_then_on_are_not if {
	issued_before.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1771954200}])
		with data.control as {"revoked_before": 1771954200}
}

test_a_second_before_they_are if {
	issued_before.deny == {"tokens issued before 1771954200 are revoked"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": 1771954199}])
		with data.control as {"revoked_before": 1771954200}
}

test_a_text_is_no_date_here if {
	issued_before.deny == {"control.revoked_before must be a number, but is of type string"} with input as event
		with data.control as {"revoked_before": "2026-02-24"}
}

test_switches_that_cannot_be_read if {
	issued_before.deny == {"control must be an object, but is of type string"} with input as event
		with data.control as "off"
}

test_token_iat_missing if {
	issued_before.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.remove(event, ["/token/iat"])
}

test_token_iat_null if {
	issued_before.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": null}])
}

test_token_iat_of_the_wrong_type if {
	issued_before.deny == {"token.iat must be a number, when the token was issued, in s since 1970, but is of type string"} with input as json.patch(event, [{"op": "add", "path": "/token/iat", "value": "soon"}])
}
