//! Arithmetic, rounding, and ranges of numbers.

use lictor_value::{Builtin, Context, Set, Type, Value, number};
use num_bigint::{BigInt, Sign};

use crate::family;
use crate::family::Number;
use crate::operand;

const NUMBER_OR_SET: Type = Type::OneOf(&[Type::Number, Type::Set(&Type::Any)]);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The sum of two numbers.
    "plus" in "numbers" { infix: Some("+") }
    |cx, x: Number<'_>, y: Number<'_>| -> "z" ("both together"): Option<Number<'_>> {
        cx.catch(number::add(cx.arena, x.0, y.0)).map(Number)
    }
    /// The difference of two numbers, or what is in the set `x` and not in the set `y`.
    "minus" in "sets", "numbers" { infix: Some("-") } |
        cx,
        x: Value<'_> [NUMBER_OR_SET],
        y: Value<'_> [NUMBER_OR_SET],
    | -> "z" ("what `x` has more than `y`"): Option<Value<'_>> [NUMBER_OR_SET] {
        minus(cx, x, y)
    }
    /// The product of two numbers.
    "mul" in "numbers" { infix: Some("*") }
    |cx, x: Number<'_>, y: Number<'_>| -> "z" ("`x` times `y`"): Option<Number<'_>> {
        cx.catch(number::mul(cx.arena, x.0, y.0)).map(Number)
    }
    /// `x` divided by `y`.
    "div" in "numbers" { infix: Some("/") } |
        cx,
        x ("the number to divide"): Number<'_>,
        y ("by what"): Number<'_>,
    | -> "z" ("how often `y` goes into `x`"): Option<Number<'_>> {
        cx.catch(number::div(cx.arena, x.0, y.0)).map(Number)
    }
    /// What remains of the integer `x` divided by the integer `y`; it has the sign of `x`.
    "rem" in "numbers" { infix: Some("%") }
    |cx, x: Number<'_>, y: Number<'_>| -> "z" ("what is left"): Option<Number<'_>> {
        cx.catch(number::rem(cx.arena, x.0, y.0)).map(Number)
    }
    /// The number without its sign.
    "abs" in "numbers" |cx, x ("any number"): Number<'_>| -> "y" ("how far it is from zero"): Option<Number<'_>> {
        cx.catch(number::abs(cx.arena, x.0)).map(Number)
    }
    /// The least integer that is not less than `x`.
    "ceil" in "numbers" |cx, x ("any number"): Number<'_>| -> "y" ("the integer above"): Option<Number<'_>> {
        cx.catch(number::ceil(cx.arena, x.0)).map(Number)
    }
    /// The greatest integer that is not greater than `x`.
    "floor" in "numbers" |cx, x ("any number"): Number<'_>| -> "y" ("the integer below"): Option<Number<'_>> {
        cx.catch(number::floor(cx.arena, x.0)).map(Number)
    }
    /// The integer nearest to `x`; halves go away from zero.
    "round" in "numbers" |cx, x ("any number"): Number<'_>| -> "y" ("the integer beside it"): Option<Number<'_>> {
        cx.catch(number::round(cx.arena, x.0)).map(Number)
    }
    /// The integers from `a` to `b`, both included, upwards or downwards.
    "numbers.range" |
        cx,
        a ("the first integer"): Value<'_> [Type::Number],
        b ("the last integer"): Value<'_> [Type::Number],
    | -> "range" ("all integers from one to the other"): Option<Value<'_>> [Type::Array(&Type::Number)] {
        let (from, to) = (operand::big(cx, a, 1)?, operand::big(cx, b, 2)?);
        range(cx, from, &to, BigInt::from(1))
    }
    /// Every `step`-th integer from `a` to `b`, upwards or downwards.
    "numbers.range_step" |
        cx,
        a ("the first integer"): Value<'_> [Type::Number],
        b ("the integer to stop at"): Value<'_> [Type::Number],
        step ("how far it is from one to the next, more than 0"): Value<'_> [Type::Number],
    | -> "range" ("the integers on the way"): Option<Value<'_>> [Type::Array(&Type::Number)] {
        let (from, to) = (operand::big(cx, a, 1)?, operand::big(cx, b, 2)?);
        let step = operand::big(cx, step, 3)?;
        if step.sign() != Sign::Plus {
            return cx.fail("numbers.range_step: step must be a positive integer");
        }
        range(cx, from, &to, step)
    }
};

fn minus<'v>(cx: &mut Context<'_, 'v>, x: Value<'v>, y: Value<'v>) -> Option<Value<'v>> {
    match (x.as_set(), y.as_set()) {
        (Some(x), Some(y)) => Some(Value::set(cx.arena.one(Set::difference(cx.arena, x, y)))),
        _ if x.is_number() && y.is_number() => cx.catch(number::sub(cx.arena, x, y)),
        (None, _) if !x.is_number() => cx.wrong_operand(1, "one of {number, set}", x),
        _ if y.is_number() => cx.wrong_operand(2, "set", y),
        _ => cx.wrong_operand(2, "number", y),
    }
}

fn range<'v>(cx: &mut Context<'_, 'v>, from: BigInt, to: &BigInt, step: BigInt) -> Option<Value<'v>> {
    let up = from <= *to;
    let distance = if up { to - &from } else { &from - to };
    // A count that fits no machine word fits no memory either.
    let count = usize::try_from(distance / &step).unwrap_or(usize::MAX).saturating_add(1);
    // Numbers past 64 bits are text besides.
    let digits = from.bits().max(to.bits()) as usize / 3;
    cx.reserve(count.saturating_mul(if digits > 20 {
        size_of::<Value<'_>>() + digits
    } else {
        size_of::<Value<'_>>()
    }))?;
    let step = if up { step } else { -step };
    if let (Ok(from), Ok(step), Ok(_)) = (i64::try_from(&from), i64::try_from(&step), i64::try_from(to)) {
        let items = (0..count).map(|i| Value::int(from.wrapping_add(step.wrapping_mul(i as i64))));
        return Some(Value::array(cx.arena.collect(items)));
    }
    let mut at = from;
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(cx.catch(number::from_big(cx.arena, &at))?);
        at += &step;
    }
    Some(Value::array(cx.arena.slice(&items)))
}
