package lib.time_test

import data.lib.time as lib

now_ns := 1700000000000000000

test_now_is_mocked if lib.now_ms == 1700000000000 with time.now_ns as now_ns

test_past if {
	lib.is_past(1) with time.now_ns as 2000000000
	not lib.is_past(3000) with time.now_ns as 2000000000
}

test_days_between[note] if {
	some note, tc in {
		"none": {"from": 0, "to": 1000, "days": 0},
		"one": {"from": 0, "to": 86400000, "days": 1},
		"back": {"from": 86400000, "to": 0, "days": -1},
	}
	lib.days_between(tc.from, tc.to) == tc.days
}

test_weekend if {
	every day in ["2024-06-01T00:00:00Z", "2024-06-02T12:00:00Z"] {
		lib.is_weekend(time.parse_rfc3339_ns(day))
	}
}

test_monday_is_no_weekend if not lib.is_weekend(time.parse_rfc3339_ns("2024-06-03T00:00:00Z"))

# The package has the name of a builtin's family: its rules are not in the way.
test_builtin_of_the_same_name if time.parse_duration_ns("1s") == 1000000000
