# METADATA
# scope: package
# title: Deny requests with tokens for many audiences
# description: >-
#   A token for several services lets each of them call the others. It must be for one, or as many as are said.
# custom:
#   id: audience.count
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 9.2.4
#   unverified: []
#   requires: [token.aud]
#   optional: []
#   parameters:
#     max_audiences:
#       default: 1
#       type: a number
#       description: The most audiences that a token may have.
package lictor.library.audience.count

deny contains message if {
	count(audiences) > max_audiences
	message := sprintf("token is for %v audiences, and may be for %v", [count(audiences), max_audiences])
}

deny contains "token is for nobody" if audiences == []

audiences := [aud] if is_string(aud)

audiences := aud if is_strings(aud)

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default aud := null

aud := input.token.aud

deny contains message if {
	not audiences
	message := sprintf("token.aud must be a string or an array of strings, whom the token is for, but is %s", [given(aud)])
}

# Parameters: what the data says, or else the default.

default max_audiences := 1

max_audiences := data.lictor.parameters.audience.count.max_audiences

deny contains message if {
	not is_number(max_audiences)
	message := sprintf("parameter max_audiences must be a number, but is %s", [given(max_audiences)])
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
