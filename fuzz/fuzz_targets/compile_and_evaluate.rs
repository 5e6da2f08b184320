//! Any policy with any input: within its limits it compiles and evaluates to an answer or an error, and lens and index
//! change neither. A zero byte stands between policy and input.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use lictor::{Builder, Host, Limits, Version, json};

/// A world in which nothing ever changes, so that two evaluations can be compared.
struct Still;

impl Host for Still {
    fn now_ns(&self) -> i64 {
        1_771_957_800_000_000_000
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn answer(policy: &str, input: &[u8], slow: bool) -> Result<String, String> {
    let limits = Limits { memory: 64 << 20, steps: 200_000, ..Limits::default() };
    let builder = Builder::new()
        .version(if policy.starts_with('#') { Version::V0 } else { Version::V1 })
        .module("fuzz.rego", policy)
        .query("all", "data")
        .limits(limits)
        .host(Arc::new(Still));
    let builder = if slow { builder.without_fast_rooms() } else { builder };
    let policy = builder.build().map_err(|error| error.to_string())?;
    let mut session = policy.session();
    let rows = session.eval("all", Some(input)).map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    for row in rows.iter() {
        row.expressions().for_each(|(_, value)| json::write_json(value, &mut text));
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fuzz_target!(|bytes: &[u8]| {
    let zero = bytes.iter().position(|byte| *byte == 0);
    let (policy, input) = zero.map_or((bytes, &b"{}"[..]), |at| (&bytes[..at], &bytes[at + 1..]));
    let policy = String::from_utf8_lossy(policy);
    match (answer(&policy, input, false), answer(&policy, input, true)) {
        (Ok(fast), Ok(slow)) => assert_eq!(fast, slow),
        (Err(_), Err(_)) => {}
        // What the index leaves out is not counted against the limits.
        (Ok(_), Err(error)) if error.contains("limit") => {}
        (fast, slow) => panic!("with fast rooms {fast:?}, without {slow:?}"),
    }
});
