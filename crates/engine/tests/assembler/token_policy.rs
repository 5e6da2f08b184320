//! A token policy of three rules, planned as the compiler would: the engine's measure.

/// `deny contains msg if ..` three times: type of key, lifetime, rotation.
pub(crate) const POLICY: &str = r#"
    rule data.token.deny slots 5 loops 0
    begin set
    input 1 token.apiKeyType -> long
    const 2 "USER"
    test 1 test.contains -> long
    const 3 "keys of users may not call this service"
    emit 3
    long:
    input 1 token.validTo -> late
    const 2 1779647400000
    gt 1 2 -> late
    const 3 "the token lives too long"
    emit 3
    late:
    input 1 token.scheduledExpireTime -> end
    const 2 1771957800000
    gt 1 2 -> end
    const 3 "the rotation is scheduled too late"
    emit 3
    end:
    finish 0
    return 0
"#;

/// An event that one rule denies.
pub(crate) const EVENT: &str = r#"{"token": {"identifier": "tok-81723", "name": "ci deploy",
    "apiKeyIdentifier": "k1", "apiKeyType": "SERVICE_ACCOUNT", "accountIdentifier": "acc7",
    "orgIdentifier": "default", "projectIdentifier": "payments", "validFrom": 1760000000000,
    "validTo": 1790000000000, "scheduledExpireTime": 1761957800000, "valid": true,
    "email": "ci@example.com", "username": "ci"}, "action": "oncreate",
    "request": {"path": "/ng/api/token", "ip": "10.0.0.7"}}"#;
