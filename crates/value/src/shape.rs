//! Types that are made while running: what a JSON schema says of the documents that keep to it.
//!
//! A [`crate::Type`] is what a builtin declares in its source; a [`Shape`] is read from somebody's file. Neither checks
//! anything.

/// What values are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Any value.
    Any,
    /// A boolean.
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array of any length of items of one shape.
    Array(Box<Shape>),
    /// An array with a shape for each of its items, and no more of them.
    Tuple(Vec<Shape>),
    /// An object with these keys and no others.
    Record(Vec<(String, Shape)>),
    /// An object of any keys.
    Object,
    /// One of several shapes.
    OneOf(Vec<Shape>),
}
