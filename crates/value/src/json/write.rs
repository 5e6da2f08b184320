//! Printing JSON as Go's `encoding/json` does: keys sorted, `<`, `>` and `&` escaped, sets as arrays.
//!
//! A key that is no string becomes its own JSON text. Where two keys become the same text, the last one wins.

use crate::collection::Object;
use crate::effort;
use crate::text::{self, write_int};
use crate::value::{Value, View};

/// How JSON is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Write `<`, `>` and `&` as `\u003c`, `\u003e` and `\u0026`, as OPA nearly always does.
    pub escape_html: bool,
    /// A line for each item, indented by two spaces a level, as `opa eval` prints.
    pub indent: bool,
}

impl Style {
    /// On one line without spaces, HTML escaped.
    pub const COMPACT: Style = Style { escape_html: true, indent: false };
    /// A line for each item, HTML escaped.
    pub const PRETTY: Style = Style { escape_html: true, indent: true };
}

/// Appends a value as JSON on one line, as OPA prints it.
pub fn write_json(value: Value<'_>, to: &mut Vec<u8>) {
    write_json_with(value, Style::COMPACT, to);
}

/// Appends a value as JSON.
pub fn write_json_with(value: Value<'_>, style: Style, to: &mut Vec<u8>) {
    let line = style.indent.then_some((b"".as_slice(), b"  ".as_slice()));
    Writer { escape_html: style.escape_html, line, to, depth: 0 }.value(value);
}

/// Appends a value as JSON with a line for each item: it begins with `prefix` and with as many `indent` as it lies deep.
/// The first line has no prefix.
pub fn write_json_indented(value: Value<'_>, prefix: &[u8], indent: &[u8], to: &mut Vec<u8>) {
    Writer { escape_html: true, line: Some((prefix, indent)), to, depth: 0 }.value(value);
}

/// Appends a string as JSON, quotes included.
pub fn write_json_string(bytes: &[u8], escape_html: bool, to: &mut Vec<u8>) {
    to.push(b'"');
    let mut from = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let size = match byte {
            b'"' | b'\\' | 0..0x20 => 1,
            b'<' | b'>' | b'&' if escape_html => 1,
            0..0x80 => {
                at += 1;
                continue;
            }
            _ => match text::first_rune(&bytes[at..]) {
                Some((c, size)) if !matches!(c, '\u{2028}' | '\u{2029}') => {
                    at += size;
                    continue;
                }
                Some((_, size)) => size,
                None => 1,
            },
        };
        to.extend_from_slice(&bytes[from..at]);
        escape(&bytes[at..at + size], to);
        at += size;
        from = at;
    }
    to.extend_from_slice(&bytes[from..]);
    to.push(b'"');
}

#[cold]
fn escape(rune: &[u8], to: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match rune {
        [byte @ (b'"' | b'\\')] => to.extend_from_slice(&[b'\\', *byte]),
        b"\x08" => to.extend_from_slice(b"\\b"),
        b"\x0c" => to.extend_from_slice(b"\\f"),
        b"\n" => to.extend_from_slice(b"\\n"),
        b"\r" => to.extend_from_slice(b"\\r"),
        b"\t" => to.extend_from_slice(b"\\t"),
        [byte @ 0..0x80] => {
            to.extend_from_slice(b"\\u00");
            to.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
        b"\xe2\x80\xa8" => to.extend_from_slice(b"\\u2028"),
        b"\xe2\x80\xa9" => to.extend_from_slice(b"\\u2029"),
        // A byte that is not UTF-8.
        _ => to.extend_from_slice(b"\\ufffd"),
    }
}

struct Writer<'t> {
    escape_html: bool,
    /// What each line begins with, and what for each level; `None` for one line only.
    line: Option<(&'t [u8], &'t [u8])>,
    to: &'t mut Vec<u8>,
    depth: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: Value<'_>) {
        match value.view() {
            View::Null => self.to.extend_from_slice(b"null"),
            View::Bool(b) => self.to.extend_from_slice(if b { b"true" } else { b"false" }),
            View::Int(i) => write_int(i, self.to),
            View::Number(text) => self.to.extend_from_slice(text.as_bytes()),
            View::Str(s) if effort::spend_bytes(s.len()) => write_json_string(s, self.escape_html, self.to),
            View::Str(_) => {}
            View::Array(items) => self.list(items),
            View::Set(set) => self.list(set.items()),
            View::Object(object) => self.object(object),
        }
    }

    fn list(&mut self, items: &[Value<'_>]) {
        self.to.push(b'[');
        if !effort::spend_written(items.len()) {
            return;
        }
        self.depth += 1;
        for (i, item) in items.iter().enumerate() {
            self.begin_item(i);
            self.value(*item);
        }
        self.end(b']', items.is_empty());
    }

    fn object(&mut self, object: &Object<'_>) {
        self.to.push(b'{');
        if !effort::spend_written(object.len()) {
            return;
        }
        self.depth += 1;
        if object.keys().items().iter().all(|key| key.as_bytes().is_some()) {
            for (i, (key, value)) in object.iter().enumerate() {
                self.pair(i, key.as_bytes().unwrap_or_default(), value);
            }
        } else {
            for (i, (key, value)) in self.pairs_by_text(object).into_iter().enumerate() {
                self.pair(i, &key, value);
            }
        }
        self.end(b'}', object.is_empty());
    }

    fn pairs_by_text<'v>(&self, object: &Object<'v>) -> std::collections::BTreeMap<Vec<u8>, Value<'v>> {
        let text_of = |key: Value<'_>| match key.as_bytes() {
            Some(bytes) => bytes.to_vec(),
            None => {
                let mut text = Vec::new();
                write_json_with(key, Style { escape_html: self.escape_html, indent: false }, &mut text);
                text
            }
        };
        object.iter().map(|(key, value)| (text_of(key), value)).collect()
    }

    fn pair(&mut self, position: usize, key: &[u8], value: Value<'_>) {
        self.begin_item(position);
        write_json_string(key, self.escape_html, self.to);
        self.to.extend_from_slice(if self.line.is_some() { b": " } else { b":" });
        self.value(value);
    }

    fn begin_item(&mut self, position: usize) {
        if position > 0 {
            self.to.push(b',');
        }
        self.new_line();
    }

    fn end(&mut self, close: u8, empty: bool) {
        self.depth -= 1;
        if !empty {
            self.new_line();
        }
        self.to.push(close);
    }

    fn new_line(&mut self) {
        if let Some((prefix, indent)) = self.line {
            self.to.push(b'\n');
            self.to.extend_from_slice(prefix);
            for _ in 0..self.depth {
                self.to.extend_from_slice(indent);
            }
        }
    }
}
