# METADATA
# scope: package
# title: Deny requests from a country that is new for the token
# description: >-
#   A token that was used in some countries so far, and turns up in another, may be stolen. The usage record
#   lists the countries. A store forgets tokens that it has no room for; one that it may have forgotten is not new.
# custom:
#   id: region.new_country
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified: []
#   requires: [request.country, usage.countries]
#   optional: [usage.known_since_ms, usage.created_ms]
#   parameters:
#     allow_forgotten:
#       default: false
#       type: a boolean
#       description: Whether a token of which it is forgotten where it was used may be used anywhere.
#     allow_first:
#       default: true
#       type: a boolean
#       description: Whether a token that was used nowhere yet may be used anywhere.
package lictor.library.region.new_country

deny contains message if {
	is_string(country)
	is_strings(countries)
	not country in countries
	not first
	not forgotten
	message := sprintf("this token was never used in '%s'", [country])
}

deny contains message if {
	is_string(country)
	countries == []
	forgotten
	not allow_forgotten == true
	message := sprintf("where this token was used before is forgotten, and it is used in '%s'", [country])
}

first if {
	allow_first == true
	countries == []
	not forgotten
}

# The record begins after others of the store were forgotten, and the token may be older than that.
forgotten if {
	countries == []
	known_since != null
	not new
}

new if {
	is_number(known_since)
	is_number(created)
	created > known_since
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default country := null

country := input.request.country

deny contains message if {
	not is_string(country)
	message := sprintf("request.country must be a string, the country that the request comes from, but is %s", [given(country)])
}

default countries := null

countries := input.usage.countries

deny contains message if {
	not is_strings(countries)
	message := sprintf("usage.countries must be an array of strings, the countries that the token was used in, but is %s", [given(countries)])
}

default known_since := null

known_since := input.usage.known_since_ms

deny contains message if {
	known_since != null
	not is_number(known_since)
	message := sprintf("usage.known_since_ms must be a number of milliseconds since 1970, until when the store has forgotten tokens, but is %s", [given(known_since)])
}

default created := null

created := input.usage.created_ms

deny contains message if {
	created != null
	not is_number(created)
	message := sprintf("usage.created_ms must be a number of milliseconds since 1970, when the token was made, but is %s", [given(created)])
}

# Parameters: what the data says, or else the default.

default allow_forgotten := false

allow_forgotten := data.lictor.parameters.region.new_country.allow_forgotten

deny contains message if {
	not is_boolean(allow_forgotten)
	message := sprintf("parameter allow_forgotten must be a boolean, but is %s", [given(allow_forgotten)])
}

default allow_first := true

allow_first := data.lictor.parameters.region.new_country.allow_first

deny contains message if {
	not is_boolean(allow_first)
	message := sprintf("parameter allow_first must be a boolean, but is %s", [given(allow_first)])
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
