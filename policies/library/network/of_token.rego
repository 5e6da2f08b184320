# METADATA
# scope: package
# title: Deny requests from outside the token's own networks
# description: >-
#   A token is made for some networks and carries them; elsewhere it is worth nothing. One that carries none
#   works nowhere.
# custom:
#   id: network.of_token
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified: []
#   requires: [request.source_ip, token.networks]
#   optional: []
#   parameters: {}
package lictor.library.network.of_token

deny contains message if {
	is_address(source_ip)
	is_strings(networks)
	not within
	message := sprintf("%s is outside the token's networks", [source_ip])
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

default networks := null

networks := input.token.networks

deny contains message if {
	not is_strings(networks)
	message := sprintf("token.networks must be an array of strings, the networks that the token is for, but is %s", [given(networks)])
}

is_strings(value) if {
	is_array(value)
	every item in value { is_string(item) }
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
}
