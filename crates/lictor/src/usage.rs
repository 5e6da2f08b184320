//! Usage: what is known of a token, its API key, its user and their roles when a request comes.
//!
//! Policies stay pure: they see the record in `input.usage` and nothing else. A [`UsageStore`] keeps the records; a
//! [`Tracked`] session asks it before each decision and tells it afterwards. [`MemoryStore`] is the one in the process.
//!
//! | `input.usage` | from |
//! |---|---|
//! | `status` | `ok`, `stale` or `unavailable`: whether the store answered |
//! | `first_used_ms`, `last_used_ms` | allowed requests before this one; missing where there were none |
//! | `count_1s`, `count_1m`, `count_1h`, `count_1d` | requests with this token, this one included, denied ones too |
//! | `countries` | `request.country` of allowed requests before this one |
//! | `key`, `user`, `roles.<role>` | the same of the API key, the user and each role |
//! | `created_ms`, `replaced_ms`, `risk`, anything else | what was pushed for the token ([`UsageStore::push`]) |
//! | `active_keys`, `active_tokens` | what was pushed for the user, and for the API key, unless it was for the token |
//!
//! What is not known is missing, and the library's policies deny what is missing.
//!
//! Counts slide: each window is two buckets, the older one counted by the part of it that the window still covers, as if
//! its requests had come evenly. Where they came all at its end, a count may be too low by what came in that bucket.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

mod memory;
#[cfg(feature = "store")]
mod snapshot;
mod subject;
mod tracked;
mod window;

pub use memory::MemoryStore;
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
    pub countries: Vec<String>,
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
    /// Those of the user's roles.
    pub roles: BTreeMap<String, Record>,
}

/// Why a store does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the usage store does not answer: {0}")]
pub struct StoreError(pub String);

/// What becomes of requests while the store does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnStateError {
    /// They end with an error, and an error is never an allow.
    #[default]
    Deny,
    /// They are judged as if the token had been used just now, for the first time in a day. Policies see that `status` is
    /// `unavailable`; what only pushed facts tell is missing.
    Allow,
    /// They are judged by what this session saw last of the same subject, with each request counted on top, where that is
    /// no older than this; else they end with an error. Policies see that `status` is `stale`.
    Stale(Duration),
}

/// Keeps usage. All calls may come from many threads at once.
pub trait UsageStore: Send + Sync {
    /// What is known, with nothing counted: for events that are no requests.
    ///
    /// # Errors
    /// When the store does not answer.
    fn read(&self, subject: &Subject, now_ns: i64) -> Result<Usage, StoreError>;

    /// Counts a request, and says what is known with it counted. Of N + 1 calls at once, one at least sees N + 1.
    ///
    /// # Errors
    /// When the store does not answer.
    fn consume(&self, subject: &Subject, now_ns: i64) -> Result<Usage, StoreError>;

    /// Notes that the request was allowed. `now_ns` is what [`UsageStore::consume`] gave.
    ///
    /// # Errors
    /// When the store does not answer.
    fn commit(&self, subject: &Subject, now_ns: i64) -> Result<(), StoreError>;

    /// Sets what is known from outside of a token, key, user or role, instead of what was pushed before: `created_ms`,
    /// `replaced_ms`, `risk`, `active_keys`, `active_tokens`, or whatever else policies are to see.
    ///
    /// # Errors
    /// When the store does not answer.
    fn push(&self, kind: Kind, id: &str, facts: Map<String, Value>) -> Result<(), StoreError>;
}

#[cfg(feature = "store")]
impl Kind {
    const ALL: [Kind; 4] = [Kind::Token, Kind::Key, Kind::User, Kind::Role];
}

const COUNTS: [&str; 4] = ["count_1s", "count_1m", "count_1h", "count_1d"];

impl Record {
    /// What policies see. What the store knows itself goes before what was pushed.
    fn to_json(&self) -> Map<String, Value> {
        let mut json = self.facts.as_deref().cloned().unwrap_or_default();
        for (name, stamp) in [("first_used_ms", self.first_used_ms), ("last_used_ms", self.last_used_ms)] {
            if let Some(ms) = stamp {
                json.insert(name.into(), ms.into());
            }
        }
        for (name, count) in COUNTS.into_iter().zip(self.counts) {
            json.insert(name.into(), count.into());
        }
        let countries = json.entry("countries").or_insert_with(|| Value::Array(vec![]));
        if let Value::Array(countries) = countries {
            for country in &self.countries {
                if !countries.iter().any(|known| known == country.as_str()) {
                    countries.push(country.as_str().into());
                }
            }
        }
        json
    }

    fn fact(&self, name: &str) -> Option<&Value> {
        self.facts.as_ref()?.get(name)
    }
}

impl Usage {
    /// What is taken to be known where nothing is, and that is to do no harm.
    fn harmless(subject: &Subject, now_ns: i64) -> Usage {
        let ms = now_ns.div_euclid(1_000_000);
        let countries = subject.country.iter().cloned().collect();
        let record = Record { first_used_ms: Some(ms), last_used_ms: Some(ms), counts: [1; 4], countries, facts: None };
        let of = |id: &Option<String>| id.as_ref().map(|_| record.clone());
        let roles = subject.roles.iter().map(|role| (role.clone(), record.clone())).collect();
        Usage { now_ns, token: of(&subject.token), key: of(&subject.key), user: of(&subject.user), roles }
    }

    /// Counts one more request in every record.
    fn count_one(&mut self) {
        let records = [&mut self.token, &mut self.key, &mut self.user].into_iter().flatten();
        for record in records.chain(self.roles.values_mut()) {
            record.counts.iter_mut().for_each(|count| *count = count.saturating_add(1));
        }
    }

    /// What policies see in `input.usage`.
    pub fn to_json(&self, status: &str) -> Map<String, Value> {
        let mut json = self.token.as_ref().map(Record::to_json).unwrap_or_default();
        for (name, record) in [("active_keys", &self.user), ("active_tokens", &self.key)] {
            if let Some(fact) = record.as_ref().and_then(|record| record.fact(name))
                && !json.contains_key(name)
            {
                json.insert(name.into(), fact.clone());
            }
        }
        // A pushed fact of one of these names is none.
        for (name, record) in [("key", &self.key), ("user", &self.user)] {
            json.remove(name);
            if let Some(record) = record {
                json.insert(name.into(), record.to_json().into());
            }
        }
        let roles = self.roles.iter().map(|(role, record)| (role.clone(), record.to_json().into()));
        json.insert("roles".into(), Value::Object(roles.collect()));
        json.insert("status".into(), status.into());
        json
    }
}
