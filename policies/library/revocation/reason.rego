# METADATA
# scope: package
# title: Deny revocations without a known reason
# description: >-
#   Whoever revokes a token says why, in one of the listed words: an incident needs to be told from
#   housekeeping.
# custom:
#   id: revocation.reason
#   entity: token
#   events: [revoke]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC7.2
#   requires: [token.revocationReason]
#   optional: []
#   parameters:
#     reasons:
#       default: ["leaked", "rotated", "unused", "owner_left", "superseded"]
#       type: an array of strings
#       description: The words that say why.
package lictor.library.revocation.reason

deny contains message if {
	is_string(reason)
	not reason in reasons
	message := sprintf("'%s' is no known reason for a revocation", [reason])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default reason := null

reason := input.token.revocationReason

deny contains message if {
	not is_string(reason)
	message := sprintf("token.revocationReason must be a string, why the token is revoked, but is %s", [given(reason)])
}

# Parameters: what the data says, or else the default.

default reasons := ["leaked", "rotated", "unused", "owner_left", "superseded"]

reasons := data.lictor.parameters.revocation.reason.reasons

deny contains message if {
	not is_strings(reasons)
	message := sprintf("parameter reasons must be an array of strings, but is %s", [given(reasons)])
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
