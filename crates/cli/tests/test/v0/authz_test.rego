package app.rbac

test_admin_may_do_anything {
	allow with input as {"user": "ann", "action": "drop", "type": "all"}
}

test_user_reads {
	allow with input as {"user": "bob", "action": "read", "type": "token"}
	allow with input as {"user": "bob", "action": "list", "type": "token"}
}

test_user_may_not_write {
	not allow with input as {"user": "bob", "action": "write", "type": "token"}
}

test_level_of_nobody {
	level == 0 with input as {"user": "eve"}
}

test_levels {
	level == 3 with input as {"user": "ann"}
	level == 2 with input as {"user": "bob"}
}

test_names {
	names == {"ann": "ANN", "bob": "BOB"}
}

test_two_bodies {
	false
} {
	true
}

test_set[x] {
	x := [1, 2][_]
}

test_with_defaults {
	allow == false
}
