//! Objects: looking into them, merging them, and picking their keys.

use lictor_value::{Builtin, Context, Object, Set, Type, Value, View, order, same};

use crate::family;

const OBJECT: Type = Type::Object(&Type::Any, &Type::Any);
const KEYS: Type = Type::OneOf(&[Type::Array(&Type::Any), OBJECT, Type::Set(&Type::Any)]);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// What is at `key`, or else `default`. An array is a path: each item leads one step deeper.
    "object.get" |
        _cx,
        object ("the object to look in"): &Object<'_>,
        key ("a key, or an array of keys that lead inwards"): Value<'_>,
        default ("the value where nothing is found"): Value<'_>,
    | -> "value" ("what is found"): Value<'_> {
        let found = match key.as_array() {
            Some(path) => path.iter().try_fold(Value::object(object), |value, step| value.get(*step)),
            None => object.get(key),
        };
        found.unwrap_or(default)
    }
    /// The keys, a set.
    "object.keys" |_cx, object ("any object"): &Object<'_>| -> "value" ("its keys"): Value<'_> [Type::Set(&Type::Any)] {
        Value::set(object.keys())
    }
    /// The object without some keys: the items of an array, the members of a set or the keys of an object.
    "object.remove" |
        cx,
        object ("the object"): &Object<'_>,
        keys ("the keys that go"): Value<'_> [KEYS],
    | -> "output" ("the object without them"): Option<Value<'_>> [OBJECT] {
        let keys = keys_of(cx, keys)?;
        Some(picked(cx, object, |key| !keys.contains(key)))
    }
    /// The object with only some keys: the items of an array, the members of a set or the keys of an object.
    "object.filter" |
        cx,
        object ("the object"): &Object<'_>,
        keys ("the keys that stay"): Value<'_> [KEYS],
    | -> "filtered" ("the object of these alone"): Option<Value<'_>> [OBJECT] {
        let keys = keys_of(cx, keys)?;
        if object.len() >= keys.len() {
            return Some(picked(cx, object, |key| keys.contains(key)));
        }
        // OPA goes through the shorter one, and turns the two around: the keys are written as they were asked for.
        let mut pairs: Vec<_> = keys.items().iter().filter_map(|key| Some((*key, object.get(*key)?))).collect();
        Some(Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut pairs))))
    }
    /// Both objects in one; where both have a key, objects are united and otherwise `b` wins.
    "object.union" |
        cx,
        a ("an object"): &Object<'_>,
        b ("the object that wins"): &Object<'_>,
    | -> "output" ("the object of both"): Value<'_> [OBJECT] {
        if a.is_empty() {
            return Value::object(b);
        }
        if b.is_empty() {
            return Value::object(a);
        }
        union(cx, &[*a, *b], Keys::First)
    }
    /// All objects in one, united from left to right.
    "object.union_n" |cx, objects ("the objects, of which later ones win"): &[Value<'_>] [Type::Array(&OBJECT)]|
    -> "output" ("the object of all"): Option<Value<'_>> [OBJECT] {
        let mut all = Vec::with_capacity(objects.len());
        for value in objects {
            match value.as_object() {
                Some(object) => all.push(*object),
                None => return cx.wrong_element(1, Value::array(objects), *value, "object"),
            }
        }
        Some(union(cx, &all, Keys::Last))
    }
    /// Whether `sub` is part of `super`: keys with equal or, among objects, included values; members; items side by
    /// side. A set may be part of an array, too.
    "object.subset" |
        cx,
        super_ ("the greater one"): Value<'_> [KEYS],
        sub ("the smaller one"): Value<'_> [KEYS],
    | -> "result" ("whether the greater has all of the smaller"): Option<bool> {
        match (super_.view(), sub.view()) {
            (View::Array(whole), View::Set(part)) => Some(array_has_members(whole, part)),
            _ => match includes(super_, sub) {
                Some(included) => Some(included),
                None => cx.bad_operands("both arguments object.subset must be of the same type or array and set"),
            },
        }
    }
};

fn keys_of<'v>(cx: &mut Context<'_, 'v>, keys: Value<'v>) -> Option<Set<'v>> {
    match keys.view() {
        View::Array(items) => Some(Set::from_unsorted(cx.arena, &mut items.to_vec(), true)),
        View::Set(set) => Some(*set),
        View::Object(object) => Some(*object.keys()),
        _ => cx.wrong_operand(2, "one of {object, set, array}", keys),
    }
}

fn picked<'v>(cx: &Context<'_, 'v>, object: &Object<'v>, keep: impl Fn(Value<'v>) -> bool) -> Value<'v> {
    let mut pairs: Vec<_> = object.iter().filter(|(key, _)| keep(*key)).collect();
    Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut pairs)))
}

/// Which object's key stays where several have it: equal numbers may be written differently.
#[derive(Clone, Copy)]
enum Keys {
    First,
    Last,
}

/// Unites objects from left to right: for each key, the last value wins; where it is an object, it is united with the
/// objects before it, back to the last value that is none.
fn union<'v>(cx: &Context<'_, 'v>, objects: &[Object<'v>], keys: Keys) -> Value<'v> {
    let mut pairs: Vec<_> = objects.iter().flat_map(Object::iter).collect();
    // A stable sort: the values of a key stay in the order of their objects.
    pairs.sort_by(|a, b| order(a.0, b.0));
    let mut merged: Vec<_> = pairs.chunk_by(|a, b| same(a.0, b.0)).map(|pairs| merge(cx, pairs, keys)).collect();
    Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut merged)))
}

/// The pair for one key, of the pairs that all objects have for it.
fn merge<'v>(cx: &Context<'_, 'v>, pairs: &[(Value<'v>, Value<'v>)], keys: Keys) -> (Value<'v>, Value<'v>) {
    let (first, last) = (pairs[0], pairs[pairs.len() - 1]);
    let mut objects: Vec<Object<'v>> = pairs.iter().rev().map_while(|pair| pair.1.as_object().copied()).collect();
    objects.reverse();
    let key = match keys {
        Keys::First => first.0,
        Keys::Last => last.0,
    };
    (key, if objects.len() > 1 { union(cx, &objects, keys) } else { last.1 })
}

/// Whether `part` is included in `whole`, of the same kind; `None` where they are no collections of one kind.
fn includes(whole: Value<'_>, part: Value<'_>) -> Option<bool> {
    match (whole.view(), part.view()) {
        (View::Object(whole), View::Object(part)) => Some(part.iter().all(|(key, inner)| {
            whole.get(key).is_some_and(|outer| same(outer, inner) || includes(outer, inner) == Some(true))
        })),
        (View::Set(whole), View::Set(part)) => Some(part.items().iter().all(|member| whole.contains(*member))),
        (View::Array(whole), View::Array(part)) => Some(contains_run(whole, part)),
        _ => None,
    }
}

/// Whether `part` stands somewhere in `whole`, side by side (Knuth, Morris and Pratt 1977: linear time).
fn contains_run(whole: &[Value<'_>], part: &[Value<'_>]) -> bool {
    if part.is_empty() {
        return true;
    }
    // How much of the part is still matched when item `at` of it is not.
    let mut fallback = vec![0usize; part.len()];
    let mut len = 0;
    for at in 1..part.len() {
        while len > 0 && !same(part[at], part[len]) {
            len = fallback[len - 1];
        }
        len += usize::from(same(part[at], part[len]));
        fallback[at] = len;
    }
    let mut matched = 0;
    whole.iter().any(|item| {
        while matched > 0 && !same(*item, part[matched]) {
            matched = fallback[matched - 1];
        }
        matched += usize::from(same(*item, part[matched]));
        matched == part.len()
    })
}

/// Whether an array has all members of a set, as OPA counts: an item that comes twice counts twice, and an empty array has
/// not even the empty set.
fn array_has_members(whole: &[Value<'_>], part: &Set<'_>) -> bool {
    let mut missing = part.len();
    whole.iter().any(|item| {
        missing = missing.saturating_sub(usize::from(part.contains(*item)));
        missing == 0
    })
}
