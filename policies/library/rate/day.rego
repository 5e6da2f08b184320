# METADATA
# scope: package
# title: Deny requests over a token's daily quota
# description: >-
#   How many requests a token may make in a day, with this one in the count.
# custom:
#   id: rate.day
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API4:2023
#   requires: [usage.count_1d]
#   optional: []
#   parameters:
#     max_per_day:
#       default: 100000
#       type: a number
#       description: The most requests in a day.
package lictor.library.rate.day

deny contains message if {
	is_number(requests)
	requests > max_per_day
	message := sprintf("more than %v requests a day with this token", [max_per_day])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default requests := null

requests := input.usage.count_1d

deny contains message if {
	not is_number(requests)
	message := sprintf("usage.count_1d must be a number, the requests with this token in a day, this one included, but is %s", [given(requests)])
}

# Parameters: what the data says, or else the default.

default max_per_day := 100000

max_per_day := data.lictor.parameters.rate.day.max_per_day

deny contains message if {
	not is_number(max_per_day)
	message := sprintf("parameter max_per_day must be a number, but is %s", [given(max_per_day)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
