//! A limit on what going down into values costs.
//!
//! Values share their parts: of `x1 := [x0, x0]`, `x2 := [x1, x1]` and so on, forty lines make a value with 2^40 leaves in a
//! kilobyte. Comparing, hashing or printing it would never end, and these have no way to fail. So an evaluation sets out
//! with a number of parts that may be looked at; when they are used up, what goes down into values comes back at once with
//! whatever it has, and the evaluation, which asks at its end, is an error. Outside evaluations there is no limit.

use std::cell::Cell;

use crate::value::{Value, View};

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// What a part costs that is written, which takes memory too.
const WRITTEN: usize = 16;

/// A limit on this thread, until it is lifted or dropped. A panic drops it too: left behind, it would be used up by whatever
/// comes after, and values that differ would be taken for equal where nobody asks at the end.
#[must_use = "it ends when it is dropped"]
#[derive(Debug)]
pub struct Limit(());

/// From here on, on this thread, `parts` parts of values may be looked at; a part that is written counts as 16.
pub fn limit(parts: u64) -> Limit {
    LEFT.set(parts);
    Limit(())
}

impl Limit {
    /// Ends the limit; whether it was reached.
    pub fn lift(self) -> bool {
        LEFT.get() == 0
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        LEFT.set(u64::MAX);
    }
}

/// Looks at parts; whether that is allowed.
#[inline]
pub fn spend(parts: usize) -> bool {
    let left = LEFT.get().saturating_sub(parts as u64 + 1);
    LEFT.set(left);
    left > 0
}

/// The same for parts that are written.
#[inline]
pub fn spend_written(parts: usize) -> bool {
    spend(parts.saturating_mul(WRITTEN))
}

/// The same for the bytes of a text that is written.
#[inline]
pub fn spend_bytes(bytes: usize) -> bool {
    spend(bytes.saturating_mul(WRITTEN / 4))
}

/// Whether a value has at most so many parts, each counted as often as it is reached.
pub fn fits(value: Value<'_>, parts: u64) -> bool {
    fn visit(value: Value<'_>, left: &mut u64) -> bool {
        let mut all = |items: &[Value<'_>]| {
            *left = left.saturating_sub(items.len() as u64 + 1);
            *left > 0 && items.iter().all(|item| visit(*item, left))
        };
        match value.view() {
            View::Array(items) => all(items),
            View::Set(set) => all(set.items()),
            View::Object(object) => all(object.keys().items()) && all(object.vals()),
            _ => true,
        }
    }
    let mut left = parts;
    visit(value, &mut left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Arena, json, order, text};

    /// An array whose parts are all the array before it, twice.
    fn doubled<'v>(arena: &'v Arena, times: usize) -> Value<'v> {
        let pair = |inner, _| Value::array(arena.slice(&[inner, inner]));
        (0..times).fold(Value::int(1), pair)
    }

    #[test]
    fn what_doubles_at_each_step_ends_at_the_limit() {
        let arena = Arena::default();
        let (a, b) = (doubled(&arena, 60), doubled(&arena, 60));
        let limited = limit(100_000);
        order(a, b);
        assert!(limited.lift());
        let limited = limit(100_000);
        crate::hash(a);
        assert!(limited.lift());
        let limited = limit(100_000);
        let mut to = vec![];
        json::write_json(a, &mut to);
        assert!(limited.lift() && to.len() < 100_000);
        let limited = limit(100_000);
        text::write_rego(a, &mut to);
        assert!(limited.lift() && to.len() < 100_000);
        assert!(!fits(a, 100_000) && fits(doubled(&arena, 5), 100));
    }

    #[test]
    fn what_is_small_is_not_limited() {
        let arena = Arena::default();
        let limited = limit(1_000);
        assert!(order(doubled(&arena, 5), doubled(&arena, 5)).is_eq());
        assert!(!limited.lift());
    }
}
