//! What Go's `encoding/json` does besides storing values when it reads a tree: it reads on behind what does not fit, and
//! tells the first of it, with the way of fields that led there.

use std::borrow::Cow;
use std::fmt;

use lictor_value::{Value, View};

use super::node::Node;

/// A value that is not what a tree has in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    found: Cow<'static, str>,
    /// Go's name of the type that was wanted.
    wanted: &'static str,
    /// Go's name of the innermost structure that the decoder was in, and the fields that led from the outermost into it.
    within: Option<(&'static str, String)>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { found, wanted, within } = self;
        match within {
            Some((structure, fields)) => {
                write!(f, "json: cannot unmarshal {found} into Go struct field {structure}.{fields} of type {wanted}")
            }
            None => write!(f, "json: cannot unmarshal {found} into Go value of type {wanted}"),
        }
    }
}

/// Where reading is, and what did not fit first.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    pub(crate) first: Option<Mismatch>,
    structure: &'static str,
    fields: Vec<&'static str>,
}

impl Decoder {
    /// Reads a field of a structure.
    pub(crate) fn field<T: Node>(
        &mut self,
        (structure, field): (&'static str, &'static str),
        value: Value<'_>,
        to: &mut T,
    ) {
        let outer = std::mem::replace(&mut self.structure, structure);
        self.fields.push(field);
        to.read(value, self);
        self.fields.pop();
        self.structure = outer;
    }

    /// Reads with a decoder of its own; tells whether all fitted.
    pub(crate) fn alone<T: Node>(&mut self, value: Value<'_>, to: &mut T) -> bool {
        let mut inner = Decoder::default();
        to.read(value, &mut inner);
        match inner.first {
            Some(mismatch) => {
                self.save(mismatch);
                false
            }
            None => true,
        }
    }

    /// Remembers that a value does not fit.
    pub(crate) fn refuse(&mut self, value: Value<'_>, wanted: &'static str) {
        let found = match value.view() {
            View::Bool(_) => "bool",
            // A set is written as an array.
            View::Set(_) => "array",
            _ => value.type_name(),
        };
        self.save(Mismatch { found: found.into(), wanted, within: None });
    }

    /// As [`Decoder::refuse`], of a number that is no integer of 64 bits, which is told.
    pub(crate) fn refuse_number(&mut self, text: &str, wanted: &'static str) {
        self.save(Mismatch { found: format!("number {text}").into(), wanted, within: None });
    }

    /// Remembers what does not fit, unless there is something already.
    fn save(&mut self, mut mismatch: Mismatch) {
        if self.first.is_some() {
            return;
        }
        if !self.fields.is_empty() {
            let mut fields = self.fields.join(".");
            if let Some((_, inner)) = mismatch.within {
                fields = format!("{fields}.{inner}");
            }
            mismatch.within = Some((self.structure, fields));
        }
        self.first = Some(mismatch);
    }
}
