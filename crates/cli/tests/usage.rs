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
    assert_eq!(validate(folder.path(), store, &[]).0, Some(0), "two each");
    assert_eq!(out(&usage(&["show", "token", "c"])), "nothing is known of token c\n");
    assert_eq!(usage(&["show", "token", "c"]).status.code(), Some(1));
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

#[cfg(feature = "redis")]
#[test]
fn what_is_counted_here_and_synced_is_all_told_at_the_end() {
    let Some(server) = redis_server::Server::start(&[]) else { return };
    let folder = folder(SET);
    for round in 1..=2 {
        assert_eq!(
            validate(folder.path(), &server.url(), &["--usage-sync", "100ms"]).0,
            Some(round - 1),
            "the fourth is one too many"
        );
        let text = out(&lictor(&["usage", "show", "token", "a", "--store", &server.url()]));
        let counted = format!("{} in a day", 2 * round);
        assert!(text.contains(&counted) && !text.contains("last used:   never"), "{text}");
    }
}

#[cfg(feature = "redis")]
#[test]
fn syncing_is_for_a_redis_and_takes_a_time_that_is_some() {
    let folder = folder(SET);
    let (events, sets) = (folder.path().join("events.ndjson"), folder.path().join("sets"));
    for (store, every, said) in [
        ("u.redb", "100ms", "a file is synced with nobody"),
        ("redis://127.0.0.1:1/", "0", "less than a millisecond"),
        ("redis://127.0.0.1:1/", "soon", "`soon` is no duration"),
        ("redis://ann:tulip@host:abc/", "1s", "redis: the usage store cannot be opened: Redis URL did not parse\n"),
    ] {
        let fixed = ["validate", events.to_str().unwrap(), "-s", sets.to_str().unwrap(), "--usage", store];
        let output = lictor(&[&fixed[..], &["--usage-sync", every]].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(said) && !text.contains("tulip"), "{text}");
    }
}

#[cfg(feature = "redis")]
#[test]
fn a_redis_over_tls_is_trusted_by_a_file_and_sees_the_client_s_certificate() {
    let authority = lictor_testing::Authority::new();
    let (identity, client) = (authority.issue(&["localhost"]), authority.issue(&["gateway"]));
    let wants = authority.certificate();
    let server = redis_server::Server::start_tls(&identity.certificate, &identity.key, Some(&wants));
    let Some(server) = server else { return };
    let folder = folder(SET);
    let file = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let (ca, certificate, key) =
        (file("ca", &wants), file("certificate", &client.certificate), file("key", &client.key));
    let shown = ["--redis-cert", certificate.as_str(), "--redis-key", key.as_str()];
    let trusted = [&["--redis-ca", ca.as_str()], &shown[..]].concat();
    assert_eq!(validate(folder.path(), &server.url_tls(), &trusted).0, Some(0));
    let show = ["usage", "show", "token", "a", "--store", &server.url_tls()];
    assert!(out(&lictor(&[&show[..], &trusted].concat())).contains("2 in a day"));
    // The way that other programs have, too.
    let by_environment =
        Command::new(env!("CARGO_BIN_EXE_lictor")).args(show).args(shown).env("SSL_CERT_FILE", &ca).output().unwrap();
    assert!(out(&by_environment).contains("2 in a day"));
    let untrusted = lictor(&[&show[..], &shown].concat());
    let text = String::from_utf8_lossy(&untrusted.stderr).into_owned();
    assert!(text.contains("no authority that this machine trusts"), "{text}");
    let (code, lines) = validate(folder.path(), &server.url_tls(), &shown);
    assert_eq!(code, Some(2), "the set's rule is to deny");
    assert!(lines[0].to_string().contains("no authority that this machine trusts"), "{lines:?}");
    let missing = lictor(&[&show[..], &["--redis-ca", "/nowhere/ca.pem"]].concat());
    assert!(String::from_utf8_lossy(&missing.stderr).contains("/nowhere/ca.pem"));
    let plain = lictor(&["usage", "show", "token", "a", "--store", &server.url(), "--redis-ca", &ca]);
    assert!(String::from_utf8_lossy(&plain.stderr).contains("certificates are for rediss:// only"));
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
fn whoever_only_looks_makes_no_file_and_what_is_no_store_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(at("events.json"), "{}").unwrap();
    for (action, store, said) in [
        ("show", "none.redb", "there is no such store"),
        ("clear", "none.redb", "there is no such store"),
        ("show", "events.json", "it is no store"),
    ] {
        let output = lictor(&["usage", action, "token", "a", "--store", &at(store)]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && text.contains(said), "{text}");
    }
    assert!(!folder.path().join("none.redb").exists());
    let output = lictor(&["evaluations", "list", "--store", &at("events.json")]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && text.contains("it is no store"), "{text}");
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
