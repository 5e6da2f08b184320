//! What is known of a token's use, and what policies of the library make of it.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use lictor::record::{DecisionLog, Recorder, Status};
use lictor::usage::{Kind, Moment, Record, StoreError, Subject, Usage};
use lictor::{
    Builder, Decision, Error, Host, MemoryStore, OnStateError, Policy, PolicySet, Tracked, UsageStore, Worker,
};
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
    assert_eq!(stage.store.read(&subject, START.into()).unwrap().user.unwrap().counts, [0; 4]);
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
        store.consume(&subject(format!("t{n}")), (START + n).into()).unwrap();
        store.consume(&subject("busy".into()), (START + n).into()).unwrap();
        assert!(store.tokens() <= 100);
    }
    let counts = |token: &str| store.read(&subject(token.into()), (START + 1000).into()).unwrap().token.unwrap();
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
            true => Err(StoreError::Unreachable("connection refused".into())),
            false => Ok(&self.store),
        }
    }
}

impl UsageStore for Remote {
    fn read(&self, subject: &Subject, at: Moment) -> Result<Usage, StoreError> {
        self.reached()?.read(subject, at)
    }

    fn consume(&self, subject: &Subject, at: Moment) -> Result<Usage, StoreError> {
        self.reached()?.consume(subject, at)
    }

    fn commit(&self, subject: &Subject, now_ns: i64) -> Result<(), StoreError> {
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

/// A set that says the status that its policy sees.
fn set(name: &str, head: &str) -> PolicySet {
    let text = format!(
        "{{name: {name}, entity: token, events: on_use, {head} policies: [{{name: p, severity: error, rego: 'package p\n\n  \
         deny contains input.usage.status if input.usage.status != \"ok\"'}}]}}"
    );
    PolicySet::parse(&text, std::path::Path::new("set.yaml")).unwrap()
}

#[test]
fn of_the_enforced_sets_that_judge_an_event_the_strictest_rule_counts() {
    let remote = Arc::new(Remote::default());
    let outcome = |heads: &[&str], account: &str| {
        let sets = heads.iter().enumerate().map(|(n, head)| set(&format!("s{n}"), head)).collect();
        let mut session = Tracked::new(Stage::of(Builder::new().sets(sets)).policy.session(), remote.clone());
        let event = json!({"event": "use", "token": {"id": "t", "accountIdentifier": account}}).to_string();
        remote.down.store(false, Ordering::Relaxed);
        session.decide(&event).unwrap();
        remote.down.store(true, Ordering::Relaxed);
        match session.decide(&event) {
            Err(Error::Usage(_)) => "deny".to_owned(),
            Err(error) => panic!("{error}"),
            Ok(decision) => messages(&decision).first().map_or("pass".to_owned(), |status| (*status).to_owned()),
        }
    };
    let (deny, allow, stale) =
        ("enforced: true,", "enforced: true, on_state_error: allow,", "enforced: true, on_state_error: stale,");
    assert_eq!(outcome(&[deny], "a"), "deny");
    assert_eq!(outcome(&[allow], "a"), "unavailable");
    assert_eq!(outcome(&[stale], "a"), "stale");
    assert_eq!(outcome(&[allow, stale], "a"), "stale");
    assert_eq!(outcome(&[allow, stale, deny], "a"), "deny");
    assert_eq!(outcome(&["enforced: true, on_state_error: deny,"], "a"), "deny");
    // Who refuses nothing does not refuse by its rule either, and who does not judge is not asked.
    assert_eq!(outcome(&[""], "a"), "unavailable");
    assert_eq!(outcome(&[allow, "enforced: true, scope: {account: b},"], "a"), "unavailable");
    assert_eq!(outcome(&[allow, "enforced: true, scope: {account: b},"], "b"), "deny");
    assert_eq!(outcome(&["enforced: true, scope: {account: b},"], "a"), "pass");
}

/// A clock that is set by hand, and one that is not.
#[derive(Default)]
struct Clocks {
    tick_ns: AtomicI64,
    wrong_ns: AtomicI64,
}

impl Clocks {
    /// Lets seconds go by, and sets the clock on the wall wrong by others.
    fn go(&self, seconds: i64, wrong: i64) {
        self.tick_ns.fetch_add(seconds * SECOND, Ordering::Relaxed);
        self.wrong_ns.store(wrong * SECOND, Ordering::Relaxed);
    }
}

impl Host for Clocks {
    fn now_ns(&self) -> i64 {
        START + self.tick_ns.load(Ordering::Relaxed) + self.wrong_ns.load(Ordering::Relaxed)
    }

    fn tick_ns(&self) -> i64 {
        self.tick_ns.load(Ordering::Relaxed)
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

#[test]
fn while_the_clock_is_wrong_the_rule_says_what_becomes_of_requests_and_then_all_is_as_before() {
    let clocks = Arc::new(Clocks::default());
    let store = Arc::new(MemoryStore::new());
    let with = |rule: &str| {
        let sets = vec![set("s", &format!("enforced: true, {rule}"))];
        let policy = Builder::new().sets(sets).host(clocks.clone()).build().unwrap();
        Tracked::new(policy.session(), store.clone())
    };
    let (mut denying, mut allowing) = (with(""), with("on_state_error: allow,"));
    let mut stale = with("on_state_error: {stale: 24h},");
    let event = request("t", "ann", &[]);
    let mut said = |seconds: i64, wrong: i64| {
        clocks.go(seconds, wrong);
        [&mut denying, &mut allowing, &mut stale].map(|session| match session.decide(&event) {
            Err(Error::Usage(StoreError::Clock { .. })) => "error".to_owned(),
            Err(error) => panic!("{error}"),
            Ok(decision) => messages(&decision).first().map_or("ok".to_owned(), |status| (*status).to_owned()),
        })
    };
    assert_eq!(said(0, 0), ["ok", "ok", "ok"]);
    assert_eq!(said(86_400, 0), ["ok", "ok", "ok"], "a day without requests is no jump");
    assert_eq!(said(1, 3_600), ["error", "unavailable", "stale"], "forward");
    assert_eq!(said(1, 0), ["ok", "ok", "ok"], "and put right");
    assert_eq!(said(1, -3_600), ["error", "unavailable", "stale"], "back");
    assert_eq!(said(59, -3_600), ["error", "unavailable", "stale"]);
    assert_eq!(said(1, -3_600), ["ok", "ok", "ok"], "it stayed so for a minute");
    let known = store.look(Kind::Token, "t", Moment::of_host(&*clocks)).unwrap().unwrap();
    assert_eq!(
        known.last_used_ms,
        Some((START + 86_402 * SECOND) / 1_000_000),
        "no use is noted for what was in doubt"
    );
}

#[test]
fn a_record_tells_what_policies_were_told_and_masks_it() {
    let stage =
        Stage::of(Builder::new().module("p.rego", "package p\n\ndeny contains \"no\" if input.usage.count_1m > 1"));
    stage.push(Kind::Token, "t", json!({"risk": 7, "client_secret": "tulip-tulip"}));
    let mut session = stage.session();
    let recorder = Recorder::new(&stage.policy);
    let event = request("t", "ann", &[]);
    let records = [(); 2].map(|()| recorder.record(&session.evaluate(&event), event.as_bytes()));
    let usage = records.each_ref().map(|record| record.usage.as_ref().unwrap());
    assert_eq!((&usage[0]["count_1m"], &usage[1]["count_1m"], &usage[1]["risk"]), (&json!(1), &json!(2), &json!(7)));
    assert_eq!(records.each_ref().map(|record| record.status), [Status::Pass, Status::Error]);
    assert!(!serde_json::to_string(&records).unwrap().contains("tulip"));
    let log = DecisionLog::new(recorder);
    let (_, line) = log.lines().line(&session.evaluate(&event), event.as_bytes(), None);
    let line: Value = serde_json::from_slice(&line.unwrap()).unwrap();
    assert_eq!((&line["input"]["usage"]["count_1m"], &line["input"]["time_ns"]), (&json!(3), &json!(START)));
    let error = session.evaluate("3");
    assert!(error.outcome.is_err() && error.judged.is_none() && error.revision == stage.policy.revision());
}

#[test]
fn an_evaluation_of_what_the_store_does_not_know_is_an_error_and_is_recorded() {
    let stage = Stage::of(Builder::new().module("p.rego", "package p\n\ndeny if input.usage.count_1m > 1"));
    let remote = Arc::new(Remote::default());
    remote.down.store(true, Ordering::Relaxed);
    let event = request("t", "ann", &[]);
    let evaluation = Tracked::new(stage.policy.session(), remote).evaluate(&event);
    let record = Recorder::new(&stage.policy).record(&evaluation, event.as_bytes());
    assert_eq!((record.status, record.usage), (Status::Error, None));
    assert_eq!(record.errors, ["the usage store does not answer: connection refused"]);
}

#[test]
fn a_tracked_evaluation_can_be_ended_and_is_no_use() {
    let text = "package p\n\ndeny if count([1 | some i in numbers.range(1, 100000); i % 2 == input.n]) > 0";
    let stage = Stage::of(Builder::new().module("p.rego", text));
    let mut session = stage.session();
    let flag = Arc::new(AtomicBool::new(true));
    session.cancel_with(flag.clone());
    let event = r#"{"event": "use", "token": {"id": "t"}, "n": 7}"#;
    assert!(matches!(session.decide(event), Err(Error::Evaluation(_))));
    flag.store(false, Ordering::Relaxed);
    let known = stage.store.look(Kind::Token, "t", START.into()).unwrap().unwrap();
    assert_eq!((known.counts[0], known.last_used_ms), (1, None));
    assert!(session.decide(event).unwrap().is_allowed());
}

#[test]
fn a_batch_judges_events_of_a_token_key_or_user_in_their_order() {
    // Each event says how many requests of the same came before it, and where they came from.
    let text = "package p\n\ndeny contains \"out of order\" if {\n\tsome place in input.places\n\tusage := \
                object.get(input.usage, place, input.usage)\n\tusage.count_1d != input.wanted[place]\n}\n\ndeny contains \
                \"not noted\" if {\n\tinput.wanted.token > 1\n\tnot input.before in input.usage.countries\n}";
    let stage = Stage::of(Builder::new().module("p.rego", text));
    let (mut tokens, mut users, mut last) = (HashMap::new(), HashMap::new(), HashMap::new());
    let events: Vec<String> = (0..2_000u64)
        .map(|n| {
            let (token, user) = (n * n % 17, n * n * n % 5);
            let count = |of: &mut HashMap<u64, u64>, name| {
                *of.entry(name).or_insert(0) += 1;
                of[&name]
            };
            let (token_count, user_count) = (count(&mut tokens, token), count(&mut users, user));
            let country = format!("C{}", n % 40);
            let before = last.insert(token, country.clone());
            json!({
                "event": "use", "request": {"country": country}, "token": {"id": token.to_string()},
                "principal": {"id": user.to_string()}, "places": ["token", "user"],
                "wanted": {"token": token_count, "user": user_count}, "before": before,
            })
            .to_string()
        })
        .collect();
    for (threads, group) in [(1, 64), (4, 1), (3, 7), (8, 64)] {
        let store: Arc<dyn UsageStore> = Arc::new(MemoryStore::new());
        let batch = stage.policy.batch().threads(threads).group(group).tracked(&store);
        for (event, decision) in events.iter().zip(batch.decide(&events)) {
            let decision = decision.unwrap();
            assert!(decision.is_allowed(), "{threads} threads: {event}: {decision:?}");
        }
    }
}

#[test]
fn a_tracked_batch_goes_on_after_bad_events_and_ends_with_whoever_panics() {
    let stage = Stage::of(Builder::new().module("p.rego", "package p\n\ndeny if input.usage.count_1d > 100000"));
    let store: Arc<dyn UsageStore> = Arc::new(MemoryStore::new());
    let event = |n: u32| match n % 5 {
        0 => "{".to_owned(),
        1 => r#"{"token": {"id": "t"}, "event": "burn"}"#.to_owned(),
        _ => r#"{"token": {"id": "t"}, "event": "use"}"#.to_owned(),
    };
    let events: Vec<String> = (0..2_000).map(event).collect();
    let batch = stage.policy.batch().threads(4).group(3).tracked(&store);
    let decisions = batch.decide(&events);
    assert!(decisions.iter().enumerate().all(|(n, decision)| decision.is_ok() == (n % 5 > 1)));
    // Who judges only some of a group keeps nobody waiting, and neither does who panics.
    let run = |panics: bool| {
        let judge = |worker: &mut Worker, group: Vec<&String>| {
            assert!(!panics || !std::ptr::eq(group[0], &raw const events[600]), "on purpose");
            batch.judge(worker, group[0].as_bytes()).is_ok()
        };
        let groups = events.chunks(3).map(|group| group.iter().collect::<Vec<_>>());
        let of = |group: &Vec<&String>, of_event: &mut dyn FnMut(&[u8])| {
            group.iter().for_each(|event| of_event(event.as_bytes()));
        };
        let mut judged = 0;
        let _: ControlFlow<()> = batch.in_order(groups, of, judge, |_| {
            judged += 1;
            ControlFlow::Continue(())
        });
        judged
    };
    assert_eq!(run(false), 667);
    assert!(catch_unwind(AssertUnwindSafe(|| run(true))).is_err());
}

#[test]
fn recorded_batches_go_by_the_events_own_time() {
    let stage = Stage::of(Builder::new().module(
        "p.rego",
        "package p\n\ndeny contains \"idle\" if time.now_ns() / 1000000 - input.usage.last_used_ms > 45 * 86400000",
    ));
    let store: Arc<dyn UsageStore> = Arc::new(MemoryStore::new());
    let event = |day: i64| json!({"event": "use", "token": {"id": "t"}, "time_ns": START + day * DAY}).to_string();
    let decisions = stage.policy.batch().tracked(&store).recorded(true).decide([0, 44, 90].map(event));
    assert_eq!(decisions.map_each(), [true, true, false]);
}

trait MapEach {
    fn map_each(self) -> Vec<bool>;
}

impl MapEach for Vec<Result<Decision, Error>> {
    fn map_each(self) -> Vec<bool> {
        self.into_iter().map(|decision| decision.unwrap().is_allowed()).collect()
    }
}

#[test]
fn a_token_that_the_store_may_have_forgotten_is_told_from_a_new_one() {
    let store = MemoryStore::with_limit(64);
    let subject = |token: &str| Subject { token: Some(token.into()), ..Subject::default() };
    let since = |token: &str, at: i64| store.consume(&subject(token), at.into()).unwrap().token.unwrap().known_since_ms;
    assert_eq!(since("first", START), None);
    for n in 0..100 {
        since(&format!("t{n}"), START + n * 1_000_000);
    }
    let forgotten = since("first", START + DAY).unwrap();
    assert!(forgotten > START / 1_000_000 && forgotten < START / 1_000_000 + 100, "{forgotten}");
    let read = store.read(&subject("never"), (START + DAY).into()).unwrap().token.unwrap();
    assert_eq!(read.known_since_ms, Some(forgotten), "whoever only looks is told as well");
    store.push(Kind::Token, "never", Map::from_iter([("known_since_ms".into(), json!(1))])).unwrap();
    assert_eq!(store.look(Kind::Token, "never", START.into()).unwrap().unwrap().to_json()["known_since_ms"], forgotten);
}

#[test]
fn a_forgotten_token_may_not_turn_up_anywhere_as_if_it_were_new() {
    let stage = Stage::new(&["region/new_country"], &json!({}));
    let store = Arc::new(MemoryStore::with_limit(64));
    let mut session = Tracked::new(stage.policy.session(), store.clone());
    let from = |token: &str, country: &str| request(token, "ann", &[]).replace("DE", country);
    assert!(session.decide(from("old", "DE")).unwrap().is_allowed());
    for n in 0..100 {
        stage.clock.set(START + (n + 1) * SECOND);
        session.decide(from(&format!("t{n}"), "DE")).unwrap();
    }
    let decision = session.decide(from("old", "BR")).unwrap();
    assert_eq!(messages(&decision), ["where this token was used before is forgotten, and it is used in 'BR'"]);
    // One that is younger than what was forgotten is new for sure.
    let facts = Map::from_iter([("created_ms".into(), json!(START / 1_000_000 + 99_000))]);
    store.push(Kind::Token, "young", facts).unwrap();
    assert!(session.decide(from("young", "BR")).unwrap().is_allowed());
}

#[cfg(feature = "store")]
mod snapshots {
    use lictor::usage::Snapshots;

    use super::*;

    #[test]
    fn what_was_cleared_or_forgotten_stays_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.redb");
        let open = || Snapshots::open(&path, MemoryStore::with_limit(64)).unwrap();
        let first = open();
        for n in 0..100 {
            let subject = Subject { token: Some(format!("t{n}")), ..Subject::default() };
            first.store().consume(&subject, (START + n).into()).unwrap();
        }
        first.close().unwrap();
        let second = open();
        assert!(second.store().clear(Kind::Token, "t99").unwrap());
        second.close().unwrap();
        let third = open();
        assert!(!third.store().clear(Kind::Token, "t99").unwrap());
        let subject = Subject { token: Some("t0".into()), ..Subject::default() };
        assert!(third.store().read(&subject, START.into()).unwrap().token.unwrap().known_since_ms.is_some());
    }

    #[test]
    fn what_is_known_outlives_the_process_and_a_crash_loses_a_second_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.redb");
        let subject = Subject { token: Some("t".into()), country: Some("DE".into()), ..Subject::default() };
        let first = Snapshots::open(&path, MemoryStore::new()).unwrap();
        first.store().push(Kind::Token, "t", Map::from_iter([("risk".into(), json!(7))])).unwrap();
        first.store().consume(&subject, START.into()).unwrap();
        first.store().commit(&subject, START).unwrap();
        let known = first.store().read(&subject, START.into()).unwrap();
        // As a crash would leave it: copied while it is open, after a second and a little for slow machines.
        let crashed = folder.path().join("crashed.redb");
        std::thread::sleep(Duration::from_secs(3));
        std::fs::copy(&path, &crashed).unwrap();
        let after = Snapshots::open(&crashed, MemoryStore::new()).unwrap();
        assert_eq!(
            after.store().read(&subject, (START - DAY).into()).unwrap(),
            known,
            "and its clock does not go back"
        );
        first.store().consume(&subject, START.into()).unwrap();
        first.close().unwrap();
        let second = Snapshots::open(&path, MemoryStore::new()).unwrap();
        assert_eq!(second.store().read(&subject, START.into()).unwrap().token.unwrap().counts, [2; 4]);
        assert!(Snapshots::open(&path, MemoryStore::new()).is_err(), "it is open already");
        assert_eq!(second.failure(), None);
    }
}
