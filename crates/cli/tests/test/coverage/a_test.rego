package lib.a_test

import data.lib.a
import data.lib.b

test_allow if {
	a.allow with input as {"kind": "x", "n": 4}
	not a.allow with input as {"kind": "z", "n": 4}
	a.allow with input as {"path": "/api/x", "method": "GET"}
	not a.allow with input as {"path": "/api/x", "method": "POST", "body": ""}
	a.allow with input as {"path": "/x.js"}
}

test_level[tc.n] if {
	some tc in [{"n": 11, "l": "high"}, {"n": 7, "l": "mid"}]
	a.level == tc.l with input.n as tc.n
}

test_deny if {
	a.deny == {"container 0 (c)", "no name"} with input.containers as [{"name": "c"}, {"name": "d", "ok": true}]
}

test_roles if a.roles.ann == {"admin"} with data.roles as {"ann": ["admin", "none"], "bob": []}

test_find if {
	a.find([1, 2], 2) == 1
	not a.find([1], 3)
}

test_kind if {
	a.kind(1) == "num"
	a.kind({"type": "token"}) == "tok"
}

test_big if {
	a.any_big with input.xs as [1, 3, 4]
	not a.all_big with input.xs as [1, 3]
}

test_size if {
	a.size == 4 with input.xs as [1, 2]
	a.size == 0
}

test_obj if a.obj == {"a": 1} with input.o as {"a": 1, "b": null}

test_multi if a.multi == [2] with input.xs as [1, 2]

test_msg if a.msg == "a, N" with input.name as "n"

test_b if {
	b.const.a == 1
	b.matches("abc")
	b.matches("x") with data.lib.b.pattern as "x"
	not b.limits
}
