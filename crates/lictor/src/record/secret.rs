//! What is secret: names of fields, and the look of tokens. [`super::masking`] says what becomes of it, and has the list.

use std::sync::LazyLock;

use regex::Regex;

/// What a field's name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A token, where it is a text: may be told again by its keyed hash.
    Token,
    /// A text that is nobody's business; what is below it has names of its own.
    Text,
    /// Nobody's business, with all below.
    Whole,
}

/// Names of texts, without case and separators.
const TOKENS: [&str; 8] =
    ["apikey", "xapikey", "authorization", "proxyauthorization", "jwt", "bearer", "assertion", "clientassertion"];
const TEXTS: [&str; 8] = ["content", "pem", "otp", "pin", "pwd", "keymaterial", "signature", "tokenvalue"];
/// Parts of names.
const WHOLE: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "cookie", "privatekey", "sshkeycontent", "credential"];

pub(super) fn named(key: &str) -> Option<Named> {
    let name: String = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    if WHOLE.iter().any(|part| name.contains(part)) {
        Some(Named::Whole)
    } else if name.ends_with("token") || TOKENS.contains(&name.as_str()) {
        Some(Named::Token)
    } else {
        TEXTS.contains(&name.as_str()).then_some(Named::Text)
    }
}

/// Secrets within texts. In the group `token` stand those that may be told again; in `secret` those that may not.
static LOOKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let token = [
        r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*",
        r"\b(?:pat|sat)\.[A-Za-z0-9_.-]{6,}",
        r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk_live_|rk_live_|hvs\.|npm_|dop_v1_|AIza)[A-Za-z0-9_-]{10,}",
    ];
    let secret = [
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
        r"(?i:\b(?:bearer|basic)[ \t]+)[A-Za-z0-9._~+/=-]{6,}",
        r#"(?i:\b[a-z_-]*(?:password|passwd|passphrase|secret|cookie|authorization|access_token|refresh_token|id_token|api_key)[a-z_-]*)["'\\]*[ \t]*[=:][ \t]*["'\\]*[^\s"'\\&,;}]+"#,
        r"://[^/\s:@]+:[^/\s@]+@",
    ];
    let looks = format!("(?P<secret>{})|(?P<token>{})", secret.join("|"), token.join("|"));
    Regex::new(&looks).ok()
});

/// Replaces what looks like a secret; `None` where nothing does. `shown` gives what stands for a token.
pub(crate) fn replace(text: &str, shown: impl Fn(&str) -> String) -> Option<String> {
    let Some(looks) = &*LOOKS else { return Some(super::masking::MASKED.to_owned()) };
    let replaced = looks.replace_all(text, |found: &regex::Captures<'_>| match found.name("token") {
        Some(token) => shown(token.as_str()),
        None => super::masking::MASKED.to_owned(),
    });
    match replaced {
        std::borrow::Cow::Borrowed(_) => None,
        std::borrow::Cow::Owned(text) => Some(text),
    }
}

/// Whether something in a text looks like a secret.
pub(crate) fn is_in(text: &str) -> bool {
    replace(text, str::to_owned).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case_and_with_any_separators() {
        for whole in ["encodedPassword", "client_secret", "X-Set-Cookie", "secretText", "private-key", "sshKeyContent"]
        {
            assert_eq!(named(whole), Some(Named::Whole), "{whole}");
        }
        for token in ["Authorization", "access_token", "X-API-Key", "token", "apiKey"] {
            assert_eq!(named(token), Some(Named::Token), "{token}");
        }
        for open in ["name", "validTo", "tokens", "identifier", "scopes", "contentType"] {
            assert_eq!(named(open), None, "{open}");
        }
    }

    #[test]
    fn tokens_are_known_by_their_look_wherever_they_stand() {
        let hidden = |text: &str| replace(text, |_| "T".into());
        for (text, expected) in [
            ("a eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln b", "a T b"),
            ("pat.account.0123456789.abcdef, old", "T, old"),
            ("ghp_0123456789abcdef", "T"),
            ("Bearer abc.def-123", "[masked]"),
            (r#"{"password": "hunter2", "n": 1}"#, r#"{"[masked]", "n": 1}"#),
            ("https://ann:pw@host/", "https[masked]host/"),
        ] {
            assert_eq!(hidden(text).as_deref(), Some(expected), "{text}");
        }
        for open in ["token lifetime 91 days exceeds 90", "the passwords are fine", "basic auth", "sat.1"] {
            assert_eq!(hidden(open), None, "{open}");
        }
    }
}
