//! What becomes of events while the store does not answer or a clock is wrong.

use std::collections::HashSet;
use std::time::Duration;

use lictor::{Error, OnStateError, PolicySet};

use super::*;

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
