//! Usage from the outside: `lictor validate --usage`, and `lictor usage`.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]
#![cfg(feature = "store")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

#[cfg(feature = "redis")]
#[path = "../../lictor/tests/common/redis_server.rs"]
#[allow(dead_code, reason = "not all of it is for these tests")]
mod redis_server;

fn lictor(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lictor")).args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const SET: &str = r#"
name: requests
entity: token
events: on_use
enforced: true
policies:
  - name: rate
    severity: error
    rego: |
      package rate
      deny contains "too many" if input.usage.count_1d > 3
  - name: risk
    severity: error
    rego: |
      package risk
      deny contains sprintf("risk %v", [input.usage.risk]) if input.usage.risk >= 80
"#;

/// A folder with a set, and requests of two tokens, each of which comes twice.
fn folder(set: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sets")).unwrap();
    fs::write(folder.path().join("sets/requests.yaml"), set).unwrap();
    let event = |token: &str| json!({"event": "use", "token": {"id": token}, "usage": {"count_1d": 0}}).to_string();
    let events = ["a", "b", "a", "b"].map(event).join("\n");
    fs::write(folder.path().join("events.ndjson"), events).unwrap();
    folder
}

fn validate(folder: &Path, store: &str, more: &[&str]) -> (Option<i32>, Vec<Json>) {
    let (events, sets) = (folder.join("events.ndjson"), folder.join("sets"));
    let fixed = ["validate", events.to_str().unwrap(), "-s", sets.to_str().unwrap(), "--usage", store, "-f", "ndjson"];
    let output = lictor(&[&fixed[..], more].concat());
    let lines =
        String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code(), lines)
}

/// Both stores have to do the same.
fn usage_is_kept(store: &str) {
    let folder = folder(SET);
    let usage = |arguments: &[&str]| lictor(&[&["usage"], arguments, &["--store", store]].concat());
    assert_eq!(out(&usage(&["show", "token", "a"])), "nothing is known of token a\n");
    assert_eq!(usage(&["show", "token", "a"]).status.code(), Some(1));
    assert_eq!(validate(folder.path(), store, &[]).0, Some(0), "two each");
    let (code, lines) = validate(folder.path(), store, &["--parallel", "4"]);
    assert_eq!(code, Some(1), "the third passes, and the fourth does not: {lines:?}");
    let text = out(&usage(&["show", "token", "a"]));
    assert!(text.contains("4 in a day") && !text.contains("last used:   never"), "{text}");
    assert_eq!(out(&usage(&["clear", "token", "a"])), "token a is forgotten\n");
    assert_eq!(
        out(&usage(&["set", "token", "a", "risk=90", "note=why so", "created_ms=1"])),
        "token a: risk, note, created_ms set\n"
    );
    assert_eq!(out(&usage(&["set", "token", "a", "created_ms=null"])), "token a: created_ms set\n");
    let known: Json = serde_json::from_str(&out(&usage(&["show", "token", "a", "--format", "json"]))).unwrap();
    assert_eq!((&known["risk"], &known["note"], &known["count_1d"]), (&json!(90), &json!("why so"), &json!(0)));
    assert_eq!(known.get("created_ms"), None);
    let (code, lines) = validate(folder.path(), store, &[]);
    assert_eq!(code, Some(1));
    assert!(lines.iter().any(|line| line.to_string().contains("risk 90")), "{lines:?}");
    let refused = usage(&["set", "token", "a", "count_1d=0"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("the store says it itself"));
}

#[test]
fn usage_is_kept_in_a_file_from_run_to_run() {
    let folder = tempfile::tempdir().unwrap();
    usage_is_kept(folder.path().join("usage.redb").to_str().unwrap());
}

#[cfg(feature = "redis")]
#[test]
fn usage_is_kept_in_a_redis_from_run_to_run() {
    let Some(server) = redis_server::Server::start(&[]) else { return };
    usage_is_kept(&server.url());
    let folder = folder(SET);
    assert_eq!(validate(folder.path(), &server.url(), &["--usage-prefix", "{other}:"]).0, Some(0));
}

#[cfg(feature = "redis")]
#[test]
fn without_its_redis_a_set_s_rule_says_what_becomes_of_events() {
    let Some(mut server) = redis_server::Server::start(&[]) else { return };
    server.kill();
    let (code, lines) = validate(folder(SET).path(), &server.url(), &[]);
    assert_eq!(code, Some(2));
    assert!(lines[0].to_string().contains("the usage store does not answer"), "{lines:?}");
    let allowing = SET.replace("enforced: true", "enforced: true\non_state_error: allow");
    assert_eq!(validate(folder(&allowing).path(), &server.url(), &[]).0, Some(0));
    let shown = lictor(&["usage", "show", "token", "a", "--store", &server.url()]);
    assert_eq!(shown.status.code(), Some(2));
}

#[test]
fn recorded_events_are_judged_at_their_own_time_and_records_tell_what_was_known() {
    let folder = folder(SET);
    let event = |day: i64| json!({"event": "use", "token": {"id": "t"}, "time_ns": (1_771_957_800 + day * 86_400) * 1_000_000_000});
    let events: Vec<String> = [0, 0, 0, 0, 3].map(|day| event(day).to_string()).into();
    fs::write(folder.path().join("events.ndjson"), events.join("\n")).unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (code, lines) =
        validate(folder.path(), &at("u.redb"), &["--recorded", "--record", &at("r.redb"), "--decision-log", &at("l")]);
    let verdicts: Vec<&str> = lines.iter().filter_map(|line| line.get("decision")?.as_str()).collect();
    assert_eq!((code, verdicts), (Some(1), vec!["allow", "allow", "allow", "deny", "allow"]));
    let log = fs::read_to_string(at("l")).unwrap();
    let line: Json = serde_json::from_str(log.lines().nth(3).unwrap()).unwrap();
    assert_eq!((&line["input"]["usage"]["count_1d"], &line["input"]["usage"]["status"]), (&json!(4), &json!("ok")));
    let list = out(&lictor(&["evaluations", "list", "--store", &at("r.redb"), "--format", "json"]));
    assert_eq!(list.matches("\"count_1d\"").count(), 5, "{list}");
}

#[test]
fn what_is_no_store_is_told() {
    let folder = folder(SET);
    for (store, said) in
        [("http://u:tulip@x", "http: neither a file nor a Redis"), ("/nowhere/u.redb", "/nowhere/u.redb")]
    {
        let (events, sets) = (folder.path().join("events.ndjson"), folder.path().join("sets"));
        let output = lictor(&["validate", events.to_str().unwrap(), "-s", sets.to_str().unwrap(), "--usage", store]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2));
        assert!(text.contains(said) && !text.contains("tulip"), "{text}");
    }
}

#[test]
fn sets_show_says_what_becomes_of_events_while_usage_is_not_known() {
    for (written, shown, json) in [
        ("", "deny\n", json!("deny")),
        ("on_state_error: allow\n", "allow\n", json!("allow")),
        ("on_state_error: {stale: 5m}\n", "stale, at most 300 s old\n", json!({"stale": "300s"})),
    ] {
        let folder = folder(&format!("{SET}{written}"));
        let sets = folder.path().join("sets");
        let show =
            |more: &[&str]| out(&lictor(&[&["sets", "show", "requests", "-s", sets.to_str().unwrap()], more].concat()));
        assert!(show(&[]).contains(&format!("on state error:  {shown}")), "{}", show(&[]));
        assert_eq!(serde_json::from_str::<Json>(&show(&["-f", "json"])).unwrap()["on_state_error"], json);
    }
    let folder = folder(&format!("{SET}on_state_error: perhaps\n"));
    let output = lictor(&["sets", "check", "-s", folder.path().join("sets").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("on_state_error: write deny, allow or stale"));
}
