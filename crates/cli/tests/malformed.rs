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

/// Whether what the seed's enforced policies look at is in order, found out without Lictor.
fn is_harmless(event: &[u8]) -> bool {
    // What is too large for a machine's number is as large as another here.
    let Ok(text) = std::str::from_utf8(event) else { return false };
    let Ok(event) = serde_json::from_str::<Json>(&text.replace("1e400", "1e300")) else { return false };
    let token = &event["token"];
    let is_past = |field: &str, limit: f64| match &token[field] {
        Json::Number(number) => number.as_f64().is_some_and(|time| time > limit),
        // In Rego's order texts and collections come after numbers.
        Json::String(_) | Json::Array(_) | Json::Object(_) => true,
        Json::Null | Json::Bool(_) => false,
    };
    !token["apiKeyType"].as_str().is_some_and(|kind| kind.contains("USER"))
        && !is_past("validTo", 1_779_647_400_000.0)
        && !is_past("scheduledExpireTime", 1_771_957_800_000.0)
}

/// Judges lines and compares: what is allowed or only warned of is harmless.
fn only_harmless_ones_are_allowed(lines: &[Vec<u8>]) {
    let (_, decisions) = judge(&lines.join(&b'\n'), &[]);
    assert_eq!(decisions.len(), lines.len() + 1, "every line has a decision or an error");
    let mut counts = [0, 0, 0];
    for (line, decision) in lines.iter().zip(&decisions) {
        match decision["decision"].as_str() {
            Some("error") => counts[0] += 1,
            Some("deny") => counts[1] += 1,
            Some("allow" | "warn") => {
                counts[2] += 1;
                assert!(is_harmless(line), "{decision}: {}", String::from_utf8_lossy(line));
            }
            _ => panic!("{decision}"),
        }
    }
    assert!(counts[0] > 0 && counts[1] > 0, "some are bad, some denied: {counts:?}");
}

#[test]
fn no_flipped_bits_make_an_event_allowed_that_is_not_harmless() {
    // Marsaglia's xorshift: the same lines on every machine.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let lines: Vec<Vec<u8>> = (0..20_000)
        .map(|_| {
            let mut line = EVENT.as_bytes().to_vec();
            for _ in 0..=random(3) {
                let at = random(line.len());
                line[at] ^= 1 << random(8);
            }
            // A line break makes two lines of one, and blank ones are passed over.
            line.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b'?');
            line
        })
        .collect();
    only_harmless_ones_are_allowed(&lines);
}

#[test]
fn a_wrong_type_in_any_place_makes_no_event_allowed_that_is_not_harmless() {
    let event: Json = serde_json::from_str(EVENT).unwrap();
    let wrong = ["null", "true", "0", "-1", "1.5e12", "1e400", "99999999999999999999", "\"\"", "\"USER\"", "[]", "{}"];
    let wrong = wrong.into_iter().chain(["[\"USER\"]", "{\"USER\": 1}", "[[[]]]"]);
    let mut lines = vec![];
    for text in wrong {
        let mut paths = vec![String::new()];
        while let Some(path) = paths.pop() {
            if let Some(below) = event.pointer(&path).and_then(Json::as_object) {
                paths.extend(below.keys().map(|key| format!("{path}/{key}")));
            }
            let mut changed = event.clone();
            *changed.pointer_mut(&path).unwrap() = Json::from("MARK");
            lines.push(changed.to_string().replace("\"MARK\"", text).into_bytes());
        }
    }
    assert!(lines.len() > 100);
    only_harmless_ones_are_allowed(&lines);
}

#[test]
fn a_folder_of_malformed_files_is_bad_file_by_file() {
    let sets = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/seed/sets");
    let folder = tempfile::tempdir().unwrap();
    let cut = (0..EVENT.len()).map(|end| EVENT.as_bytes()[..end].to_vec());
    let odd: [&[u8]; 6] = [b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b"{}{}", b"{\"token\": \xc3}", b"\0", b"NaN"];
    let files: Vec<Vec<u8>> = cut.chain(odd.map(<[u8]>::to_vec)).chain([vec![b'['; 100_000]]).collect();
    for (number, file) in files.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number:04}.json")), file).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_lictor"))
        .arg("validate")
        .arg(folder.path())
        .args(["--format", "json", "--sets", sets])
        .timeout(Duration::from_secs(120))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let document: Json = serde_json::from_slice(&output.stdout).unwrap();
    let events = document["events"].as_array().unwrap();
    assert_eq!(events.len(), files.len());
    for (number, event) in events.iter().enumerate() {
        assert!(event["source"].as_str().unwrap().ends_with(&format!("{number:04}.json")));
        assert_eq!(event["decision"], "error", "{event}");
    }
    assert_eq!(document["summary"]["bad"], Json::from(files.len()));
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
        b"{\"metadata\": {\"type\": \"token\"}, \"token\": {\"name\": \"\xe1\"}}".to_vec(),
        b"{\"metadata\": {\"type\": \"token\"}, \"nobody reads this\": {\"\xff\": 1}}".to_vec(),
        b"null".to_vec(),
        b"true".to_vec(),
        b"[]".to_vec(),
        b"\"USER\"".to_vec(),
        b"{}".to_vec(),
        br#"{"metadata":{"type":"token","type":[]},"token":{"apiKeyType":"ROBOT"}}"#.to_vec(),
        br#"{"metadata":{"type":"token"},"event":"burn","token":{"apiKeyType":"ROBOT"}}"#.to_vec(),
    ];
    assert!(none_is_allowed(&lines) >= 14);
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
