package outcomes_test

test_true if true

test_false := false

test_text := "yes"

test_undefined if input.nothing

test_set contains x if some x in [1, 2]

test_prefix.below if true

nested.test_deeper if false

nested.test_deeper if true

default test_default := false

test_default if true

test_else if {
	1 == 2
} else := true

test_conflicting_rules if level == 1

level := 1 if count([1]) == 1

level := 2

test_conflicting_keys if count({"k": v | some v in [1, 2]}) == 1

test_through_functions if outer([1, 2])

outer(x) := inner(x)

inner(x) := {"k": v | some v in x}

test_builtin_fails if 1 / 0 == 1

test_builtin_fails_in_not if not to_number("x")

test_prints if {
	print("before", {"set": {1, 2}}, input.nothing)
	print("lines\nbreak, and <html>")
	1 == 1
}

test_prints_and_fails if {
	some x in [1, 2]
	print("x is", x)
	x == 3
}

test_every if {
	every x in [1, 2, 3] {
		x < 3
	}
}

test_takes_too_long if {
	n := numbers.range(1, 3000)
	count([1 | some i in n; some j in n; some k in n; i + j == k + 0.5]) == 3
}

todo_test_later if false

not_a_test if false

test_ if true
