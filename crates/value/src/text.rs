//! Values as Rego text, the way OPA prints them in messages: `{"a": 1}`, `{1, 2}`, `set()`.

use crate::arena::Arena;
use crate::value::{Value, View};

/// Copies text into the arena.
pub fn str_in<'v>(arena: &'v Arena, text: &str) -> &'v str {
    // The bytes are those of a `str`, so this never falls back.
    std::str::from_utf8(arena.slice(text.as_bytes())).unwrap_or_default()
}

/// Appends a value as Rego text.
pub fn write_rego(value: Value<'_>, to: &mut Vec<u8>) {
    match value.view() {
        View::Null => to.extend_from_slice(b"null"),
        View::Bool(b) => to.extend_from_slice(if b { b"true" } else { b"false" }),
        View::Int(i) => to.extend_from_slice(i.to_string().as_bytes()),
        View::Number(text) => to.extend_from_slice(text.as_bytes()),
        View::Str(s) => to.extend_from_slice(format!("{:?}", String::from_utf8_lossy(s)).as_bytes()),
        View::Array(items) => list(items, b"[", b"]", to),
        View::Set(set) if set.is_empty() => to.extend_from_slice(b"set()"),
        View::Set(set) => list(set.items(), b"{", b"}", to),
        View::Object(object) => {
            to.push(b'{');
            for (i, (key, val)) in object.iter().enumerate() {
                if i > 0 {
                    to.extend_from_slice(b", ");
                }
                write_rego(key, to);
                to.extend_from_slice(b": ");
                write_rego(val, to);
            }
            to.push(b'}');
        }
    }
}

fn list(items: &[Value<'_>], open: &[u8], close: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(open);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            to.extend_from_slice(b", ");
        }
        write_rego(*item, to);
    }
    to.extend_from_slice(close);
}
