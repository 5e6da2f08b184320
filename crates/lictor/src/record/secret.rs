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

/// Of which each look has one, in small or large letters: where a text has none of them it has no secret, and the looks need
/// not be compiled. A test holds them against the looks.
const HINTS: [&str; 27] = [
    "eyj",
    "pat.",
    "sat.",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "k_live_",
    "hvs.",
    "npm_",
    "dop_v1_",
    "aiza",
    "-----begin ",
    "bearer",
    "basic",
    "passw",
    "passphrase",
    "secret",
    "cookie",
    "authorization",
    "_token",
    "api_key",
    "://",
];

/// Which pairs of letters hints begin with, by the five bits of each that its case does not change: other pairs may be taken
/// for one of them, none is missed.
const BEGINNINGS: [u32; 32] = {
    let mut beginnings = [0; 32];
    let mut at = 0;
    while at < HINTS.len() {
        let hint = HINTS[at].as_bytes();
        beginnings[(hint[0] & 31) as usize] |= 1 << (hint[1] & 31);
        at += 1;
    }
    beginnings
};

/// Whether there may be a secret in a text.
fn hinted(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = |at: &usize| {
        let pair = (bytes[*at] & 31, bytes[*at + 1] & 31);
        BEGINNINGS[usize::from(pair.0)] >> pair.1 & 1 == 1
    };
    let is_hint = |at: usize| {
        let here = |hint: &&str| bytes[at..].get(..hint.len()).is_some_and(|b| b.eq_ignore_ascii_case(hint.as_bytes()));
        HINTS.iter().any(here)
    };
    // Letters of other alphabets that are the same without case: a long s, the sign for kelvin.
    !text.is_ascii() || (0..bytes.len().saturating_sub(1)).filter(begins).any(is_hint)
}

/// Replaces what looks like a secret; `None` where nothing does. `shown` gives what stands for a token.
pub(crate) fn replace(text: &str, shown: impl Fn(&str) -> String) -> Option<String> {
    if !hinted(text) {
        return None;
    }
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
        for text in
            ["K\u{17f}ECRET=x", "BA\u{17f}IC abcdefgh", "api_\u{212a}ey: x", "Authorization:x", "AIza0123456789"]
        {
            assert!(hidden(text).is_some(), "{text}");
        }
        for open in ["token lifetime 91 days exceeds 90", "the passwords are fine", "basic auth", "sat.1"] {
            assert_eq!(hidden(open), None, "{open}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_has_no_hint_has_no_secret(
            parts in proptest::collection::vec(proptest::sample::select(PIECES), 1..6),
            upper in proptest::prelude::any::<bool>(),
        ) {
            let text = parts.concat();
            let text = if upper { text.to_ascii_uppercase() } else { text };
            let found = LOOKS.as_ref().is_some_and(|looks| looks.is_match(&text));
            proptest::prop_assert!(!found || hinted(&text), "{text}");
        }
    }

    /// What secrets are made of, hints among it, and what stands around them.
    const PIECES: &[&str] = &[
        "eyJ",
        "abcdefghijkl",
        ".",
        "pat.",
        "sat.",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "xoxa-",
        "xoxb-",
        "xoxe-",
        "xoxp-",
        "xoxr-",
        "xoxs-",
        "sk_live_",
        "rk_live_",
        "hvs.",
        "npm_",
        "dop_v1_",
        "AIza",
        " ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "Bearer ",
        "basic\t",
        "password",
        "passwd",
        "passphrase",
        "secret",
        "cookie",
        "authorization",
        "access_token",
        "refresh_token",
        "id_token",
        "api_key",
        "=",
        ": ",
        "\"",
        "0123456789",
        "://",
        "@",
        "user:",
        "token",
        "-",
        "_",
    ];
}
