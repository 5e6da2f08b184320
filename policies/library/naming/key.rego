# METADATA
# scope: package
# title: Deny API keys with names that break the rule
# description: >-
#   Names follow a pattern. A name of digits alone may arrive as a number, and is denied as that.
# custom:
#   id: naming.key
#   entity: api_key
#   events: [create, update]
#   severity: error
#   controls: []
#   unverified: []
#   requires: [apiKey.name]
#   optional: []
#   parameters:
#     pattern:
#       default: "^[a-z][a-z0-9-]{2,62}$"
#       type: a regular expression
#       description: The pattern that names follow.
package lictor.library.naming.key

deny contains message if {
	is_string(name)
	not regex.match(pattern, name)
	message := sprintf("API key name '%s' does not match %s", [name, pattern])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default name := null

name := input.apiKey.name

deny contains message if {
	not is_string(name)
	message := sprintf("apiKey.name must be a string, what the key is called, but is %s", [given(name)])
}

# Parameters: what the data says, or else the default.

default pattern := "^[a-z][a-z0-9-]{2,62}$"

pattern := data.lictor.parameters.naming.key.pattern

deny contains message if {
	not regex.is_valid(pattern)
	message := sprintf("parameter pattern must be a regular expression, but is %s", [given(pattern)])
}

given(value) := "missing" if value == null

given(value) := sprintf("'%s'", [value]) if is_string(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_string(value)
}
