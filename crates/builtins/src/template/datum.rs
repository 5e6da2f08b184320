//! What a template computes with: decoded JSON and what constants and functions give, with the types that Go has for it.
//!
//! JSON's numbers are texts of the type `json.Number`. What is taken out of an object or array is an `interface {}`
//! until a pipeline or function looks at what is in it; that shows in errors, and in what an absent value does.

use lictor_value::{Context, Object, Value, View, text};

use crate::sprintf::Argument;

/// A value on its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Datum<'v> {
    /// No value at all: Go's zero `reflect.Value`.
    Absent,
    /// What is in an `interface {}`; null is one with nothing in it.
    Boxed(Data<'v>),
    Plain(Data<'v>),
}

/// A value, whatever it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Data<'v> {
    Null,
    Bool(bool),
    Int(i64),
    Byte(u8),
    Float(f64),
    Complex(f64, f64),
    /// Of the type `json.Number`, if it is that.
    Text(&'v [u8], TextKind),
    /// The first so many of the items.
    Slice(&'v [Value<'v>], usize),
    Map(&'v Object<'v>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextKind {
    String,
    Number,
}

impl<'v> Data<'v> {
    /// What Go decodes JSON to.
    pub(super) fn of(cx: &Context<'_, 'v>, value: Value<'v>) -> Data<'v> {
        match value.view() {
            View::Null => Data::Null,
            View::Bool(bool) => Data::Bool(bool),
            View::Str(text) => Data::Text(text, TextKind::String),
            View::Number(text) => Data::Text(text.as_bytes(), TextKind::Number),
            View::Array(items) => Data::Slice(items, items.len()),
            View::Object(object) => Data::Map(object),
            _ => {
                let mut number = Vec::new();
                text::write_rego(value, &mut number);
                Data::Text(cx.arena.slice(&number), TextKind::Number)
            }
        }
    }

    /// Go's name of its type.
    pub(super) fn type_name(&self) -> &'static str {
        Argument::from(*self).type_name()
    }

    /// The value as a condition.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Data::Null => false,
            Data::Bool(bool) => *bool,
            Data::Int(int) => *int != 0,
            Data::Byte(byte) => *byte != 0,
            Data::Float(float) => *float != 0.0,
            Data::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Data::Text(text, _) => !text.is_empty(),
            Data::Slice(_, len) => *len > 0,
            Data::Map(object) => !object.is_empty(),
        }
    }
}

impl<'v> Datum<'v> {
    /// What is taken out of decoded JSON.
    pub(super) fn out_of(cx: &Context<'_, 'v>, value: Value<'v>) -> Datum<'v> {
        Datum::Boxed(Data::of(cx, value))
    }

    pub(super) fn bool(bool: bool) -> Datum<'v> {
        Datum::Plain(Data::Bool(bool))
    }

    /// A text of Go's type `string`.
    pub(super) fn string(text: &'v [u8]) -> Datum<'v> {
        Datum::Plain(Data::Text(text, TextKind::String))
    }

    /// What it is without an interface around it; nothing where that is empty.
    pub(super) fn data(self) -> Option<Data<'v>> {
        match self {
            Datum::Absent | Datum::Boxed(Data::Null) => None,
            Datum::Boxed(data) | Datum::Plain(data) => Some(data),
        }
    }

    /// The same without an interface around it.
    pub(super) fn unboxed(self) -> Datum<'v> {
        self.data().map_or(Datum::Absent, Datum::Plain)
    }

    /// Go's name of its type; what is absent has none.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Datum::Absent => "<nil>",
            Datum::Boxed(_) => "interface {}",
            Datum::Plain(data) => data.type_name(),
        }
    }

    pub(super) fn is_true(self) -> bool {
        self.data().is_some_and(|data| data.is_true())
    }
}

impl<'v> From<Data<'v>> for Argument<'v> {
    fn from(data: Data<'v>) -> Self {
        match data {
            Data::Null => Argument::Nil,
            Data::Bool(bool) => Argument::Bool(bool),
            Data::Int(int) => Argument::Word(int),
            Data::Byte(byte) => Argument::Byte(byte),
            Data::Float(float) => Argument::Float(float),
            Data::Complex(real, imaginary) => Argument::Complex(real, imaginary),
            Data::Text(text, TextKind::String) => Argument::Text(text),
            Data::Text(text, TextKind::Number) => Argument::JsonNumber(text.to_vec()),
            Data::Slice(items, len) => Argument::Slice(&items[..len]),
            Data::Map(object) => Argument::Map(object),
        }
    }
}

impl<'v> From<Datum<'v>> for Argument<'v> {
    fn from(datum: Datum<'v>) -> Self {
        datum.data().map_or(Argument::Nil, Argument::from)
    }
}
