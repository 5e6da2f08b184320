//! A module and an input, separated by a NUL: both ways of evaluating end alike, within small limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lictor::{Builder, Limits};

fuzz_target!(|text: &str| {
    let (module, input) = text.split_once('\0').unwrap_or((text, "{}"));
    let limits = Limits { memory: 16 << 20, steps: 100_000, depth: 200, deadline: None };
    let build = |slow: bool| {
        let builder = Builder::new().module("fuzz.rego", module).query("all", "data").limits(limits).now_ns(0);
        if slow { builder.without_fast_rooms().build() } else { builder.build() }
    };
    let (Ok(fast), Ok(slow)) = (build(false), build(true)) else { return };
    let answer = |policy: &lictor::Policy| {
        let mut session = policy.session();
        let decision = session.decide(input).map_err(|e| e.to_string());
        let rows = session.eval("all", Some(input.as_bytes())).map(|rows| rows.len()).map_err(|e| e.to_string());
        (decision, rows)
    };
    assert_eq!(answer(&fast), answer(&slow));
});
