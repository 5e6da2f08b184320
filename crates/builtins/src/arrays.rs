//! Arrays.

use lictor_value::{Builtin, Type, Value};

use crate::family;
use crate::operand;

const ARRAY: Type = Type::Array(&Type::Any);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The items of `x`, then those of `y`.
    "array.concat" |
        cx,
        x ("the items that come first"): &[Value<'_>],
        y ("the items after them"): &[Value<'_>],
    | -> "z" ("one array of all items"): Option<Value<'_>> [ARRAY] {
        cx.reserve(size_of_val(x).saturating_add(size_of_val(y)))?;
        let items = cx.arena.filled(x.len() + y.len(), Value::NULL);
        items[..x.len()].copy_from_slice(x);
        items[x.len()..].copy_from_slice(y);
        Some(Value::array(items))
    }
    /// The items of `arr` from position `start` to before `stop`; both are moved into the array's bounds.
    "array.slice" |
        cx,
        arr ("the items to take from"): &[Value<'_>],
        start ("where to begin, counted from 0"): Value<'_> [Type::Number],
        stop ("where to end: the item here is left out"): Value<'_> [Type::Number],
    | -> "slice" ("the items in between"): Option<Value<'_>> [ARRAY] {
        let (start, stop) = (operand::int(cx, start, 2)?, operand::int(cx, stop, 3)?);
        let stop = stop.clamp(0, arr.len() as i64);
        let start = start.clamp(0, stop);
        Some(Value::array(&arr[start as usize..stop as usize]))
    }
    /// The items from last to first.
    "array.reverse" |cx, arr ("the items"): &[Value<'_>]|
    -> "rev" ("the items, the last one first"): Value<'_> [ARRAY] {
        Value::array(cx.arena.collect(arr.iter().rev().copied()))
    }
    /// The items, with those of each array among them in its place: one level only.
    "array.flatten" |cx, arr ("items, some of them arrays"): &[Value<'_>]|
    -> "flattened" ("the items, those of inner arrays in the place of these"): Option<Value<'_>> [ARRAY] {
        let len = arr.iter().map(|item| item.as_array().map_or(1, <[_]>::len)).sum::<usize>();
        cx.reserve(len.saturating_mul(size_of::<Value<'_>>()))?;
        let mut items = Vec::with_capacity(len);
        for item in arr {
            match item.as_array() {
                Some(nested) => items.extend_from_slice(nested),
                None => items.push(*item),
            }
        }
        Some(Value::array(cx.arena.slice(&items)))
    }
};
