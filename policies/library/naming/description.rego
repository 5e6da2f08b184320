# METADATA
# scope: package
# title: Deny tokens that do not say what they are for
# description: >-
#   A description of some length is required, so that an inventory can be read years later.
# custom:
#   id: naming.description
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API9:2023
#   requires: [token.description]
#   optional: []
#   parameters:
#     min_length:
#       default: 10
#       type: a number
#       description: The fewest characters of a description.
package lictor.library.naming.description

deny contains message if {
	is_string(description)
	length := count(trim_space(description))
	length < min_length
	message := sprintf("token description has %v characters, and needs %v", [length, min_length])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default description := null

description := input.token.description

deny contains message if {
	not is_string(description)
	message := sprintf("token.description must be a string, what the token is for, but is %s", [given(description)])
}

# Parameters: what the data says, or else the default.

default min_length := 10

min_length := data.lictor.parameters.naming.description.min_length

deny contains message if {
	not is_number(min_length)
	message := sprintf("parameter min_length must be a number, but is %s", [given(min_length)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
