package lictor.library.network.of_token_test

import data.lictor.library.network.of_token

event := {
	"request": {
		"source_ip": "10.1.2.3",
	},
	"token": {
		"networks": [
			"10.1.0.0/16",
		],
	},
}

test_allowed if {
	of_token.deny == set() with input as event
}

test_denied if {
	of_token.deny == {"10.2.0.1 is outside the token's networks"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "10.2.0.1"}])
}

test_the_last_address_of_a_network_is_in_it if {
	of_token.deny == set() with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "10.1.255.255"}])
}

test_without_networks_it_works_nowhere if {
	of_token.deny == {"10.1.2.3 is outside the token's networks"} with input as json.patch(event, [{"op": "add", "path": "/token/networks", "value": []}])
}

test_a_network_that_is_none_holds_nobody if {
	of_token.deny == {"10.1.2.3 is outside the token's networks"} with input as json.patch(event, [{"op": "add", "path": "/token/networks", "value": ["10.1.0.0/99"]}])
}

test_a_word_is_no_address if {
	of_token.deny == {"request.source_ip is no address"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "x"}])
}

test_request_source_ip_missing if {
	of_token.deny == {"request.source_ip must be a string, the address that the request comes from, but is missing"} with input as json.remove(event, ["/request/source_ip"])
}

test_request_source_ip_null if {
	of_token.deny == {"request.source_ip must be a string, the address that the request comes from, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": null}])
}

test_request_source_ip_of_the_wrong_type if {
	of_token.deny == {"request.source_ip must be a string, the address that the request comes from, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": 5}])
}

test_token_networks_missing if {
	of_token.deny == {"token.networks must be an array of strings, the networks that the token is for, but is missing"} with input as json.remove(event, ["/token/networks"])
}

test_token_networks_null if {
	of_token.deny == {"token.networks must be an array of strings, the networks that the token is for, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/networks", "value": null}])
}

test_token_networks_of_the_wrong_type if {
	of_token.deny == {"token.networks must be an array of strings, the networks that the token is for, but is an array that holds something else"} with input as json.patch(event, [{"op": "add", "path": "/token/networks", "value": [1]}])
}
