//! Shelves: records by kind and name, in parts that are locked one by one, so that threads seldom wait for each other.
//!
//! A name is hashed once an access, for the shelf and for the place on it. Names are what requests make them: the hash has a
//! seed of its own, which nobody outside knows.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use super::Kind;

const KINDS: usize = Kind::ALL.len();

/// Records of all kinds.
pub(super) struct Shelves<R> {
    shelves: Box<[Mutex<Shelf<R>>]>,
    seed: RandomState,
}

/// One table a kind.
pub(super) struct Shelf<R>([HashTable<Entry<R>>; KINDS]);

struct Entry<R> {
    hash: u64,
    name: Box<str>,
    record: R,
}

/// The place of a record, whether there is one or not. Others of its shelf wait.
pub(super) struct Place<'s, 'n, R> {
    shelf: MutexGuard<'s, Shelf<R>>,
    kind: Kind,
    name: &'n str,
    hash: u64,
}

impl<R> Shelves<R> {
    /// So many shelves.
    pub(super) fn new(count: usize) -> Self {
        let shelf = || Mutex::new(Shelf([const { HashTable::new() }; KINDS]));
        Shelves { shelves: (0..count.max(1)).map(|_| shelf()).collect(), seed: RandomState::default() }
    }

    /// How many shelves there are.
    pub(super) fn count(&self) -> usize {
        self.shelves.len()
    }

    /// Where a record is, or would be.
    pub(super) fn place<'n>(&self, kind: Kind, name: &'n str) -> Place<'_, 'n, R> {
        let mut hasher = self.seed.build_hasher();
        hasher.write(name.as_bytes());
        hasher.write_u8(kind as u8);
        let hash = hasher.finish();
        // The table goes by the bits at both ends.
        let at = (hash >> 24) as u32 as usize % self.shelves.len();
        Place { shelf: lock(&self.shelves[at]), kind, name, hash }
    }

    /// All shelves, one after the other.
    pub(super) fn all(&self) -> impl Iterator<Item = MutexGuard<'_, Shelf<R>>> {
        self.shelves.iter().map(lock)
    }
}

impl<R> Shelf<R> {
    /// How many records of a kind there are.
    pub(super) fn len(&self, kind: Kind) -> usize {
        self.0[kind as usize].len()
    }

    /// All records.
    #[cfg(feature = "store")]
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (Kind, &str, &mut R)> {
        let tables = Kind::ALL.into_iter().zip(&mut self.0);
        tables.flat_map(|(kind, table)| table.iter_mut().map(move |entry| (kind, &*entry.name, &mut entry.record)))
    }

    /// All records of a kind.
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &R> {
        self.0[kind as usize].iter().map(|entry| &entry.record)
    }

    /// Keeps those of a kind of which something is true.
    pub(super) fn retain(&mut self, kind: Kind, mut keep: impl FnMut(&mut R) -> bool) {
        self.0[kind as usize].retain(|entry| keep(&mut entry.record));
    }

    /// Keeps those of which something is true.
    #[cfg(feature = "redis")]
    pub(super) fn retain_all(&mut self, mut keep: impl FnMut(Kind, &str, &mut R) -> bool) {
        for (kind, table) in Kind::ALL.into_iter().zip(&mut self.0) {
            table.retain(|entry| keep(kind, &entry.name, &mut entry.record));
        }
    }
}

impl<R> Place<'_, '_, R> {
    /// The shelf.
    pub(super) fn shelf(&mut self) -> &mut Shelf<R> {
        &mut self.shelf
    }

    /// The record, if there is one.
    pub(super) fn get(&mut self) -> Option<&mut R> {
        let (hash, name) = (self.hash, self.name);
        let entry = self.shelf.0[self.kind as usize].find_mut(hash, |entry| entry.hash == hash && *entry.name == *name);
        entry.map(|entry| &mut entry.record)
    }

    /// The record, made where there is none.
    pub(super) fn get_or_insert(&mut self, make: impl FnOnce() -> R) -> &mut R {
        let (hash, name) = (self.hash, self.name);
        let table = &mut self.shelf.0[self.kind as usize];
        let found = table.entry(hash, |entry| entry.hash == hash && *entry.name == *name, |entry| entry.hash);
        let new = || Entry { hash, name: name.into(), record: make() };
        &mut found.or_insert_with(new).into_mut().record
    }

    /// Takes the record away; whether there was one.
    pub(super) fn remove(&mut self) -> bool {
        let (hash, name) = (self.hash, self.name);
        let found =
            self.shelf.0[self.kind as usize].find_entry(hash, |entry| entry.hash == hash && *entry.name == *name);
        found.map(|entry| entry.remove()).is_ok()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing on a shelf is ever half done where its holder may panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
