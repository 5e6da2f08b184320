# METADATA
# scope: package
# title: Deny another API key of an owner who has enough
# description: >-
#   One active key for each owner: a second one is how the first is never rotated. The usage record counts the
#   active keys before this one.
# custom:
#   id: ownership.keys_per_owner
#   entity: api_key
#   events: [create]
#   severity: error
#   controls: []
#   unverified:
#     - CIS AWS 1.13
#   requires: [usage.active_keys]
#   optional: []
#   parameters:
#     max_keys:
#       default: 1
#       type: a number
#       description: The most active keys of an owner.
package lictor.library.ownership.keys_per_owner

deny contains message if {
	is_number(keys)
	keys + 1 > max_keys
	message := sprintf("owner has %v active keys, and may have %v", [keys, max_keys])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default keys := null

keys := input.usage.active_keys

deny contains message if {
	not is_number(keys)
	message := sprintf("usage.active_keys must be a number, how many active keys the owner has, but is %s", [given(keys)])
}

# Parameters: what the data says, or else the default.

default max_keys := 1

max_keys := data.lictor.parameters.ownership.keys_per_owner.max_keys

deny contains message if {
	not is_number(max_keys)
	message := sprintf("parameter max_keys must be a number, but is %s", [given(max_keys)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
