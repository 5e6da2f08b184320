//! Equality, Rego's total order, and hashing, which agree with each other.
//!
//! null < boolean < number < string < array < object < set. Numbers compare by value whatever their text, strings by
//! bytes, arrays and sets item by item and then by length, objects pair by pair in key order (key, then value).

use std::cmp::Ordering;
use std::sync::OnceLock;

use crate::collection::Object;
use crate::effort;
use crate::number;
use crate::value::{Value, View};

fn rank(view: View<'_>) -> u8 {
    match view {
        View::Null => 0,
        View::Bool(_) => 1,
        View::Int(_) | View::Number(_) => 2,
        View::Str(_) => 3,
        View::Array(_) => 4,
        View::Object(_) => 5,
        View::Set(_) => 6,
    }
}

/// Whether two values are equal. One comparison of heads settles type and length at once.
#[inline(always)]
pub fn same(a: Value<'_>, b: Value<'_>) -> bool {
    if a.same_head(b) {
        match a.view() {
            View::Null | View::Bool(_) => true,
            View::Int(_) => a.is_same_word(b),
            View::Str(x) => same_bytes(x, b.as_bytes().unwrap_or_default()),
            _ => a.is_same_word(b) || same_rarely(a, b),
        }
    } else {
        // Numbers of different text may be equal; nothing else is.
        a.is_number() && b.is_number() && same_rarely(a, b)
    }
}

#[cold]
#[inline(never)]
fn same_rarely(a: Value<'_>, b: Value<'_>) -> bool {
    order(a, b).is_eq()
}

/// Equality of short strings without a call: two overlapping words cover up to 16 bytes.
#[inline(always)]
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if let (Some(x), Some(y)) = (a.first_chunk::<8>(), b.first_chunk::<8>())
        && let (Some(z), Some(w)) = (a.last_chunk::<8>(), b.last_chunk::<8>())
    {
        return u64::from_le_bytes(*x) == u64::from_le_bytes(*y)
            && u64::from_le_bytes(*z) == u64::from_le_bytes(*w)
            && (a.len() <= 16 || a == b);
    }
    if let (Some(x), Some(y)) = (a.first_chunk::<4>(), b.first_chunk::<4>())
        && let (Some(z), Some(w)) = (a.last_chunk::<4>(), b.last_chunk::<4>())
    {
        return u32::from_le_bytes(*x) == u32::from_le_bytes(*y) && u32::from_le_bytes(*z) == u32::from_le_bytes(*w);
    }
    a.iter().zip(b).all(|(x, y)| x == y)
}

/// Rego's total order. Depth is bounded: nothing that makes values nests them past the limits of reading.
pub fn order(a: Value<'_>, b: Value<'_>) -> Ordering {
    match (a.view(), b.view()) {
        (View::Str(x), View::Str(y)) => x.cmp(y),
        (View::Int(x), View::Int(y)) => x.cmp(&y),
        (View::Bool(x), View::Bool(y)) => x.cmp(&y),
        (View::Array(x), View::Array(y)) => slices(x, y),
        (View::Set(x), View::Set(y)) => slices(x.items(), y.items()),
        (View::Object(x), View::Object(y)) => objects(x, y),
        (x @ (View::Int(_) | View::Number(_)), y @ (View::Int(_) | View::Number(_))) => number::compare(x, y),
        (x, y) => rank(x).cmp(&rank(y)),
    }
}

fn slices(a: &[Value<'_>], b: &[Value<'_>]) -> Ordering {
    if std::ptr::eq(a, b) || !effort::spend(a.len().min(b.len())) {
        return Ordering::Equal;
    }
    let differing = a.iter().zip(b).map(|(x, y)| order(*x, *y)).find(|o| o.is_ne());
    differing.unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn objects(a: &Object<'_>, b: &Object<'_>) -> Ordering {
    if std::ptr::eq(a, b) || !effort::spend(a.len().min(b.len())) {
        return Ordering::Equal;
    }
    let differing = a.iter().zip(b.iter()).map(|(x, y)| order(x.0, y.0).then_with(|| order(x.1, y.1)));
    differing.clone().find(|o| o.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// The process's seed: keys come from outside, and nobody there may know which of them collide.
fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(0u64)
    })
}

/// A seeded hash; equal values have equal hashes.
#[inline]
pub fn hash(value: Value<'_>) -> u32 {
    let word = hash_word(value, seed());
    (word ^ (word >> 32)) as u32
}

fn hash_word(value: Value<'_>, seed: u64) -> u64 {
    let all = |start: u64, items: &[Value<'_>]| match effort::spend(items.len()) {
        true => items.iter().fold(fold(start, seed), |h, v| fold(h, hash_word(*v, seed))),
        false => start,
    };
    match value.view() {
        View::Null => fold(1, seed),
        View::Bool(b) => fold(2 + u64::from(b), seed),
        View::Int(i) => fold(i as u64, seed ^ 5),
        View::Number(text) => match number::to_i64(text) {
            Some(i) => fold(i as u64, seed ^ 5),
            None => number::digits_of(text, |h: u64, digit| fold(h, digit), seed),
        },
        View::Str(s) => hash_bytes(s, seed),
        View::Array(items) => all(7, items),
        View::Set(set) => all(11, set.items()),
        View::Object(object) => all(fold(13, all(17, object.keys().items())), object.vals()),
    }
}

fn hash_bytes(bytes: &[u8], seed: u64) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut h = words.iter().fold(bytes.len() as u64 ^ seed, |h, w| fold(h, u64::from_le_bytes(*w)));
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        h = fold(h, u64::from_le_bytes(last));
    }
    fold(h, seed)
}

/// A folded multiplication: both halves of the 128-bit product.
#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a ^ 0x9e37_79b9_7f4a_7c15) * u128::from(b ^ 0xd1b5_4a32_d192_ed03);
    (wide as u64) ^ ((wide >> 64) as u64)
}
