//! What is known of a token's use, and what policies of the library make of it.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use lictor::usage::{Kind, Moment, Record, StoreError, Subject, Usage};
use lictor::{Builder, Decision, Host, MemoryStore, Policy, Tracked, UsageStore};
use serde_json::{Map, Value, json};

mod batches;
mod records;
mod rules;
mod store;
mod told;

const START: i64 = 1_800_000_000_000_000_000;
const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86400 * SECOND;

/// A clock that is set by hand.
struct Clock(AtomicI64);

impl Clock {
    fn set(&self, now_ns: i64) {
        self.0.store(now_ns, Ordering::Relaxed);
    }
}

impl Host for Clock {
    fn now_ns(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn print(&self, _at: &str, _message: &str) {}
}

/// Policies of the library, a clock, and a store.
struct Stage {
    clock: Arc<Clock>,
    policy: Policy,
    store: Arc<MemoryStore>,
}

impl Stage {
    fn new(policies: &[&str], data: &Value) -> Stage {
        let builder = policies.iter().fold(Builder::new(), |builder, name| {
            let path = format!("{}/../../policies/library/{name}.rego", env!("CARGO_MANIFEST_DIR"));
            builder.module(*name, std::fs::read_to_string(path).unwrap())
        });
        Stage::of(builder.data(data.to_string()))
    }

    fn of(builder: Builder) -> Stage {
        let clock = Arc::new(Clock(AtomicI64::new(START)));
        let policy = builder.host(clock.clone()).build().unwrap();
        Stage { clock, policy, store: Arc::new(MemoryStore::new()) }
    }

    fn session(&self) -> Tracked {
        Tracked::new(self.policy.session(), self.store.clone())
    }

    fn push(&self, kind: Kind, id: &str, facts: Value) {
        let Value::Object(facts) = facts else { panic!("facts are an object") };
        self.store.push(kind, id, facts).unwrap();
    }
}

fn request(token: &str, user: &str, roles: &[&str]) -> String {
    json!({
        "event": "use",
        "request": {"method": "GET", "country": "DE"},
        "token": {"id": token},
        "principal": {"id": user, "roles": roles},
    })
    .to_string()
}

fn messages(decision: &Decision) -> Vec<&str> {
    decision.findings.iter().map(|finding| finding.message.as_str()).collect()
}

fn of_token(name: &str) -> Subject<'_> {
    Subject { token: Some(name), ..Subject::default() }
}

/// A store that can be cut off.
#[derive(Default)]
struct Remote {
    store: MemoryStore,
    down: AtomicBool,
}

impl Remote {
    fn reached(&self) -> Result<&MemoryStore, StoreError> {
        match self.down.load(Ordering::Relaxed) {
            true => Err(StoreError::Unreachable("connection refused".into())),
            false => Ok(&self.store),
        }
    }
}

impl UsageStore for Remote {
    fn read(&self, subject: &Subject<'_>, at: Moment) -> Result<Usage, StoreError> {
        self.reached()?.read(subject, at)
    }

    fn consume(&self, subject: &Subject<'_>, at: Moment) -> Result<Usage, StoreError> {
        self.reached()?.consume(subject, at)
    }

    fn commit(&self, subject: &Subject<'_>, now_ns: i64) -> Result<(), StoreError> {
        self.reached()?.commit(subject, now_ns)
    }

    fn push(&self, kind: Kind, id: &str, facts: Map<String, Value>) -> Result<(), StoreError> {
        self.reached()?.push(kind, id, facts)
    }

    fn look(&self, kind: Kind, id: &str, at: Moment) -> Result<Option<Record>, StoreError> {
        self.reached()?.look(kind, id, at)
    }

    fn clear(&self, kind: Kind, id: &str) -> Result<bool, StoreError> {
        self.reached()?.clear(kind, id)
    }
}
