//! A subject: whose usage a request is. Read off the event, or said by its sender.

use lictor_value::Value;

/// Roles beyond these are not counted: a request names as many as it likes.
const ROLES: usize = 32;
/// Longer names are nobody's.
const LONGEST: usize = 512;

/// Whose usage a request is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// What the token is called; never the token itself.
    pub token: Option<String>,
    /// The API key that the token belongs to.
    pub key: Option<String>,
    /// Whom it belongs to.
    pub user: Option<String>,
    /// The roles of the user.
    pub roles: Vec<String>,
    /// Where the request comes from.
    pub country: Option<String>,
}

impl Subject {
    /// Whom an event is about, where it says so, the first that is there:
    ///
    /// | what | where |
    /// |---|---|
    /// | token | `token.id`, `token.jti`, `token.identifier` |
    /// | key | `apiKey.identifier`, `token.apiKeyIdentifier` |
    /// | user | `principal.id`, `token.sub`, `token.parentIdentifier`, `apiKey.parentIdentifier` |
    /// | roles | `principal.roles`, the first 32 |
    /// | country | `request.country` |
    ///
    /// An identifier that is unique in its account only has `accountIdentifier` and a `/` in front, where the event says
    /// the account. Names longer than 512 bytes are left out.
    pub(crate) fn of(event: Value<'_>) -> Subject {
        let at = |path: [&str; 2]| {
            let text = path.iter().try_fold(event, |value, key| value.get(Value::str(key.as_bytes())))?.as_text()?;
            (text.len() <= LONGEST).then(|| text.to_owned())
        };
        let within = |entity, name| {
            let name = at([entity, name])?;
            Some(at([entity, "accountIdentifier"]).map_or_else(|| name.clone(), |account| format!("{account}/{name}")))
        };
        let roles = event.get(Value::str(b"principal")).and_then(|principal| principal.get(Value::str(b"roles")));
        let mut roles: Vec<String> = (roles.and_then(Value::as_array).unwrap_or_default().iter())
            .filter_map(|role| role.as_text())
            .filter(|role| role.len() <= LONGEST)
            .take(ROLES)
            .map(str::to_owned)
            .collect();
        // A role that is named twice counts once.
        roles.sort();
        roles.dedup();
        Subject {
            token: at(["token", "id"]).or_else(|| at(["token", "jti"])).or_else(|| within("token", "identifier")),
            key: within("apiKey", "identifier").or_else(|| within("token", "apiKeyIdentifier")),
            user: at(["principal", "id"])
                .or_else(|| at(["token", "sub"]))
                .or_else(|| within("token", "parentIdentifier"))
                .or_else(|| within("apiKey", "parentIdentifier")),
            roles,
            country: at(["request", "country"]),
        }
    }
}
