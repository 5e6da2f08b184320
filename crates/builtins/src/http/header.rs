//! Headers: how HTTP writes their names, what may stand in them, and the media type that one of them says.

use std::collections::BTreeMap;

use lictor_value::text::lossy;
use lictor_value::{Value, View, json};

use super::problem::quoted;

/// Whether it is what HTTP calls a token: a method, a header's name.
pub(super) fn is_token(text: &[u8]) -> bool {
    let mark = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(mark)
}

/// Whether a header may have this value.
pub(super) fn is_value(text: &[u8]) -> bool {
    text.iter().all(|byte| !byte.is_ascii_control() || *byte == b'\t')
}

/// The name as HTTP writes it: `content-type` is `Content-Type`. What is no name stays as it is.
pub(super) fn canonical(name: &[u8]) -> String {
    let mut name = name.to_vec();
    if is_token(&name) {
        let mut first = true;
        for byte in &mut name {
            *byte = if first { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
            first = *byte == b'-';
        }
    }
    lossy(&name).into_owned()
}

/// A value that is no string, as Go's `%q` prints it.
pub(super) fn go_quoted(value: Value<'_>) -> String {
    match value.view() {
        View::Null => "%!q(<nil>)".into(),
        View::Bool(bool) => format!("%!q(bool={bool})"),
        View::Str(text) => quoted(text),
        View::Array(items) => format!("[{}]", items.iter().map(|item| go_quoted(*item)).collect::<Vec<_>>().join(" ")),
        View::Set(set) => go_quoted(Value::array(set.items())),
        View::Object(object) => {
            let pair = |(key, value)| (super::options::rego(key), go_quoted(value));
            let pairs: BTreeMap<_, _> = object.iter().map(pair).collect();
            let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{key}:{value}")).collect();
            format!("map[{}]", pairs.join(" "))
        }
        _ => {
            let mut number = Vec::new();
            json::write_json(value, &mut number);
            quoted(&number)
        }
    }
}

/// The media type in lower case, without its parameters; `None` where Go's `mime.ParseMediaType` finds fault.
pub(super) fn media_type(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let (media, parameters) = text.split_once(';').unwrap_or((text, ""));
    let media = media.trim().to_ascii_lowercase();
    let named = match media.split_once('/') {
        Some((of, kind)) => is_token(of.as_bytes()) && is_token(kind.as_bytes()),
        None => is_token(media.as_bytes()),
    };
    let mut seen = Vec::new();
    let mut rest = parameters.trim_start();
    while !rest.is_empty() {
        let (name, after) = parameter(rest)?;
        if seen.contains(&name) {
            return None;
        }
        seen.push(name);
        rest = after.trim_start();
        rest = match rest.strip_prefix(';') {
            Some(after) => after.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    named.then_some(media)
}

/// The name of the first parameter, and what follows it.
fn parameter(text: &str) -> Option<(String, &str)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim_end().to_ascii_lowercase();
    if !is_token(name.as_bytes()) {
        return None;
    }
    let value = value.trim_start();
    let Some(quoted) = value.strip_prefix('"') else {
        let end = value.find(|c: char| c == ';' || c.is_whitespace()).unwrap_or(value.len());
        return is_token(&value.as_bytes()[..end]).then_some((name, &value[end..]));
    };
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((name, &quoted[at + 1..])),
            _ => {}
        }
    }
    None
}

/// Whether a response of this media type is read as JSON.
pub(super) fn is_json(content_type: &[u8]) -> bool {
    let Some(media) = media_type(content_type) else { return false };
    let mut parts = media.split('/');
    matches!(
        (parts.next(), parts.next(), parts.next()),
        (Some("application"), Some(kind), None) if kind == "json" || kind.ends_with("+json")
    )
}

/// Whether a response of this media type is read as YAML.
pub(super) fn is_yaml(content_type: &[u8]) -> bool {
    let text = lossy(content_type);
    ["application/yaml", "application/x-yaml"].iter().any(|media| text.contains(media))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_http_writes_them() {
        assert_eq!(canonical(b"content-tYPE"), "Content-Type");
        assert_eq!(canonical(b"x"), "X");
        assert_eq!(canonical(b"not a name"), "not a name");
    }

    #[test]
    fn media_types_are_read_as_go_reads_them() {
        assert!(is_json(b"application/json"));
        assert!(is_json(b"Application/Problem+JSON; charset=\"utf-8\"; a=b;"));
        for not in
            [&b"text/json"[..], b"application/json; charset", b"application/json; a=b; a=c", b"", b"application/j s"]
        {
            assert!(!is_json(not), "{}", String::from_utf8_lossy(not));
        }
        assert!(is_yaml(b"text/plain, application/x-yaml"));
        assert!(!is_yaml(b"text/yaml"));
    }
}
