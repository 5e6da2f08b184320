//! Comparison: the operators `==`, `!=`, `<`, `<=`, `>`, `>=` as functions. (`=` and `:=` are the compiler's.)

use lictor_value::{Builtin, Value, order, same};

use crate::family;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// Whether `x` equals `y`.
    "equal" { infix: Some("==") } |_cx, x: Value<'_>, y: Value<'_>| -> bool { same(x, y) }
    /// Whether `x` differs from `y`.
    "neq" { infix: Some("!=") } |_cx, x: Value<'_>, y: Value<'_>| -> bool { !same(x, y) }
    /// Whether `x` comes before `y` in the order of all values.
    "lt" { infix: Some("<") } |_cx, x: Value<'_>, y: Value<'_>| -> bool { order(x, y).is_lt() }
    /// Whether `x` does not come after `y`.
    "lte" { infix: Some("<=") } |_cx, x: Value<'_>, y: Value<'_>| -> bool { order(x, y).is_le() }
    /// Whether `x` comes after `y`.
    "gt" { infix: Some(">") } |_cx, x: Value<'_>, y: Value<'_>| -> bool { order(x, y).is_gt() }
    /// Whether `x` does not come before `y`.
    "gte" { infix: Some(">=") } |_cx, x: Value<'_>, y: Value<'_>| -> bool { order(x, y).is_ge() }
};
