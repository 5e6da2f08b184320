package lictor.library.scopes.endpoint_test

import data.lictor.library.scopes.endpoint

event := {
	"request": {
		"method": "GET",
		"parsed_path": [
			"v1",
			"accounts",
			"8842",
		],
	},
	"token": {
		"scopes": [
			"accounts:read",
		],
	},
}

test_allowed if {
	endpoint.deny == set() with input as event
}

test_denied if {
	endpoint.deny == {"POST /v1/accounts/8842 needs scope 'accounts:write'"} with input as json.patch(event, [{"op": "add", "path": "/request/method", "value": "POST"}])
}

test_the_longest_endpoint_counts if {
	endpoint.deny == {"GET /v1/accounts/8842 needs scope 'vault:open'"} with input as event
		with data.lictor.parameters.scopes.endpoint as {"endpoints": {"GET /v1/accounts/8842": "vault:open", "GET /v1/accounts": "accounts:read", "GET /v1": "any"}}
}

test_an_endpoint_covers_what_is_below_it if {
	endpoint.deny == {"GET /v1/accounts/1/holders needs scope 'holders'"} with input as json.patch(event, [{"op": "add", "path": "/request/parsed_path", "value": ["v1", "accounts", "1", "holders"]}])
		with data.lictor.parameters.scopes.endpoint as {"endpoints": {"GET /v1/accounts": "holders"}}
}

test_half_a_segment_is_another_endpoint if {
	endpoint.deny == set() with input as event
		with data.lictor.parameters.scopes.endpoint as {"endpoints": {"GET /v1/acc": "x"}}
}

test_the_root_covers_everything if {
	endpoint.deny == {"GET /v1/accounts/8842 needs scope 'any'"} with input as event
		with data.lictor.parameters.scopes.endpoint as {"endpoints": {"GET /": "any"}}
}

test_a_path_without_a_resource_is_denied if {
	endpoint.deny == {"no scope is known for GET /v1"} with input as json.patch(event, [{"op": "add", "path": "/request/parsed_path", "value": ["v1"]}])
}

test_a_path_that_climbs_is_denied if {
	endpoint.deny == {"path segment '..' can be read in two ways"} with input as json.patch(event, [{"op": "add", "path": "/request/parsed_path", "value": ["v1", "accounts", ".."]}])
}

test_a_path_that_hides_a_slash_is_denied if {
	endpoint.deny == {"path segment 'a%2fb' can be read in two ways"} with input as json.patch(event, [{"op": "add", "path": "/request/parsed_path", "value": ["v1", "accounts", "a%2fb"]}])
}

test_no_scopes_at_all if {
	endpoint.deny == {"GET /v1/accounts/8842 needs scope 'accounts:read'"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": []}])
}

test_request_method_missing if {
	endpoint.deny == {"request.method must be a string, what the request wants to do, but is missing"} with input as json.remove(event, ["/request/method"])
}

test_request_method_null if {
	endpoint.deny == {"request.method must be a string, what the request wants to do, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/method", "value": null}])
}

test_request_method_of_the_wrong_type if {
	endpoint.deny == {"request.method must be a string, what the request wants to do, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/method", "value": 5}])
}

test_request_parsed_path_missing if {
	endpoint.deny == {"request.parsed_path must be an array of strings, the segments of the path, but is missing"} with input as json.remove(event, ["/request/parsed_path"])
}

test_request_parsed_path_null if {
	endpoint.deny == {"request.parsed_path must be an array of strings, the segments of the path, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/parsed_path", "value": null}])
}

test_request_parsed_path_of_the_wrong_type if {
	endpoint.deny == {"request.parsed_path must be an array of strings, the segments of the path, but is an array that holds something else"} with input as json.patch(event, [{"op": "add", "path": "/request/parsed_path", "value": [1]}])
}

test_token_scopes_missing if {
	endpoint.deny == {"token.scopes must be an array of strings, what the token may do, but is missing"} with input as json.remove(event, ["/token/scopes"])
}

test_token_scopes_null if {
	endpoint.deny == {"token.scopes must be an array of strings, what the token may do, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": null}])
}

test_token_scopes_of_the_wrong_type if {
	endpoint.deny == {"token.scopes must be an array of strings, what the token may do, but is an array that holds something else"} with input as json.patch(event, [{"op": "add", "path": "/token/scopes", "value": [1]}])
}

test_parameter_endpoints_of_the_wrong_type if {
	"parameter endpoints must be an object of strings, but is an object that holds something else" in endpoint.deny with input as event
		with data.lictor.parameters.scopes.endpoint as {"endpoints": {"x": 1}}
}

test_parameter_resource_segment_of_the_wrong_type if {
	"parameter resource_segment must be a number, but is of type string" in endpoint.deny with input as event
		with data.lictor.parameters.scopes.endpoint as {"resource_segment": "soon"}
}

test_parameter_read_methods_of_the_wrong_type if {
	"parameter read_methods must be an array of strings, but is an array that holds something else" in endpoint.deny with input as event
		with data.lictor.parameters.scopes.endpoint as {"read_methods": [1]}
}
