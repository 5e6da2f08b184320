//! The store in memory. Not shared by processes, and on disk
//! only where a snapshot is taken.
//!
//! It is bounded: of tokens, keys, users and roles it keeps so many each, and where there are more, those that were idle
//! longest are forgotten, first those of whom nothing was pushed. From then on whoever is new may be one that was forgotten:
//! their record says in `known_since_ms` until when the forgotten ones were seen.
//!
//! Its clock never goes back: where the host's does, by a little, time stands still until that has caught up. Counts then grow
//! and do not slide, so that nobody gains requests by it. What becomes of larger steps [`Moment`] says.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::moment::ClockWatch;
use super::shelves::{Shelf, Shelves};
use super::{Kind, Moment, Record, StoreError, Subject, Usage, UsageStore, Windows};

/// How many of each kind there may be unless said.
const LIMIT: usize = 1 << 20;
/// More countries of a token are not noted: each is then as new as it was.
pub(super) const COUNTRIES: usize = 64;
/// Nobody was forgotten.
const NOBODY: i64 = i64::MIN;

/// Usage in the process's memory.
pub struct MemoryStore {
    cells: Shelves<Cell>,
    /// How many of a kind a shelf may hold.
    most: usize,
    clock: ClockWatch,
    /// When those that were forgotten were seen last, the latest of each kind.
    forgotten_ns: [AtomicI64; 4],
    /// Whether snapshots are taken.
    kept: AtomicBool,
    /// Who was cleared since the last one.
    cleared: Mutex<Vec<(Kind, Box<str>)>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Cell {
    /// When it was last asked for, counted or pushed.
    touched_ns: i64,
    first_used_ns: Option<i64>,
    last_used_ns: Option<i64>,
    /// When it was made others had been forgotten that were seen until then.
    #[serde(default)]
    known_since_ns: Option<i64>,
    windows: Windows,
    #[serde(serialize_with = "shared::write_list", deserialize_with = "shared::read_list")]
    countries: Arc<[Box<str>]>,
    #[serde(serialize_with = "shared::write_facts", deserialize_with = "shared::read_facts")]
    facts: Option<Arc<Map<String, Value>>>,
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
        // Shelves that hold few would forget early where names fall unevenly.
        let cells = Shelves::new((4 * cores).min(limit / 64));
        MemoryStore {
            most: limit.div_ceil(cells.count()).max(1),
            cells,
            clock: ClockWatch::default(),
            kept: AtomicBool::new(false),
            cleared: Mutex::default(),
            forgotten_ns: [const { AtomicI64::new(NOBODY) }; 4],
        }
    }

    /// Takes larger steps of the clock than `bound` for jumps, and believes it after `believed`: a minute each unless said.
    #[must_use]
    pub fn clock_jumps(mut self, bound: Duration, believed: Duration) -> Self {
        self.clock = ClockWatch::new(bound, believed);
        self
    }

    /// How many tokens there are.
    pub fn tokens(&self) -> usize {
        self.cells.all().map(|shelf| shelf.len(Kind::Token)).sum()
    }

    /// What changed since it was asked last: name and cell.
    #[cfg(feature = "store")]
    pub(super) fn changed(&self) -> Vec<(Kind, Box<str>, Cell)> {
        let mut changed = vec![];
        for mut shelf in self.cells.all() {
            for (kind, id, cell) in shelf.iter_mut().filter(|(.., cell)| cell.changed) {
                cell.changed = false;
                changed.push((kind, id.into(), cell.clone()));
            }
        }
        changed
    }

    /// Says that snapshots are taken from now on.
    #[cfg(feature = "store")]
    pub(super) fn is_kept(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }

    /// Who was cleared since it was asked last.
    #[cfg(feature = "store")]
    pub(super) fn cleared(&self) -> Vec<(Kind, Box<str>)> {
        std::mem::take(&mut self.cleared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says that the snapshot failed in which they were to go.
    #[cfg(feature = "store")]
    pub(super) fn still_cleared(&self, them: Vec<(Kind, Box<str>)>) {
        self.cleared.lock().unwrap_or_else(PoisonError::into_inner).extend(them);
    }

    /// How many records there are.
    #[cfg(feature = "store")]
    pub(super) fn records(&self) -> usize {
        self.cells.all().map(|shelf| Kind::ALL.map(|kind| shelf.len(kind)).into_iter().sum::<usize>()).sum()
    }

    /// Whether it still holds something.
    #[cfg(feature = "store")]
    pub(super) fn holds(&self, kind: Kind, id: &str) -> bool {
        self.cells.place(kind, id).get().is_some()
    }

    /// Says that a snapshot failed: what was to be in it is to be in the next.
    #[cfg(feature = "store")]
    pub(super) fn mark(&self, kind: Kind, id: &str) {
        if let Some(cell) = self.cells.place(kind, id).get() {
            cell.changed = true;
        }
    }

    /// Takes over what a snapshot says.
    #[cfg(feature = "store")]
    pub(super) fn restore(&self, kind: Kind, id: &str, cell: Cell) {
        self.clock.remember(cell.touched_ns);
        let mut place = self.cells.place(kind, id);
        self.make_room(kind, place.shelf());
        *place.get_or_insert(Cell::default) = cell;
    }

    /// When those that were forgotten were seen last, by kind.
    #[cfg(feature = "store")]
    pub(super) fn forgotten(&self) -> [Option<i64>; 4] {
        Kind::ALL.map(|kind| self.forgotten_until(kind))
    }

    /// Takes over that others were forgotten.
    #[cfg(feature = "store")]
    pub(super) fn has_forgotten(&self, kind: Kind, until_ns: i64) {
        self.forgotten_ns[kind as usize].fetch_max(until_ns, Ordering::AcqRel);
    }

    fn forgotten_until(&self, kind: Kind) -> Option<i64> {
        Some(self.forgotten_ns[kind as usize].load(Ordering::Acquire)).filter(|until| *until != NOBODY)
    }

    /// Does something with a cell, which is made where there is none.
    fn with<R>(&self, kind: Kind, id: &str, now_ns: i64, act: impl FnOnce(&mut Cell) -> R) -> R {
        let mut place = self.cells.place(kind, id);
        if place.shelf().len(kind) >= self.most && place.get().is_none() {
            self.make_room(kind, place.shelf());
        }
        let new = || Cell { known_since_ns: self.forgotten_until(kind), ..Cell::default() };
        let cell = place.get_or_insert(new);
        cell.touched_ns = now_ns;
        cell.changed = true;
        act(cell)
    }

    /// Where it is full, forgets a sixteenth, so that looking for the longest idle is seldom.
    fn make_room(&self, kind: Kind, shelf: &mut Shelf<Cell>) {
        if shelf.len(kind) < self.most {
            return;
        }
        let order = |cell: &Cell| (cell.facts.is_some(), cell.touched_ns);
        let mut all: Vec<(bool, i64)> = shelf.of(kind).map(order).collect();
        let gone = (self.most / 16).clamp(1, all.len());
        let (_, &mut last, _) = all.select_nth_unstable(gone - 1);
        // Of those who were seen at the same time as the last one, as many go as have to.
        let mut even = gone - all[..gone].iter().filter(|one| **one < last).count();
        let mut until = NOBODY;
        shelf.retain(kind, |cell| {
            let at_last = order(cell) == last && even > 0;
            let goes = order(cell) < last || at_last;
            if goes {
                even -= usize::from(at_last);
                until = until.max(cell.touched_ns);
            }
            !goes
        });
        self.forgotten_ns[kind as usize].fetch_max(until, Ordering::AcqRel);
    }

    fn usage(&self, subject: &Subject<'_>, now_ns: i64, mut record: impl FnMut(Kind, &str) -> Record) -> Usage {
        Usage {
            now_ns,
            token: subject.token.map(|id| record(Kind::Token, id)),
            key: subject.key.map(|id| record(Kind::Key, id)),
            user: subject.user.map(|id| record(Kind::User, id)),
            roles: subject.roles.iter().map(|id| record(Kind::Role, id)).collect(),
        }
    }
}

impl UsageStore for MemoryStore {
    fn read(&self, subject: &Subject<'_>, at: Moment) -> Result<Usage, StoreError> {
        let now_ns = self.clock.see(at)?;
        Ok(self.usage(subject, now_ns, |kind, id| {
            let known = self.cells.place(kind, id).get().map(|cell| cell.record(now_ns));
            let unknown = || Record { known_since_ms: self.forgotten_until(kind).map(ms), ..Record::default() };
            known.unwrap_or_else(unknown)
        }))
    }

    fn consume(&self, subject: &Subject<'_>, at: Moment) -> Result<Usage, StoreError> {
        let now_ns = self.clock.see(at)?;
        Ok(self.usage(subject, now_ns, |kind, id| {
            self.with(kind, id, now_ns, |cell| {
                cell.windows.add(now_ns);
                cell.record(now_ns)
            })
        }))
    }

    fn commit(&self, subject: &Subject<'_>, now_ns: i64) -> Result<(), StoreError> {
        for (kind, id) in subject.names() {
            self.with(kind, id, now_ns, |cell| {
                cell.first_used_ns = Some(cell.first_used_ns.map_or(now_ns, |first| first.min(now_ns)));
                cell.last_used_ns = cell.last_used_ns.max(Some(now_ns));
                if let Some(country) = subject.country {
                    note_country(&mut cell.countries, country);
                }
            });
        }
        Ok(())
    }

    fn push(&self, kind: Kind, id: &str, facts: Map<String, Value>) -> Result<(), StoreError> {
        let now_ns = self.clock.latest_ns();
        self.with(kind, id, now_ns, |cell| cell.facts = Some(Arc::new(facts)));
        Ok(())
    }

    fn look(&self, kind: Kind, id: &str, at: Moment) -> Result<Option<Record>, StoreError> {
        // Whoever looks is told even where the clock jumped.
        let now_ns = self.clock.see(at).unwrap_or_else(|_| self.clock.latest_ns());
        Ok(self.cells.place(kind, id).get().map(|cell| cell.record(now_ns)))
    }

    fn clear(&self, kind: Kind, id: &str) -> Result<bool, StoreError> {
        let mut place = self.cells.place(kind, id);
        let known = place.remove();
        if known && self.kept.load(Ordering::Relaxed) {
            self.cleared.lock().unwrap_or_else(PoisonError::into_inner).push((kind, id.into()));
        }
        Ok(known)
    }
}

/// Notes a country, where there is room.
pub(super) fn note_country(countries: &mut Arc<[Box<str>]>, country: &str) {
    // Names of two letters are not worth a call each.
    let is_it = |known: &str| known.len() == country.len() && known.bytes().eq(country.bytes());
    if !countries.iter().any(|known| is_it(known)) && countries.len() < COUNTRIES {
        *countries = countries.iter().cloned().chain([country.into()]).collect();
    }
}

impl Cell {
    fn record(&self, now_ns: i64) -> Record {
        Record {
            first_used_ms: self.first_used_ns.map(ms),
            last_used_ms: self.last_used_ns.map(ms),
            known_since_ms: self.known_since_ns.map(ms),
            counts: self.windows.counts(now_ns),
            countries: self.countries.clone(),
            facts: self.facts.clone(),
        }
    }
}

fn ms(ns: i64) -> i64 {
    ns.div_euclid(1_000_000)
}

/// Shared parts of a cell in snapshots.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::{Map, Value};

    pub(super) fn write_list<S: Serializer>(list: &Arc<[Box<str>]>, to: S) -> Result<S::Ok, S::Error> {
        (**list).serialize(to)
    }

    pub(super) fn read_list<'d, D: Deserializer<'d>>(from: D) -> Result<Arc<[Box<str>]>, D::Error> {
        Vec::deserialize(from).map(Arc::from)
    }

    pub(super) fn write_facts<S: Serializer>(
        facts: &Option<Arc<Map<String, Value>>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        facts.as_deref().serialize(to)
    }

    pub(super) fn read_facts<'d, D: Deserializer<'d>>(from: D) -> Result<Option<Arc<Map<String, Value>>>, D::Error> {
        Option::deserialize(from).map(|facts| facts.map(Arc::new))
    }
}
