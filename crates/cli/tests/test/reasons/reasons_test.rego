package reasons_test

import data.reasons as keys

limit := 9

test_equal if keys.days(input.key) == limit with input as {"key": {"from": 0, "to": 864000000}}

test_inside if {
	not keys.allow with input as {"user": "root"}
	keys.allow with input as {"user": "eve", "hour": 7}
}

test_forms[tc.note] if {
	some tc in [
		{"note": "night", "hour": 2},
		{"note": "not", "hour": 9},
	]
	not keys.is_day(tc.hour)
}

test_forms_every if {
	some _ in [1]
	every hour in [8, 9, 23] {
		keys.is_day(hour)
	}
}

test_forms_loop if {
	some hour in [8, 9, 10]
	hour > 20
}
