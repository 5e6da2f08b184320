//! The hybrid store: each instance counts by itself, and syncs with Redis every few milliseconds. No request waits for the
//! network but the first of a token after a while.
//!
//! What an instance does not know of the others is what makes its answers come quickly, and what lets too much pass. A record
//! is used here while it was synced no longer ago than twice the interval `N`; else the request goes to Redis itself. So a
//! request is known everywhere within `4 N + d`, where `d` is how long a sync takes: two intervals until its instance has told
//! Redis, or can allow no more, and two until the others have asked. Of `I` instances, each with `r` requests a second with a
//! token and a cap of `C` in a window, there pass more than `C` in it by at most
//!
//! ```text
//! (I - 1) * min(C, r * (4 N + d))
//! ```
//!
//! With 3 instances, 100 requests a second each, N = 100 ms and d = 1 ms these are 81. Where that is too much take
//! [`RedisStore`], which lets none pass. What an instance counted and did not tell is lost when it is killed: two intervals'
//! requests at most.
//!
//! Time is the server's, carried on by the ticks of the clock here that nobody sets. Recorded events, which have a time of their
//! own, go to Redis itself, and so do those of a host that has no such clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use redis::Value;
use serde_json::Map;

use super::{RedisStore, Stored, lock, put};
use crate::usage::memory::note_country;
use crate::usage::shelves::Shelves;
use crate::usage::{Kind, Moment, Record, StoreError, Subject, Usage, UsageStore};

const SHELVES: usize = 64;
/// Records that nobody asked for so many intervals go from here; they are in Redis.
const IDLE: u32 = 20;
/// How many records are synced in one go.
const BATCH: usize = 512;
/// It is not known what lies between the clocks.
const UNKNOWN: i64 = i64::MIN;

/// Usage that is counted here and synced with a Redis.
///
/// ```no_run
/// use std::time::Duration;
/// use lictor::usage::{HybridStore, RedisStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = HybridStore::new(RedisStore::open("redis://127.0.0.1/")?, Duration::from_millis(100))?;
/// # Ok(())
/// # }
/// ```
pub struct HybridStore {
    local: Arc<Local>,
    syncing: Option<(Sender<()>, JoinHandle<()>)>,
}

struct Local {
    redis: RedisStore,
    every: Duration,
    cells: Shelves<Cell>,
    /// From a tick of the clock here to the server's time.
    between_ns: AtomicI64,
    /// One sync at a time.
    turn: Mutex<()>,
}

struct Cell {
    /// What the server said, with what was counted here on top.
    stored: Stored,
    synced: Instant,
    asked: Instant,
    /// Requests that the server does not know of.
    untold: u64,
    /// Allowed ones: the first, the last, and where they came from.
    uses: Option<(i64, i64, Vec<String>)>,
}

/// What a sync tells of a record.
struct Told {
    kind: Kind,
    id: Box<str>,
    untold: u64,
    uses: Option<(i64, i64, Vec<String>)>,
}

impl HybridStore {
    /// A store that syncs with a Redis so often. The first request of each token goes there itself, and so does every one
    /// where syncing is late.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn new(redis: RedisStore, every: Duration) -> std::io::Result<Self> {
        let every = every.max(Duration::from_millis(1));
        let local = Arc::new(Local {
            redis,
            every,
            cells: Shelves::new(SHELVES),
            between_ns: AtomicI64::new(UNKNOWN),
            turn: Mutex::default(),
        });
        let (stop, stopped) = channel();
        let syncing = Arc::clone(&local);
        let work = move || {
            while stopped.recv_timeout(syncing.every) == Err(RecvTimeoutError::Timeout) {
                // What could not be told is told next time; until then requests go to the server and fail there.
                let _ = syncing.sync();
            }
        };
        let thread = std::thread::Builder::new().name("usage".into()).spawn(work)?;
        Ok(HybridStore { local, syncing: Some((stop, thread)) })
    }

    /// Tells the server now what was counted here, and asks what others counted.
    ///
    /// # Errors
    /// When it does not answer. What was to be told is told next time.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.local.sync()
    }
}

impl Drop for HybridStore {
    fn drop(&mut self) {
        let Some((stop, thread)) = self.syncing.take() else { return };
        drop(stop);
        let _ = thread.join();
        let _ = self.local.sync();
    }
}

impl Local {
    /// The server's time, in us; `None` where it is not known.
    fn now_us(&self, at: Moment) -> Option<i64> {
        let between = self.between_ns.load(Ordering::Acquire);
        (between != UNKNOWN).then(|| at.tick_ns.saturating_add(between).div_euclid(1_000))
    }

    fn learn(&self, at: Moment, now_us: i64) {
        self.between_ns.store(now_us.saturating_mul(1_000).saturating_sub(at.tick_ns), Ordering::Release);
    }

    /// What is known, with so many requests counted: here where it is known here, else by the server.
    fn usage(&self, subject: &Subject<'_>, requests: u64, at: Moment) -> Result<Usage, StoreError> {
        if at.now_ns == at.tick_ns {
            return self.redis.usage(subject, requests, at);
        }
        let (now_us, here) = (self.now_us(at), Instant::now());
        let now_ns = now_us.unwrap_or_default().saturating_mul(1_000);
        let mut usage = Usage { now_ns, ..Usage::default() };
        // Which of the roles each is, if it is one.
        let mut missing: Vec<(Kind, &str, usize)> = vec![];
        for (kind, id) in subject.names() {
            let known = now_us.and_then(|_| self.count(kind, id, requests, now_ns, here));
            if known.is_none() {
                missing.push((kind, id, usage.roles.len()));
            }
            put(&mut usage, kind, known.unwrap_or_default());
        }
        if missing.is_empty() {
            return Ok(usage);
        }
        let asked: Vec<(Kind, &str, u64)> = missing.iter().map(|(kind, id, _)| (*kind, *id, requests)).collect();
        let (now_us, stored) = self.redis.ask(&asked, at)?;
        usage.now_ns = self.redis.instant(now_us);
        self.learn(at, now_us);
        for ((kind, id, role), stored) in missing.into_iter().zip(stored) {
            let record = self.take(kind, id, stored, usage.now_ns, None);
            match kind {
                Kind::Role => usage.roles[role] = record,
                _ => put(&mut usage, kind, record),
            }
        }
        Ok(usage)
    }

    /// Counts requests where the record was synced lately, and gives it.
    fn count(&self, kind: Kind, id: &str, requests: u64, now_ns: i64, here: Instant) -> Option<Record> {
        let mut place = self.cells.place(kind, id);
        let cell = place.get()?;
        if here.saturating_duration_since(cell.synced) > 2 * self.every {
            return None;
        }
        cell.asked = here;
        cell.untold += requests;
        (0..requests).for_each(|_| cell.stored.windows.add(now_ns));
        Some(cell.stored.record(now_ns))
    }

    /// Takes over what the server says of a record: asked for a request, or in a sync that told it of so many.
    fn take(&self, kind: Kind, id: &str, stored: Stored, now_ns: i64, told: Option<u64>) -> Record {
        let now = Instant::now();
        let mut place = self.cells.place(kind, id);
        let new = || Cell { stored: Stored::default(), synced: now, asked: now, untold: 0, uses: None };
        let cell = place.get_or_insert(new);
        cell.stored = stored;
        cell.synced = now;
        match told {
            Some(told) => cell.untold -= told.min(cell.untold),
            None => cell.asked = now,
        }
        // More than fill any window need not be added one by one.
        (0..cell.untold.min(1_000_000)).for_each(|_| cell.stored.windows.add(now_ns));
        if let Some((first, last, countries)) = &cell.uses {
            note(&mut cell.stored, *first, *last, countries);
        }
        cell.stored.record(now_ns)
    }

    fn sync(&self) -> Result<(), StoreError> {
        let _turn = lock(&self.turn);
        let mut told = vec![];
        for mut shelf in self.cells.all() {
            shelf.retain_all(|kind, id, cell| {
                let (idle, new) = (cell.asked.elapsed() > IDLE * self.every, cell.untold > 0 || cell.uses.is_some());
                if new || !idle {
                    told.push(Told { kind, id: id.into(), untold: cell.untold, uses: cell.uses.take() });
                }
                new || !idle
            });
        }
        let mut rest = told.as_slice();
        while !rest.is_empty() {
            let (batch, more) = rest.split_at(rest.len().min(BATCH));
            if let Err(error) = self.tell(batch) {
                rest.iter().for_each(|told| self.untell(told));
                return Err(error);
            }
            rest = more;
        }
        Ok(())
    }

    fn tell(&self, batch: &[Told]) -> Result<(), StoreError> {
        let host = crate::host::StandardHost::default();
        let at = Moment::of_host(&host);
        let values = self.redis.pipeline(|scripts| {
            let command = |told: &Told| {
                let note = told.uses.as_ref().map(|(first, last, countries)| {
                    self.redis.note_command(&scripts[1], &[(told.kind, &told.id)], *first, *last, countries)
                });
                let ask = self.redis.ask_command(&scripts[0], &[(told.kind, &told.id, told.untold)], at);
                note.into_iter().chain([ask])
            };
            batch.iter().flat_map(command).collect()
        })?;
        let mut answers = values.into_iter().filter(|value| matches!(value, Value::Array(_)));
        for told in batch {
            let answer = answers.next().unwrap_or(Value::Nil);
            let (now_us, stored) = self.redis.answer(answer, 1)?;
            self.learn(at, now_us);
            let now_ns = now_us.saturating_mul(1_000);
            for stored in stored {
                self.take(told.kind, &told.id, stored, now_ns, Some(told.untold));
            }
        }
        Ok(())
    }

    /// Notes that uses were not told after all.
    fn untell(&self, told: &Told) {
        let Some((first, last, countries)) = &told.uses else { return };
        if let Some(cell) = self.cells.place(told.kind, &told.id).get() {
            let uses = cell.uses.get_or_insert_with(|| (*first, *last, vec![]));
            (uses.0, uses.1) = (uses.0.min(*first), uses.1.max(*last));
            uses.2.extend(countries.iter().cloned());
        }
    }
}

/// Notes uses in a record.
fn note(stored: &mut Stored, first_us: i64, last_us: i64, countries: impl IntoIterator<Item = impl AsRef<str>>) {
    stored.there = true;
    stored.first_us = Some(stored.first_us.map_or(first_us, |first| first.min(first_us)));
    stored.last_us = stored.last_us.max(Some(last_us));
    countries.into_iter().for_each(|country| note_country(&mut stored.countries, country.as_ref()));
}

impl UsageStore for HybridStore {
    fn read(&self, subject: &Subject<'_>, at: Moment) -> Result<Usage, StoreError> {
        self.local.usage(subject, 0, at)
    }

    fn consume(&self, subject: &Subject<'_>, at: Moment) -> Result<Usage, StoreError> {
        self.local.usage(subject, 1, at)
    }

    fn commit(&self, subject: &Subject<'_>, now_ns: i64) -> Result<(), StoreError> {
        let now_us = now_ns.div_euclid(1_000);
        let mut unknown = vec![];
        for (kind, id) in subject.names() {
            let mut place = self.local.cells.place(kind, id);
            let Some(cell) = place.get() else {
                unknown.push((kind, id));
                continue;
            };
            let uses = cell.uses.get_or_insert_with(|| (now_us, now_us, vec![]));
            (uses.0, uses.1) = (uses.0.min(now_us), uses.1.max(now_us));
            let new = subject.country.filter(|new| !cell.stored.countries.iter().any(|known| **known == **new));
            uses.2.extend(new.map(str::to_owned));
            note(&mut cell.stored, now_us, now_us, new);
        }
        if unknown.is_empty() {
            return Ok(());
        }
        // It went from here while it was judged.
        self.local.redis.run(|connection, scripts| {
            let command = self.local.redis.note_command(&scripts[1], &unknown, now_us, now_us, subject.country);
            command.query::<()>(connection)
        })
    }

    fn push(&self, kind: Kind, id: &str, facts: Map<String, serde_json::Value>) -> Result<(), StoreError> {
        self.local.redis.push(kind, id, facts.clone())?;
        if let Some(cell) = self.local.cells.place(kind, id).get() {
            cell.stored.facts = Some(Arc::new(facts));
        }
        Ok(())
    }

    fn look(&self, kind: Kind, id: &str, at: Moment) -> Result<Option<Record>, StoreError> {
        self.local.redis.look(kind, id, at)
    }

    fn clear(&self, kind: Kind, id: &str) -> Result<bool, StoreError> {
        let here = self.local.cells.place(kind, id).remove();
        Ok(self.local.redis.clear(kind, id)? || here)
    }
}
