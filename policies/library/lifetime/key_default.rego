# METADATA
# scope: package
# title: Deny API keys whose tokens live too long by default
# description: >-
#   A token that is made without an expiry gets the default of its key, so that default is limited, and must be
#   there.
# custom:
#   id: lifetime.key_default
#   entity: api_key
#   events: [create, update]
#   severity: error
#   controls:
#     - ASVS 5.0 13.3.4
#   unverified: []
#   requires: [apiKey.defaultTimeToExpireToken]
#   optional: []
#   parameters:
#     max_days:
#       default: 30
#       type: a number
#       description: The longest default, in days.
package lictor.library.lifetime.key_default

deny contains message if {
	is_number(ttl_ms)
	ttl_ms > max_days * 86400000
	message := sprintf("tokens of this key live %v days by default, and may live %v", [ceil(ttl_ms / 86400000), max_days])
}

deny contains "tokens of this key would not live at all by default" if {
	is_number(ttl_ms)
	ttl_ms <= 0
}

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default ttl_ms := null

ttl_ms := input.apiKey.defaultTimeToExpireToken

deny contains message if {
	not is_number(ttl_ms)
	message := sprintf("apiKey.defaultTimeToExpireToken must be a number, how long its tokens live by default, in ms, but is %s", [given(ttl_ms)])
}

# Parameters: what the data says, or else the default.

default max_days := 30

max_days := data.lictor.parameters.lifetime.key_default.max_days

deny contains message if {
	not is_number(max_days)
	message := sprintf("parameter max_days must be a number, but is %s", [given(max_days)])
}

given(value) := "missing" if value == null

given(value) := sprintf("of type %s", [type_name(value)]) if value != null
