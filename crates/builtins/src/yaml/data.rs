//! What a document means: values, with keys of any scalar type.

use std::borrow::Cow;
use std::collections::HashMap;

use lictor_value::text::{self, lossy};

use super::scalar::{print_float, print_short_float};

/// A value; text is its node's where it can be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data<'t> {
    Null,
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Float(f64),
    Timestamp(String),
    Text(Cow<'t, str>),
    Sequence(Vec<Data<'t>>),
    Mapping(Mapping<'t>),
}

/// Keys and values; a mapping whose keys all are text knows that.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Mapping<'t> {
    pub(super) of_text: bool,
    pub(super) entries: HashMap<Key<'t>, Data<'t>>,
}

/// A scalar as a key: floats are equal where their bits are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key<'t> {
    Null,
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Float(u64),
    Timestamp(String),
    Text(Cow<'t, str>),
}

impl<'t> Key<'t> {
    /// The key that a value is; collections are none.
    pub(super) fn of(data: &Data<'t>) -> Option<Self> {
        Some(match data {
            Data::Null => Key::Null,
            Data::Bool(bool) => Key::Bool(*bool),
            Data::Int(int) => Key::Int(*int),
            Data::Unsigned(int) => Key::Unsigned(*int),
            Data::Float(float) => Key::Float(float.to_bits()),
            Data::Timestamp(text) => Key::Timestamp(text.clone()),
            Data::Text(text) => Key::Text(text.clone()),
            Data::Sequence(_) | Data::Mapping(_) => return None,
        })
    }

    /// The key of a JSON object that it becomes; nulls and instants become none.
    pub(super) fn to_json(&self) -> Option<Cow<'_, str>> {
        match self {
            Key::Text(text) => Some(Cow::Borrowed(text)),
            Key::Int(int) => Some(Cow::Owned(int.to_string())),
            Key::Unsigned(int) => Some(Cow::Owned(int.to_string())),
            Key::Float(bits) => Some(Cow::Owned(print_short_float(f64::from_bits(*bits)))),
            Key::Bool(bool) => Some(Cow::Borrowed(if *bool { "true" } else { "false" })),
            Key::Null | Key::Timestamp(_) => None,
        }
    }

    fn to_data(&self) -> Data<'t> {
        match self {
            Key::Null => Data::Null,
            Key::Bool(bool) => Data::Bool(*bool),
            Key::Int(int) => Data::Int(*int),
            Key::Unsigned(int) => Data::Unsigned(*int),
            Key::Float(bits) => Data::Float(f64::from_bits(*bits)),
            Key::Timestamp(text) => Data::Timestamp(text.clone()),
            Key::Text(text) => Data::Text(text.clone()),
        }
    }
}

impl<'t> Mapping<'t> {
    /// The entries in an order of their own.
    pub(super) fn sorted(&self) -> Vec<(&Key<'t>, &Data<'t>)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by(|a, b| a.0.cmp(b.0));
        entries
    }
}

/// The first key, and its value, that JSON has no word for.
pub(super) fn unsayable<'d, 't>(data: &'d Data<'t>) -> Option<(&'d Key<'t>, &'d Data<'t>)> {
    match data {
        Data::Sequence(items) => items.iter().find_map(unsayable),
        Data::Mapping(mapping) => mapping
            .sorted()
            .into_iter()
            .find_map(|(key, value)| if key.to_json().is_none() { Some((key, value)) } else { unsayable(value) }),
        _ => None,
    }
}

/// What Go's `%T` says of a key that is not sayable.
pub(super) fn go_type(key: &Key<'_>) -> &'static str {
    if matches!(key, Key::Null) { "%!s(<nil>)" } else { "time.Time" }
}

/// A value in Go's syntax, as `%#v` prints it.
pub(super) fn go_syntax(data: &Data<'_>) -> String {
    match data {
        Data::Null => "<nil>".into(),
        _ => {
            let mut to = String::new();
            write_go(data, &mut to);
            to
        }
    }
}

/// The same of a key.
pub(super) fn go_key(key: &Key<'_>) -> String {
    go_syntax(&key.to_data())
}

fn write_go(data: &Data<'_>, to: &mut String) {
    match data {
        Data::Null => to.push_str("interface {}(nil)"),
        Data::Bool(bool) => to.push_str(if *bool { "true" } else { "false" }),
        Data::Int(int) => to.push_str(&int.to_string()),
        Data::Unsigned(int) => to.push_str(&format!("{int:#x}")),
        Data::Float(float) if float.is_finite() => to.push_str(&print_float(*float)),
        Data::Float(float) if float.is_nan() => to.push_str("NaN"),
        Data::Float(float) => to.push_str(if *float > 0.0 { "+Inf" } else { "-Inf" }),
        Data::Timestamp(text) => write_quoted(text, to),
        Data::Text(text) => write_quoted(text, to),
        Data::Sequence(items) => {
            to.push_str("[]interface {}{");
            for (at, item) in items.iter().enumerate() {
                to.push_str(if at > 0 { ", " } else { "" });
                write_go(item, to);
            }
            to.push('}');
        }
        Data::Mapping(mapping) => {
            to.push_str(if mapping.of_text { "map[string]interface {}{" } else { "map[interface {}]interface {}{" });
            for (at, (key, value)) in mapping.sorted().into_iter().enumerate() {
                to.push_str(if at > 0 { ", " } else { "" });
                write_go(&key.to_data(), to);
                to.push(':');
                write_go(value, to);
            }
            to.push('}');
        }
    }
}

fn write_quoted(text: &str, to: &mut String) {
    let mut quoted = Vec::new();
    text::write_quoted(text.as_bytes(), &mut quoted);
    to.push_str(&lossy(&quoted));
}
