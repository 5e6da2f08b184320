# METADATA
# scope: package
# title: Deny requests over the rate for a risk
# description: >-
#   The riskier the principal, the fewer requests. Each step says from which risk it counts; the lowest rate of
#   those that are reached does. The largest risk counts of those in the event and in the usage record, so that no
#   event lowers what was pushed.
# custom:
#   id: rate.risk
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API4:2023
#   requires: [usage.count_1m, principal.risk]
#   optional: [usage.risk, usage.key.risk, usage.user.risk]
#   parameters:
#     steps:
#       default: [{"from": 0, "max": 600}, {"from": 50, "max": 60}, {"from": 80, "max": 6}]
#       type: an array of objects with numbers `from` and `max`
#       description: Rates a minute, each from a risk on.
package lictor.library.rate.risk

deny contains message if {
	is_number(requests)
	is_number(risk)
	are_steps(steps)
	requests > cap
	message := sprintf("more than %v requests a minute at risk %v", [cap, risk])
}

deny contains message if {
	is_number(risk)
	are_steps(steps)
	reached == set()
	message := sprintf("no rate is set for risk %v", [risk])
}

cap := min(reached)

reached contains step.max if {
	some step in steps
	risk >= step.from
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default requests := null

requests := input.usage.count_1m

deny contains message if {
	not is_number(requests)
	message := sprintf("usage.count_1m must be a number, the requests with this token in a minute, this one included, but is %s", [given(requests)])
}

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

default steps := [{"from": 0, "max": 600}, {"from": 50, "max": 60}, {"from": 80, "max": 6}]

steps := data.lictor.parameters.rate.risk.steps

deny contains message if {
	not are_steps(steps)
	message := sprintf("parameter steps must be an array of objects with numbers `from` and `max`, but is %s", [given(steps)])
}

are_steps(value) if {
	is_array(value)
	every step in value {
		is_number(step.from)
		is_number(step.max)
	}
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
}
