# METADATA
# scope: package
# title: Deny requests with tokens that are not active
# description: >-
#   Whoever introspected the token says whether it is active. Only true counts.
# custom:
#   id: introspection.active
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - ASVS 5.0 9.1.1
#   unverified:
#     - OWASP API2:2023
#   requires: [token.active]
#   optional: []
#   parameters: {}
package lictor.library.introspection.active

deny contains "token is not active" if active == false

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default active := null

active := input.token.active

deny contains message if {
	not is_boolean(active)
	message := sprintf("token.active must be a boolean, whether the token is active, but is %s", [given(active)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
