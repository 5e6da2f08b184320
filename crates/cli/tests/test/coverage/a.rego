package lib.a

import data.lib.b as b

allow if {
	input.kind in {"x", "y"}
	input.n > 3
}

allow if {
	startswith(input.path, "/api")
	b.ok(input)
}

allow if endswith(input.path, ".js")

level := "high" if input.n > 10

level := "mid" if {
	input.n > 5
	input.n <= 10
}

level := "low" if {
	input.n > 100
	false
} else := "lowest" if input.n == 2

else := "none" if {
	input.n == 1
}

deny contains msg if {
	some i, c in input.containers
	not c.ok
	msg := sprintf("container %d (%s)", [i, c.name])
}

deny contains "no name" if not input.name

roles[user] contains role if {
	some user, rs in data.roles
	some role in rs
	role != "none"
}

find(xs, x) := i if {
	some i
	xs[i] == x
}

kind(x) := "num" if is_number(x)

kind(x) := "str" if is_string(x)

kind(x) := "tok" if x.type == "token"

kind(x) := "key" if x.type == "key"

any_big if {
	some x in input.xs
	x > 2
}

all_big if {
	every x in input.xs {
		x > 2
	}
}

default size := 0

size := count(input.xs) + (1 * 2)

obj := {k: v | some k, v in input.o; v != null}

multi := x if {
	x := [y |
		y := input.xs[_]
		y % 2 == 0
	]
	count(x) > 0
}

msg := concat(", ", [
	"a",
	upper(input.name),
])
