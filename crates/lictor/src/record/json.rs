//! JSON as records have it: every number keeps its digits, `1e400` and 2^70 too, and members are in the order of their names.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use lictor_value::{Arena, Value, View, json};

/// Members by name.
pub(super) type Map = BTreeMap<String, Json>;

/// Deeper documents are not taken: whatever walks them recurses.
const DEEPEST: u32 = 128;

/// A document that can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// As it is written.
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Map),
}

impl Json {
    /// Reads a text in UTF-8; `None` where it is no JSON, or too deep.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        std::str::from_utf8(text).ok()?;
        let arena = Arena::default();
        Json::of(json::parse_copied(&arena, text).ok()?)
    }

    /// A value of a policy: sets are arrays; `None` where it is too deep.
    pub(super) fn of(value: Value<'_>) -> Option<Self> {
        Json::below(value, 0)
    }

    fn below(value: Value<'_>, depth: u32) -> Option<Self> {
        if depth > DEEPEST {
            return None;
        }
        let all = |items: &[Value<'_>]| -> Option<Vec<Json>> {
            items.iter().map(|item| Json::below(*item, depth + 1)).collect()
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(match value.view() {
            View::Null => Json::Null,
            View::Bool(bool) => Json::Bool(bool),
            View::Int(int) => Json::Number(int.to_string()),
            View::Number(text) => Json::Number(text.to_owned()),
            View::Str(bytes) => Json::String(text(bytes)),
            View::Array(items) => Json::Array(all(items)?),
            View::Set(set) => Json::Array(all(set.items())?),
            View::Object(object) => {
                let member = |(key, value): (Value<'_>, Value<'_>)| {
                    let name = match key.as_bytes() {
                        Some(bytes) => text(bytes),
                        // As OPA writes keys that are no strings.
                        None => Json::below(key, depth + 1)?.to_string(),
                    };
                    Some((name, Json::below(value, depth + 1)?))
                };
                Json::Object(object.iter().map(member).collect::<Option<_>>()?)
            }
        })
    }

    pub(super) fn as_array(&self) -> Option<&Vec<Json>> {
        if let Json::Array(items) = self { Some(items) } else { None }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        if let Json::String(text) = self { Some(text) } else { None }
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Json::Null,
            serde_json::Value::Bool(bool) => Json::Bool(bool),
            serde_json::Value::Number(number) => Json::Number(number.to_string()),
            serde_json::Value::String(text) => Json::String(text),
            serde_json::Value::Array(items) => Json::Array(items.into_iter().map(Json::from).collect()),
            serde_json::Value::Object(members) => {
                Json::Object(members.into_iter().map(|(name, value)| (name, value.into())).collect())
            }
        }
    }
}

/// Writes it without blanks.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(bool) => write!(f, "{bool}"),
            Json::Number(text) => f.write_str(text),
            Json::String(text) => quoted(text, f),
            Json::Array(items) => {
                f.write_char('[')?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at > 0 { "," } else { "" })?;
                }
                f.write_char(']')
            }
            Json::Object(members) => {
                f.write_char('{')?;
                for (at, (name, value)) in members.iter().enumerate() {
                    f.write_str(if at > 0 { "," } else { "" })?;
                    quoted(name, f)?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut json = Vec::with_capacity(text.len() + 2);
    json::write_json_string(text.as_bytes(), false, &mut json);
    f.write_str(&String::from_utf8_lossy(&json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_with_every_digit() {
        let text =
            r#"{"a":[1180591620717411303424,1e400,-0.10,9007199254740993,1E+2],"b":{"c":"q\"\\\n","d":null,"é":true}}"#;
        assert_eq!(Json::read(text.as_bytes()).unwrap().to_string(), text);
        assert_eq!(Json::read(b"{\"b\": 1, \"a\": []}").unwrap().to_string(), "{\"a\":[],\"b\":1}");
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_not_read() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        for wrong in ["{", "", "01", &deep(200)] {
            assert_eq!(Json::read(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(Json::read(b"\"\xff\""), None);
        assert!(Json::read(deep(100).as_bytes()).is_some());
    }
}
