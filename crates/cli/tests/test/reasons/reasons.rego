package reasons

days(key) := (key.to - key.from) / 86400000

default allow := false

allow if {
	input.user == "ann"
}

allow if {
	is_day(input.hour)
	input.user != "root"
}

# From eight to eight.
is_day(hour) if {
	hour >= 8
	hour < 20
}
