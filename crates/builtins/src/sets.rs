//! Sets. Their difference is `minus`, among the numbers.

use lictor_value::{Builtin, Set, Type, Value};

use crate::family;

const SET: Type = Type::Set(&Type::Any);
const SETS: Type = Type::Set(&SET);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// What is in both sets.
    "and" in "sets" { infix: Some("&") }
    |cx, x ("a set"): &Set<'_>, y ("another set"): &Set<'_>| -> "z" ("what they share"): Value<'_> [SET] {
        Value::set(cx.arena.one(Set::intersection(cx.arena, x, y)))
    }
    /// What is in either set.
    "or" in "sets" { infix: Some("|") }
    |cx, x: &Set<'_>, y: &Set<'_>| -> "z" ("what they have together"): Option<Value<'_>> [SET] {
        cx.reserve(size_of_val(x.items()).saturating_add(size_of_val(y.items())))?;
        Some(Value::set(cx.arena.one(Set::union(cx.arena, x, y))))
    }
    /// What is in every set of a set of sets; of none the empty set.
    "intersection" in "sets" |cx, xs ("the sets"): &Set<'_> [SETS]|
    -> "y" ("what all of them share"): Option<Value<'_>> [SET] {
        let mut common: Option<Set<'_>> = None;
        for member in xs.items() {
            let Some(set) = member.as_set() else {
                return cx.wrong_operand(1, "set", *member);
            };
            common = Some(match common {
                None => *set,
                Some(common) => Set::intersection(cx.arena, &common, set),
            });
        }
        Some(Value::set(cx.arena.one(common.unwrap_or(Set::EMPTY))))
    }
    /// What is in any set of a set of sets.
    "union" in "sets" |cx, xs ("the sets"): &Set<'_> [SETS]|
    -> "y" ("what they have together"): Option<Value<'_>> [SET] {
        let mut items = Vec::new();
        for member in xs.items() {
            let Some(set) = member.as_set() else {
                return cx.wrong_operand(1, "set", *member);
            };
            items.extend_from_slice(set.items());
        }
        cx.reserve(items.len().saturating_mul(size_of::<Value<'_>>()))?;
        Some(Value::set(cx.arena.one(Set::from_unsorted(cx.arena, &mut items, true))))
    }
    /// What is in `x` and not in `y`; `x - y` says the same.
    "set_diff" { deprecated: true } |cx, x: &Set<'_>, y: &Set<'_>| -> Value<'_> [SET] {
        Value::set(cx.arena.one(Set::difference(cx.arena, x, y)))
    }
};
