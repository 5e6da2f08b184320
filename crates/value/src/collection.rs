//! Sets and objects: sorted slices, with a hash index once they are large.
//!
//! A set is its members in Rego's order; an object is a set of keys and the values beside them. Up to [`SMALL`] keys are
//! scanned, more are searched by bisection, or by hash where the collection was made with an index.

use crate::arena::Arena;
use crate::order::{hash, order, same};
use crate::value::Value;

/// Up to here a scan of the keys beats hashing.
pub const SMALL: usize = 8;

/// Sorted, distinct values: a set, or the keys of an object.
#[derive(Clone, Copy, Debug)]
pub struct Set<'v> {
    items: &'v [Value<'v>],
    /// Open addressing; position + 1, and 0 where free. Empty when not indexed.
    index: &'v [u32],
}

/// Keys and, at the same positions, values.
#[derive(Clone, Copy, Debug)]
pub struct Object<'v> {
    keys: Set<'v>,
    vals: &'v [Value<'v>],
}

impl<'v> Set<'v> {
    /// The empty set.
    pub const EMPTY: Set<'static> = Set { items: &[], index: &[] };

    /// A set of `items`, which are sorted by [`order`] and distinct. `indexed` asks for a hash index where there are more
    /// than [`SMALL`]: worth it where something will be looked up.
    #[inline(always)]
    pub fn from_sorted(arena: &'v Arena, items: &'v [Value<'v>], indexed: bool) -> Self {
        debug_assert!(items.windows(2).all(|w| order(w[0], w[1]).is_lt()), "a set's items ascend");
        if indexed && items.len() > SMALL { Set::with_index(arena, items) } else { Set { items, index: &[] } }
    }

    #[inline(never)]
    fn with_index(arena: &'v Arena, items: &'v [Value<'v>]) -> Self {
        let table = arena.filled((items.len() * 2).next_power_of_two(), 0u32);
        for (i, item) in items.iter().enumerate() {
            if let Err(free) = probe(table, hash(*item), |_| false) {
                table[free] = i as u32 + 1;
            }
        }
        Set { items, index: table }
    }

    /// The keys of pairs that ascend, as a set.
    #[inline]
    pub(crate) fn of_pairs(arena: &'v Arena, pairs: &[(Value<'v>, Value<'v>)]) -> Self {
        Set::from_sorted(arena, arena.collect(pairs.iter().map(|pair| pair.0)), true)
    }

    /// A set of any items: sorts them and drops duplicates; of equal numbers the first one's text stays.
    pub fn from_unsorted(arena: &'v Arena, items: &mut Vec<Value<'v>>, indexed: bool) -> Self {
        items.sort_by(|a, b| order(*a, *b));
        items.dedup_by(|later, first| same(*later, *first));
        Set::from_sorted(arena, arena.slice(items), indexed)
    }

    /// What is in either set; of equal numbers the text of `a` stays.
    pub fn union(arena: &'v Arena, a: &Set<'v>, b: &Set<'v>) -> Self {
        let (mut x, mut y) = (a.items.iter().peekable(), b.items.iter().peekable());
        let mut items = Vec::with_capacity(a.len() + b.len());
        while let (Some(left), Some(right)) = (x.peek(), y.peek()) {
            let which = order(**left, **right);
            items.push(if which.is_le() { **left } else { **right });
            if which.is_le() {
                x.next();
            }
            if which.is_ge() {
                y.next();
            }
        }
        items.extend(x);
        items.extend(y);
        Set::from_sorted(arena, arena.slice(&items), true)
    }

    /// What is in both sets; of equal numbers the text of the smaller set stays.
    pub fn intersection(arena: &'v Arena, a: &Set<'v>, b: &Set<'v>) -> Self {
        let (small, large) = if a.len() > b.len() { (b, a) } else { (a, b) };
        Set::filtered(arena, small, |item| large.contains(item))
    }

    /// What is in `a` and not in `b`.
    pub fn difference(arena: &'v Arena, a: &Set<'v>, b: &Set<'v>) -> Self {
        if b.is_empty() { *a } else { Set::filtered(arena, a, |item| !b.contains(item)) }
    }

    fn filtered(arena: &'v Arena, set: &Set<'v>, keep: impl Fn(Value<'v>) -> bool) -> Self {
        let items: Vec<Value<'v>> = set.items.iter().copied().filter(|item| keep(*item)).collect();
        if items.len() == set.len() { *set } else { Set::from_sorted(arena, arena.slice(&items), true) }
    }

    /// The members in order.
    #[inline(always)]
    pub fn items(&self) -> &'v [Value<'v>] {
        self.items
    }

    /// How many members there are.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Where `key` stands.
    #[inline]
    pub fn find(&self, key: Value<'_>) -> Option<usize> {
        if self.items.len() <= SMALL {
            self.items.iter().position(|k| same(*k, key))
        } else if self.index.is_empty() {
            self.items.binary_search_by(|k| order(*k, key)).ok()
        } else {
            probe(self.index, hash(key), |i| same(self.items[i], key)).ok()
        }
    }

    /// As [`Set::find`], but looks first where `hint` says, and leaves there what it found: rows of one table share their
    /// shape, so a field then costs one comparison.
    #[inline(always)]
    pub fn find_near(&self, key: Value<'_>, hint: &mut u32) -> Option<usize> {
        if let Some(at) = self.items.get(*hint as usize)
            && same(*at, key)
        {
            return Some(*hint as usize);
        }
        let found = self.find(key)?;
        *hint = found as u32;
        Some(found)
    }

    /// Whether `item` is a member.
    #[inline]
    pub fn contains(&self, item: Value<'_>) -> bool {
        self.find(item).is_some()
    }
}

impl<'v> Object<'v> {
    /// The empty object.
    pub const EMPTY: Object<'static> = Object { keys: Set::EMPTY, vals: &[] };

    /// An object of keys and as many values.
    ///
    /// # Panics
    /// When the numbers differ.
    pub fn new(keys: Set<'v>, vals: &'v [Value<'v>]) -> Self {
        assert_eq!(keys.len(), vals.len(), "as many values as keys");
        Object { keys, vals }
    }

    /// An object of any pairs: sorts them; of equal keys the last pair wins, as in JSON.
    pub fn from_unsorted(arena: &'v Arena, pairs: &mut Vec<(Value<'v>, Value<'v>)>) -> Self {
        Object::from_pairs(arena, pairs, 0)
    }

    /// As [`Object::from_unsorted`], of the pairs from `start` on, which it takes away: a stack of pairs serves objects
    /// within objects.
    pub fn from_pairs(arena: &'v Arena, pairs: &mut Vec<(Value<'v>, Value<'v>)>, start: usize) -> Self {
        Object::from_pairs_with(arena, pairs, start, |own| Set::of_pairs(arena, own))
    }

    /// As [`Object::from_pairs`], with the keys that `keys` gives for the pairs in order.
    #[inline]
    pub(crate) fn from_pairs_with(
        arena: &'v Arena,
        pairs: &mut Vec<(Value<'v>, Value<'v>)>,
        start: usize,
        keys: impl FnOnce(&[(Value<'v>, Value<'v>)]) -> Set<'v>,
    ) -> Self {
        let mut end = pairs.len();
        let own = &mut pairs[start..];
        if !own.is_sorted_by(|a, b| order(a.0, b.0).is_lt()) {
            own.sort_by(|a, b| order(a.0, b.0));
            let mut last = 0;
            for next in 1..own.len() {
                last += usize::from(!same(own[last].0, own[next].0));
                own[last] = own[next];
            }
            end = start + last + 1;
        }
        let own = &pairs[start..end];
        let keys = keys(own);
        let vals = arena.collect(own.iter().map(|p| p.1));
        pairs.truncate(start);
        Object { keys, vals }
    }

    /// The keys, a set.
    #[inline(always)]
    pub fn keys(&self) -> &Set<'v> {
        &self.keys
    }

    /// The values, in the order of the keys.
    #[inline(always)]
    pub fn vals(&self) -> &'v [Value<'v>] {
        self.vals
    }

    /// How many pairs there are.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.vals.len()
    }

    /// Whether there is none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.vals.is_empty()
    }

    /// The value at `key`.
    #[inline]
    pub fn get(&self, key: Value<'_>) -> Option<Value<'v>> {
        self.keys.find(key).map(|i| self.vals[i])
    }

    /// The value at a key that is a string.
    pub fn get_str(&self, key: &str) -> Option<Value<'v>> {
        self.get(Value::str(key.as_bytes()))
    }

    /// The pairs, in the order of the keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Value<'v>, Value<'v>)> + Clone + use<'v> {
        self.keys.items.iter().copied().zip(self.vals.iter().copied())
    }
}

/// Finds the position stored in `table` for which `is` holds, or else the free place for a new one. Tables have a power
/// of two places, at least one of them free.
#[inline]
pub fn probe(table: &[u32], hash: u32, is: impl Fn(usize) -> bool) -> Result<usize, usize> {
    let mask = table.len() - 1;
    let mut at = hash as usize & mask;
    loop {
        match table[at] {
            0 => return Err(at),
            stored if is(stored as usize - 1) => return Ok(stored as usize - 1),
            _ => at = (at + 1) & mask,
        }
    }
}

impl<'v> Value<'v> {
    /// `self[key]`: an array by integer, an object by key, a set by member (which is then the value).
    #[inline]
    pub fn get(self, key: Value<'_>) -> Option<Value<'v>> {
        use crate::value::View;
        match (self.view(), key.view()) {
            (View::Object(object), _) => object.get(key),
            (View::Array(items), View::Int(i)) => items.get(usize::try_from(i).ok()?).copied(),
            (View::Array(items), View::Number(text)) => items.get(crate::number::to_index(text)?).copied(),
            (View::Set(set), _) => set.find(key).map(|i| set.items[i]),
            _ => None,
        }
    }

    /// As [`Value::get`], with the position of the last hit as a hint for objects.
    #[inline(always)]
    pub fn get_near(self, key: Value<'_>, hint: &mut u32) -> Option<Value<'v>> {
        match self.as_object() {
            Some(object) => object.keys.find_near(key, hint).map(|i| object.vals[i]),
            None => self.get(key),
        }
    }

    /// `item in self`: among an array's items, a set's members, an object's values; never in anything else.
    #[inline]
    pub fn has(self, item: Value<'_>) -> bool {
        use crate::value::View;
        match self.view() {
            View::Set(set) => set.contains(item),
            View::Array(items) => items.iter().any(|x| same(*x, item)),
            View::Object(object) => object.vals.iter().any(|x| same(*x, item)),
            _ => false,
        }
    }
}
