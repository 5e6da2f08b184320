//! The store in memory: records in shards, so that threads seldom wait for each other. Not shared by processes, and on disk
//! only where a snapshot is taken.
//!
//! It is bounded: of tokens, keys, users and roles it keeps so many each, and where there are more, those that were idle
//! longest are forgotten, first those of whom nothing was pushed. A token that is forgotten is one that was never seen.
//!
//! Its clock never goes back: where the host's does, time stands still until that has caught up. Counts then grow
//! and do not slide, so that nobody gains requests by it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZero;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Kind, Record, StoreError, Subject, Usage, UsageStore, Windows};

/// How many of each kind there may be unless said.
const LIMIT: usize = 1 << 20;
/// More countries of a token are not noted: each is then as new as it was.
const COUNTRIES: usize = 64;

/// Usage in the process's memory.
pub struct MemoryStore {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    /// How many of a kind a shard may hold.
    most: usize,
    latest_ns: AtomicI64,
}

/// One map a kind.
#[derive(Default)]
struct Shard([HashMap<Box<str>, Cell>; 4]);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Cell {
    /// When it was last asked for, counted or pushed.
    touched_ns: i64,
    first_used_ns: Option<i64>,
    last_used_ns: Option<i64>,
    windows: Windows,
    countries: Vec<String>,
    facts: Option<Map<String, Value>>,
    /// Whether it is other than the last snapshot says.
    #[serde(skip)]
    changed: bool,
}

impl Default for MemoryStore {
    fn default() -> Self {
        MemoryStore::with_limit(LIMIT)
    }
}

impl MemoryStore {
    /// A store that keeps up to about a million tokens, and as many keys, users and roles.
    pub fn new() -> Self {
        MemoryStore::default()
    }

    /// A store that keeps about so many tokens, and as many keys, users and roles.
    pub fn with_limit(limit: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        // Shards that hold few would forget early where names fall unevenly.
        let shards = (4 * cores).min(limit / 64).max(1);
        MemoryStore {
            shards: (0..shards).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            most: limit.div_ceil(shards).max(1),
            latest_ns: AtomicI64::new(i64::MIN),
        }
    }

    /// How many tokens there are.
    pub fn tokens(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).0[Kind::Token as usize].len()).sum()
    }

    /// What changed since it was asked last: name and cell.
    #[cfg(feature = "store")]
    pub(super) fn changed(&self) -> Vec<(Kind, Box<str>, Cell)> {
        let mut changed = vec![];
        for shard in &self.shards {
            let mut shard = lock(shard);
            for kind in Kind::ALL {
                for (id, cell) in shard.0[kind as usize].iter_mut().filter(|(_, cell)| cell.changed) {
                    cell.changed = false;
                    changed.push((kind, id.clone(), cell.clone()));
                }
            }
        }
        changed
    }

    /// How many records there are.
    #[cfg(feature = "store")]
    pub(super) fn records(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).0.iter().map(HashMap::len).sum::<usize>()).sum()
    }

    /// Whether it still holds something.
    #[cfg(feature = "store")]
    pub(super) fn holds(&self, kind: Kind, id: &str) -> bool {
        self.shard(kind, id).0[kind as usize].contains_key(id)
    }

    /// Says that a snapshot failed: what was to be in it is to be in the next.
    #[cfg(feature = "store")]
    pub(super) fn mark(&self, kind: Kind, id: &str) {
        if let Some(cell) = self.shard(kind, id).0[kind as usize].get_mut(id) {
            cell.changed = true;
        }
    }

    /// Takes over what a snapshot says.
    #[cfg(feature = "store")]
    pub(super) fn restore(&self, kind: Kind, id: &str, cell: Cell) {
        self.clamp(cell.touched_ns);
        let mut shard = self.shard(kind, id);
        let cells = &mut shard.0[kind as usize];
        make_room(cells, self.most);
        cells.insert(id.into(), cell);
    }

    /// Now, or the latest instant that there was.
    fn clamp(&self, now_ns: i64) -> i64 {
        self.latest_ns.fetch_max(now_ns, Ordering::AcqRel).max(now_ns)
    }

    fn shard(&self, kind: Kind, id: &str) -> MutexGuard<'_, Shard> {
        let at = self.hasher.hash_one((kind, id)) % self.shards.len() as u64;
        lock(&self.shards[at as usize])
    }

    /// Does something with a cell, which is made where there is none.
    fn with<R>(&self, kind: Kind, id: &str, now_ns: i64, act: impl FnOnce(&mut Cell) -> R) -> R {
        let mut shard = self.shard(kind, id);
        let cells = &mut shard.0[kind as usize];
        if !cells.contains_key(id) {
            make_room(cells, self.most);
        }
        let cell = cells.entry(id.into()).or_default();
        cell.touched_ns = cell.touched_ns.max(now_ns);
        cell.changed = true;
        act(cell)
    }

    fn usage(&self, subject: &Subject, now_ns: i64, mut record: impl FnMut(Kind, &str) -> Record) -> Usage {
        Usage {
            now_ns,
            token: subject.token.as_ref().map(|id| record(Kind::Token, id)),
            key: subject.key.as_ref().map(|id| record(Kind::Key, id)),
            user: subject.user.as_ref().map(|id| record(Kind::User, id)),
            roles: subject.roles.iter().map(|id| (id.clone(), record(Kind::Role, id))).collect(),
        }
    }
}

impl UsageStore for MemoryStore {
    fn read(&self, subject: &Subject, now_ns: i64) -> Result<Usage, StoreError> {
        let now_ns = self.clamp(now_ns);
        Ok(self.usage(subject, now_ns, |kind, id| {
            let shard = self.shard(kind, id);
            shard.0[kind as usize].get(id).map(|cell| cell.record(now_ns)).unwrap_or_default()
        }))
    }

    fn consume(&self, subject: &Subject, now_ns: i64) -> Result<Usage, StoreError> {
        let now_ns = self.clamp(now_ns);
        Ok(self.usage(subject, now_ns, |kind, id| {
            self.with(kind, id, now_ns, |cell| {
                cell.windows.add(now_ns);
                cell.record(now_ns)
            })
        }))
    }

    fn commit(&self, subject: &Subject, now_ns: i64) -> Result<(), StoreError> {
        let ids = [(Kind::Token, &subject.token), (Kind::Key, &subject.key), (Kind::User, &subject.user)];
        let ids = ids.into_iter().filter_map(|(kind, id)| Some((kind, id.as_deref()?)));
        for (kind, id) in ids.chain(subject.roles.iter().map(|role| (Kind::Role, role.as_str()))) {
            self.with(kind, id, now_ns, |cell| {
                cell.first_used_ns = Some(cell.first_used_ns.map_or(now_ns, |first| first.min(now_ns)));
                cell.last_used_ns = cell.last_used_ns.max(Some(now_ns));
                if let Some(country) = &subject.country
                    && cell.countries.len() < COUNTRIES
                    && !cell.countries.contains(country)
                {
                    cell.countries.push(country.clone());
                }
            });
        }
        Ok(())
    }

    fn push(&self, kind: Kind, id: &str, facts: Map<String, Value>) -> Result<(), StoreError> {
        let now_ns = self.latest_ns.load(Ordering::Acquire);
        self.with(kind, id, now_ns, |cell| cell.facts = Some(facts));
        Ok(())
    }
}

impl Cell {
    fn record(&self, now_ns: i64) -> Record {
        let ms = |ns: i64| ns.div_euclid(1_000_000);
        Record {
            first_used_ms: self.first_used_ns.map(ms),
            last_used_ms: self.last_used_ns.map(ms),
            counts: self.windows.counts(now_ns),
            countries: self.countries.clone(),
            facts: self.facts.clone().map(Arc::new),
        }
    }
}

/// Where it is full, forgets a sixteenth, so that looking for the longest idle is seldom.
fn make_room(cells: &mut HashMap<Box<str>, Cell>, most: usize) {
    if cells.len() < most {
        return;
    }
    let mut order: Vec<(bool, i64, Box<str>)> =
        cells.iter().map(|(id, cell)| (cell.facts.is_some(), cell.touched_ns, id.clone())).collect();
    let gone = (most / 16).max(1).min(order.len());
    order.select_nth_unstable(gone - 1);
    for (_, _, id) in &order[..gone] {
        cells.remove(id);
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing in a shard is ever half done where its holder may panic.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
