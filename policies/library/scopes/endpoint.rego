# METADATA
# scope: package
# title: Deny requests whose token lacks the scope of the endpoint
# description: >-
#   An endpoint needs a scope. Endpoints are listed as `GET /v1/accounts`, and the longest that the request lies
#   in counts; others need `RESOURCE:read` or `RESOURCE:write`, after a segment of the path. A path that can be
#   read in two ways is denied.
# custom:
#   id: scopes.endpoint
#   entity: token
#   events: [use]
#   severity: error
#   controls: []
#   unverified:
#     - OWASP API1:2023
#     - OWASP API5:2023
#     - SOC 2 CC6.1
#   requires: [request.method, request.parsed_path, token.scopes]
#   optional: []
#   parameters:
#     endpoints:
#       default: {}
#       type: an object of strings
#       description: "The scope that each endpoint needs: method, blank, path."
#     resource_segment:
#       default: 1
#       type: a number
#       description: The segment, from 0, that names the resource.
#     read_methods:
#       default: ["GET", "HEAD", "OPTIONS"]
#       type: an array of strings
#       description: The methods that only read.
package lictor.library.scopes.endpoint

deny contains message if {
	is_strings(scopes)
	not needed in scopes
	message := sprintf("%s needs scope '%s'", [route, needed])
}

deny contains message if {
	route
	not needed
	message := sprintf("no scope is known for %s", [route])
}

deny contains message if {
	is_strings(path)
	some segment in path
	ambiguous(segment)
	message := sprintf("path segment '%s' can be read in two ways", [segment])
}

ambiguous(segment) if segment in ["", ".", ".."]

ambiguous(segment) if regex.match(`[%;/\\]`, segment)

route := sprintf("%s /%s", [method, concat("/", path)]) if {
	is_string(method)
	is_strings(path)
}

needed := endpoints[endpoint]

needed := sprintf("%s:%s", [path[resource_segment], verb]) if not endpoint

verb := "read" if method in read_methods

verb := "write" if not method in read_methods

# The longest endpoint that the request lies in.
endpoint := within[count(within) - 1]

within := sort([listed | some listed, _ in endpoints; lies_in(listed)])

lies_in(listed) if route == listed

lies_in(listed) if startswith(route, concat("", [trim_right(listed, "/"), "/"]))

# What is read of the event. A value that is missing, or of another type than it should be, is denied.

default method := null

method := input.request.method

deny contains message if {
	not is_string(method)
	message := sprintf("request.method must be a string, what the request wants to do, but is %s", [given(method)])
}

default path := null

path := input.request.parsed_path

deny contains message if {
	not is_strings(path)
	message := sprintf("request.parsed_path must be an array of strings, the segments of the path, but is %s", [given(path)])
}

default scopes := null

scopes := input.token.scopes

deny contains message if {
	not is_strings(scopes)
	message := sprintf("token.scopes must be an array of strings, what the token may do, but is %s", [given(scopes)])
}

# Parameters: what the data says, or else the default.

default endpoints := {}

endpoints := data.lictor.parameters.scopes.endpoint.endpoints

deny contains message if {
	not is_texts(endpoints)
	message := sprintf("parameter endpoints must be an object of strings, but is %s", [given(endpoints)])
}

default resource_segment := 1

resource_segment := data.lictor.parameters.scopes.endpoint.resource_segment

deny contains message if {
	not is_number(resource_segment)
	message := sprintf("parameter resource_segment must be a number, but is %s", [given(resource_segment)])
}

default read_methods := ["GET", "HEAD", "OPTIONS"]

read_methods := data.lictor.parameters.scopes.endpoint.read_methods

deny contains message if {
	not is_strings(read_methods)
	message := sprintf("parameter read_methods must be an array of strings, but is %s", [given(read_methods)])
}

is_strings(value) if {
	is_array(value)
	every item in value { is_string(item) }
}

is_texts(value) if {
	is_object(value)
	every item in value { is_string(item) }
}

given(value) := "missing" if value == null

given(value) := "an array that holds something else" if is_array(value)

given(value) := "an object that holds something else" if is_object(value)

given(value) := sprintf("of type %s", [type_name(value)]) if {
	value != null
	not is_array(value)
	not is_object(value)
}
