# METADATA
# scope: package
# title: Deny requests to regions that are not listed
# description: >-
#   Data stays where it belongs: tokens work in the listed regions of the cloud only.
# custom:
#   id: region.cloud
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified: []
#   requires: [request.region]
#   optional: []
#   parameters:
#     allowed:
#       default: ["eu-central-1", "eu-west-1"]
#       type: an array of strings
#       description: The regions that tokens work in.
package lictor.library.region.cloud

deny contains message if {
	is_string(region)
	not region in allowed
	message := sprintf("tokens do not work in region '%s'", [region])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default region := null

region := input.request.region

deny contains message if {
	not is_string(region)
	message := sprintf("request.region must be a string, the region that serves the request, but is %s", [given(region)])
}

# Parameters: what the data says, or else the default.

default allowed := ["eu-central-1", "eu-west-1"]

allowed := data.lictor.parameters.region.cloud.allowed

deny contains message if {
	not is_strings(allowed)
	message := sprintf("parameter allowed must be an array of strings, but is %s", [given(allowed)])
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
