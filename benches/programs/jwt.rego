# A signed token: verified, its claims checked against what is asked.
package bench

default result := false

result if {
	[valid, _, payload] := io.jwt.decode_verify(input.token, {
		"secret": data.secret,
		"alg": "HS256",
		"iss": "issuer",
		"aud": "api",
		"time": 1700000000000000000,
	})
	valid
	"read" in payload.scopes
	payload.sub == input.user
}
