//! `lictor explain` from the outside: what held, what did not, with which values; why sets do not apply; secrets.
//!
//! What it writes for the events and sets below is in `explain.golden`; `LICTOR_UPDATE=1` writes it anew.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

const EVENTS: &[(&str, &str)] = &[
    (
        "long.json",
        r#"{"metadata": {"type": "token"}, "token": {"days": 200, "scopes": ["read", "admin"], "owner": "bob"}}"#,
    ),
    ("short.json", r#"{"metadata": {"type": "token"}, "token": {"days": 7, "scopes": ["read"], "owner": "ann"}}"#),
    ("missing.json", r#"{"metadata": {"type": "token"}, "token": {}}"#),
    (
        "secret.json",
        r#"{"metadata": {"type": "token"}, "token": {"days": 7, "owner": "ann", "value": "pat.canary-4711"},
            "request": {"headers": {"authorization": "Bearer canary-4712"}}, "event": "create"}"#,
    ),
    ("key.json", r#"{"metadata": {"type": "apikey"}, "apiKey": {"accountIdentifier": "A-2"}}"#),
    ("bad.json", "{"),
];

const FILES: &[(&str, &str)] = &[
    (
        "sets/tokens.yaml",
        "name: tokens\nentity: token\nenforced: true\npolicies:\n  - {path: ../life.rego, severity: error}\n  - {path: \
         ../sent.rego, severity: warning}\n",
    ),
    (
        "sets/trial.yaml",
        "name: trial\nentity: token\nscope: {account: A-1}\npolicies:\n  - {path: ../life.rego, severity: error}\n",
    ),
    (
        "sets/use.yaml",
        "name: use\nentity: token\nevents: on_use\npolicies:\n  - {path: ../life.rego, severity: error}\n",
    ),
    (
        "life.rego",
        r#"package life

owners := {"ann", "eve"}

is_owned if input.token.owner in owners

deny contains sprintf("%d days", [input.token.days]) if {
	limit := 90
	input.token.days > limit
}

deny contains sprintf("scope %s", [scope]) if {
	some scope in input.token.scopes
	scope in {"admin", "root"}
}

deny contains "not owned" if not is_owned
"#,
    ),
    (
        "sent.rego",
        r#"package sent

deny contains "header" if {
	startswith(input.request.headers.authorization, "Bearer ")
	input.token.value == "other"
}
"#,
    ),
];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sets")).unwrap();
    for (name, text) in EVENTS.iter().chain(FILES) {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn explain(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lictor"));
    command.arg("explain").args(arguments).args(["--sets", "sets"]).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn every_policy_says_what_held_or_what_did_not() {
    let folder = folder();
    let mut all = String::new();
    for (name, _) in EVENTS {
        let output = explain(folder.path(), &[name]);
        let code = output.status.code().unwrap();
        let _ = write!(all, "$ explain {name}\n{}{}exit {code}\n\n", text(&output.stdout), text(&output.stderr));
    }
    assert!(!all.contains("canary"), "{all}");
    assert!(!all.contains('\u{1b}'), "colour is for terminals");
    assert!(all.contains("input.token.days is undefined"), "{all}");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain.golden");
    if std::env::var_os("LICTOR_UPDATE").is_some() {
        fs::write(&golden, &all).unwrap();
    }
    assert_eq!(all, fs::read_to_string(golden).unwrap());
}

#[test]
fn json_says_the_same_and_no_secret_either() {
    let folder = folder();
    let output = explain(folder.path(), &["long.json", "secret.json", "--format", "json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!text(&output.stdout).contains("canary"));
    let document: Json = serde_json::from_slice(&output.stdout).unwrap();
    let life = &document[0]["explanation"]["policies"][0];
    assert_eq!((&life["outcome"], &life["definitions"][0]["outcome"]), (&"denies".into(), &"held".into()));
    assert_eq!(life["definitions"][1]["messages"][0], "scope admin");
    assert_eq!(document[1]["explanation"]["verdict"], "allow");
}

#[test]
fn an_event_may_be_chosen_by_its_line_and_routed_by_its_sender() {
    let folder = folder();
    fs::write(folder.path().join("two.ndjson"), "{}\n{\"token\": {\"days\": 91}}\n").unwrap();
    let output = explain(folder.path(), &["two.ndjson", "--line", "2", "--entity", "token", "--event", "use"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.starts_with("two.ndjson:2: warn (entity token, event use)\n"), "{said}");
    assert!(
        said.contains("tokens/life is not asked: it judges events create, update, rotate, this one is use"),
        "{said}"
    );
    assert_eq!(explain(folder.path(), &["two.ndjson", "--line", "3"]).status.code(), Some(2), "there is no such line");
}
