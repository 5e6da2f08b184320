# METADATA
# title: Tokens expire
# custom:
#   severity: error
package policies.lifetime

import data.lib.time
import data.lib.tokens

deny contains msg if {
	not input.token.validTo
	msg := "the token never expires"
}

deny contains msg if {
	days := time.days_between(input.token.createdAt, input.token.validTo)
	days > tokens.max_days
	msg := sprintf("the token lives %d days, %d are allowed", [days, tokens.max_days])
}

warn contains msg if {
	tokens.is_expiring(input.token, 7)
	msg := $"the token of {tokens.owner(input.token)} expires soon"
}
