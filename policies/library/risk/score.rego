# METADATA
# scope: package
# title: Deny requests of risky principals
# description: >-
#   The risk comes from outside, with the event or the usage record of the token, its API key, its user and their
#   roles. The largest of these counts, so that no event lowers what was pushed. From a score on, nothing is allowed.
# custom:
#   id: risk.score
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC7.2
#   requires: [principal.risk]
#   optional: [usage.risk, usage.key.risk, usage.user.risk]
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

default said := null

said := input.principal.risk

deny contains message if {
	not is_number(said)
	not is_pushed
	message := sprintf("principal.risk must be a number, how risky the principal is just now, but is %s", [given(said)])
}

# What was pushed for the token, its API key, its user and their roles. Where something was, the event need not say any.

is_pushed if {
	said == null
	pushed != set()
}

pushed contains value if {
	value := input.usage.risk
	value != null
}

pushed contains value if {
	value := input.usage.key.risk
	value != null
}

pushed contains value if {
	value := input.usage.user.risk
	value != null
}

pushed contains value if {
	some role in input.usage.roles
	value := role.risk
	value != null
}

deny contains message if {
	some value in pushed
	not is_number(value)
	message := sprintf("usage.risk must be a number, how risky somebody says that the token is, its usage.key.risk, its usage.user.risk or one of usage.roles, but is %s", [given(value)])
}

# The largest of all counts: what an event says of itself lowers nothing that was pushed.

default risk := null

risk := max(risks) if {
	risks != set()
	every value in risks { is_number(value) }
}

risks := pushed | ({said} - {null})

# Parameters: what the data says, or else the default.

default deny_from := 80

deny_from := data.lictor.parameters.risk.score.deny_from

deny contains message if {
	not is_number(deny_from)
	message := sprintf("parameter deny_from must be a number, but is %s", [given(deny_from)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
