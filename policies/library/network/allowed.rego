# METADATA
# scope: package
# title: Deny requests from outside the listed networks
# description: >-
#   Requests come from the listed networks. What is no address comes from none.
# custom:
#   id: network.allowed
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified: []
#   requires: [request.source_ip]
#   optional: []
#   parameters:
#     networks:
#       default: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]
#       type: an array of networks in CIDR notation
#       description: The networks that requests may come from.
package lictor.library.network.allowed

deny contains message if {
	is_address(source_ip)
	not within
	message := sprintf("requests from %s are not allowed", [source_ip])
}

deny contains "request.source_ip is no address" if {
	is_string(source_ip)
	not is_address(source_ip)
}

within if {
	some network in networks
	net.cidr_contains(network, source_ip)
}

# An address is within the network of all addresses of its kind; a range is none.
is_address(text) if {
	not contains(text, "/")
	some all in ["0.0.0.0/0", "::/0"]
	net.cidr_contains(all, text)
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default source_ip := null

source_ip := input.request.source_ip

deny contains message if {
	not is_string(source_ip)
	message := sprintf("request.source_ip must be a string, the address that the request comes from, but is %s", [given(source_ip)])
}

# Parameters: what the data says, or else the default.

default networks := ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]

networks := data.lictor.parameters.network.allowed.networks

deny contains message if {
	not are_networks(networks)
	message := sprintf("parameter networks must be an array of networks in CIDR notation, but is %s", [given(networks)])
}

is_strings(value) if {
	is_array(value)
	every item in value { is_string(item) }
}

are_networks(value) if {
	is_strings(value)
	every item in value { net.cidr_is_valid(item) }
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
}
