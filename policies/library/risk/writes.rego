# METADATA
# scope: package
# title: Deny writes of principals that are somewhat risky
# description: >-
#   What may still read may no longer write. Reading methods are listed; every other one writes. The largest risk
#   counts of those in the event and in the usage record, so that no event lowers what was pushed.
# custom:
#   id: risk.writes
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC7.2
#   requires: [request.method, principal.risk]
#   optional: [usage.risk, usage.key.risk, usage.user.risk]
#   parameters:
#     deny_from:
#       default: 50
#       type: a number
#       description: The lowest score at which writes are refused.
#     read_methods:
#       default: ["GET", "HEAD", "OPTIONS"]
#       type: an array of strings
#       description: The methods that only read.
package lictor.library.risk.writes

deny contains message if {
	is_string(method)
	is_number(risk)
	not method in read_methods
	risk >= deny_from
	message := sprintf("risk %v is too high for %s", [risk, method])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default method := null

method := input.request.method

deny contains message if {
	not is_string(method)
	message := sprintf("request.method must be a string, what the request wants to do, but is %s", [given(method)])
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

default deny_from := 50

deny_from := data.lictor.parameters.risk.writes.deny_from

deny contains message if {
	not is_number(deny_from)
	message := sprintf("parameter deny_from must be a number, but is %s", [given(deny_from)])
}

default read_methods := ["GET", "HEAD", "OPTIONS"]

read_methods := data.lictor.parameters.risk.writes.read_methods

deny contains message if {
	not is_strings(read_methods)
	message := sprintf("parameter read_methods must be an array of strings, but is %s", [given(read_methods)])
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
