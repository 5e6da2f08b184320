//! Deciding an event that passes allocates nothing, once the session is warm.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::sync::Arc;
use std::time::Duration;

use lictor::{Builder, MemoryStore, Policy, Session, Tracked, Version, Watch};

/// Tokens that the seed's enforced sets allow, with what makes readers work: escapes, nesting, numbers of all forms.
const EVENTS: [&str; 3] = [
    r#"{"token":{"apiKeyType":"ROBOT","validTo":1,"name":"a \"b\" é"},"metadata":{"type":"token","action":"onsave"}}"#,
    r#"{"metadata":{"type":"token","user":{"groups":[{"id":1.5e3},[]]}},"token":{"identifier":"t","validTo":-0}}"#,
    r#"{"metadata":{"type":"apikey"},"apiKey":{"identifier":"k","apiKeyType":"USER","accountIdentifier":"a"}}"#,
];

/// The seed's rules: all are guards that the lens's values answer.
fn seed() -> Builder {
    ["deny-user-type.rego", "valid-to.rego", "scheduled-expire-time.rego"].iter().fold(
        Builder::new().version(Version::V0),
        |builder, name| {
            let path = format!("{}/../../policies/seed/policies/{name}", env!("CARGO_MANIFEST_DIR"));
            builder.module(*name, std::fs::read_to_string(path).unwrap())
        },
    )
}

fn allocations(policy: &Policy) -> u64 {
    allocations_of(policy.session())
}

fn allocations_of(mut session: Session) -> u64 {
    let mut decide = || {
        for event in EVENTS {
            assert!(session.decide(event).unwrap().findings.is_empty(), "{event}");
        }
    };
    // A shape is learnt when it is met for the second time.
    (0..2).for_each(|_| decide());
    allocation_counter::measure(decide).count_total
}

#[test]
fn a_passing_event_allocates_nothing_through_policy_sets() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/seed/sets");
    assert_eq!(allocations(&Policy::load_sets(folder).unwrap()), 0);
}

#[test]
fn nor_where_the_session_follows_a_live_policy() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/seed/sets");
    let live = Watch::new().sets(folder).every(Duration::from_secs(60)).start().unwrap();
    assert_eq!(allocations_of(live.session()), 0);
}

#[test]
fn nor_through_one_package_or_where_events_are_trusted() {
    let tokens = &EVENTS[..2];
    for builder in [seed(), seed().trusted(true)] {
        let mut session = builder.build().unwrap().session();
        let mut decide = || tokens.iter().for_each(|event| assert!(session.decide(event).unwrap().is_allowed()));
        (0..2).for_each(|_| decide());
        assert_eq!(allocation_counter::measure(decide).count_total, 0);
    }
}

#[test]
fn nor_where_the_engine_is_asked() {
    // Neither rule has a guard, so both are evaluated.
    let policy = "package p\n\ndeny[msg] { lower(input.token.apiKeyType) == \"user\"; msg := \"no\" }\n\n\
                  deny[msg] { count([g | g := input.metadata.user.groups[_]]) > 2; msg := \"many\" }\n";
    let built = Builder::new().version(Version::V0).module("p.rego", policy).build().unwrap();
    assert_eq!(allocations(&built), 0);
}

#[test]
fn nor_where_a_quotient_does_not_come_out_even() {
    let policy = "package p\n\ndeny contains \"late\" if input.token.validTo > time.now_ns() / 1000000000\n\n\
                  deny contains \"many\" if count(input.metadata) / 7 > 2\n";
    assert_eq!(allocations(&Policy::of_module("p.rego", policy).unwrap()), 0);
}

#[test]
fn a_tracked_request_allocates_once_for_its_roles() {
    let text = "package p\n\ndeny contains \"many\" if input.usage.count_1m > 1000\n\ndeny contains \"idle\" if \
                input.time_ns - (input.usage.last_used_ms * 1000000) > 1000000000000";
    let policy = Policy::of_module("p.rego", text).unwrap();
    let mut session = Tracked::new(policy.session(), Arc::new(MemoryStore::new()));
    let request = |roles: &str| {
        format!(
            r#"{{"event":"use","request":{{"country":"DE"}},"token":{{"identifier":"t","accountIdentifier":"a"}},"principal":{{"id":"ann","roles":[{roles}]}}}}"#
        )
    };
    for (roles, allocated) in [("", 0), (r#""teller""#, 1), (r#""teller","clerk""#, 1)] {
        let request = request(roles);
        let mut decide = || assert!(session.decide(&request).unwrap().is_allowed());
        (0..3).for_each(|_| decide());
        assert_eq!(allocation_counter::measure(decide).count_total, allocated, "{roles}");
    }
}
