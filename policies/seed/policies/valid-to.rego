package opapolicy

deny[msg] {
    input.token.validTo > 1779647400000
    msg = sprintf("For CreateToken, Token APIKeyType ValidTo %v greater than X date", [input.token.validTo])
}
