package lib.tokens_test

import data.lib.tokens

test_default_limit if tokens.max_days == 90

test_limit_of_the_account if tokens.max_days == 400 with input.metadata.account as "acme"

test_limit_from_mocked_data if {
	tokens.max_days == 5 with data.limits as {"x": {"max_days": 5}}
		with input as {"metadata": {"account": "x"}}
}

test_scopes_imply_others if {
	tokens.scopes == {"root:admin", "write", "read", "audit"} with input.token.scopes as ["root:admin"]
}

test_owner[tc.note] if {
	some tc in [
		{"note": "a person", "token": {"owner": "ann", "team": "x"}, "owner": "ann"},
		{"note": "a team", "token": {"team": "x"}, "owner": "team:x"},
		{"note": "nobody", "token": {}, "owner": "nobody"},
		{"note": "is wrong", "token": {"owner": "bob"}, "owner": "ann"},
	]
	got := tokens.owner(tc.token)
	print("got", got, "for", tc.token)
	got == tc.owner
}

test_owner_is_mocked if {
	data.policies.lifetime.warn == {"the token of someone expires soon"} with data.lib.tokens.owner as mock_owner
		with data.lib.tokens.is_expiring as true
		with input as {"token": {}}
}

mock_owner(_) := "someone"

test_redacted if {
	tokens.redacted({"secret": "s", "id": 1}) == {"id": 1}
	tokens.redacted({"id": 1}) == {"id": 1}
}

todo_test_owner_of_a_robot if tokens.owner({"robot": "r2"}) == "r2"
