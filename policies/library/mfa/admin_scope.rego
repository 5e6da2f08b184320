# METADATA
# scope: package
# title: Deny admin scopes to tokens without a second factor
# description: >-
#   A token with a scope that begins like an admin's comes from a sign-in with several factors, which its amr
#   claim says.
# custom:
#   id: mfa.admin_scope
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - NIST SP 800-63B-4 AAL2
#     - SOC 2 CC6.1
#   requires: [token.scopes, token.amr]
#   optional: []
#   parameters:
#     admin_prefixes:
#       default: ["admin", "users:write", "keys:write"]
#       type: an array of strings
#       description: How scopes of admins begin.
#     factors:
#       default: ["mfa", "otp", "hwk", "fido"]
#       type: an array of strings
#       description: The words of amr that mean several factors.
package lictor.library.mfa.admin_scope

deny contains "an admin scope needs a second factor" if {
	admin
	is_strings(amr)
	not proven
}

admin if {
	is_strings(scopes)
	some scope in scopes
	some prefix in admin_prefixes
	startswith(scope, prefix)
}

proven if {
	some factor in factors
	factor in amr
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default scopes := null

scopes := input.token.scopes

deny contains message if {
	not is_strings(scopes)
	message := sprintf("token.scopes must be an array of strings, what the token may do, but is %s", [given(scopes)])
}

default amr := null

amr := input.token.amr

deny contains message if {
	admin
	not is_strings(amr)
	message := sprintf("token.amr must be an array of strings, how its user signed in, but is %s", [given(amr)])
}

# Parameters: what the data says, or else the default.

default admin_prefixes := ["admin", "users:write", "keys:write"]

admin_prefixes := data.lictor.parameters.mfa.admin_scope.admin_prefixes

deny contains message if {
	not is_strings(admin_prefixes)
	message := sprintf("parameter admin_prefixes must be an array of strings, but is %s", [given(admin_prefixes)])
}

default factors := ["mfa", "otp", "hwk", "fido"]

factors := data.lictor.parameters.mfa.admin_scope.factors

deny contains message if {
	not is_strings(factors)
	message := sprintf("parameter factors must be an array of strings, but is %s", [given(factors)])
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
