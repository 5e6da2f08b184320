# METADATA
# scope: package
# title: Deny everything during an emergency shutdown
# description: >-
#   One switch, data.control.shutdown.all, refuses everything until it is taken back. A switch that is neither
#   true nor false counts as thrown.
# custom:
#   id: shutdown.all
#   entity: token
#   events: [create, update, rotate, use]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC7.2
#   requires: []
#   optional: []
#   switches: [control.shutdown.all]
#   parameters: {}
package lictor.library.shutdown.all

deny contains "emergency shutdown" if data.control.shutdown.all == true

deny contains message if {
	switch := data.control.shutdown.all
	not is_boolean(switch)
	message := sprintf("control.shutdown.all must be a boolean, but is of type %s", [type_name(switch)])
}

deny contains message if {
	switch := data.control.shutdown
	not is_object(switch)
	message := sprintf("control.shutdown must be an object, but is of type %s", [type_name(switch)])
}

# Switches that cannot be read count as thrown.
deny contains message if {
	control := data.control
	not is_object(control)
	message := sprintf("control must be an object, but is of type %s", [type_name(control)])
}
