//! JSON as text: numbers keep their digits, members their order.

use std::fmt;

use crate::ast::Name;

/// A JSON document that numbers of any size fit into. [`Display`](fmt::Display) writes it compactly, with `{:#}` over
/// several lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as written.
    Number(Name),
    /// A string.
    String(Name),
    /// An array.
    Array(Vec<Json>),
    /// An object, its members in the order of writing.
    Object(Vec<(&'static str, Json)>),
    /// An object whose names come from a text.
    Map(Vec<(Name, Json)>),
}

impl Json {
    /// Takes a member out of an object.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        let Json::Object(members) = self else { return None };
        let at = members.iter().position(|(key, _)| *key == name)?;
        Some(members.remove(at).1)
    }

    /// A member of an object.
    pub fn member_mut(&mut self, name: &str) -> Option<&mut Json> {
        let Json::Object(members) = self else { return None };
        members.iter_mut().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The items of an array; none of anything else.
    pub fn items_mut(&mut self) -> &mut [Json] {
        match self {
            Json::Array(items) => items,
            _ => &mut [],
        }
    }

    /// The same for serde; numbers that fit none of its types are rounded.
    pub fn to_value(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Json::Null => Value::Null,
            Json::Bool(bool) => Value::Bool(*bool),
            Json::Number(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            Json::String(text) => Value::String(text.to_string()),
            Json::Array(items) => items.iter().map(Json::to_value).collect(),
            Json::Object(members) => {
                members.iter().map(|(name, value)| ((*name).to_owned(), value.to_value())).collect()
            }
            Json::Map(members) => members.iter().map(|(name, value)| (name.to_string(), value.to_value())).collect(),
        }
    }

    fn write(&self, out: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let pretty = out.alternate();
        match self {
            Json::Null => out.write_str("null"),
            Json::Bool(bool) => write!(out, "{bool}"),
            Json::Number(text) => out.write_str(text),
            Json::String(text) => quote(text, out),
            Json::Array(items) if items.is_empty() => out.write_str("[]"),
            Json::Object(members) => members_of(members.iter().map(|(name, value)| (*name, value)), out, pretty, depth),
            Json::Map(members) => members_of(members.iter().map(|(name, value)| (&**name, value)), out, pretty, depth),
            Json::Array(items) => {
                out.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    out.write_str(if at > 0 { "," } else { "" })?;
                    line(out, pretty, depth + 1)?;
                    item.write(out, depth + 1)?;
                }
                line(out, pretty, depth)?;
                out.write_str("]")
            }
        }
    }
}

/// A new line, if there are to be several.
fn line(out: &mut fmt::Formatter<'_>, pretty: bool, depth: usize) -> fmt::Result {
    if pretty { write!(out, "\n{:1$}", "", depth * 2) } else { Ok(()) }
}

fn members_of<'j>(
    members: impl ExactSizeIterator<Item = (&'j str, &'j Json)>,
    out: &mut fmt::Formatter<'_>,
    pretty: bool,
    depth: usize,
) -> fmt::Result {
    if members.len() == 0 {
        return out.write_str("{}");
    }
    out.write_str("{")?;
    for (at, (name, value)) in members.enumerate() {
        out.write_str(if at > 0 { "," } else { "" })?;
        line(out, pretty, depth + 1)?;
        quote(name, out)?;
        out.write_str(if pretty { ": " } else { ":" })?;
        value.write(out, depth + 1)?;
    }
    line(out, pretty, depth)?;
    out.write_str("}")
}

impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(out, 0)
    }
}

/// Writes a string as Go's `encoding/json` does: what HTML or JavaScript could misread is escaped too.
fn quote(text: &str, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let quoted = serde_json::to_string(text).map_err(|_| fmt::Error)?;
    for part in quoted.split_inclusive(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        let Some(last) = part.chars().next_back().filter(|c| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'))
        else {
            out.write_str(part)?;
            continue;
        };
        write!(out, "{}\\u{:04x}", &part[..part.len() - last.len_utf8()], u32::from(last))?;
    }
    Ok(())
}
