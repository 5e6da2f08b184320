//! Reading operands that need more than a look at their type: integers, and collections in the words of their errors.

use lictor_value::{Context, Type, Value, View, number};
use num_bigint::BigInt;

use crate::family::Take;

/// An operand that must be an integer within 64 bits.
pub fn int(cx: &mut Context<'_, '_>, value: Value<'_>, position: usize) -> Option<i64> {
    if !value.is_number() {
        return cx.wrong_operand(position, "number", value);
    }
    match number::to_count(value) {
        Some(int) => Some(int),
        None => cx.bad_operand(position, "must be integer number but got floating-point number"),
    }
}

/// An operand that must be an integer of any size.
pub fn big(cx: &mut Context<'_, '_>, value: Value<'_>, position: usize) -> Option<BigInt> {
    if !value.is_number() {
        return cx.wrong_operand(position, "integer", value);
    }
    match cx.catch(number::to_big(value))? {
        Some(int) => Some(int),
        None => cx.bad_operand(position, "must be integer number but got floating-point number"),
    }
}

/// The items of an array or set, where OPA names the set first.
#[derive(Clone, Copy, Debug)]
pub struct SetOrArray<'v>(pub Value<'v>, pub &'v [Value<'v>]);

impl<'v> Take<'v> for SetOrArray<'v> {
    const TYPE: Type = Type::OneOf(&[Type::Array(&Type::Any), Type::Set(&Type::Any)]);
    const EXPECTED: &'static str = "one of {set, array}";
    #[inline(always)]
    fn take(value: Value<'v>) -> Option<Self> {
        Some(SetOrArray(value, items(value)?))
    }
}

/// The items of an array or the members of a set.
#[inline]
pub fn items<'v>(value: Value<'v>) -> Option<&'v [Value<'v>]> {
    match value.view() {
        View::Array(items) => Some(items),
        View::Set(set) => Some(set.items()),
        _ => None,
    }
}
