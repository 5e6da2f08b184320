//! Types: what kind of value something is.

use lictor_value::{Builtin, Value};

use crate::family;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The name of the type of `x`.
    "type_name" |_cx, x: Value<'_>| -> &str { x.type_name() }
};
