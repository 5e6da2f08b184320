# METADATA
# scope: package
# title: Deny tokens whose owner is disabled or locked
# description: >-
#   A service account's owner who has left, or is locked out, makes no tokens. The platform says of the user
#   whether that is so.
# custom:
#   id: ownership.disabled_owner
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC6.2
#   requires: [metadata.user.disabled, metadata.user.locked]
#   optional: []
#   parameters: {}
package lictor.library.ownership.disabled_owner

deny contains "the owner is disabled" if disabled == true

deny contains "the owner is locked out" if locked == true

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default disabled := null

disabled := input.metadata.user.disabled

deny contains message if {
	not is_boolean(disabled)
	message := sprintf("metadata.user.disabled must be a boolean, whether the user is disabled, but is %s", [given(disabled)])
}

default locked := null

locked := input.metadata.user.locked

deny contains message if {
	not is_boolean(locked)
	message := sprintf("metadata.user.locked must be a boolean, whether the user is locked out, but is %s", [given(locked)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
