//! Masking: what keeps secrets out of records, messages and errors. On unless it is turned off.
//!
//! A field is secret by its name, whatever its case and separators:
//!
//! | name | what goes |
//! |---|---|
//! | has `password`, `passwd`, `passphrase`, `secret`, `cookie`, `privatekey`, `sshkeycontent` or `credential` in it | all of it, but not `true`, `false` and `null` |
//! | ends in `token`; or is `apiKey`, `authorization`, `jwt`, `bearer`, `assertion` and the like | it, where it is a text or a list of texts |
//! | is `content`, `pem`, `otp`, `pin`, `pwd`, `keyMaterial`, `signature` | it, where it is a text or a number |
//! | is `value`, right below a field that is called `token` or `apiKey` | it, where it is a text |
//!
//! Within any text goes what looks like a JSON Web Token, `pat.` and `sat.` tokens, those of well-known services, private keys
//! in PEM, `Bearer ..` and `Basic ..`, `password=..` and the like, and passwords in URLs. What an event has in a secret field
//! goes from messages and errors too, wherever it stands in them, from four bytes on, and so do the parts of a JSON Web Token.
//! A policy that says a secret in another form (upper case, Base64) is not found out.
//!
//! With a key a token is replaced by its HMAC-SHA-256, so that the same one can be told again; without one it is gone.

use std::fmt;

use aho_corasick::{AhoCorasick, MatchKind};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::hex;
use super::json::Json;
use super::secret::{self, Named};
use crate::decision::Decision;
use crate::error::Error;

/// What stands where a secret stood.
pub(crate) const MASKED: &str = "[masked]";

/// Shorter ones would be found in words that have nothing to do with them.
const SHORTEST: usize = 4;

/// How secrets are kept out.
#[derive(Clone, Default)]
pub struct Masking {
    off: bool,
    key: Option<Vec<u8>>,
}

/// An event without its secrets, and what its secrets are.
pub struct Masked {
    /// The event; `None` where it is not JSON, or deeper than 128 levels.
    pub(super) input: Option<Json>,
    /// JSON pointers, from the event's own root, to what was taken out.
    pub(super) erased: Vec<String>,
    /// And to what was replaced.
    pub(super) masked: Vec<String>,
    masking: Masking,
    /// Finds the event's secrets in texts, and what stands for each.
    secrets: Option<(AhoCorasick, Vec<String>)>,
    /// The event's secrets are not known, so no text of a policy can be trusted.
    opaque: bool,
}

impl Masking {
    /// Tokens are replaced by their keyed hash. Keep the key to yourself: who has it can try tokens.
    #[must_use]
    pub fn key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// No masking: for those who keep records where tokens are kept.
    pub fn off() -> Self {
        Masking { off: true, key: None }
    }

    /// Reads an event and finds its secrets.
    pub fn read(&self, event: &[u8]) -> Masked {
        let mut masked = Masked {
            input: Json::read(event),
            erased: vec![],
            masked: vec![],
            masking: self.clone(),
            secrets: None,
            opaque: false,
        };
        if self.off {
            return masked;
        }
        let Some(input) = &mut masked.input else {
            masked.opaque = true;
            return masked;
        };
        let mut search = Search { masking: self, at: String::new(), secrets: vec![], erased: vec![], masked: vec![] };
        search.value(input);
        (masked.erased, masked.masked) = (search.erased, search.masked);
        let mut secrets = search.secrets;
        secrets.retain(|(secret, _)| secret.len() >= SHORTEST);
        secrets.sort();
        secrets.dedup_by(|a, b| a.0 == b.0);
        if !secrets.is_empty() {
            let (patterns, shown): (Vec<String>, Vec<String>) = secrets.into_iter().unzip();
            match AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns) {
                Ok(finder) => masked.secrets = Some((finder, shown)),
                Err(_) => masked.opaque = true,
            }
        }
        masked
    }

    /// Takes secrets out of what policies say of `event`.
    pub fn decision(&self, event: &[u8], decision: &mut Decision) {
        if self.off || decision.findings.is_empty() {
            return;
        }
        let masked = self.read(event);
        for finding in &mut decision.findings {
            finding.message = masked.text(&finding.message);
        }
    }

    /// What stands for a token.
    fn token(&self, token: &str) -> String {
        let hash = self.key.as_ref().and_then(|key| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
            mac.update(token.as_bytes());
            Some(format!("hmac-sha256:{}", hex(&mac.finalize().into_bytes())))
        });
        hash.unwrap_or_else(|| MASKED.to_owned())
    }
}

impl fmt::Debug for Masking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masking").field("off", &self.off).field("keyed", &self.key.is_some()).finish()
    }
}

impl Masked {
    /// What the event has in `usage`.
    pub(super) fn usage(&self) -> Option<serde_json::Value> {
        let Some(Json::Object(members)) = &self.input else { return None };
        serde_json::from_str(&members.get("usage")?.to_string()).ok()
    }

    /// A text of a policy without the event's secrets, and without what looks like one.
    pub fn text(&self, text: &str) -> String {
        if self.opaque { MASKED.to_owned() } else { self.looks(text) }
    }

    /// An error's words without them.
    pub fn error(&self, error: &Error) -> String {
        match error {
            // Their words are our own: none come from the event.
            Error::Malformed { .. } | Error::TooLarge { .. } | Error::Unrouted(_) | Error::NoEntry(_) => {
                error.to_string()
            }
            error => self.text(&error.to_string()),
        }
    }

    fn looks(&self, text: &str) -> String {
        if self.masking.off {
            return text.to_owned();
        }
        let known = match &self.secrets {
            Some((finder, shown)) => finder.replace_all(text, shown),
            None => text.to_owned(),
        };
        secret::replace(&known, |token| self.masking.token(token)).unwrap_or(known)
    }
}

/// A walk through an event.
struct Search<'m> {
    masking: &'m Masking,
    /// Where it is: a JSON pointer.
    at: String,
    /// What was found, and what stands for it.
    secrets: Vec<(String, String)>,
    erased: Vec<String>,
    masked: Vec<String>,
}

impl Search<'_> {
    fn value(&mut self, value: &mut Json) {
        match value {
            Json::String(text) => self.text(text),
            Json::Array(items) => {
                for (i, item) in items.iter_mut().enumerate() {
                    self.below(&i.to_string(), |search| search.value(item));
                }
            }
            Json::Object(fields) => {
                let old = std::mem::take(fields);
                for (key, mut value) in old {
                    // A token may stand for a name.
                    let shown = secret::replace(&key, |token| self.masking.token(token)).unwrap_or_else(|| key.clone());
                    let stays = self.below(&shown, |search| search.field(&key, &mut value));
                    if stays {
                        fields.insert(shown, value);
                    }
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    /// Whether a field stays.
    fn field(&mut self, key: &str, value: &mut Json) -> bool {
        let named = if self.is_token_value(key) { Some(Named::Token) } else { secret::named(key) };
        let goes = match (named, &*value) {
            (None, _) | (_, Json::Null | Json::Bool(_)) => false,
            (Some(Named::Whole), _) => true,
            (Some(Named::Text), value) => matches!(value, Json::String(_) | Json::Number(_)),
            (Some(Named::Token), Json::String(_)) => true,
            (Some(Named::Token), Json::Array(items)) => {
                !items.is_empty() && items.iter().all(|item| item.as_str().is_some())
            }
            (Some(Named::Token), _) => false,
        };
        if !goes {
            self.value(value);
            return true;
        }
        if named == Some(Named::Token)
            && self.masking.key.is_some()
            && let Json::String(text) = value
            && let Some(token) = token_of(text)
        {
            let shown = self.masking.token(token);
            self.learn(token, &shown);
            *text = shown;
            self.masked.push(self.at.clone());
            return true;
        }
        self.learn_all(value);
        self.erased.push(self.at.clone());
        false
    }

    /// Whether the field that the search is at is what a token or key is.
    fn is_token_value(&self, key: &str) -> bool {
        let parent = self.at.rsplit('/').nth(1).unwrap_or_default();
        key.eq_ignore_ascii_case("value") && matches!(secret::named(parent), Some(Named::Token))
    }

    fn text(&mut self, text: &mut String) {
        self.learn_parts(text);
        if let Some(hidden) = secret::replace(text, |token| self.masking.token(token)) {
            *text = hidden;
            self.masked.push(self.at.clone());
        }
    }

    fn learn_all(&mut self, value: &Json) {
        match value {
            Json::String(text) => {
                self.learn(text, MASKED);
                // `Bearer abc`, `session=abc; theme=dark`: a policy may say a part.
                for part in
                    text.split([' ', ';', ',', '=']).filter(|part| part.len() > SHORTEST && part.len() < text.len())
                {
                    self.learn(part, MASKED);
                }
            }
            Json::Number(number) => self.learn(number, MASKED),
            Json::Array(items) => items.iter().for_each(|item| self.learn_all(item)),
            Json::Object(fields) => fields.values().for_each(|value| self.learn_all(value)),
            Json::Null | Json::Bool(_) => {}
        }
    }

    fn learn(&mut self, secret: &str, shown: &str) {
        self.secrets.push((secret.to_owned(), shown.to_owned()));
        self.learn_parts(secret);
        // As it stands in an object or array that a policy prints.
        let quoted = Json::String(secret.to_owned()).to_string();
        let inner = &quoted[1..quoted.len() - 1];
        if inner != secret {
            self.secrets.push((inner.to_owned(), shown.to_owned()));
        }
    }

    /// The parts of a JSON Web Token, which a policy may have taken apart.
    fn learn_parts(&mut self, text: &str) {
        if text.starts_with("eyJ") && text.split('.').count() >= 3 {
            self.secrets.extend(text.split('.').map(|part| (part.to_owned(), MASKED.to_owned())));
        }
    }

    fn below<T>(&mut self, key: &str, then: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.at.len();
        self.at.push('/');
        self.at.push_str(&key.replace('~', "~0").replace('/', "~1"));
        let done = then(self);
        self.at.truncate(length);
        done
    }
}

/// The token in an authorization or a field of its own; `None` where it is a password.
fn token_of(text: &str) -> Option<&str> {
    match text.split_once(' ') {
        None => Some(text),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const JWT: &str = "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln";

    fn read(masking: &Masking, event: &serde_json::Value) -> Masked {
        masking.read(event.to_string().as_bytes())
    }

    #[test]
    fn secrets_are_taken_out_and_pointers_say_where_they_were() {
        let event = json!({
            "token": {"name": "t", "note": format!("was {JWT}"), "accessToken": "abc"},
            "headers": {"Authorization": "Bearer 0123456789", "a/b": {"cookie": ["x"]}},
            "user": {"password": 1234, "passwordExpired": true},
            JWT: 1,
        });
        let masked = read(&Masking::default(), &event);
        assert_eq!(
            masked.erased,
            ["/headers/Authorization", "/headers/a~1b/cookie", "/token/accessToken", "/user/password"]
        );
        assert_eq!(masked.masked, ["/token/note"]);
        let expected = json!({
            "token": {"name": "t", "note": "was [masked]"},
            "headers": {"a/b": {}},
            "user": {"passwordExpired": true},
            "[masked]": 1,
        });
        assert_eq!(masked.input, Some(Json::from(expected)));
    }

    #[test]
    fn what_stands_in_a_secret_field_goes_from_texts_too_in_whole_and_in_part() {
        let masked =
            read(&Masking::default(), &json!({"h": {"cookie": "session=tulip-4; a=b"}, "clientSecret": "q\"uo"}));
        assert_eq!(masked.text("the session tulip-4 is old"), "the [masked] [masked] is old");
        assert_eq!(masked.text(r#"{"x": "q\"uo"}"#), r#"{"x": "[masked]"}"#);
        assert_eq!(masked.text("nothing to hide"), "nothing to hide");
    }

    #[test]
    fn the_value_of_a_token_and_the_parts_of_a_signed_one_go_and_other_values_stay() {
        let masked =
            read(&Masking::default(), &json!({"token": {"value": "tulip-4"}, "tags": [{"value": "prod"}], "j": JWT}));
        assert_eq!(masked.text("tulip-4 c2ln prod"), "[masked] [masked] prod");
        assert_eq!(masked.erased, ["/token/value"]);
    }

    #[test]
    fn with_a_key_the_same_token_is_told_again_and_a_password_is_not() {
        let masking = Masking::default().key("k");
        let event = json!({"a": JWT, "authorization": format!("Bearer {JWT}"), "password": "hunter2"});
        let masked = read(&masking, &event);
        let written =
            |masked: Masked| -> serde_json::Value { serde_json::from_str(&masked.input.unwrap().to_string()).unwrap() };
        let input = written(masked);
        assert_eq!(input["a"], input["authorization"]);
        assert!(input["a"].as_str().unwrap().starts_with("hmac-sha256:") && input.get("password").is_none());
        assert_ne!(input["a"], written(read(&Masking::default().key("other"), &event))["a"]);
    }

    #[test]
    fn a_number_that_is_secret_goes_with_all_its_digits() {
        let masked = Masking::default().read(br#"{"otp": 1180591620717411303425, "n": 1e400}"#);
        assert_eq!(masked.text("not 1180591620717411303425"), "not [masked]");
        assert_eq!(masked.input.unwrap().to_string(), r#"{"n":1e400}"#);
    }

    #[test]
    fn what_cannot_be_searched_is_not_trusted() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let masked = Masking::default().read(deep.as_bytes());
        assert_eq!((masked.input.is_none(), masked.text("hunter2")), (true, "[masked]".to_owned()));
        let said = masked.error(&Error::Unrouted("it is deep"));
        assert!(said.ends_with("it is deep"), "{said}");
    }
}
