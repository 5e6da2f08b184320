# METADATA
# scope: package
# title: Deny tokens with an address outside the company
# description: >-
#   A token's address is one of the listed domains, so that somebody can be asked.
# custom:
#   id: ownership.email_domain
#   entity: token
#   events: [create, update, rotate]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC6.2
#   requires: [token.email]
#   optional: []
#   parameters:
#     domains:
#       default: ["example.com"]
#       type: an array of strings
#       description: The domains of addresses.
package lictor.library.ownership.email_domain

deny contains "the token's address is outside the listed domains" if {
	is_string(email)
	not listed
}

listed if {
	parts := split(email, "@")
	count(parts) == 2
	parts[0] != ""
	lower(parts[1]) in domains
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default email := null

email := input.token.email

deny contains message if {
	not is_string(email)
	message := sprintf("token.email must be a string, the address of whom the token belongs to, but is %s", [given(email)])
}

# Parameters: what the data says, or else the default.

default domains := ["example.com"]

domains := data.lictor.parameters.ownership.email_domain.domains

deny contains message if {
	not is_strings(domains)
	message := sprintf("parameter domains must be an array of strings, but is %s", [given(domains)])
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
