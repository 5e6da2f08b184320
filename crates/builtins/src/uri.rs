//! URIs, as Go reads them (see [`mod@crate::url`]): `uri.parse` and `uri.is_valid`.
//!
//! `uri.parse("HTTP://a.example:80/x%2Fy?q=1#top")` is `{"fragment": "top", "hostname": "a.example", "path": "/x/y",
//! "port": "80", "raw_path": "/x%2Fy", "raw_query": "q=1", "scheme": "http"}`: a part that is empty is not there.

use lictor_value::{Builtin, Context, Object, Type, Value};

use crate::family;
use crate::url::Url;

const STRINGS: Type = Type::Object(&Type::String, &Type::String);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The parts of a URI that are not empty: `scheme`, `hostname`, `port`, `path`, `raw_path` (as it was written),
    /// `raw_query` and `fragment`.
    "uri.parse" |cx, uri ("a URI"): &[u8]| -> "output" ("its parts"): Option<Value<'_>> [STRINGS] {
        match Url::parse(uri) {
            Ok(url) => Some(parts(cx, &url)),
            Err(why) => cx.fail(why),
        }
    }
    /// Whether the text is a URI; the empty text is none.
    "uri.is_valid" |_cx, uri ("any value"): Value<'_> [Type::String]| -> "result" ("whether it is a URI"): bool {
        uri.as_bytes().is_some_and(|text| !text.is_empty() && Url::parse(text).is_ok())
    }
};

fn parts<'v>(cx: &Context<'_, 'v>, url: &Url) -> Value<'v> {
    let (hostname, port) = host_and_port(&url.host);
    let raw_path = if url.raw_path.is_empty() { &url.path } else { &url.raw_path };
    let named = [
        ("fragment", &url.fragment[..]),
        ("hostname", hostname),
        ("path", &url.path),
        ("port", port),
        ("raw_path", raw_path),
        ("raw_query", &url.raw_query),
        ("scheme", &url.scheme),
    ];
    let filled = named.into_iter().filter(|(_, part)| !part.is_empty());
    let mut pairs = filled.map(|(name, part)| (cx.string(name), cx.string(part))).collect();
    Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut pairs)))
}

/// The host without brackets, and the digits after its last colon.
fn host_and_port(host: &[u8]) -> (&[u8], &[u8]) {
    let colon = host.iter().rposition(|byte| *byte == b':');
    let (name, port) = match colon {
        Some(at) if host[at + 1..].iter().all(u8::is_ascii_digit) => (&host[..at], &host[at + 1..]),
        _ => (host, &b""[..]),
    };
    (name.strip_prefix(b"[").and_then(|name| name.strip_suffix(b"]")).unwrap_or(name), port)
}

#[cfg(test)]
mod tests {
    use super::FAMILY;
    use crate::family::calls::assert_gives;

    #[test]
    fn uris_come_apart_into_what_is_not_empty() {
        let parse = |text: &str, parts: &str| assert_gives(FAMILY, "uri.parse", &[text], parts);
        parse(r#""""#, "{}");
        parse(
            r#""ftp://me@files.example:21/a b""#,
            r#"{"hostname":"files.example","path":"/a b","port":"21","raw_path":"/a b","scheme":"ftp"}"#,
        );
        parse(r#""//[fe80::2]:8443?on#""#, r#"{"hostname":"fe80::2","port":"8443","raw_query":"on"}"#);
        parse(r#""/a%2Fb#c%20d""#, r#"{"fragment":"c d","path":"/a/b","raw_path":"/a%2Fb"}"#);
        parse(r#""tel:+49""#, r#"{"scheme":"tel"}"#);
        parse(r#""http://a:b""#, r#"fails: parse "http://a:b": invalid port ":b" after host"#);
    }

    #[test]
    fn validity_is_that_of_a_text_that_is_not_empty() {
        for (uri, valid) in [(r#""a/b""#, "true"), (r#""""#, "false"), (r#""http://[::""#, "false"), ("7", "false")] {
            assert_gives(FAMILY, "uri.is_valid", &[uri], valid);
        }
    }
}
