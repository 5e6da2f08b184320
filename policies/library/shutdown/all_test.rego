package lictor.library.shutdown.all_test

import data.lictor.library.shutdown.all

event := {
	"token": {
		"id": "tok_1",
	},
}

test_allowed if {
	all.deny == set() with input as event
}

test_denied if {
	all.deny == {"emergency shutdown"} with input as event
		with data.control as {"shutdown": {"all": true}}
}

test_a_switch_that_is_off_is_off if {
	all.deny == set() with input as event
		with data.control as {"shutdown": {"all": false}}
}

test_a_word_is_no_switch if {
	all.deny == {"control.shutdown.all must be a boolean, but is of type string"} with input as event
		with data.control as {"shutdown": {"all": "false"}}
}

test_a_list_holds_no_switch if {
	all.deny == {"control.shutdown must be an object, but is of type array"} with input as event
		with data.control as {"shutdown": ["all"]}
}

test_switches_that_cannot_be_read if {
	all.deny == {"control must be an object, but is of type string"} with input as event
		with data.control as "off"
}
