//! A subject: whose usage a request is. Read off the event, or said by its sender.

use lictor_value::{Arena, Value};

use super::Kind;

/// Roles beyond these are not counted: a request names as many as it likes.
const ROLES: usize = 32;
/// Longer names are nobody's.
const LONGEST: usize = 512;

/// Where an event says whose usage it is, and when it happens: the indices below are positions in it.
pub(crate) const PATHS: [&[&str]; 14] = [
    &["token", "id"],
    &["token", "jti"],
    &["token", "identifier"],
    &["token", "accountIdentifier"],
    &["token", "apiKeyIdentifier"],
    &["token", "sub"],
    &["token", "parentIdentifier"],
    &["apiKey", "identifier"],
    &["apiKey", "accountIdentifier"],
    &["apiKey", "parentIdentifier"],
    &["principal", "id"],
    &["principal", "roles"],
    &["request", "country"],
    &["time_ns"],
];

const ID: usize = 0;
const JTI: usize = 1;
const TOKEN: usize = 2;
const TOKEN_ACCOUNT: usize = 3;
const KEY_OF_TOKEN: usize = 4;
const SUB: usize = 5;
const PARENT_OF_TOKEN: usize = 6;
const KEY: usize = 7;
const KEY_ACCOUNT: usize = 8;
const PARENT_OF_KEY: usize = 9;
const PRINCIPAL: usize = 10;
const ROLES_AT: usize = 11;
const COUNTRY: usize = 12;
/// Where an event says when it happens.
pub(crate) const TIME: usize = 13;

/// Whose usage a request is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subject<'e> {
    /// What the token is called; never the token itself.
    pub token: Option<&'e str>,
    /// The API key that the token belongs to.
    pub key: Option<&'e str>,
    /// Whom it belongs to.
    pub user: Option<&'e str>,
    /// The roles of the user, each once.
    pub roles: &'e [&'e str],
    /// Where the request comes from.
    pub country: Option<&'e str>,
}

impl<'e> Subject<'e> {
    /// Whom an event is about, where it says so, the first that is there; `at` gives the value at a position of [`PATHS`].
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
    pub(crate) fn of(at: impl Fn(usize) -> Option<Value<'e>>, arena: &'e Arena) -> Self {
        let short = |text: &'e str| (text.len() <= LONGEST).then_some(text);
        let text = |position| at(position).and_then(Value::as_text).and_then(short);
        let within = |account, name| {
            let name = text(name)?;
            Some(text(account).map_or(name, |account| joined(arena, account, name)))
        };
        Subject {
            token: text(ID).or_else(|| text(JTI)).or_else(|| within(TOKEN_ACCOUNT, TOKEN)),
            key: within(KEY_ACCOUNT, KEY).or_else(|| within(TOKEN_ACCOUNT, KEY_OF_TOKEN)),
            user: text(PRINCIPAL)
                .or_else(|| text(SUB))
                .or_else(|| within(TOKEN_ACCOUNT, PARENT_OF_TOKEN))
                .or_else(|| within(KEY_ACCOUNT, PARENT_OF_KEY)),
            roles: roles(at(ROLES_AT), arena),
            country: text(COUNTRY),
        }
    }

    /// All names, each with whose it is.
    pub(crate) fn names(&self) -> impl Iterator<Item = (Kind, &'e str)> + use<'e> {
        let one = [(Kind::Token, self.token), (Kind::Key, self.key), (Kind::User, self.user)];
        let one = one.into_iter().filter_map(|(kind, id)| Some((kind, id?)));
        one.chain(self.roles.iter().map(|role| (Kind::Role, *role)))
    }
}

/// The value at a position of [`PATHS`] in an event that was read as a whole.
pub(crate) fn at_path(tree: Value<'_>, position: usize) -> Option<Value<'_>> {
    PATHS[position].iter().try_fold(tree, |value, key| value.get(Value::str(key.as_bytes())))
}

fn joined<'e>(arena: &'e Arena, account: &str, name: &str) -> &'e str {
    let text = arena.filled(account.len() + 1 + name.len(), b'/');
    text[..account.len()].copy_from_slice(account.as_bytes());
    text[account.len() + 1..].copy_from_slice(name.as_bytes());
    // Two texts with a `/` in between are one.
    std::str::from_utf8(text).unwrap_or_default()
}

fn roles<'e>(said: Option<Value<'e>>, arena: &'e Arena) -> &'e [&'e str] {
    let said = said.and_then(Value::as_array).unwrap_or_default();
    if said.is_empty() {
        return &[];
    }
    let roles = arena.filled(said.len().min(ROLES), "");
    let texts = said.iter().filter_map(|role| role.as_text()).filter(|role| role.len() <= LONGEST);
    let mut count = 0;
    for (to, role) in roles.iter_mut().zip(texts) {
        *to = role;
        count += 1;
    }
    let roles = &mut roles[..count];
    // A role that is named twice counts once.
    roles.sort_unstable();
    let mut last = 0;
    for next in 1..roles.len() {
        if roles[next] != roles[last] {
            last += 1;
            roles[last] = roles[next];
        }
    }
    &roles[..roles.len().min(last + 1)]
}
