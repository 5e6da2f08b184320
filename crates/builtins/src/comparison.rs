//! Comparison: the operators `==`, `!=`, `<`, `<=`, `>`, `>=` as functions. (`=` and `:=` are the compiler's.)

use lictor_value::{Builtin, Value, order, same};

use crate::family;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// Whether `x` equals `y`.
    "equal" in "comparison" { infix: Some("==") }
    |_cx, x: Value<'_>, y: Value<'_>| -> "result" ("whether both are the same value"): bool { same(x, y) }
    /// Whether `x` differs from `y`.
    "neq" in "comparison" { infix: Some("!=") }
    |_cx, x: Value<'_>, y: Value<'_>| -> "result" ("whether they are different values"): bool { !same(x, y) }
    /// Whether `x` comes before `y` in the order of all values.
    "lt" in "comparison" { infix: Some("<") }
    |_cx, x: Value<'_>, y: Value<'_>| -> "result" ("whether `x` comes first"): bool { order(x, y).is_lt() }
    /// Whether `x` does not come after `y`.
    "lte" in "comparison" { infix: Some("<=") }
    |_cx, x: Value<'_>, y: Value<'_>| -> "result" ("whether `x` comes first or is the same"): bool {
        order(x, y).is_le()
    }
    /// Whether `x` comes after `y`.
    "gt" in "comparison" { infix: Some(">") }
    |_cx, x: Value<'_>, y: Value<'_>| -> "result" ("whether `y` comes first"): bool { order(x, y).is_gt() }
    /// Whether `x` does not come before `y`.
    "gte" in "comparison" { infix: Some(">=") }
    |_cx, x: Value<'_>, y: Value<'_>| -> "result" ("whether `y` comes first or is the same"): bool {
        order(x, y).is_ge()
    }
};
