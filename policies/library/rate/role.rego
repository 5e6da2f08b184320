# METADATA
# scope: package
# title: Deny requests over the rate of the principal's roles
# description: >-
#   Each role has a rate; of several the highest counts, and principals without a listed role get the default.
# custom:
#   id: rate.role
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API4:2023
#   requires: [usage.count_1m, principal.roles]
#   optional: []
#   parameters:
#     max_per_minute:
#       default: {"teller": 600, "viewer": 120}
#       type: an object of numbers
#       description: For each role, the most requests in a minute.
#     otherwise:
#       default: 60
#       type: a number
#       description: The most requests in a minute without such a role.
package lictor.library.rate.role

deny contains message if {
	is_number(requests)
	is_strings(roles)
	is_numbers(max_per_minute)
	requests > cap
	message := sprintf("more than %v requests a minute for these roles", [cap])
}

cap := max(caps)

cap := otherwise if caps == set()

caps contains max_per_minute[role] if some role in roles

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default requests := null

requests := input.usage.count_1m

deny contains message if {
	not is_number(requests)
	message := sprintf("usage.count_1m must be a number, the requests with this token in a minute, this one included, but is %s", [given(requests)])
}

default roles := null

roles := input.principal.roles

deny contains message if {
	not is_strings(roles)
	message := sprintf("principal.roles must be an array of strings, the roles of whom the token belongs to, but is %s", [given(roles)])
}

# Parameters: what the data says, or else the default.

default max_per_minute := {"teller": 600, "viewer": 120}

max_per_minute := data.lictor.parameters.rate.role.max_per_minute

deny contains message if {
	not is_numbers(max_per_minute)
	message := sprintf("parameter max_per_minute must be an object of numbers, but is %s", [given(max_per_minute)])
}

default otherwise := 60

otherwise := data.lictor.parameters.rate.role.otherwise

deny contains message if {
	not is_number(otherwise)
	message := sprintf("parameter otherwise must be a number, but is %s", [given(otherwise)])
}

is_strings(value) if {
	is_array(value)
	every item in value { is_string(item) }
}

is_numbers(value) if {
	is_object(value)
	every item in value { is_number(item) }
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := "an object that holds something else" if is_object(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
	not is_object(value)
}
