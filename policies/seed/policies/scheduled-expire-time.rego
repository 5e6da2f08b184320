package opapolicy

deny[msg] {
    input.token.scheduledExpireTime > 1771957800000
    msg = sprintf("For RotateToken, Token APIKeyType ScheduledExpireTime %v greater than X date", [input.token.scheduledExpireTime])
}
