//! A host's panic that somebody catches leaves nothing behind: what is decided afterwards on that thread is decided right.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use lictor::{Builder, Host, Limits};

/// A host without a clock.
struct Clockless;

impl Host for Clockless {
    fn now_ns(&self) -> i64 {
        panic!("on purpose: there is no clock")
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A query that compares two values of 2^26 parts, each made of few, and then asks the host.
fn tiring() -> String {
    let mut lines = vec!["a0 := [input.x]; b0 := [input.x]".to_owned()];
    lines.extend((1..=26).map(|n| format!("a{n} := [a{0}, a{0}]; b{n} := [b{0}, b{0}]", n - 1)));
    lines.push("a26 == b26; time.now_ns()".to_owned());
    lines.join("; ")
}

#[test]
fn after_a_panic_comparisons_still_look_at_all_of_a_value() {
    let policy = Builder::new()
        .module("p.rego", "package p\n\ndeny contains \"another list\" if input.a != [0, 1]\n")
        .query("tiring", tiring())
        .host(Arc::new(Clockless))
        .limits(Limits { steps: 10_000, ..Limits::default() })
        .build()
        .unwrap();
    let mut session = policy.session();
    let tire = || session.eval("tiring", Some(br#"{"x": 1}"#)).map(|_| ());
    assert!(catch_unwind(AssertUnwindSafe(tire)).is_err());
    let decision = policy.session().decide(r#"{"a": [0, 2]}"#).unwrap();
    assert!(!decision.is_allowed());
}
