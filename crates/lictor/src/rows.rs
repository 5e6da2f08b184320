//! A query's result: rows of bindings and expression values.

use lictor_ir::{Entry, Expression};
use lictor_value::Value;

/// The solutions of a query, in order. Empty where it is undefined.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'s> {
    entry: &'s Entry,
    rows: &'s [Value<'s>],
}

/// One solution.
#[derive(Clone, Copy, Debug)]
pub struct Row<'s> {
    entry: &'s Entry,
    values: &'s [Value<'s>],
}

impl<'s> Rows<'s> {
    /// What a query's routine gave: an array of rows, each the array of its bindings and then its expressions.
    pub(crate) fn new(entry: &'s Entry, answer: Option<Value<'s>>) -> Self {
        Rows { entry, rows: answer.and_then(Value::as_array).unwrap_or_default() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none: the query is undefined.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Row<'s>> + use<'s> {
        let entry = self.entry;
        self.rows.iter().map(move |row| Row { entry, values: row.as_array().unwrap_or_default() })
    }

    /// The value of the only expression of the only row: what most callers want of `data.authz.allow`.
    pub fn value(&self) -> Option<Value<'s>> {
        let [row] = self.rows else { return None };
        let row = Row { entry: self.entry, values: row.as_array().unwrap_or_default() };
        row.expressions().next().map(|(_, value)| value).filter(|_| self.entry.expressions.len() == 1)
    }
}

impl<'s> Row<'s> {
    /// The variables of the query with their values, in the order of their first use.
    pub fn bindings(&self) -> impl ExactSizeIterator<Item = (&'s str, Value<'s>)> + use<'s> {
        self.entry.bindings.iter().map(|name| &**name).zip(self.values.iter().copied())
    }

    /// The query's expressions with their values.
    pub fn expressions(&self) -> impl ExactSizeIterator<Item = (&'s Expression, Value<'s>)> + use<'s> {
        let values = self.values.get(self.entry.bindings.len()..).unwrap_or_default();
        self.entry.expressions.iter().zip(values.iter().copied())
    }
}
