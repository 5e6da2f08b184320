package lictor.library.network.blocked_test

import data.lictor.library.network.blocked

event := {
	"request": {
		"source_ip": "10.1.2.3",
	},
}

test_allowed if {
	blocked.deny == set() with input as event
}

test_denied if {
	blocked.deny == {"requests from 203.0.113.0/24 are blocked"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "203.0.113.17"}])
}

test_the_last_address_of_a_network_is_blocked if {
	blocked.deny == {"requests from 203.0.113.0/24 are blocked"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "203.0.113.255"}])
}

test_the_next_one_is_not if {
	blocked.deny == set() with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "203.0.114.0"}])
}

test_a_word_is_no_address if {
	blocked.deny == {"request.source_ip is no address"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "x"}])
}

test_request_source_ip_missing if {
	blocked.deny == {"request.source_ip must be a string, the address that the request comes from, but is missing"} with input as json.remove(event, ["/request/source_ip"])
}

test_request_source_ip_null if {
	blocked.deny == {"request.source_ip must be a string, the address that the request comes from, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": null}])
}

test_request_source_ip_of_the_wrong_type if {
	blocked.deny == {"request.source_ip must be a string, the address that the request comes from, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": 5}])
}

test_parameter_networks_of_the_wrong_type if {
	"parameter networks must be an array of networks in CIDR notation, but is an array that holds something else" in blocked.deny with input as event
		with data.lictor.parameters.network.blocked as {"networks": ["10.0.0.0/99"]}
}
