# METADATA
# scope: package
# title: Deny tokens whose tags have values that are not listed
# description: >-
#   Tags that policies and reports rely on have fixed values. A listed tag that is not there is denied too.
# custom:
#   id: tags.values
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API9:2023
#   requires: [token.tags]
#   optional: []
#   parameters:
#     allowed:
#       default: {"env": ["dev", "test", "stage", "prod"]}
#       type: an object of arrays of strings
#       description: For each tag, the values that it may have.
package lictor.library.tags.values

deny contains message if {
	is_object(tags)
	some tag, values in allowed
	not listed(tag, values)
	message := sprintf("tag '%s' must be one of %s", [tag, concat(", ", values)])
}

listed(tag, values) if tags[tag] in values

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default tags := null

tags := input.token.tags

deny contains message if {
	not is_object(tags)
	message := sprintf("token.tags must be an object, its tags, but is %s", [given(tags)])
}

# Parameters: what the data says, or else the default.

default allowed := {"env": ["dev", "test", "stage", "prod"]}

allowed := data.lictor.parameters.tags.values.allowed

deny contains message if {
	not is_lists(allowed)
	message := sprintf("parameter allowed must be an object of arrays of strings, but is %s", [given(allowed)])
}

is_strings(value) if {
	is_array(value)
	every item in value { is_string(item) }
}

is_lists(value) if {
	is_object(value)
	every item in value { is_strings(item) }
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := "an object that holds something else" if is_object(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
	not is_object(value)
}
