//! Types: what kind of value something is.

use lictor_value::{Builtin, Object, Set, Type, Value, View};

use crate::family;
use crate::family::Items;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The name of the type of `x`.
    "type_name" in "types" |_cx, x ("any value"): Value<'_>|
    -> "type" ("`null`, `boolean`, `number`, `string`, `array`, `object` or `set`"): &str { x.type_name() }
    /// Whether `x` is an array.
    "is_array" in "types" |_cx, x ("any value"): Value<'_>| -> "result" ("whether it is one"): bool {
        matches!(x.view(), View::Array(_))
    }
    /// Whether `x` is a boolean.
    "is_boolean" in "types" |_cx, x ("any value"): Value<'_>| -> "result" ("whether it is one"): bool {
        matches!(x.view(), View::Bool(_))
    }
    /// Whether `x` is null.
    "is_null" in "types" |_cx, x ("any value"): Value<'_>| -> "result" ("whether it is"): bool {
        matches!(x.view(), View::Null)
    }
    /// Whether `x` is a number.
    "is_number" in "types" |_cx, x ("any value"): Value<'_>| -> "result" ("whether it is one"): bool { x.is_number() }
    /// Whether `x` is an object.
    "is_object" in "types" |_cx, x ("any value"): Value<'_>| -> "result" ("whether it is one"): bool {
        matches!(x.view(), View::Object(_))
    }
    /// Whether `x` is a set.
    "is_set" in "types" |_cx, x ("any value"): Value<'_>| -> "result" ("whether it is one"): bool {
        matches!(x.view(), View::Set(_))
    }
    /// Whether `x` is a string.
    "is_string" in "types" |_cx, x ("any value"): Value<'_>| -> "result" ("whether it is one"): bool {
        matches!(x.view(), View::Str(_))
    }
    /// The array, or the members of a set as an array.
    "cast_array" { deprecated: true } |_cx, x: Items<'_> [Type::Any]| -> Value<'_> [Type::Array(&Type::Any)] {
        Value::array(x.0)
    }
    /// The set, or the items of an array as a set.
    "cast_set" { deprecated: true } |cx, x: Items<'_> [Type::Any]| -> Value<'_> [Type::Set(&Type::Any)] {
        Value::set(cx.arena.one(Set::from_unsorted(cx.arena, &mut x.0.to_vec(), true)))
    }
    /// The string itself.
    "cast_string" { deprecated: true } |_cx, x: &[u8] [Type::Any]| -> Value<'_> [Type::String] { Value::str(x) }
    /// The boolean itself.
    "cast_boolean" { deprecated: true } |_cx, x: bool [Type::Any]| -> bool { x }
    /// The null itself.
    "cast_null" { deprecated: true } |cx, x: Value<'_>| -> Option<Value<'_>> [Type::Null] {
        if matches!(x.view(), View::Null) { Some(x) } else { cx.wrong_operand(1, "null", x) }
    }
    /// The object itself.
    "cast_object" { deprecated: true } |_cx, x: &Object<'_> [Type::Any]|
    -> Value<'_> [Type::Object(&Type::Any, &Type::Any)] { Value::object(x) }
};
