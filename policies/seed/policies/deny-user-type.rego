package opapolicy

deny[msg] {
    contains(input.token.apiKeyType, "USER")
    msg = sprintf("Token APIKeyType %s contains 'USER'", [input.token.apiKeyType])
}
