# METADATA
# scope: package
# title: Deny requests from countries that are not listed
# description: >-
#   Requests come from the listed countries, as two letters.
# custom:
#   id: region.countries
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified: []
#   requires: [request.country]
#   optional: []
#   parameters:
#     allowed:
#       default: ["AT", "BE", "DE", "FR", "NL"]
#       type: an array of strings
#       description: The countries that requests may come from.
package lictor.library.region.countries

deny contains message if {
	is_string(country)
	not country in allowed
	message := sprintf("requests from '%s' are not allowed", [country])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default country := null

country := input.request.country

deny contains message if {
	not is_string(country)
	message := sprintf("request.country must be a string, the country that the request comes from, but is %s", [given(country)])
}

# Parameters: what the data says, or else the default.

default allowed := ["AT", "BE", "DE", "FR", "NL"]

allowed := data.lictor.parameters.region.countries.allowed

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
