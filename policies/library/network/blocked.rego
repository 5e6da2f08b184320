# METADATA
# scope: package
# title: Deny requests from blocked networks
# description: >-
#   Requests from the listed networks are refused: those that no request should come from, or those that an
#   incident came from.
# custom:
#   id: network.blocked
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified: []
#   requires: [request.source_ip]
#   optional: []
#   parameters:
#     networks:
#       default: ["0.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "2001:db8::/32"]
#       type: an array of networks in CIDR notation
#       description: The networks that are refused.
package lictor.library.network.blocked

deny contains message if {
	is_address(source_ip)
	some network in networks
	net.cidr_contains(network, source_ip)
	message := sprintf("requests from %s are blocked", [network])
}

deny contains "request.source_ip is no address" if {
	is_string(source_ip)
	not is_address(source_ip)
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

default networks := ["0.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "2001:db8::/32"]

networks := data.lictor.parameters.network.blocked.networks

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
