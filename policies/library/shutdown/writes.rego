# METADATA
# scope: package
# title: Deny writes while the service is read-only
# description: >-
#   One switch, data.control.read_only, refuses every request that does more than read. A switch that is neither
#   true nor false counts as thrown.
# custom:
#   id: shutdown.writes
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC7.2
#   requires: [request.method]
#   optional: []
#   switches: [control.read_only]
#   parameters:
#     read_methods:
#       default: ["GET", "HEAD", "OPTIONS"]
#       type: an array of strings
#       description: The methods that only read.
package lictor.library.shutdown.writes

deny contains message if {
	is_string(method)
	data.control.read_only == true
	not method in read_methods
	message := sprintf("the service is read-only for now; %s is refused", [method])
}

deny contains message if {
	switch := data.control.read_only
	not is_boolean(switch)
	message := sprintf("control.read_only must be a boolean, but is of type %s", [type_name(switch)])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default method := null

method := input.request.method

deny contains message if {
	not is_string(method)
	message := sprintf("request.method must be a string, what the request wants to do, but is %s", [given(method)])
}

# Switches that cannot be read count as thrown.
deny contains message if {
	control := data.control
	not is_object(control)
	message := sprintf("control must be an object, but is of type %s", [type_name(control)])
}

# Parameters: what the data says, or else the default.

default read_methods := ["GET", "HEAD", "OPTIONS"]

read_methods := data.lictor.parameters.shutdown.writes.read_methods

deny contains message if {
	not is_strings(read_methods)
	message := sprintf("parameter read_methods must be an array of strings, but is %s", [given(read_methods)])
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
