//! What becomes of a text's strings and of the keys of its objects: borrowed from the text, or copied, each once.

use std::collections::{HashMap, HashSet};

use crate::arena::Arena;
use crate::collection::Set;
use crate::order::hash;
use crate::value::Value;

/// Where strings and keys are kept. `'b` is the text's life, `'v` that of the values.
pub(super) trait Keep<'b, 'v> {
    /// A string without escapes.
    fn string(&mut self, arena: &'v Arena, text: &'b [u8]) -> &'v [u8];

    /// A key without escapes.
    fn key(&mut self, arena: &'v Arena, text: &'b [u8]) -> &'v [u8];

    /// The keys of an object, of its pairs in order.
    fn keys(&mut self, arena: &'v Arena, pairs: &[(Value<'v>, Value<'v>)]) -> Set<'v>;
}

/// In the text, and a list of keys for each object: the least work.
pub(super) struct Borrowed;

impl<'v> Keep<'v, 'v> for Borrowed {
    #[inline(always)]
    fn string(&mut self, _: &'v Arena, text: &'v [u8]) -> &'v [u8] {
        text
    }

    #[inline(always)]
    fn key(&mut self, _: &'v Arena, text: &'v [u8]) -> &'v [u8] {
        text
    }

    #[inline(always)]
    fn keys(&mut self, arena: &'v Arena, pairs: &[(Value<'v>, Value<'v>)]) -> Set<'v> {
        Set::of_pairs(arena, pairs)
    }
}

/// Strings, keys and lists of keys past this many are not looked for again, so that what is kept beside the values is bounded.
const MOST: usize = 1 << 12;
/// Longer ones seldom come twice.
const LONGEST: usize = 64;

/// Copied, a short string once however often it comes, and of objects with the same keys one list of them: the least memory.
#[derive(Default)]
pub(super) struct Compact<'v> {
    /// Apart from keys: what is different in every record must not take their places.
    strings: HashSet<&'v [u8]>,
    keys: HashSet<&'v [u8]>,
    lists: HashMap<u32, Set<'v>>,
}

impl<'b, 'v> Keep<'b, 'v> for Compact<'v> {
    fn string(&mut self, arena: &'v Arena, text: &'b [u8]) -> &'v [u8] {
        once(&mut self.strings, arena, text)
    }

    fn key(&mut self, arena: &'v Arena, text: &'b [u8]) -> &'v [u8] {
        once(&mut self.keys, arena, text)
    }

    fn keys(&mut self, arena: &'v Arena, pairs: &[(Value<'v>, Value<'v>)]) -> Set<'v> {
        if pairs.len() > LONGEST {
            return Set::of_pairs(arena, pairs);
        }
        let all = pairs.iter().fold(0u32, |all, (key, _)| all.rotate_left(5).wrapping_mul(0x9e37_79b1) ^ hash(*key));
        let are_same = |known: &Set<'v>| {
            known.len() == pairs.len()
                && known.items().iter().zip(pairs).all(|(key, (own, _))| key.as_bytes() == own.as_bytes())
        };
        if let Some(known) = self.lists.get(&all).filter(|known| are_same(known)) {
            return *known;
        }
        let keys = Set::of_pairs(arena, pairs);
        if self.lists.len() < MOST {
            self.lists.insert(all, keys);
        }
        keys
    }
}

/// The text as it was copied before, or a copy.
fn once<'v>(known: &mut HashSet<&'v [u8]>, arena: &'v Arena, text: &[u8]) -> &'v [u8] {
    if text.len() > LONGEST {
        return arena.slice(text);
    }
    if let Some(copy) = known.get(text) {
        return copy;
    }
    let copy = arena.slice(text);
    if known.len() < MOST {
        known.insert(copy);
    }
    copy
}
