package lib.heads_test

import data.lib.heads

test_heads if {
	heads.p
	heads.q with input.z as 1
	heads.r
	heads.s
	heads.t
	heads.u with input.z as 1
	heads.v
	heads.w
	heads.f("a") with input.z as "k"
}
