package lictor.library.ownership.email_domain_test

import data.lictor.library.ownership.email_domain

event := {
	"token": {
		"email": "payments_sa@example.com",
	},
}

test_allowed if {
	email_domain.deny == set() with input as event
}

test_denied if {
	email_domain.deny == {"the token's address is outside the listed domains"} with input as json.patch(event, [{"op": "add", "path": "/token/email", "value": "jane@mail.example.org"}])
}

test_a_domain_that_ends_alike_is_another if {
	email_domain.deny == {"the token's address is outside the listed domains"} with input as json.patch(event, [{"op": "add", "path": "/token/email", "value": "x@evil-example.com"}])
}

test_two_signs_make_no_address if {
	email_domain.deny == {"the token's address is outside the listed domains"} with input as json.patch(event, [{"op": "add", "path": "/token/email", "value": "x@evil.org@example.com"}])
}

test_capitals_are_the_same_domain if {
	email_domain.deny == set() with input as json.patch(event, [{"op": "add", "path": "/token/email", "value": "x@Example.COM"}])
}

test_token_email_missing if {
	email_domain.deny == {"token.email must be a string, the address of whom the token belongs to, but is missing"} with input as json.remove(event, ["/token/email"])
}

test_token_email_null if {
	email_domain.deny == {"token.email must be a string, the address of whom the token belongs to, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/email", "value": null}])
}

test_token_email_of_the_wrong_type if {
	email_domain.deny == {"token.email must be a string, the address of whom the token belongs to, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/email", "value": 5}])
}

test_parameter_domains_of_the_wrong_type if {
	"parameter domains must be an array of strings, but is an array that holds something else" in email_domain.deny with input as event
		with data.lictor.parameters.ownership.email_domain as {"domains": [1]}
}
