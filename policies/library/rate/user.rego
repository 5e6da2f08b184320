# METADATA
# scope: package
# title: Deny requests over a user's rate
# description: >-
#   How many requests a user may make in a minute with all of their tokens, with this one in the count.
# custom:
#   id: rate.user
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API4:2023
#   requires: [usage.user.count_1m]
#   optional: []
#   parameters:
#     max_per_minute:
#       default: 1200
#       type: a number
#       description: The most requests in a minute.
package lictor.library.rate.user

deny contains message if {
	is_number(requests)
	requests > max_per_minute
	message := sprintf("more than %v requests a minute by this user", [max_per_minute])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default requests := null

requests := input.usage.user.count_1m

deny contains message if {
	not is_number(requests)
	message := sprintf("usage.user.count_1m must be a number, the user's requests in a minute, this one included, but is %s", [given(requests)])
}

# Parameters: what the data says, or else the default.

default max_per_minute := 1200

max_per_minute := data.lictor.parameters.rate.user.max_per_minute

deny contains message if {
	not is_number(max_per_minute)
	message := sprintf("parameter max_per_minute must be a number, but is %s", [given(max_per_minute)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
