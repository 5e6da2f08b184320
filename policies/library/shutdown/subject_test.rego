package lictor.library.shutdown.subject_test

import data.lictor.library.shutdown.subject

event := {
	"token": {
		"sub": "jroe",
		"client_id": "svc-billing",
		"iss": "https://idp.example.com/",
		"id": "tok_01HQ7ZC0H6",
	},
}

test_allowed if {
	subject.deny == set() with input as event
}

test_denied if {
	subject.deny == {"access for this sub is shut down"} with input as json.patch(event, [{"op": "add", "path": "/token/sub", "value": "mallory"}])
		with data.control as {"shutdown": {"sub": {"mallory": true}}}
}

test_others_go_on if {
	subject.deny == set() with input as event
		with data.control as {"shutdown": {"sub": {"mallory": true}}}
}

test_false_is_no_shutdown if {
	subject.deny == set() with input as event
		with data.control as {"shutdown": {"sub": {"jroe": false}}}
}

test_an_issuer_is_shut_down if {
	subject.deny == {"access for this iss is shut down"} with input as event
		with data.control as {"shutdown": {"iss": {"https://idp.example.com/": "since noon"}}}
}

test_a_list_is_no_switch if {
	subject.deny == {"control.shutdown.sub must be an object, but is of type array"} with input as event
		with data.control as {"shutdown": {"sub": ["jroe"]}}
}

test_a_token_of_nobody if {
	subject.deny == {"token has none of sub, client_id, iss and id"} with input as json.patch(event, [{"op": "add", "path": "/token", "value": {}}])
}

test_switches_that_cannot_be_read if {
	subject.deny == {"control must be an object, but is of type string"} with input as event
		with data.control as "off"
}

test_token_sub_of_the_wrong_type if {
	subject.deny == {"token.sub must be a string, whom the token is about, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/sub", "value": 5}])
}

test_token_client_id_of_the_wrong_type if {
	subject.deny == {"token.client_id must be a string, the client that the token was issued to, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/client_id", "value": 5}])
}

test_token_iss_of_the_wrong_type if {
	subject.deny == {"token.iss must be a string, the token's issuer, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/iss", "value": 5}])
}

test_token_id_of_the_wrong_type if {
	subject.deny == {"token.id must be a string, the token's id, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/id", "value": 5}])
}
