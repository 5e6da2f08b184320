package lictor.library.binding.key_test

import data.lictor.library.binding.key

event := {
	"request": {
		"proof_thumbprint": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
	},
	"token": {
		"cnf": {
			"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
		},
	},
}

test_allowed if {
	key.deny == set() with input as event
}

test_denied if {
	key.deny == {"the proof is not of the key that the token is bound to"} with input as json.patch(event, [{"op": "add", "path": "/request/proof_thumbprint", "value": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"}])
}

test_two_empty_texts_prove_nothing if {
	key.deny == {"the token is bound to no key"} with input as json.patch(event, [{"op": "add", "path": "/token/cnf/jkt", "value": ""}, {"op": "add", "path": "/request/proof_thumbprint", "value": ""}])
}

test_token_cnf_jkt_missing if {
	key.deny == {"token.cnf.jkt must be a string, the thumbprint of the key that the token is bound to, but is missing"} with input as json.remove(event, ["/token/cnf/jkt"])
}

test_token_cnf_jkt_null if {
	key.deny == {"token.cnf.jkt must be a string, the thumbprint of the key that the token is bound to, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/cnf/jkt", "value": null}])
}

test_token_cnf_jkt_of_the_wrong_type if {
	key.deny == {"token.cnf.jkt must be a string, the thumbprint of the key that the token is bound to, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/cnf/jkt", "value": 5}])
}

test_request_proof_thumbprint_missing if {
	key.deny == {"request.proof_thumbprint must be a string, the thumbprint of the key that signed the proof, but is missing"} with input as json.remove(event, ["/request/proof_thumbprint"])
}

test_request_proof_thumbprint_null if {
	key.deny == {"request.proof_thumbprint must be a string, the thumbprint of the key that signed the proof, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/proof_thumbprint", "value": null}])
}

test_request_proof_thumbprint_of_the_wrong_type if {
	key.deny == {"request.proof_thumbprint must be a string, the thumbprint of the key that signed the proof, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/proof_thumbprint", "value": 5}])
}
