//! Bitwise operations on integers of any size, negative ones in two's complement.

use lictor_value::{Builtin, Context, Type, Value, number};
use num_bigint::{BigInt, Sign};

use crate::family;
use crate::operand;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The bits set in both integers.
    "bits.and" |
        cx,
        x ("an integer"): Value<'_> [Type::Number],
        y ("another integer"): Value<'_> [Type::Number],
    | -> "z" ("the integer of the bits that both have"): Option<Value<'_>> [Type::Number] {
        both(cx, x, y, |x, y| x & y)
    }
    /// The bits set in either integer.
    "bits.or" |
        cx,
        x ("an integer"): Value<'_> [Type::Number],
        y ("another integer"): Value<'_> [Type::Number],
    | -> "z" ("the integer of the bits that either has"): Option<Value<'_>> [Type::Number] {
        both(cx, x, y, |x, y| x | y)
    }
    /// The bits set in one integer and not in the other.
    "bits.xor" |
        cx,
        x ("an integer"): Value<'_> [Type::Number],
        y ("another integer"): Value<'_> [Type::Number],
    | -> "z" ("the integer of the bits that only one of them has"): Option<Value<'_>> [Type::Number] {
        both(cx, x, y, |x, y| x ^ y)
    }
    /// The integer with every bit flipped.
    "bits.negate" |cx, x ("an integer"): Value<'_> [Type::Number]|
    -> "z" ("the integer of the bits that it does not have"): Option<Value<'_>> [Type::Number] {
        let x = operand::big(cx, x, 1)?;
        cx.catch(number::from_big(cx.arena, &!x))
    }
    /// The integer with its bits moved `s` places to the left.
    "bits.lsh" |
        cx,
        x ("an integer"): Value<'_> [Type::Number],
        s ("by how many places"): Value<'_> [Type::Number],
    | -> "z" ("the integer with its bits further left"): Option<Value<'_>> [Type::Number] {
        let (x, places) = shift(cx, x, s)?;
        if x.sign() == Sign::NoSign {
            return Some(Value::int(0));
        }
        if places > number::MAX_DIGITS as u64 * 4 {
            return cx.catch(Err(number::NumberError::TooLarge));
        }
        cx.catch(number::from_big(cx.arena, &(x << places)))
    }
    /// The integer with its bits moved `s` places to the right.
    "bits.rsh" |
        cx,
        x ("an integer"): Value<'_> [Type::Number],
        s ("by how many places"): Value<'_> [Type::Number],
    | -> "z" ("the integer with its bits further right"): Option<Value<'_>> [Type::Number] {
        let (x, places) = shift(cx, x, s)?;
        cx.catch(number::from_big(cx.arena, &(x >> places)))
    }
};

fn both<'v>(
    cx: &mut Context<'_, 'v>,
    x: Value<'v>,
    y: Value<'v>,
    operation: fn(BigInt, BigInt) -> BigInt,
) -> Option<Value<'v>> {
    let (x, y) = (operand::big(cx, x, 1)?, operand::big(cx, y, 2)?);
    cx.catch(number::from_big(cx.arena, &operation(x, y)))
}

/// The integer to shift, and by how many places. OPA takes the low 64 bits of a greater count.
fn shift(cx: &mut Context<'_, '_>, x: Value<'_>, s: Value<'_>) -> Option<(BigInt, u64)> {
    let (x, places) = (operand::big(cx, x, 1)?, operand::big(cx, s, 2)?);
    if places.sign() == Sign::Minus {
        return cx.bad_operand(2, "must be an unsigned integer number but got a negative integer");
    }
    Some((x, places.iter_u64_digits().next().unwrap_or(0)))
}
