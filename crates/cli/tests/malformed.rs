//! No event, however malformed, makes `lictor validate` panic, hang or allow.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::io::Write;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value as Json;

/// An event that is refused for what it is, and stays refused or becomes bad whatever happens to it.
const EVENT: &str = r#"{"token":{"apiKeyType":"USER","name":"a\"é\u00e9","validTo":1779647400001,"scheduledExpireTime":1771957800001},"metadata":{"type":"token","action":"onsave"}}"#;

fn judge(events: &[u8], extra: &[&str]) -> (Option<i32>, Vec<Json>) {
    let sets = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/seed/sets");
    let file = tempfile::Builder::new().suffix(".ndjson").tempfile().unwrap();
    file.as_file().write_all(events).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lictor"))
        .arg("validate")
        .arg(file.path())
        .args(["--format", "ndjson", "--sets", sets])
        .args(extra)
        .timeout(Duration::from_secs(120))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked"), "{said}");
    let lines = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Judges lines of which each must be refused or bad, and says how many were bad.
fn none_is_allowed(lines: &[Vec<u8>]) -> usize {
    let (code, decisions) = judge(&lines.join(&b'\n'), &[]);
    let (summary, decisions) = decisions.split_last().unwrap();
    assert_eq!(decisions.len(), lines.len(), "every line has a decision or an error");
    for (line, decision) in lines.iter().zip(decisions) {
        assert!(matches!(decision["decision"].as_str(), Some("deny" | "error")), "{decision}: {line:?}");
    }
    let bad = decisions.iter().filter(|decision| decision["decision"] == "error").count();
    assert_eq!(summary["summary"]["bad"], Json::from(bad));
    assert_eq!(summary["summary"]["allowed"], Json::from(0));
    assert_eq!(code, Some(if bad > 0 { 2 } else { 1 }));
    bad
}

#[test]
fn an_event_cut_short_anywhere_is_bad() {
    let cut: Vec<Vec<u8>> = (1..EVENT.len()).map(|end| EVENT.as_bytes()[..end].to_vec()).collect();
    assert_eq!(none_is_allowed(&cut), cut.len());
}

#[test]
fn a_sign_that_is_not_json_makes_an_event_bad_wherever_it_stands() {
    let mut lines = Vec::new();
    for at in 0..=EVENT.len() {
        for sign in [b"\x00".as_slice(), b"\x1f", b"\x0b"] {
            let mut line = EVENT.as_bytes().to_vec();
            line.splice(at..at, sign.iter().copied());
            lines.push(line);
        }
    }
    assert_eq!(none_is_allowed(&lines), lines.len());
}

#[test]
fn odd_events_are_refused_or_bad() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
    let within = |value: &str| EVENT.replacen("\"USER\"", &format!("\"USER\",\"x\":{value}"), 1).into_bytes();
    let lines: Vec<Vec<u8>> = vec![
        deep("[", "]").into_bytes(),
        deep("{\"token\":", "}").into_bytes(),
        "[".repeat(100_000).into_bytes(),
        within(&deep("[", "]")),
        within("1e999999999"),
        within(&"9".repeat(100_000)),
        within("\"\\ud800\""),
        [b"\xef\xbb\xbf".as_slice(), EVENT.as_bytes()].concat(),
        EVENT.replacen("USER", "USER\u{fffd}", 1).into_bytes(),
        EVENT.as_bytes().iter().map(|byte| if *byte == b'a' { 0xff } else { *byte }).collect(),
        // Of equal keys the last one counts, as in OPA.
        EVENT.replacen("{\"apiKeyType\"", "{\"apiKeyType\":\"ROBOT\",\"apiKeyType\"", 1).into_bytes(),
        b"null".to_vec(),
        b"true".to_vec(),
        b"[]".to_vec(),
        b"\"USER\"".to_vec(),
        b"{}".to_vec(),
        br#"{"metadata":{"type":"token","type":[]},"token":{"apiKeyType":"ROBOT"}}"#.to_vec(),
        br#"{"metadata":{"type":"token"},"event":"burn","token":{"apiKeyType":"ROBOT"}}"#.to_vec(),
    ];
    assert!(none_is_allowed(&lines) >= 12);
}

#[test]
fn an_event_of_100_mb_is_refused_by_the_limit_or_judged_within_memory() {
    let long = EVENT.replacen("\"USER\"", &format!("\"USER\",\"x\":\"{}\"", "a".repeat(100 << 20)), 1).into_bytes();
    let lines = [long, EVENT.as_bytes().to_vec()].join(&b'\n');
    let (code, decisions) = judge(&lines, &[]);
    assert_eq!((code, &decisions[0]["decision"]), (Some(2), &Json::from("error")));
    assert!(decisions[0]["error"].as_str().unwrap().contains("--max-event-bytes"));
    assert_eq!(decisions[1]["decision"], "deny", "the event after it is judged");
    let (code, decisions) = judge(&lines, &["--max-event-bytes", "200000000"]);
    assert_eq!((code, &decisions[0]["decision"]), (Some(1), &Json::from("deny")));
}
