# METADATA
# scope: package
# title: Deny another token of an API key that has enough
# description: >-
#   Two tokens for each key are enough to rotate one without a gap. The usage record counts the active tokens
#   before this one.
# custom:
#   id: ownership.tokens_per_key
#   entity: token
#   events: [create]
#   severity: error
#   controls: []
#   unverified:
#     - CIS AWS 1.13
#   requires: [usage.active_tokens]
#   optional: []
#   parameters:
#     max_tokens:
#       default: 2
#       type: a number
#       description: The most active tokens of a key.
package lictor.library.ownership.tokens_per_key

deny contains message if {
	is_number(tokens)
	tokens + 1 > max_tokens
	message := sprintf("key has %v active tokens, and may have %v", [tokens, max_tokens])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default tokens := null

tokens := input.usage.active_tokens

deny contains message if {
	not is_number(tokens)
	message := sprintf("usage.active_tokens must be a number, how many active tokens the key has, but is %s", [given(tokens)])
}

# Parameters: what the data says, or else the default.

default max_tokens := 2

max_tokens := data.lictor.parameters.ownership.tokens_per_key.max_tokens

deny contains message if {
	not is_number(max_tokens)
	message := sprintf("parameter max_tokens must be a number, but is %s", [given(max_tokens)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
