# METADATA
# scope: package
# title: Deny requests with tokens that have leaked
# description: >-
#   A scanner found the token where everybody can read it: it says so in the token's record, or in
#   data.control.leaked, an object whose keys are hashes of tokens.
# custom:
#   id: leaks.flagged
#   entity: token
#   events: [use]
#   severity: error
#   controls:
#     - PCI DSS 4.0.1 8.6.3
#   unverified:
#     - NIST SP 800-63B-4 compromise
#   requires: [token.hash]
#   optional: [token.leaked]
#   switches: [control.leaked]
#   parameters: {}
package lictor.library.leaks.flagged

deny contains "token has leaked" if leaked == true

deny contains "token has leaked" if {
	is_string(hash)
	data.control.leaked[hash] != false
}

deny contains message if {
	hashes := data.control.leaked
	not is_object(hashes)
	message := sprintf("control.leaked must be an object, but is of type %s", [type_name(hashes)])
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default hash := null

hash := input.token.hash

deny contains message if {
	not is_string(hash)
	message := sprintf("token.hash must be a string, the keyed hash of the token, but is %s", [given(hash)])
}

default leaked := null

leaked := input.token.leaked

deny contains message if {
	leaked != null
	not is_boolean(leaked)
	message := sprintf("token.leaked must be a boolean, whether the token was found somewhere, but is %s", [given(leaked)])
}

# Switches that cannot be read count as thrown.
deny contains message if {
	control := data.control
	not is_object(control)
	message := sprintf("control must be an object, but is of type %s", [type_name(control)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
