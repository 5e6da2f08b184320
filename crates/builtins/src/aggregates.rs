//! Aggregates: what a whole collection amounts to.

use lictor_value::number::{self, Float, NumberError};
use lictor_value::{Arena, Builtin, Context, Type, Value, View, order, same, text};
use num_bigint::BigInt;

use crate::family;
use crate::family::Items;
use crate::operand::SetOrArray;

const ANY_ITEMS: Type = Type::OneOf(&[Type::Array(&Type::Any), Type::Set(&Type::Any)]);
const NUMBERS: Type = Type::OneOf(&[Type::Array(&Type::Number), Type::Set(&Type::Number)]);
const COUNTABLE: Type =
    Type::OneOf(&[Type::String, Type::Array(&Type::Any), Type::Object(&Type::Any, &Type::Any), Type::Set(&Type::Any)]);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// How many elements a collection has, or characters a string.
    "count" in "aggregates" |cx, collection ("what has elements, or a string"): Value<'_> [COUNTABLE]|
    -> "n" ("how many there are"): Option<i64> {
        let count = match collection.view() {
            View::Str(bytes) => text::count_runes(bytes),
            View::Array(items) => items.len(),
            View::Set(set) => set.len(),
            View::Object(object) => object.len(),
            _ => return cx.wrong_operand(1, "one of {array, object, set, string}", collection),
        };
        Some(count as i64)
    }
    /// The sum of numbers; of none it is 0.
    "sum" in "aggregates" |cx, collection ("the numbers"): SetOrArray<'_> [NUMBERS]|
    -> "n" ("all of them added"): Option<Value<'_>> [Type::Number] { sum(cx, collection) }
    /// The product of numbers; of none it is 1.
    "product" in "aggregates" |cx, collection ("the numbers"): SetOrArray<'_> [NUMBERS]|
    -> "n" ("all of them multiplied"): Option<Value<'_>> [Type::Number] {
        product(cx, collection)
    }
    /// The greatest item; of none there is none.
    "max" in "aggregates" |_cx, collection ("the items to choose from"): SetOrArray<'_>|
    -> "n" ("the greatest"): Option<Value<'_>> {
        collection.1.iter().copied().max_by(|a, b| order(*a, *b))
    }
    /// The least item; of none there is none.
    "min" in "aggregates" |_cx, collection ("the items to choose from"): SetOrArray<'_>|
    -> "n" ("the least"): Option<Value<'_>> {
        collection.1.iter().copied().rev().min_by(|a, b| order(*a, *b))
    }
    /// The items in order, an array.
    "sort" in "aggregates" |cx, collection ("the items in any order"): SetOrArray<'_>|
    -> "n" ("the items from least to greatest"): Value<'_> [Type::Array(&Type::Any)] {
        let mut items = collection.1.to_vec();
        items.sort_by(|a, b| order(*a, *b));
        Value::array(cx.arena.slice(&items))
    }
    /// Whether every item is `true`.
    "all" { deprecated: true } |_cx, collection: Items<'_> [ANY_ITEMS]| -> bool {
        collection.0.iter().all(|item| same(*item, Value::bool(true)))
    }
    /// Whether some item is `true`.
    "any" { deprecated: true } |_cx, collection: Items<'_> [ANY_ITEMS]| -> bool {
        collection.0.iter().any(|item| same(*item, Value::bool(true)))
    }
};

fn sum<'v>(cx: &mut Context<'_, 'v>, collection: SetOrArray<'v>) -> Option<Value<'v>> {
    let small = collection.1.iter().try_fold(0i64, |sum, item| sum.checked_add(item.as_int()?));
    match small {
        Some(sum) => Some(Value::int(sum)),
        None => fold(cx, collection, BigInt::ZERO, Float::from_int(&BigInt::ZERO), |a, b| a + b, Float::add),
    }
}

fn product<'v>(cx: &mut Context<'_, 'v>, collection: SetOrArray<'v>) -> Option<Value<'v>> {
    let small = collection.1.iter().try_fold(1i64, |product, item| product.checked_mul(item.as_int()?));
    match small {
        Some(product) => Some(Value::int(product)),
        None => {
            // OPA multiplies floats with 53 bits here.
            let one = Float::from_small(1);
            fold(cx, collection, BigInt::from(1), one, |a, b| a * b, Float::mul_keeping_precision)
        }
    }
}

/// Integers exactly; where one item is none, all of them as floats.
fn fold<'v>(
    cx: &mut Context<'_, 'v>,
    collection: SetOrArray<'v>,
    int: BigInt,
    float: Float,
    exact: fn(BigInt, BigInt) -> BigInt,
    rounded: fn(&Float, &Float) -> Float,
) -> Option<Value<'v>> {
    let SetOrArray(whole, items) = collection;
    if let Some(item) = items.iter().find(|item| !item.is_number()) {
        return cx.wrong_element(1, whole, *item, "number");
    }
    let arena = cx.arena;
    cx.catch(match integers(arena, items, int, exact) {
        Ok(None) => floats(arena, items, float, rounded),
        Ok(Some(value)) => Ok(value),
        Err(error) => Err(error),
    })
}

fn integers<'v>(
    arena: &'v Arena,
    items: &[Value<'v>],
    start: BigInt,
    exact: fn(BigInt, BigInt) -> BigInt,
) -> Result<Option<Value<'v>>, NumberError> {
    let mut all = start;
    for item in items {
        let Some(int) = number::to_big(*item)? else {
            return Ok(None);
        };
        all = exact(all, int);
        if all.bits() > number::MAX_DIGITS as u64 * 4 {
            return Err(NumberError::TooLarge);
        }
    }
    number::from_big(arena, &all).map(Some)
}

fn floats<'v>(
    arena: &'v Arena,
    items: &[Value<'v>],
    start: Float,
    rounded: fn(&Float, &Float) -> Float,
) -> Result<Value<'v>, NumberError> {
    let mut all = start;
    for item in items {
        all = rounded(&all, &number::to_float(*item)?);
    }
    number::from_float(arena, &all)
}
