package opapolicy

deny[msg] {
    contains(input.token.apiKeyType, "SERVICE")
    msg = sprintf("Token APIKeyType %s contains 'SERVICE'", [input.token.apiKeyType])
}
