# METADATA
# scope: package
# title: Deny tokens that lack a tag
# description: >-
#   Every listed tag must be there, with a text that is not blank.
# custom:
#   id: tags.required
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API9:2023
#   requires: [token.tags]
#   optional: []
#   parameters:
#     required:
#       default: ["team", "owner"]
#       type: an array of strings
#       description: The tags that must be there.
package lictor.library.tags.required

deny contains message if {
	is_object(tags)
	some tag in required
	not given_tag(tag)
	message := sprintf("tag '%s' is missing", [tag])
}

given_tag(tag) if trim_space(tags[tag]) != ""

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default tags := null

tags := input.token.tags

deny contains message if {
	not is_object(tags)
	message := sprintf("token.tags must be an object, its tags, but is %s", [given(tags)])
}

# Parameters: what the data says, or else the default.

default required := ["team", "owner"]

required := data.lictor.parameters.tags.required.required

deny contains message if {
	not is_strings(required)
	message := sprintf("parameter required must be an array of strings, but is %s", [given(required)])
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
