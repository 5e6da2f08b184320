//! Maps and sets whose order nobody sees: quicker than the standard library's, and seeded anew in each process.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

/// A map by hash.
pub(crate) type Map<K, V> = HashMap<K, V, RandomState>;

/// A set by hash.
pub(crate) type Set<T> = HashSet<T, RandomState>;
