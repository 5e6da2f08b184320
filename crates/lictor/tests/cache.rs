//! A cache of compiled policies: what did not change is not compiled again, and nobody can tell by the decisions.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::time::{Duration, Instant};

use lictor::{Builder, Cache, Policy, PolicySet, Watch};

/// A set with a policy for each number: `deny` where a token's id is it. Policies have constants, paths, calls, helpers,
/// negation and replacements in common, and what is theirs alone.
fn set(numbers: &[usize]) -> PolicySet {
    let mut text = "{name: s, entity: token, enforced: true, policies: [".to_owned();
    for (place, number) in numbers.iter().enumerate() {
        let rego = format!(
            "package p\n\ndeny contains message if {{\n\tinput.token.id == \"t{number}\"\n\tnot listed\n\t\
             message := sprintf(\"{number}: %v\", [input.token.tags])\n}}\n\n\
             deny contains \"r{number}\" if regex.match(`^r{number}-[a-z]+$`, input.token.name)\n\n\
             deny contains \"w\" if double(input.token.uses) == {} with data.limit as {number}\n\n\
             double(x) := x * 2 if x > data.limit\n\nlisted if input.token.id in {{\"a\", \"b{number}\"}}\n\n\
             kinds := {{\"x\": {number}, \"y\": 2}}\n\ndeny contains k if kinds[k] == input.token.kind\n",
            2 * number + 2,
        );
        let comma = if place > 0 { ", " } else { "" };
        text.push_str(&format!("{comma}{{name: p{place}, severity: error, rego: {rego:?}}}"));
    }
    text.push_str("]}");
    PolicySet::parse(&text, Path::new("set.yaml")).unwrap()
}

fn build(numbers: &[usize], cache: &Cache) -> Policy {
    Builder::new().sets(vec![set(numbers)]).cache(cache).build().unwrap()
}

/// What a policy says to a few events.
fn said(policy: &Policy) -> Vec<Vec<(String, String)>> {
    let mut session = policy.session();
    let events = [
        r#"{"id": "t1", "tags": [1], "name": "n"}"#,
        r#"{"id": "t2", "tags": {"a": "b"}, "name": "r2-abc", "uses": 2}"#,
        r#"{"id": "t5", "tags": null, "name": "r5-x", "uses": 6, "kind": 5}"#,
        r#"{"id": "b1", "tags": [], "name": "r1-", "kind": 2}"#,
    ];
    let mut decide = |token: &str| {
        let event = format!(r#"{{"event": "create", "token": {token}}}"#);
        let decision = session.decide(event.as_bytes()).unwrap();
        decision.findings.into_iter().map(|finding| (finding.policy, finding.message)).collect()
    };
    events.into_iter().map(&mut decide).collect()
}

#[test]
fn only_policies_that_changed_are_compiled_and_decisions_are_those_of_a_fresh_build() {
    let cache = Cache::new();
    for (numbers, compiled) in [
        (vec![1, 2, 3], 3),
        (vec![1, 2, 3], 3),    // nothing changed
        (vec![1, 5, 3], 4),    // one changed
        (vec![1, 5, 3, 4], 5), // one came
        (vec![5, 3], 7),       // one went: those behind it have other names
        (vec![5, 3], 7),
    ] {
        let policy = build(&numbers, &cache);
        assert_eq!(cache.compiled(), compiled, "{numbers:?}");
        let fresh = Builder::new().sets(vec![set(&numbers)]).build().unwrap();
        assert_eq!(said(&policy), said(&fresh), "{numbers:?}");
        assert_eq!(policy.revision(), fresh.revision());
    }
}

#[test]
fn what_is_no_longer_used_is_forgotten() {
    let cache = Cache::new();
    build(&[1, 2], &cache);
    build(&[1, 3], &cache);
    build(&[1, 2], &cache);
    assert_eq!(cache.compiled(), 4);
}

#[test]
fn a_bad_policy_is_reported_each_time_and_the_good_ones_beside_it_are_kept() {
    let cache = Cache::new();
    build(&[1, 2], &cache);
    let mut bad = set(&[1, 2, 3]);
    bad.policies[2].text = "package p\n\ndeny if x".to_owned();
    for _ in 0..2 {
        let error = Builder::new().sets(vec![bad.clone()]).cache(&cache).build().unwrap_err();
        assert!(error.to_string().contains("var x is unsafe"), "{error}");
    }
    build(&[1, 2, 3], &cache);
    assert_eq!(cache.compiled(), 3);
}

#[test]
fn a_builder_that_is_told_something_else_compiles_everything() {
    let cache = Cache::new();
    build(&[1, 2], &cache);
    Builder::new().sets(vec![set(&[1, 2])]).cache(&cache).strict_builtin_errors(true).build().unwrap();
    assert_eq!(cache.compiled(), 4);
    let schema = br#"{"type": "object", "properties": {"nothing": {}}, "additionalProperties": false}"#;
    let builder = Builder::new().sets(vec![set(&[1, 2])]).cache(&cache).schema(&[], schema);
    assert!(builder.build().unwrap_err().to_string().contains("undefined ref: input.token"));
}

#[test]
fn a_live_policy_compiles_only_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let policy = |number: usize, id: &str| {
        let rego = format!("package p\n\ndeny contains \"no\" if input.token.id == \"{id}\"");
        std::fs::write(folder.path().join(format!("{number}.rego")), rego).unwrap();
    };
    let mut text = "{name: s, entity: token, enforced: true, policies: [".to_owned();
    for number in 0..20 {
        policy(number, &format!("t{number}"));
        text.push_str(&format!("{{path: {number}.rego, severity: error}},"));
    }
    text.push_str("]}");
    std::fs::write(folder.path().join("set.yaml"), text).unwrap();
    let cache = Cache::new();
    let live = Watch::new().sets(folder.path()).cache(&cache).every(Duration::from_millis(5)).start().unwrap();
    assert_eq!(cache.compiled(), 20);
    let mut session = live.session();
    let event = br#"{"event": "create", "token": {"id": "new"}}"#;
    assert!(session.decide(event).unwrap().is_allowed());
    policy(7, "new");
    let until = Instant::now() + Duration::from_secs(60);
    while session.decide(event).unwrap().is_allowed() {
        assert!(Instant::now() < until, "the policy never came into force");
        std::thread::sleep(Duration::from_millis(5));
    }
    // A file that was seen while it was being written is compiled once more.
    assert!((21..=22).contains(&cache.compiled()), "{}", cache.compiled());
}
