# METADATA
# scope: package
# title: Deny tokens with scopes that mean everything
# description: >-
#   A scope with a star, or one that is known to mean everything, is denied when a token is made and when it is
#   used.
# custom:
#   id: scopes.wildcard
#   entity: token
#   events: [create, update, rotate, use]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API5:2023
#     - SOC 2 CC6.3
#   requires: [token.scopes]
#   optional: []
#   parameters:
#     broad:
#       default: ["all", "admin", "root", "full_access", "api"]
#       type: an array of strings
#       description: Scopes without a star that mean everything.
package lictor.library.scopes.wildcard

deny contains message if {
	is_strings(scopes)
	some scope in scopes
	means_everything(scope)
	message := sprintf("scope '%s' means everything", [scope])
}

means_everything(scope) if contains(scope, "*")

means_everything(scope) if scope in broad

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default scopes := null

scopes := input.token.scopes

deny contains message if {
	not is_strings(scopes)
	message := sprintf("token.scopes must be an array of strings, what the token may do, but is %s", [given(scopes)])
}

# Parameters: what the data says, or else the default.

default broad := ["all", "admin", "root", "full_access", "api"]

broad := data.lictor.parameters.scopes.wildcard.broad

deny contains message if {
	not is_strings(broad)
	message := sprintf("parameter broad must be an array of strings, but is %s", [given(broad)])
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
