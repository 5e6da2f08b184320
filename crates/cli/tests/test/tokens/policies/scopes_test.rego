package policies.scopes_test

import data.policies.scopes

test_admin if scopes.admin == {"root:admin"} with input.token.scopes as ["root:admin"]

test_denied_scopes if {
	denied := {d.scope | some d in scopes.deny} with input.token.scopes as ["read", "delete", "purge"]
	denied == {"delete", "purge"}
}

test_count if {
	{"msg": "too many scopes", "count": 4} in scopes.deny with input.token.scopes as ["root:admin"]
}

test_violation if {
	scopes.violation == {"a": ["scopes"], "c": ["hosts", "scopes"]} with input.tokens as {
		"a": {"scopes": [1, 2, 3]},
		"b": {"scopes": [1], "hosts": []},
		"c": {"scopes": [1, 2, 3], "hosts": ["h"]},
	}
}

test_nested[tc.scope][allowed] if {
	some tc in [{"scope": "read"}, {"scope": "purge"}]
	some allowed in [true, false]
	in_list := tc.scope in data.allowed
	in_list == allowed
}
