# METADATA
# scope: package
# title: Deny tokens of a subject, client or issuer that is shut down
# description: >-
#   Switches below data.control.shutdown: sub, client_id, iss and id, each an object whose keys are shut down
#   unless their value is false. A token that has none of the four is denied.
# custom:
#   id: shutdown.subject
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - SOC 2 CC7.2
#   requires: []
#   optional: [token.sub, token.client_id, token.iss, token.id]
#   switches: [control.shutdown.sub, control.shutdown.client_id, control.shutdown.iss, control.shutdown.id]
#   parameters: {}
package lictor.library.shutdown.subject

deny contains message if {
	some key, value in named
	data.control.shutdown[key][value] != false
	message := sprintf("access for this %s is shut down", [key])
}

deny contains message if {
	some key in ["sub", "client_id", "iss", "id"]
	switches := data.control.shutdown[key]
	not is_object(switches)
	message := sprintf("control.shutdown.%s must be an object, but is of type %s", [key, type_name(switches)])
}

deny contains message if {
	switches := data.control.shutdown
	not is_object(switches)
	message := sprintf("control.shutdown must be an object, but is of type %s", [type_name(switches)])
}

deny contains "token has none of sub, client_id, iss and id" if {
	every value in [sub, client_id, iss, id] { value == null }
}

named := {"sub": sub, "client_id": client_id, "iss": iss, "id": id}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default sub := null

sub := input.token.sub

deny contains message if {
	sub != null
	not is_string(sub)
	message := sprintf("token.sub must be a string, whom the token is about, but is %s", [given(sub)])
}

default client_id := null

client_id := input.token.client_id

deny contains message if {
	client_id != null
	not is_string(client_id)
	message := sprintf("token.client_id must be a string, the client that the token was issued to, but is %s", [given(client_id)])
}

default iss := null

iss := input.token.iss

deny contains message if {
	iss != null
	not is_string(iss)
	message := sprintf("token.iss must be a string, the token's issuer, but is %s", [given(iss)])
}

default id := null

id := input.token.id

deny contains message if {
	id != null
	not is_string(id)
	message := sprintf("token.id must be a string, the token's id, but is %s", [given(id)])
}

# Switches that cannot be read count as thrown.
deny contains message if {
	control := data.control
	not is_object(control)
	message := sprintf("control must be an object, but is of type %s", [type_name(control)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
