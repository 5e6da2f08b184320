# METADATA
# scope: package
# title: Deny requests of risky principals
# description: >-
#   The risk comes from outside, with the event or the usage record. From a score on, nothing is allowed.
# custom:
#   id: risk.score
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC7.2
#   requires: [principal.risk]
#   optional: []
#   parameters:
#     deny_from:
#       default: 80
#       type: a number
#       description: The lowest score that is refused.
package lictor.library.risk.score

deny contains message if {
	is_number(risk)
	risk >= deny_from
	message := sprintf("risk %v is too high", [risk])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default risk := null

risk := input.principal.risk

deny contains message if {
	not is_number(risk)
	message := sprintf("principal.risk must be a number, how risky the principal is just now, but is %s", [given(risk)])
}

# Parameters: what the data says, or else the default.

default deny_from := 80

deny_from := data.lictor.parameters.risk.score.deny_from

deny contains message if {
	not is_number(deny_from)
	message := sprintf("parameter deny_from must be a number, but is %s", [given(deny_from)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
