//! Usage: what is known of a token, its API key, its user and their roles when a request comes.
//!
//! Policies stay pure: they see the record in `input.usage` and nothing else. A [`UsageStore`] keeps the records; a
//! [`Tracked`] session asks it before each decision and tells it afterwards. [`MemoryStore`] is the one in the process;
//! `RedisStore` (feature `redis`) is one that many instances share, strictly or, as `HybridStore`, with a bounded lag.
//!
//! | `input.usage` | from |
//! |---|---|
//! | `status` | `ok`, `stale` or `unavailable`: whether the store answered |
//! | `first_used_ms`, `last_used_ms` | allowed requests before this one; missing where there were none |
//! | `count_1s`, `count_1m`, `count_1h`, `count_1d` | requests with this token, this one included, denied ones too |
//! | `countries` | `request.country` of allowed requests before this one |
//! | `known_since_ms` | the store forgets: what came before is not known; missing where nothing was forgotten |
//! | `key`, `user`, `roles.<role>` | the same of the API key, the user and each role |
//! | `created_ms`, `replaced_ms`, `risk`, anything else | what was pushed for the token ([`UsageStore::push`]) |
//! | `active_keys`, `active_tokens` | what was pushed for the user, and for the API key, unless it was for the token |
//!
//! What is not known is missing, and the library's policies deny what is missing.
//!
//! While the store does not answer, or the clock jumped ([`Moment`]), the policy sets that judge the event say what becomes of
//! it: [`OnStateError`].
//!
//! Counts slide: each window is two buckets, the older one counted by the part of it that the window still covers, as if
//! its requests had come evenly. Where they came all at its end, a count may be too low by what came in that bucket.

use std::sync::Arc;
use std::time::Duration;

use lictor_value::{Arena, json};
use serde_json::{Map, Value};

use crate::error::Error;

pub(crate) mod known;
mod memory;
mod moment;
#[cfg(feature = "redis")]
mod redis;
mod rule;
mod shelves;
#[cfg(feature = "store")]
mod snapshot;
pub(crate) mod subject;
mod tracked;
pub(crate) mod turns;
mod window;

pub use memory::MemoryStore;
pub use moment::Moment;
#[cfg(feature = "redis")]
pub use redis::{HybridStore, RedisOptions, RedisStore};
pub use rule::OnStateError;
#[cfg(feature = "store")]
pub use snapshot::{SnapshotError, Snapshots};
pub use subject::Subject;
pub use tracked::Tracked;
pub use window::Windows;

/// Whose usage it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A token's.
    Token,
    /// An API key's.
    Key,
    /// A user's.
    User,
    /// A role's.
    Role,
}

/// What is known of one token, key, user or role.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// When the first allowed request came, in ms since 1970.
    pub first_used_ms: Option<i64>,
    /// When the last allowed request came, in ms since 1970.
    pub last_used_ms: Option<i64>,
    /// Requests in a second, a minute, an hour and a day.
    pub counts: [u64; 4],
    /// Where allowed requests came from.
    pub countries: Arc<[Box<str>]>,
    /// The store has forgotten others of its kind until then, in ms since 1970: it may have forgotten this one as well, and
    /// what came earlier is not known.
    pub known_since_ms: Option<i64>,
    /// What was pushed from outside.
    pub facts: Option<Arc<Map<String, Value>>>,
}

/// What is known when a request comes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// The instant of the decision, in ns since 1970: never before one that the store gave earlier.
    pub now_ns: i64,
    /// The token's.
    pub token: Option<Record>,
    /// The API key's.
    pub key: Option<Record>,
    /// The user's.
    pub user: Option<Record>,
    /// Those of the user's roles, in their order.
    pub roles: Vec<Record>,
}

/// Why a store does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be reached, or says something that is no answer.
    #[error("the usage store does not answer: {0}")]
    Unreachable(String),
    /// What was said of it, its URL or a certificate, is wrong.
    #[error("the usage store cannot be opened: {0}")]
    Wrong(String),
    /// The clock jumped: [`Moment`].
    #[error("the clock {}; it is believed when it stays so", jump(*.by, *.forward))]
    Clock {
        /// How far.
        by: Duration,
        /// Whether forward.
        forward: bool,
    },
    /// The clocks here and of the store's server differ: one of them jumped.
    #[error("the clocks here and of the usage store differ by {} s", by.as_secs())]
    Differs {
        /// How far.
        by: Duration,
    },
}

fn jump(by: Duration, forward: bool) -> String {
    let seconds = by.as_secs();
    if forward {
        format!("jumped forward by {seconds} s")
    } else {
        format!("is {seconds} s behind what the usage store has seen")
    }
}

/// Keeps usage. All calls may come from many threads at once.
pub trait UsageStore: Send + Sync {
    /// What is known, with nothing counted: for events that are no requests.
    ///
    /// # Errors
    /// When the store does not answer.
    fn read(&self, subject: &Subject<'_>, at: Moment) -> Result<Usage, StoreError>;

    /// Counts a request, and says what is known with it counted. Of N + 1 calls at once, one at least sees N + 1.
    ///
    /// # Errors
    /// When the store does not answer.
    fn consume(&self, subject: &Subject<'_>, at: Moment) -> Result<Usage, StoreError>;

    /// Notes that the request was allowed. `now_ns` is the instant that [`UsageStore::consume`] gave.
    ///
    /// # Errors
    /// When the store does not answer.
    fn commit(&self, subject: &Subject<'_>, now_ns: i64) -> Result<(), StoreError>;

    /// Sets what is known from outside of a token, key, user or role, instead of what was pushed before: `created_ms`,
    /// `replaced_ms`, `risk`, `active_keys`, `active_tokens`, or whatever else policies are to see.
    ///
    /// # Errors
    /// When the store does not answer.
    fn push(&self, kind: Kind, id: &str, facts: Map<String, Value>) -> Result<(), StoreError>;

    /// What is known of one token, key, user or role; `None` where nothing is. For people who look.
    ///
    /// # Errors
    /// When the store does not answer.
    fn look(&self, kind: Kind, id: &str, at: Moment) -> Result<Option<Record>, StoreError>;

    /// Forgets all of one token, key, user or role, as if it had never been seen; whether there was something to forget.
    ///
    /// # Errors
    /// When the store does not answer.
    fn clear(&self, kind: Kind, id: &str) -> Result<bool, StoreError>;
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::Token, Kind::Key, Kind::User, Kind::Role];

    /// The name that commands and stores use.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Token => "token",
            Kind::Key => "key",
            Kind::User => "user",
            Kind::Role => "role",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Kind::ALL.into_iter().find(|kind| kind.as_str() == word);
        known.ok_or_else(|| format!("`{word}` has no usage; it is one of token, key, user, role"))
    }
}

impl Record {
    /// What policies see.
    ///
    /// # Errors
    /// When what was pushed is nested too deep.
    pub fn to_json(&self) -> Result<Map<String, Value>, Error> {
        let (arena, mut text) = (Arena::default(), vec![]);
        json::write_json(self.all(&mut known::Maker::new(&arena))?, &mut text);
        serde_json::from_slice(&text).map_err(|error| Error::Unserializable(error.to_string()))
    }

    fn fact(&self, name: &str) -> Option<&Value> {
        self.facts.as_ref()?.get(name)
    }
}

impl Usage {
    /// What is taken to be known where nothing is, and that is to do no harm.
    fn harmless(subject: &Subject<'_>, now_ns: i64) -> Usage {
        let ms = now_ns.div_euclid(1_000_000);
        let record = Record {
            first_used_ms: Some(ms),
            last_used_ms: Some(ms),
            counts: [1; 4],
            countries: subject.country.into_iter().map(Box::from).collect(),
            known_since_ms: None,
            facts: None,
        };
        let of = |id: Option<&str>| id.map(|_| record.clone());
        let roles = vec![record.clone(); subject.roles.len()];
        Usage { now_ns, token: of(subject.token), key: of(subject.key), user: of(subject.user), roles }
    }

    /// Counts one more request in every record.
    fn count_one(&mut self) {
        let records = [&mut self.token, &mut self.key, &mut self.user].into_iter().flatten();
        for record in records.chain(&mut self.roles) {
            record.counts.iter_mut().for_each(|count| *count = count.saturating_add(1));
        }
    }
}
