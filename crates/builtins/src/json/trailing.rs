//! What OPA says of text that follows a JSON value. It reads one token more with Go's `Decoder.Token`: a bracket, or a whole
//! number, string or word. A token that is there is named, and one that is broken fails in the scanner's own words.
//!
//! ```text
//! 1 23     error: invalid character '23' after top-level value
//! 1 [2     error: invalid character '[' after top-level value
//! 1 tru    unexpected EOF
//! 1 }      invalid character '}' looking for beginning of value
//! ```
//!
//! After a `null` OPA takes the text for JSON, as its test of a token is whether it is nil; here `null` is a token as any.

use lictor_value::json::{self, JsonError, JsonErrorKind};
use lictor_value::text::lossy;
use lictor_value::{Arena, View};

/// What follows the value, from the first byte that is no space: OPA's error, or the one that ends reading here.
pub(super) fn trailing(rest: &[u8]) -> Result<String, JsonError> {
    if let Some(bracket @ (b'{' | b'[')) = rest.first() {
        return Ok(named(&char::from(*bracket).to_string()));
    }
    let arena = Arena::default();
    let token = match json::parse(&arena, rest) {
        Err(JsonError { kind: JsonErrorKind::TrailingData(_), offset, .. }) => json::parse(&arena, &rest[..offset]),
        Err(JsonError { kind: JsonErrorKind::Number(_), offset, .. }) => {
            return Ok(named(&lossy(&rest[..offset])));
        }
        whole => whole,
    };
    Ok(match token?.view() {
        View::Null => named("null"),
        View::Bool(truth) => named(&format!("%!s(bool={truth})")),
        View::Int(number) => named(&number.to_string()),
        View::Number(number) => named(number),
        View::Str(text) => named(&lossy(text)),
        View::Array(_) | View::Set(_) | View::Object(_) => unreachable!("a bracket is a token of its own"),
    })
}

fn named(token: &str) -> String {
    format!("error: invalid character '{token}' after top-level value")
}

#[cfg(test)]
mod tests {
    use super::trailing;

    #[test]
    fn the_token_that_follows_a_value_is_named_as_opa_does() {
        let cases = [
            ("23 4", "'23'"),
            ("[2", "'['"),
            ("{", "'{'"),
            ("\"a\\n\" x", "'a\n'"),
            ("\"\\ud800\"", "'\u{fffd}'"),
            ("true", "'%!s(bool=true)'"),
            ("false}", "'%!s(bool=false)'"),
            ("-0.5e1]", "'-0.5e1'"),
            ("01", "'0'"),
            ("1e99999999999999999999-", "'1e99999999999999999999'"),
            ("null", "'null'"),
        ];
        for (rest, token) in cases {
            let why = format!("error: invalid character {token} after top-level value");
            assert_eq!(trailing(rest.as_bytes()).unwrap(), why, "{rest}");
        }
        let broken = [
            ("3e", "unexpected EOF"),
            ("tru", "unexpected EOF"),
            ("\"a", "unexpected EOF"),
            ("-}-", "invalid character '}' in numeric literal"),
            ("}", "invalid character '}' looking for beginning of value"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
        ];
        for (rest, why) in broken {
            assert_eq!(trailing(rest.as_bytes()).unwrap_err().kind.to_string(), why, "{rest}");
        }
    }
}
