package tables_test

test_note[tc.note] if {
	some tc in [{"note": "a", "n": 1}, {"note": "b", "n": 2}, {"note": "c", "n": 3}]
	tc.n != 2
}

test_var[note] if {
	some note, n in {"a": 1, "b": 2}
	n < 2
}

test_value[name] := result if {
	some name, value in {"yes": true, "no": false, "text": "t"}
	result := value
}

test_number[n] if {
	some n in [1, 2.5, [3, "<"], {"k": 4}]
	n != 2.5
}

test_two[a][b] if {
	some a in ["x", "y"]
	some b in ["p", "q"]
	[a, b] != ["y", "q"]
}

test_half[a].const if {
	some a in ["x", "y"]
	a == "x"
}

test_empty[x] if some x in []

test_nothing_begins[x] if {
	some x in ["a", "b"]
	input.nothing
}

test_begins_late[tc.note] if {
	input.nothing == 1
	some tc in [{"note": "never"}]
}

test_by_hand[tc.note] if {
	some tc in [{"note": "named", "n": 1}, {"note": "other", "n": 2}]
	tc.n == 1
	internal.test_case([tc.note])
}

test_same_name[tc.note] if {
	some tc in [{"note": "twice", "n": 1}, {"note": "twice", "n": 2}]
	tc.n == 1
}

test_computed[sprintf("%s-%d", [tc.a, tc.b])] if {
	some tc in [{"a": "x", "b": 1}, {"a": "y", "b": 2}]
	tc.b < 2
}

test_conflict[tc.note] := tc.n if {
	some tc in [{"note": "k", "n": true}, {"note": "k", "n": false}]
}

test_every[tc.note] if {
	some tc in [{"note": "all", "of": [1, 2]}, {"note": "not all", "of": [1, 5]}]
	every x in tc.of { x < 5 }
}

test_with[tc.note] if {
	some tc in [{"note": "ann", "user": "ann"}, {"note": "bob", "user": "bob"}]
	allow with input.user as tc.user
}

allow if input.user == "ann"

test_data[name] if {
	some name
	data.cases[name].ok
}
