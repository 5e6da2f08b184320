//! The store in Redis or Valkey: one record for all instances, exact at a round trip a decision.
//!
//! Each decision is one Lua function that runs as a whole: all records of a request are counted and read at one instant, that
//! of the server's clock, so that instances need not agree on theirs. An allowed request is a second one, which notes the use;
//! a denied one is none. [`HybridStore`] counts here and syncs now and then, where a round trip is too much.
//!
//! | key | what |
//! |---|---|
//! | `{lictor}:token:NAME` and `key`, `user`, `role` | a hash: `first`, `last`, `since` (us since 1970), `windows`, `countries`, `facts` |
//! | `{lictor}:began` | when the store was used first |
//!
//! The prefix is in braces, so that all keys are in one slot: one Redis, or one shard of a cluster (there is no cluster client
//! here). Records expire when they were idle for 400 days; who comes after that is told from who is new by `known_since_ms`.
//! Give the server `maxmemory-policy noeviction` and a persistence that you trust: what it loses was never seen.
//!
//! Connections are made when they are needed, and made again when they broke. A request whose answer got lost on a broken
//! connection is asked for again and may be counted twice, never less than once. While the server is away each decision fails
//! at once but for one try every 100 ms.
//!
//! With `rediss://` the server has to show a certificate for its name by an authority that this machine trusts, or that of a
//! file that `SSL_CERT_FILE` names, or [`RedisOptions::authority`]. Whether the server wants to see one of the client is its
//! own choice (it does unless `tls-auth-clients no`): [`RedisOptions::identity`].

use std::str;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::{Client, Cmd, Connection, ConnectionLike, Pipeline, RedisError, RedisResult, Value};
use serde_json::Map;

use super::memory::COUNTRIES;
use super::{Kind, Moment, Record, StoreError, Subject, Usage, UsageStore, Windows};

mod hybrid;
mod options;

pub use hybrid::HybridStore;
pub use options::RedisOptions;

const ASK: &str = include_str!("redis/ask.lua");
const NOTE: &str = include_str!("redis/note.lua");
/// So long nobody tries again after a connection was refused.
const PATIENCE: Duration = Duration::from_millis(100);
/// More connections are not kept for later.
const IDLE: usize = 64;

/// Usage in Redis or Valkey, for many instances.
///
/// ```no_run
/// use std::sync::Arc;
/// use lictor::usage::RedisStore;
/// use lictor::{Policy, Tracked};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let policy = Policy::of_module("p.rego", "package p\n\ndeny if input.usage.count_1m > 2")?;
/// let store = Arc::new(RedisStore::open("rediss://lictor:secret@redis.internal:6380/0")?);
/// let mut session = Tracked::new(policy.session(), store); // one a thread
/// let decision = session.decide(r#"{"event": "use", "token": {"id": "t1"}}"#)?;
/// # Ok(())
/// # }
/// ```
pub struct RedisStore {
    client: Client,
    options: RedisOptions,
    idle: Mutex<Vec<Connection>>,
    /// When a connection was refused last, and why.
    refused: Mutex<Option<(Instant, StoreError)>>,
    /// What the server calls the functions.
    scripts: Mutex<Option<Arc<[String; 2]>>>,
    /// The latest instant that was given out.
    latest_us: AtomicI64,
}

/// A record as the server has it.
#[derive(Clone, Debug, Default)]
struct Stored {
    there: bool,
    first_us: Option<i64>,
    last_us: Option<i64>,
    since_us: Option<i64>,
    countries: Arc<[Box<str>]>,
    facts: Option<Arc<Map<String, serde_json::Value>>>,
    windows: Windows,
}

impl Stored {
    fn record(&self, now_ns: i64) -> Record {
        let ms = |us: i64| us.div_euclid(1_000);
        Record {
            first_used_ms: self.first_us.map(ms),
            last_used_ms: self.last_us.map(ms),
            counts: self.windows.counts(now_ns),
            countries: self.countries.clone(),
            known_since_ms: self.since_us.map(ms),
            facts: self.facts.clone(),
        }
    }
}

impl RedisStore {
    /// A store at a URL, as [`RedisOptions::open`].
    ///
    /// # Errors
    /// When the URL is none.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        RedisOptions::default().open(url)
    }

    fn new(client: Client, options: RedisOptions) -> Self {
        RedisStore {
            client,
            options,
            idle: Mutex::default(),
            refused: Mutex::default(),
            scripts: Mutex::default(),
            latest_us: AtomicI64::new(i64::MIN),
        }
    }

    fn key(&self, kind: Kind, id: &str) -> String {
        format!("{}{}:{id}", self.options.prefix, kind.as_str())
    }

    fn expire_ms(&self) -> u64 {
        u64::try_from(self.options.expire.as_millis()).unwrap_or(u64::MAX).min(1 << 50)
    }

    fn ask_command(&self, sha: &str, records: &[(Kind, &str, u64)], at: Moment) -> Cmd {
        let mut command = redis::cmd("EVALSHA");
        command.arg(sha).arg(records.len() + 1).arg(format!("{}began", self.options.prefix));
        for (kind, id, _) in records {
            command.arg(self.key(*kind, id));
        }
        let differ = u64::try_from(self.options.differ.as_micros()).unwrap_or(u64::MAX);
        // A recorded event, and a host without a clock of its own for ticks, says the time; the server does otherwise.
        let by_server = u8::from(at.now_ns != at.tick_ns);
        command.arg(at.now_ns.div_euclid(1_000)).arg(by_server).arg(differ).arg(self.expire_ms());
        for (_, _, requests) in records {
            command.arg(*requests);
        }
        command
    }

    fn note_command(
        &self,
        sha: &str,
        names: &[(Kind, &str)],
        first_us: i64,
        last_us: i64,
        countries: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Cmd {
        let mut command = redis::cmd("EVALSHA");
        command.arg(sha).arg(names.len());
        for (kind, id) in names {
            command.arg(self.key(*kind, id));
        }
        command.arg(first_us).arg(last_us).arg(self.expire_ms()).arg(COUNTRIES);
        for country in countries {
            command.arg(country.as_ref());
        }
        command
    }

    /// Counts requests, and gives the instant in us, and the records.
    fn ask(&self, records: &[(Kind, &str, u64)], at: Moment) -> Result<(i64, Vec<Stored>), StoreError> {
        let value = self.run(|connection, scripts| self.ask_command(&scripts[0], records, at).query(connection))?;
        self.answer(value, records.len())
    }

    fn answer(&self, value: Value, records: usize) -> Result<(i64, Vec<Stored>), StoreError> {
        let garbled = || StoreError::Unreachable("the server says something that is no answer".into());
        let Value::Array(parts) = value else { return Err(garbled()) };
        let mut parts = parts.into_iter();
        let now_us = match (parts.next(), parts.len()) {
            (Some(Value::Int(now_us)), count) if count == records => now_us,
            (Some(Value::BulkString(word)), 1) if word == b"clock" => {
                let by = parts.next().as_ref().and_then(whole).unwrap_or_default();
                return Err(StoreError::Differs { by: Duration::from_micros(by.unsigned_abs()) });
            }
            _ => return Err(garbled()),
        };
        let records = parts.map(|part| stored(part).ok_or_else(garbled)).collect::<Result<_, _>>()?;
        Ok((now_us, records))
    }

    /// The instant in ns: not before one that was given out, unless the server's clock was set back.
    fn instant(&self, now_us: i64) -> i64 {
        let latest = self.latest_us.fetch_max(now_us, Ordering::AcqRel);
        let differ = i64::try_from(self.options.differ.as_micros()).unwrap_or(i64::MAX);
        if latest.saturating_sub(now_us) > differ {
            self.latest_us.store(now_us, Ordering::Release);
            return now_us.saturating_mul(1_000);
        }
        now_us.max(latest).saturating_mul(1_000)
    }

    fn usage(&self, subject: &Subject<'_>, requests: u64, at: Moment) -> Result<Usage, StoreError> {
        let records: Vec<(Kind, &str, u64)> = subject.names().map(|(kind, id)| (kind, id, requests)).collect();
        let (now_us, stored) = self.ask(&records, at)?;
        let now_ns = self.instant(now_us);
        Ok(gathered(now_ns, subject, stored.iter().map(|stored| stored.record(now_ns))))
    }

    /// Does something with a connection.
    fn run<R>(&self, act: impl Fn(&mut Connection, &[String; 2]) -> RedisResult<R>) -> Result<R, StoreError> {
        let pooled = lock(&self.idle).pop();
        let was_pooled = pooled.is_some();
        let mut connection = pooled.map_or_else(|| self.connect(), Ok)?;
        let mut done = self.act(&mut connection, &act);
        if let Err(error) = &done
            && was_pooled
            && !error.is_timeout()
            && (error.is_connection_dropped() || error.is_io_error())
        {
            // The server may have gone and come back while the connection was idle; so have the others.
            lock(&self.idle).clear();
            connection = self.connect()?;
            done = self.act(&mut connection, &act);
        }
        match done {
            Ok(answer) => {
                let mut idle = lock(&self.idle);
                if idle.len() < IDLE {
                    idle.push(connection);
                }
                Ok(answer)
            }
            Err(error) => {
                // After a timeout an answer may still come, to a question that nobody asks any more.
                if !error.is_io_error() && !error.is_timeout() && connection.is_open() {
                    lock(&self.idle).push(connection);
                }
                Err(said(&error))
            }
        }
    }

    fn act<R>(
        &self,
        connection: &mut Connection,
        act: &impl Fn(&mut Connection, &[String; 2]) -> RedisResult<R>,
    ) -> RedisResult<R> {
        let known = lock(&self.scripts).clone();
        let scripts = known.map_or_else(|| self.load(connection), Ok)?;
        match act(connection, &scripts) {
            // The server was restarted, or its scripts were flushed.
            Err(error) if error.code() == Some("NOSCRIPT") || error.to_string().contains("NOSCRIPT") => {
                let scripts = self.load(connection)?;
                act(connection, &scripts)
            }
            done => done,
        }
    }

    fn load(&self, connection: &mut Connection) -> RedisResult<Arc<[String; 2]>> {
        let mut load = |text: &str| redis::cmd("SCRIPT").arg("LOAD").arg(text).query::<String>(connection);
        let scripts = Arc::new([load(ASK)?, load(NOTE)?]);
        *lock(&self.scripts) = Some(Arc::clone(&scripts));
        Ok(scripts)
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        if let Some((when, error)) = &*lock(&self.refused)
            && when.elapsed() < PATIENCE
        {
            return Err(error.clone());
        }
        let connected = self.client.get_connection_with_timeout(self.options.connect).and_then(|connection| {
            connection.set_read_timeout(Some(self.options.answer))?;
            connection.set_write_timeout(Some(self.options.answer))?;
            Ok(connection)
        });
        let connected = connected.map_err(|error| said(&error));
        *lock(&self.refused) = connected.as_ref().err().map(|error| (Instant::now(), error.clone()));
        connected
    }

    /// Runs commands one after the other, in one go.
    fn pipeline(&self, commands: impl Fn(&[String; 2]) -> Vec<Cmd>) -> Result<Vec<Value>, StoreError> {
        self.run(|connection, scripts| {
            let mut pipeline = Pipeline::new();
            for command in commands(scripts) {
                pipeline.add_command(command);
            }
            pipeline.query(connection)
        })
    }
}

impl UsageStore for RedisStore {
    fn read(&self, subject: &Subject<'_>, at: Moment) -> Result<Usage, StoreError> {
        self.usage(subject, 0, at)
    }

    fn consume(&self, subject: &Subject<'_>, at: Moment) -> Result<Usage, StoreError> {
        self.usage(subject, 1, at)
    }

    fn commit(&self, subject: &Subject<'_>, now_ns: i64) -> Result<(), StoreError> {
        let names: Vec<(Kind, &str)> = subject.names().collect();
        let now_us = now_ns.div_euclid(1_000);
        self.run(|connection, scripts| {
            self.note_command(&scripts[1], &names, now_us, now_us, subject.country).query::<()>(connection)
        })
    }

    fn push(&self, kind: Kind, id: &str, facts: Map<String, serde_json::Value>) -> Result<(), StoreError> {
        let (key, facts) = (self.key(kind, id), serde_json::Value::Object(facts).to_string());
        self.pipeline(|_| {
            let mut set = redis::cmd("HSET");
            set.arg(&key).arg("facts").arg(&facts);
            let mut expire = redis::cmd("PEXPIRE");
            expire.arg(&key).arg(self.expire_ms());
            vec![set, expire]
        })
        .map(drop)
    }

    fn look(&self, kind: Kind, id: &str, at: Moment) -> Result<Option<Record>, StoreError> {
        let (now_us, stored) = self.ask(&[(kind, id, 0)], at)?;
        Ok(stored.first().filter(|stored| stored.there).map(|stored| stored.record(now_us.saturating_mul(1_000))))
    }

    fn clear(&self, kind: Kind, id: &str) -> Result<bool, StoreError> {
        self.run(|connection, _| redis::cmd("DEL").arg(self.key(kind, id)).query::<bool>(connection))
    }
}

/// Puts the records of a subject's names where they belong.
fn gathered(now_ns: i64, subject: &Subject<'_>, records: impl Iterator<Item = Record>) -> Usage {
    let mut usage = Usage { now_ns, ..Usage::default() };
    subject.names().zip(records).for_each(|((kind, _), record)| put(&mut usage, kind, record));
    usage
}

/// Puts a record where it belongs; one of a role behind those before it.
fn put(usage: &mut Usage, kind: Kind, record: Record) {
    match kind {
        Kind::Token => usage.token = Some(record),
        Kind::Key => usage.key = Some(record),
        Kind::User => usage.user = Some(record),
        Kind::Role => usage.roles.push(record),
    }
}

/// A whole number, as it is or as text.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::BulkString(text) => str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    }
}

/// Reads what `ask.lua` says of a record.
fn stored(value: Value) -> Option<Stored> {
    let Value::Array(parts) = value else { return None };
    let [there, first, last, since, countries, facts, windows @ ..] = parts.as_slice() else { return None };
    let text = |value: &Value| match value {
        Value::BulkString(bytes) => Some(serde_json::from_slice(bytes).ok()),
        _ => Some(None),
    };
    let mut parts = [(0, 0, 0); 4];
    if windows.len() != 12 {
        return None;
    }
    for (part, three) in parts.iter_mut().zip(windows.chunks_exact(3)) {
        let count = |at: usize| whole(&three[at]).and_then(|count| u64::try_from(count).ok());
        *part = (whole(&three[0])?, count(1)?, count(2)?);
    }
    let countries: Option<serde_json::Value> = text(countries)?;
    let countries: Option<Vec<Box<str>>> = countries.and_then(|countries| serde_json::from_value(countries).ok());
    let countries = countries.unwrap_or_default().into();
    let facts: Option<serde_json::Value> = text(facts)?;
    let facts = facts.and_then(|facts| serde_json::from_value(facts).ok()).map(Arc::new);
    Some(Stored {
        there: whole(there)? != 0,
        first_us: whole(first),
        last_us: whole(last),
        since_us: whole(since),
        countries,
        facts,
        windows: Windows::of_parts(parts),
    })
}

/// What the client says, without what it was given; in words of ours where its own do not say what to do.
fn said(error: &RedisError) -> StoreError {
    let text = error.to_string();
    let known = KNOWN.iter().find(|(sign, _)| text.contains(sign)).map(|(_, words)| (*words).to_owned());
    let slow = || error.is_timeout().then(|| "it took too long".to_owned());
    StoreError::Unreachable(known.or_else(slow).unwrap_or(text))
}

/// By what the client's words are known, and what to say instead.
const KNOWN: [(&str, &str); 6] = [
    ("UnknownIssuer", UNTRUSTED),
    // An authority has the name of one that is trusted.
    ("BadSignature", UNTRUSTED),
    ("CaUsedAsEndEntity", "its certificate is an authority's own; give it one that such an authority has signed"),
    ("not valid for name", "its certificate is for another name than the URL has"),
    ("CertificateRequired", "it wants to see a certificate of the client"),
    ("UnknownCA", "it does not trust the authority of the client's certificate"),
];

const UNTRUSTED: &str = "its certificate is by no authority that this machine trusts; name the right one's file in \
                         SSL_CERT_FILE, or give its certificate";

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
