package lictor.library.binding.certificate_test

import data.lictor.library.binding.certificate

event := {
	"request": {
		"certificate_thumbprint": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2",
	},
	"token": {
		"cnf": {
			"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2",
		},
	},
}

test_allowed if {
	certificate.deny == set() with input as event
}

test_denied if {
	certificate.deny == {"the client's certificate is not the one that the token is bound to"} with input as json.patch(event, [{"op": "add", "path": "/request/certificate_thumbprint", "value": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"}])
}

test_two_empty_texts_prove_nothing if {
	certificate.deny == {"the token is bound to no certificate"} with input as json.patch(event, [{"op": "add", "path": "/token/cnf/x5t#S256", "value": ""}, {"op": "add", "path": "/request/certificate_thumbprint", "value": ""}])
}

test_token_cnf_x5t_s256_missing if {
	certificate.deny == {"token.cnf.x5t#S256 must be a string, the thumbprint of the certificate that the token is bound to, but is missing"} with input as json.remove(event, ["/token/cnf/x5t#S256"])
}

test_token_cnf_x5t_s256_null if {
	certificate.deny == {"token.cnf.x5t#S256 must be a string, the thumbprint of the certificate that the token is bound to, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/token/cnf/x5t#S256", "value": null}])
}

test_token_cnf_x5t_s256_of_the_wrong_type if {
	certificate.deny == {"token.cnf.x5t#S256 must be a string, the thumbprint of the certificate that the token is bound to, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/token/cnf/x5t#S256", "value": 5}])
}

test_request_certificate_thumbprint_missing if {
	certificate.deny == {"request.certificate_thumbprint must be a string, the thumbprint of the client's certificate, but is missing"} with input as json.remove(event, ["/request/certificate_thumbprint"])
}

test_request_certificate_thumbprint_null if {
	certificate.deny == {"request.certificate_thumbprint must be a string, the thumbprint of the client's certificate, but is missing"} with input as json.patch(event, [{"op": "add", "path": "/request/certificate_thumbprint", "value": null}])
}

test_request_certificate_thumbprint_of_the_wrong_type if {
	certificate.deny == {"request.certificate_thumbprint must be a string, the thumbprint of the client's certificate, but is of type number"} with input as json.patch(event, [{"op": "add", "path": "/request/certificate_thumbprint", "value": 5}])
}
