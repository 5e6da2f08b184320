# METADATA
# scope: package
# title: Deny requests over a token's rate
# description: >-
#   How many requests a token may make in a minute. The count is that of the usage record, with this request in
#   it.
# custom:
#   id: rate.token
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API4:2023
#   requires: [usage.count_1m]
#   optional: []
#   parameters:
#     max_per_minute:
#       default: 600
#       type: a number
#       description: The most requests in a minute.
package lictor.library.rate.token

deny contains message if {
	is_number(requests)
	requests > max_per_minute
	message := sprintf("more than %v requests a minute with this token", [max_per_minute])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default requests := null

requests := input.usage.count_1m

deny contains message if {
	not is_number(requests)
	message := sprintf("usage.count_1m must be a number, the requests with this token in a minute, this one included, but is %s", [given(requests)])
}

# Parameters: what the data says, or else the default.

default max_per_minute := 600

max_per_minute := data.lictor.parameters.rate.token.max_per_minute

deny contains message if {
	not is_number(max_per_minute)
	message := sprintf("parameter max_per_minute must be a number, but is %s", [given(max_per_minute)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
