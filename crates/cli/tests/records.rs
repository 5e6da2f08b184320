//! What `lictor validate` says and keeps of events with secrets in them: decisions, but none of the secrets.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value as Json, json};

/// Every secret of the event has this in it.
const CANARY: &str = "CaNaRy";

const SET: &str = "name: talkative
entity: token
enforced: true
policies:
  - name: tells
    severity: error
    rego: |
      package tells
      deny contains sprintf(\"all of it: %v\", [input])
      deny contains sprintf(\"header %v\", [input.request.headers.authorization])
      deny contains sprintf(\"cookie %v\", [split(input.request.headers.Cookie, \"=\")[1]])
      deny contains sprintf(\"key %v\", [input.user.sshKeyContent])
      deny contains input.token.note
  - name: fails
    severity: error
    rego: |
      package fails
      deny := {input.user.password: v | some v in [1, 2]} if input.fail
";

fn jwt() -> String {
    format!("eyJhbGciOiJub25lIn0.{CANARY}eyJhIjoxfQ.{CANARY}")
}

fn event() -> Json {
    json!({
        "metadata": {"type": "token", "action": "onsave"},
        "token": {"identifier": "t", "note": format!("was {} and pat.acc.{CANARY}.012345", jwt()), "value": jwt()},
        "request": {"headers": {"authorization": format!("Bearer {CANARY}-opaque"), "Cookie": format!("sid={CANARY}")}},
        "user": {
            "password": format!("{CANARY}\"quoted\""), "encodedPassword": format!("x{CANARY}"), "apiKey": format!("k-{CANARY}"),
            "clientSecret": {"deep": [format!("{CANARY}-deep")]},
            "sshKeyContent": format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n-----END OPENSSH PRIVATE KEY-----"),
            "content": CANARY, "url": format!("https://ann:{CANARY}@host/?access_token={CANARY}"),
        },
        jwt(): "a name",
    })
}

fn validate(folder: &Path, arguments: &[&str], input: &str) -> Output {
    fs::write(folder.join("set.yaml"), SET).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lictor"));
    command.current_dir(folder).args(["validate", "-", "--sets", "set.yaml"]).args(arguments);
    command.write_stdin(input).output().unwrap()
}

fn lines(folder: &Path) -> Vec<Json> {
    let log = fs::read_to_string(folder.join("log.ndjson")).unwrap();
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn holds_no_canary(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert!(!text.contains(CANARY), "{what}: {text}");
}

#[test]
fn no_secret_reaches_any_output_or_the_decision_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut failing = event();
    failing["fail"] = json!(true);
    let broken = format!("{{\"password\": \"{CANARY}\" {CANARY}");
    let input = format!("{}\n{failing}\n{broken}\n", event());
    for format in ["table", "json", "ndjson"] {
        let output = validate(folder.path(), &["--format", format, "--decision-log", "log.ndjson"], &input);
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains("all of it") && shown.contains("[masked]"), "{shown}");
        holds_no_canary(format, &output.stdout);
        holds_no_canary("standard error", &output.stderr);
    }
    let log = fs::read(folder.path().join("log.ndjson")).unwrap();
    holds_no_canary("the decision log", &log);
    let lines = lines(folder.path());
    assert_eq!(lines.len(), 9, "three runs, appended");
    assert_eq!(lines[0]["path"], "lictor/token/save");
    assert!(lines[0]["erased"].as_array().unwrap().contains(&json!("/input/user/password")), "{}", lines[0]["erased"]);
    assert!(lines[0]["masked"].as_array().unwrap().contains(&json!("/input/token/note")), "{}", lines[0]["masked"]);
    assert_eq!(lines[1]["error"]["code"], "evaluation_error");
    assert_eq!(lines[1]["custom"]["sets"][0]["policies"][0]["name"], "fails");
    assert_eq!(lines[2]["error"]["code"], "invalid_input");
}

#[test]
fn with_a_key_a_token_can_be_told_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("key"), "0123456789abcdef\n").unwrap();
    fs::write(folder.path().join("short"), "0123456789").unwrap();
    let arguments = ["--decision-log", "log.ndjson", "--token-hash-key", "key"];
    let output = validate(folder.path(), &arguments, &format!("{}\n{}\n", event(), event()));
    holds_no_canary("ndjson", &output.stdout);
    let lines = lines(folder.path());
    let hash = lines[0]["input"]["token"]["value"].as_str().unwrap();
    assert!(hash.starts_with("hmac-sha256:"), "{hash}");
    assert_eq!(lines[1]["input"]["token"]["value"], hash);
    assert_eq!(validate(folder.path(), &["--token-hash-key", "short"], "").status.code(), Some(2));
}

#[test]
fn policies_mask_and_drop_lines_as_in_opa() {
    let folder = tempfile::tempdir().unwrap();
    let rules = "package system.log\n\nmask contains \"/input/token/identifier\"\n\ndrop if input.input.quiet\n";
    fs::write(folder.path().join("log.rego"), rules).unwrap();
    let mut quiet = event();
    quiet["quiet"] = json!(true);
    let arguments = ["--decision-log", "log.ndjson", "--data", "log.rego"];
    validate(folder.path(), &arguments, &format!("{quiet}\n{}\n", event()));
    let lines = lines(folder.path());
    assert_eq!(lines.len(), 1);
    assert!(lines[0]["input"]["token"].get("identifier").is_none());
    assert!(lines[0]["erased"].as_array().unwrap().contains(&json!("/input/token/identifier")));
}

#[test]
fn a_log_that_cannot_be_written_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    for target in ["no/such/folder/log", "-"] {
        let output = validate(folder.path(), &["--decision-log", target], &event().to_string());
        assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(2), true), "{target}");
    }
}

fn evaluations(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lictor"));
    command.current_dir(folder).arg("evaluations").args(arguments).args(["--store", "kept.redb"]).output().unwrap()
}

#[test]
fn what_was_kept_is_listed_and_shown_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = r#"{"metadata": {"type": "token"}, "token": {"accountIdentifier": "acc"}}"#;
    let input = format!("{}\n{quiet}\n{{\n", event());
    for _ in 0..2 {
        let output = validate(folder.path(), &["--record", "kept.redb", "--keep", "30d"], &input);
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    }
    holds_no_canary("the store", &fs::read(folder.path().join("kept.redb")).unwrap());
    let listed = |arguments: &[&str]| -> Vec<Json> {
        let output = evaluations(folder.path(), &[&["list", "--format", "json"], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(listed(&[]).len(), 6);
    assert_eq!(listed(&["--entity", "token", "--since", "1h"]).len(), 4);
    assert_eq!(listed(&["--entity", "api_key"]).len(), 0);
    assert_eq!(listed(&["--policy", "tells", "--limit", "3"]).len(), 3);
    assert_eq!(listed(&["--status", "pass"]).len(), 0);
    let about = |record: &&Json| record["subject"]["place"]["account"] == "acc";
    let records = listed(&[]);
    let record = records.iter().find(about).unwrap();
    let statuses: Vec<_> = record["sets"][0]["policies"].as_array().unwrap().iter().map(|p| &p["status"]).collect();
    assert_eq!(statuses, ["error", "pass"], "who let it pass is there too");
    let id = record["id"].as_str().unwrap();
    let shown = evaluations(folder.path(), &["show", &id[..13]]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    for part in [id, "account   acc", "talkative: error", "  fails: pass"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let table = evaluations(folder.path(), &["list"]);
    holds_no_canary("the table", &table.stdout);
    assert!(String::from_utf8_lossy(&table.stdout).contains("6 evaluations"));
    assert_eq!(evaluations(folder.path(), &["show", "none"]).status.code(), Some(2));
}

#[test]
fn records_past_their_time_go() {
    let folder = tempfile::tempdir().unwrap();
    validate(folder.path(), &["--record", "kept.redb"], &event().to_string());
    std::thread::sleep(std::time::Duration::from_millis(5));
    validate(folder.path(), &["--record", "kept.redb", "--keep", "0s"], "{");
    let output = evaluations(folder.path(), &["list"]);
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(listed.contains("1 evaluation") && listed.contains("malformed JSON"), "only the later one: {listed}");
}
