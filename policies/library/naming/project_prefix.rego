# METADATA
# scope: package
# title: Deny tokens whose names do not begin with their project
# description: >-
#   A token that turns up somewhere should say where it belongs: its name begins with the project's identifier
#   and a hyphen.
# custom:
#   id: naming.project_prefix
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls: []
#   unverified: []
#   requires: [token.name, token.projectIdentifier]
#   optional: []
#   parameters:
#     separator:
#       default: "-"
#       type: a string
#       description: What stands between project and the rest of the name.
package lictor.library.naming.project_prefix

deny contains message if {
	is_string(name)
	is_string(project)
	prefix := concat("", [project, separator])
	not startswith(name, prefix)
	message := sprintf("token name '%s' does not begin with '%s'", [name, prefix])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default name := null

name := input.token.name

deny contains message if {
	not is_string(name)
	message := sprintf("token.name must be a string, what the token is called, but is %s", [given(name)])
}

default project := null

project := input.token.projectIdentifier

deny contains message if {
	not is_string(project)
	message := sprintf("token.projectIdentifier must be a string, the project that the token is for, but is %s", [given(project)])
}

# Parameters: what the data says, or else the default.

default separator := "-"

separator := data.lictor.parameters.naming.project_prefix.separator

deny contains message if {
	not is_string(separator)
	message := sprintf("parameter separator must be a string, but is %s", [given(separator)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
