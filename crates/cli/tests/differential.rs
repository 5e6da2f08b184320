//! `lictor validate` beside OPA's Go SDK on generated events: every policy, every message.
//!
//! `LICTOR_EVENTS` says how many events; 2,000 unless it is set.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use assert_cmd::Command;
use lictor_benches::{Events, Mix};
use lictor_testing::{Version, opa_decisions};
use serde_json::Value as Json;

const SEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/seed");
const POLICIES: [&str; 4] = ["deny-user-type", "deny-service-type", "valid-to", "scheduled-expire-time"];

#[test]
fn decisions_and_messages_are_opas() {
    let count = std::env::var("LICTOR_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000);
    let events: Vec<String> = Events::new(7, Mix::Seed).take(count).collect();
    let files: Vec<PathBuf> = POLICIES.map(|name| format!("{SEED}/policies/{name}.rego").into()).into();
    let opa = match opa_decisions(&files, Version::V0, "data.opapolicy.deny", None, &events) {
        Ok(opa) => opa,
        Err(reason) => return reason.skip_or_panic("the comparison with OPA on generated events"),
    };

    let file = tempfile::Builder::new().suffix(".ndjson").tempfile().unwrap();
    file.as_file().write_all(events.join("\n").as_bytes()).unwrap();
    let sets = format!("{SEED}/sets");
    let output = Command::new(env!("CARGO_BIN_EXE_lictor"))
        .arg("validate")
        .arg(file.path())
        .args(["--sets", &sets, "--format", "ndjson", "--exit-zero"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let decisions = String::from_utf8(output.stdout).unwrap();
    let decisions: Vec<Json> = decisions.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((opa.len(), decisions.len()), (count, count + 1), "one decision an event, and a summary");

    let mut denied = 0;
    for ((event, theirs), ours) in events.iter().zip(&opa).zip(&decisions) {
        let mut said: BTreeMap<&str, Vec<&str>> = POLICIES.into_iter().map(|name| (name, vec![])).collect();
        for finding in ours["findings"].as_array().unwrap() {
            let messages = said.get_mut(finding["policy"].as_str().unwrap()).unwrap();
            messages.push(finding["message"].as_str().unwrap());
        }
        for (policy, messages) in &mut said {
            messages.sort_unstable();
            let theirs = theirs.get(*policy).unwrap().to_string();
            assert_eq!(serde_json::to_string(messages).unwrap(), compact(&theirs), "{policy} on {event}");
        }
        // The set with `deny-service-type` is not enforced.
        let refuses = said.iter().any(|(policy, messages)| *policy != "deny-service-type" && !messages.is_empty());
        let warns = !said["deny-service-type"].is_empty();
        let verdict = if refuses {
            "deny"
        } else if warns {
            "warn"
        } else {
            "allow"
        };
        assert_eq!(ours["decision"], verdict, "{event}");
        denied += usize::from(refuses);
    }
    assert!(denied > 0, "some events are denied, or this compares nothing");
    eprintln!("{count} events, {denied} denied: all decisions and messages are OPA's");
}

/// The same JSON without spaces, texts sorted.
fn compact(json: &str) -> String {
    let mut texts: Vec<String> = serde_json::from_str(json).unwrap_or_default();
    texts.sort_unstable();
    serde_json::to_string(&texts).unwrap()
}
