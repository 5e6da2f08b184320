//! A value as a key of Rust's maps: its order and equality are Rego's.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use lictor_value::{Value, hash, order, same};

/// A value with Rego's order, equality and hash.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ordered<'v>(pub(crate) Value<'v>);

impl PartialEq for Ordered<'_> {
    fn eq(&self, other: &Self) -> bool {
        same(self.0, other.0)
    }
}

impl Eq for Ordered<'_> {}

impl PartialOrd for Ordered<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        order(self.0, other.0)
    }
}

impl Hash for Ordered<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(hash(self.0));
    }
}
