package policies.lifetime_test

import data.policies.lifetime

valid_input := {"token": data.fixtures.tokens.short, "metadata": {"account": "acme"}}

test_short_tokens_pass if count(lifetime.deny) == 0 with input as valid_input

test_long_tokens_are_denied if {
	lifetime.deny == {"the token lives 1000 days, 400 are allowed"} with input as object.union(
		valid_input,
		{"token": data.fixtures.tokens.long},
	)
}

test_tokens_without_end_are_denied if {
	some msg in lifetime.deny with input as {"token": {"id": 1}}
	contains(msg, "never")
}

test_warning if {
	warnings := lifetime.warn with input as {"token": {"validTo": 1000, "team": "core"}}
		with time.now_ns as 0
	warnings == {"the token of team:core expires soon"}
}

# The limit is 400, so this one is wrong.
test_wrong_limit if {
	messages := lifetime.deny with input as json.patch(valid_input, [{"op": "replace", "path": "/token", "value": data.fixtures.tokens.long}])
	messages == {"the token lives 1000 days, 90 are allowed"}
}
