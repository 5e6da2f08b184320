//! Secrets of an event: what must not be repeated to who reads about it.
//!
//! Texts under keys that name credentials, and texts that look like credentials wherever they stand, are taken out of
//! whatever is said of the event. What a policy makes of a secret (a hash, its length, another spelling) is not recognized.

use lictor_value::{Value, View};

/// What stands in a secret's place.
const HIDDEN: &str = "[hidden]";

/// Keys whose texts are secrets, in small letters without `-` and `_`.
const KEYS: &[&str] = &[
    "accesstoken",
    "apikey",
    "apisecret",
    "assertion",
    "authorization",
    "bearer",
    "clientsecret",
    "cookie",
    "credential",
    "credentials",
    "idtoken",
    "jwt",
    "keymaterial",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "proxyauthorization",
    "rawtoken",
    "refreshtoken",
    "secret",
    "secretkey",
    "setcookie",
    "signature",
    "token",
    "tokenvalue",
    "value",
    "xapikey",
    "xauthtoken",
];

/// How texts begin that are credentials wherever they stand.
const BEGINNINGS: &[&str] =
    &["Bearer ", "Basic ", "DPoP ", "pat.", "sat.", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "sk_live_", "xox"];

/// Texts shorter than this hide nothing, and taking them out would only make sentences unreadable.
const SHORTEST: usize = 4;

/// How deep an event is looked through.
const DEEPEST: u32 = 256;

/// The secrets of one event.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// The secrets in an event.
    pub(crate) fn of(event: Value<'_>) -> Self {
        let mut found = Secrets::default();
        found.look(event, false, 0);
        // What contains another goes first.
        found.0.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        found.0.dedup();
        found
    }

    /// The text without them.
    pub(crate) fn hide(&self, text: &str) -> String {
        let found = self.0.iter().filter(|secret| text.contains(secret.as_str()));
        found.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), HIDDEN))
    }

    fn look(&mut self, value: Value<'_>, named: bool, depth: u32) {
        if depth > DEEPEST {
            return;
        }
        match value.view() {
            View::Object(object) => {
                for (key, value) in object.iter() {
                    // An object that is called so is one of many parts, each with a name of its own.
                    let named = key.as_text().is_some_and(is_secret) && value.as_object().is_none();
                    self.look(value, named, depth + 1);
                }
            }
            View::Array(items) => items.iter().for_each(|item| self.look(*item, named, depth + 1)),
            View::Str(_) => {
                if let Some(text) = value.as_text().filter(|text| named || looks_secret(text)) {
                    self.add(text);
                }
            }
            _ => {}
        }
    }

    /// A text, what follows the scheme that it names, and the parts that a token has.
    fn add(&mut self, text: &str) {
        let bare = text.split_once(' ').map_or(text, |(_, rest)| rest);
        let parts = if is_jwt(bare) { bare.split('.').collect() } else { vec![] };
        let all = [text, bare].into_iter().chain(parts);
        for secret in all.filter(|secret| secret.len() >= SHORTEST) {
            self.0.push(secret.to_owned());
            // Rego text and JSON write it so.
            let quoted = serde_json::Value::from(secret).to_string();
            let quoted = quoted.trim_matches('"');
            if quoted != secret {
                self.0.push(quoted.to_owned());
            }
        }
    }
}

fn is_secret(key: &str) -> bool {
    let plain: String = key.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect();
    KEYS.binary_search(&plain.as_str()).is_ok()
}

fn looks_secret(text: &str) -> bool {
    is_jwt(text) || BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)) || text.contains("PRIVATE KEY-----")
}

fn is_jwt(text: &str) -> bool {
    text.starts_with("eyJ") && text.split('.').count() >= 3
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, json};

    use super::*;

    fn hidden(event: &str, said: &str) -> String {
        let arena = Arena::default();
        Secrets::of(json::parse(&arena, event.as_bytes()).unwrap()).hide(said)
    }

    #[test]
    fn keys_are_in_the_order_that_finds_them() {
        assert!(KEYS.is_sorted());
    }

    #[test]
    fn what_a_credential_s_key_holds_is_not_repeated() {
        let event = r#"{"request": {"headers": {"Authorization": "Bearer abc.def"}}, "token": {"name": "laptop"}}"#;
        assert_eq!(hidden(event, "laptop sent Bearer abc.def, abc.def"), "laptop sent [hidden], [hidden]");
        assert_eq!(hidden(r#"{"client_secret": ["s3cr3t"]}"#, "not s3cr3t"), "not [hidden]");
        assert_eq!(hidden(r#"{"password": "a\"bcd"}"#, r#"p: "a\"bcd""#), r#"p: "[hidden]""#);
    }

    #[test]
    fn a_signed_token_is_found_wherever_it_stands_and_in_parts() {
        let event = r#"{"note": "eyJhbGciOi.eyJzdWIi.c2lnbmF0"}"#;
        assert_eq!(hidden(event, "eyJhbGciOi.eyJzdWIi.c2lnbmF0 c2lnbmF0 note"), "[hidden] [hidden] note");
    }

    #[test]
    fn names_and_numbers_of_a_token_are_no_secrets() {
        assert_eq!(hidden(r#"{"token": {"name": "laptop", "validTo": 17}}"#, "laptop 17"), "laptop 17");
    }
}
