//! What is known of a token's use, and what policies of the library make of it.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use lictor::usage::{Kind, StoreError, Subject, Usage};
use lictor::{Builder, Decision, Error, Host, MemoryStore, OnStateError, Policy, Tracked, UsageStore};
use serde_json::{Map, Value, json};

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

#[test]
fn a_token_that_was_idle_for_46_days_is_denied_and_one_for_44_days_passes() {
    for (days, allowed) in [(44, true), (46, false)] {
        let stage = Stage::new(&["inactivity/unused"], &json!({}));
        stage.push(Kind::Token, "t", json!({"created_ms": START / 1_000_000}));
        let mut session = stage.session();
        assert!(session.decide(request("t", "ann", &[])).unwrap().is_allowed());
        stage.clock.set(START + days * DAY);
        let decision = session.decide(request("t", "ann", &[])).unwrap();
        assert_eq!(decision.is_allowed(), allowed, "{days} days: {decision:?}");
    }
}

#[test]
fn a_denied_request_does_not_refresh_last_used() {
    let stage = Stage::new(&["inactivity/unused"], &json!({}));
    stage.push(Kind::Token, "t", json!({"created_ms": START / 1_000_000}));
    let mut session = stage.session();
    assert!(session.decide(request("t", "ann", &[])).unwrap().is_allowed());
    for days in [46, 47, 60] {
        stage.clock.set(START + days * DAY);
        let decision = session.decide(request("t", "ann", &[])).unwrap();
        assert_eq!(messages(&decision), ["token was unused for more than 45 days"], "after {days} days");
    }
}

#[test]
fn a_token_of_which_nothing_is_known_is_denied_until_its_creation_is_pushed() {
    let stage = Stage::new(&["inactivity/unused"], &json!({}));
    let mut session = stage.session();
    let decision = session.decide(request("t", "ann", &[])).unwrap();
    assert_eq!(messages(&decision), ["usage has neither last_used_ms nor created_ms"]);
    stage.push(Kind::Token, "t", json!({"created_ms": START / 1_000_000}));
    assert!(session.decide(request("t", "ann", &[])).unwrap().is_allowed());
}

#[test]
fn of_64_threads_at_once_as_many_pass_as_may_and_no_more() {
    let most = 40;
    let stage =
        Stage::new(&["rate/token"], &json!({"lictor": {"parameters": {"rate": {"token": {"max_per_minute": most}}}}}));
    let passed: usize = std::thread::scope(|scope| {
        let ask = || scope.spawn(|| stage.session().decide(request("t", "ann", &[])).unwrap().is_allowed());
        let threads: Vec<_> = (0..64).map(|_| ask()).collect();
        threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
    });
    assert_eq!(passed, most);
}

#[test]
fn the_cap_differs_by_role() {
    let caps = json!({"lictor": {"parameters": {"rate": {"role": {"max_per_minute": {"teller": 5, "viewer": 2}, "otherwise": 1}}}}});
    for (roles, most) in [(&["teller"][..], 5), (&["viewer"], 2), (&["teller", "viewer"], 5), (&[], 1)] {
        let stage = Stage::new(&["rate/role"], &caps);
        let mut session = stage.session();
        let passed = (0..10).filter(|_| session.decide(request("t", "ann", roles)).unwrap().is_allowed()).count();
        assert_eq!(passed, most, "{roles:?}");
    }
}

#[test]
fn a_user_is_counted_over_all_of_their_tokens() {
    let stage =
        Stage::new(&["rate/user"], &json!({"lictor": {"parameters": {"rate": {"user": {"max_per_minute": 3}}}}}));
    let mut session = stage.session();
    let mut ask = |token: &str, user: &str| session.decide(request(token, user, &[])).unwrap().is_allowed();
    assert!(["a", "b", "c"].into_iter().all(|token| ask(token, "ann")));
    assert!(!ask("d", "ann"));
    assert!(ask("e", "bob"));
}

#[test]
fn a_token_that_turns_up_in_a_new_country_is_denied_each_time() {
    let stage = Stage::new(&["region/new_country"], &json!({}));
    let mut session = stage.session();
    let from = |country: &str| request("t", "ann", &[]).replace("DE", country);
    assert!(session.decide(from("DE")).unwrap().is_allowed());
    assert!(!session.decide(from("BR")).unwrap().is_allowed());
    assert!(!session.decide(from("BR")).unwrap().is_allowed());
    assert!(session.decide(from("DE")).unwrap().is_allowed());
}

#[test]
fn a_clock_that_jumps_back_gains_nobody_requests_and_makes_nothing_younger() {
    let cap = json!({"lictor": {"parameters": {"rate": {"token": {"max_per_minute": 2}}}}});
    let stage = Stage::new(&["rate/token", "inactivity/unused"], &cap);
    stage.push(Kind::Token, "t", json!({"created_ms": START / 1_000_000}));
    let mut session = stage.session();
    let mut ask = |now_ns| {
        stage.clock.set(now_ns);
        session.decide(request("t", "ann", &[])).unwrap().is_allowed()
    };
    assert!(ask(START) && ask(START));
    assert!(!ask(START - 3600 * SECOND) && !ask(START - DAY) && !ask(START + SECOND));
    assert!(ask(START + 180 * SECOND));
    assert!(!ask(START + 60 * DAY));
    assert!(!ask(START), "what was found idle stays idle");
}

#[test]
fn nothing_that_an_event_says_of_its_own_use_or_time_counts() {
    let policy = "package p\n\ndeny contains json.marshal([input.usage.count_1m, object.get(input.usage, \"extra\", null), \
                  input.time_ns == time.now_ns()])";
    for builder in [Builder::new(), Builder::new().without_fast_rooms()] {
        let stage = Stage::of(builder.module("p.rego", policy));
        let mut session = stage.session();
        for (n, said) in [
            r#"{"usage":{"count_1m":0,"extra":1},"time_ns":1,"event":"use","token":{"id":"t"}}"#,
            r#"{"event":"use","token":{"id":"t"},"usage":{"count_1m":0,"extra":1},"time_ns":1,"usage":3} "#,
            "{\"event\":\"use\",\"token\":{\"id\":\"t\"},\"us\\u0061ge\":{\"count_1m\":0}\n}\n",
        ]
        .iter()
        .enumerate()
        {
            let decision = session.decide(said).unwrap();
            assert_eq!(messages(&decision), [format!("[{},null,true]", n + 1)], "{said}");
        }
    }
}

#[test]
fn events_that_are_no_requests_see_what_is_pushed_and_count_nothing() {
    let stage = Stage::new(&["ownership/keys_per_owner"], &json!({}));
    stage.push(Kind::User, "acme/sa", json!({"active_keys": 1}));
    let create = r#"{"event":"create","apiKey":{"identifier":"k","accountIdentifier":"acme","parentIdentifier":"sa"}}"#;
    let mut session = stage.session();
    assert_eq!(messages(&session.decide(create).unwrap()), ["owner has 1 active keys, and may have 1"]);
    stage.push(Kind::User, "acme/sa", json!({"active_keys": 0}));
    assert!(session.decide(create).unwrap().is_allowed());
    let subject = Subject { user: Some("acme/sa".into()), ..Subject::default() };
    assert_eq!(stage.store.read(&subject, START).unwrap().user.unwrap().counts, [0; 4]);
}

#[test]
fn what_is_no_object_or_no_json_is_an_error() {
    let stage = Stage::of(Builder::new().module("p.rego", "package p\n\ndeny if input.usage.count_1m > 100"));
    let mut session = stage.session();
    for event in
        ["3", "[]", "{}", "", "{\"event\":\"use\"", "{\"event\":\"use\",\"token\":{\"id\":\"t\"}}}", "\u{feff}{}"]
    {
        assert!(session.decide(event).is_err(), "{event}");
    }
    assert!(session.decide([b'{', b'"', 0xff, b'"', b':', b'1', b'}']).is_err());
    assert_eq!(stage.store.tokens(), 0);
}

#[test]
fn a_full_store_forgets_who_was_idle_longest_and_keeps_what_was_pushed() {
    let store = MemoryStore::with_limit(100);
    let subject = |token: String| Subject { token: Some(token), ..Subject::default() };
    store.push(Kind::Token, "pushed", Map::from_iter([("risk".into(), json!(90))])).unwrap();
    for n in 0..1000 {
        store.consume(&subject(format!("t{n}")), START + n).unwrap();
        store.consume(&subject("busy".into()), START + n).unwrap();
        assert!(store.tokens() <= 100);
    }
    let counts = |token: &str| store.read(&subject(token.into()), START + 1000).unwrap().token.unwrap();
    assert_eq!(counts("busy").counts, [1000; 4]);
    assert_eq!(counts("t999").counts, [1; 4]);
    assert_eq!(counts("t0").counts, [0; 4]);
    assert!(counts("pushed").facts.is_some());
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
            true => Err(StoreError("connection refused".into())),
            false => Ok(&self.store),
        }
    }
}

impl UsageStore for Remote {
    fn read(&self, subject: &Subject, now_ns: i64) -> Result<Usage, StoreError> {
        self.reached()?.read(subject, now_ns)
    }

    fn consume(&self, subject: &Subject, now_ns: i64) -> Result<Usage, StoreError> {
        self.reached()?.consume(subject, now_ns)
    }

    fn commit(&self, subject: &Subject, now_ns: i64) -> Result<(), StoreError> {
        self.reached()?.commit(subject, now_ns)
    }

    fn push(&self, kind: Kind, id: &str, facts: Map<String, Value>) -> Result<(), StoreError> {
        self.reached()?.push(kind, id, facts)
    }
}

#[test]
fn while_the_store_does_not_answer_the_rule_says_what_becomes_of_requests() {
    let cap = json!({"lictor": {"parameters": {"rate": {"token": {"max_per_minute": 3}}}}});
    let stage = Stage::new(&["rate/token"], &cap);
    let remote = Arc::new(Remote::default());
    let with = |rule| Tracked::new(stage.policy.session(), remote.clone()).on_state_error(rule);
    let mut denying = with(OnStateError::Deny);
    let mut allowing = with(OnStateError::Allow);
    let mut stale = with(OnStateError::Stale(Duration::from_secs(10)));
    let event = request("t", "ann", &[]);
    assert!(stale.decide(&event).unwrap().is_allowed());
    remote.down.store(true, Ordering::Relaxed);
    let error = denying.decide(&event).unwrap_err();
    assert!(matches!(error, Error::Usage(_)));
    assert_eq!(error.to_string(), "the usage store does not answer: connection refused");
    assert!((0..10).all(|_| allowing.decide(&event).unwrap().is_allowed()));
    // One was counted while the store was there: two more pass.
    let passed = (0..10).filter(|_| stale.decide(&event).unwrap().is_allowed()).count();
    assert_eq!(passed, 2);
    assert!(stale.decide(request("other", "ann", &[])).is_err(), "it was never seen");
    stage.clock.set(START + 11 * SECOND);
    assert!(stale.decide(&event).is_err(), "what was seen is too old");
}

#[test]
fn policies_are_told_whether_the_store_answered() {
    let stage = Stage::of(Builder::new().module("p.rego", "package p\n\ndeny contains input.usage.status"));
    let remote = Arc::new(Remote::default());
    let mut said = HashSet::new();
    for rule in [OnStateError::Allow, OnStateError::Stale(Duration::from_secs(10))] {
        remote.down.store(false, Ordering::Relaxed);
        let mut session = Tracked::new(stage.policy.session(), remote.clone()).on_state_error(rule);
        for down in [false, true] {
            remote.down.store(down, Ordering::Relaxed);
            let decision = session.decide(request("t", "ann", &[])).unwrap();
            said.extend(messages(&decision).into_iter().map(str::to_owned));
        }
    }
    assert_eq!(said, ["ok", "stale", "unavailable"].map(str::to_owned).into());
}

#[cfg(feature = "store")]
mod snapshots {
    use lictor::usage::Snapshots;

    use super::*;

    #[test]
    fn what_is_known_outlives_the_process_and_a_crash_loses_a_second_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.redb");
        let subject = Subject { token: Some("t".into()), country: Some("DE".into()), ..Subject::default() };
        let first = Snapshots::open(&path, MemoryStore::new()).unwrap();
        first.store().push(Kind::Token, "t", Map::from_iter([("risk".into(), json!(7))])).unwrap();
        first.store().consume(&subject, START).unwrap();
        first.store().commit(&subject, START).unwrap();
        let known = first.store().read(&subject, START).unwrap();
        // As a crash would leave it: copied while it is open, after a second and a little for slow machines.
        let crashed = folder.path().join("crashed.redb");
        std::thread::sleep(Duration::from_secs(3));
        std::fs::copy(&path, &crashed).unwrap();
        let after = Snapshots::open(&crashed, MemoryStore::new()).unwrap();
        assert_eq!(after.store().read(&subject, START - DAY).unwrap(), known, "and its clock does not go back");
        first.store().consume(&subject, START).unwrap();
        first.close().unwrap();
        let second = Snapshots::open(&path, MemoryStore::new()).unwrap();
        assert_eq!(second.store().read(&subject, START).unwrap().token.unwrap().counts, [2; 4]);
        assert!(Snapshots::open(&path, MemoryStore::new()).is_err(), "it is open already");
        assert_eq!(second.failure(), None);
    }
}
