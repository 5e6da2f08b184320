package lictor.library.network.allowed_test

import data.lictor.library.network.allowed

event := {
	"request": {
		"source_ip": "10.1.2.3",
	},
}

test_allowed if {
	allowed.deny == set() with input as event
}

test_denied if {
	allowed.deny == {"requests from 203.0.113.17 are not allowed"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "203.0.113.17"}])
}

test_the_last_address_of_a_network_is_in_it if {
	allowed.deny == set() with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "172.31.255.255"}])
}

test_the_next_one_is_not if {
	allowed.deny == {"requests from 172.32.0.0 are not allowed"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "172.32.0.0"}])
}

test_the_other_kind_of_address_is_known if {
	allowed.deny == set() with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "fd00::1"}])
}

test_a_word_is_no_address if {
	allowed.deny == {"request.source_ip is no address"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "localhost"}])
}

test_a_range_is_no_address if {
	allowed.deny == {"request.source_ip is no address"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": "10.0.0.0/8"}])
}

test_request_source_ip_missing if {
	allowed.deny == {"request.source_ip must be a string, the address that the request comes from, but is missing"} with input as json.remove(event, ["/request/source_ip"])
}

test_request_source_ip_null if {
	allowed.deny == {"request.source_ip must be a string, the address that the request comes from, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": null}])
}

test_request_source_ip_of_the_wrong_type if {
	allowed.deny == {"request.source_ip must be a string, the address that the request comes from, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/source_ip", "value": 5}])
}

test_parameter_networks_of_the_wrong_type if {
	"parameter networks must be an array of networks in CIDR notation, but is an array that holds something else" in allowed.deny with input as event
		with data.lictor.parameters.network.allowed as {"networks": ["10.0.0.0/99"]}
}
