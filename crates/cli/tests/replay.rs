//! `lictor replay` from the outside: what it reports in each format, exit codes, secrets, markup.
//!
//! What it writes for the events and sets below is in `replay.golden`; `LICTOR_UPDATE=1` writes it anew.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

const EVENTS: &str = r#"{"metadata": {"type": "token"}, "token": {"days": 7, "owner": "ann"}}
{"metadata": {"type": "token"}, "token": {"days": 40, "owner": "ann"}}
{"metadata": {"type": "token"}, "token": {"days": 45, "owner": "ann"}}
{"metadata": {"type": "token"}, "token": {"days": 7}}
{"metadata": {"type": "token"}, "token": {"days": 7, "owner": "<script>alert(1)</script>"}}
{"metadata": {"type": "token"}, "token": {"days": 7, "owner": "ann"}, "request": {"headers": {"authorization": "Bearer canary-4711"}}}
"#;

const OLD: &str = r#"package life

deny contains "nobody owns it" if not input.token.owner

deny contains sprintf("%d days", [input.token.days]) if input.token.days > 90
"#;

const NEW: &str = r#"package life

deny contains sprintf("%d days", [input.token.days]) if input.token.days > 30

deny contains sprintf("owner %s", [input.token.owner]) if contains(input.token.owner, "<")

deny contains sprintf("sent %s", [input.request.headers.authorization])
"#;

/// A folder with events, and the sets `old` and `new`.
fn folder(events: &str, new: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("events.ndjson"), events).unwrap();
    for (side, policy) in [("old", OLD), ("new", new)] {
        let path = folder.path().join(side);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("life.rego"), policy).unwrap();
        let set = "name: tokens\nentity: token\nenforced: true\npolicies:\n  - {path: life.rego, severity: error}\n";
        fs::write(path.join("set.yaml"), set).unwrap();
    }
    folder
}

fn replay(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lictor"));
    command.args(["replay", "events.ndjson", "--old", "old", "--new", "new"]).args(arguments);
    command.current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn what_would_change_is_reported_in_every_format() {
    let folder = folder(&format!("{EVENTS}{{\n"), NEW);
    let mut all = String::new();
    for format in ["table", "json", "ndjson", "html"] {
        let output = replay(folder.path(), &["--format", format]);
        assert_eq!(output.status.code(), Some(2), "one event is no JSON: {}", text(&output.stderr));
        let _ = write!(all, "$ replay --format {format}\n{}\n", text(&output.stdout));
    }
    assert!(!all.contains("canary-4711"), "{all}");
    let (_, page) = all.split_once("$ replay --format html").unwrap();
    assert!(!page.contains("<script") && page.contains("&lt;script"), "markup in events is text: {page}");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay.golden");
    if std::env::var_os("LICTOR_UPDATE").is_some() {
        fs::write(&golden, &all).unwrap();
    }
    assert_eq!(all, fs::read_to_string(golden).unwrap());
}

#[test]
fn the_page_needs_nothing_else() {
    let folder = folder(EVENTS, NEW);
    let output = replay(folder.path(), &["--format", "html", "--output", "page.html"]);
    assert!(output.status.success() && output.stdout.is_empty(), "{}", text(&output.stderr));
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("prefers-color-scheme: dark"));
    for outside in ["http:", "https:", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn thresholds_decide_the_exit_code() {
    let folder = folder(EVENTS, NEW);
    let code = |arguments: &[&str]| replay(folder.path(), arguments).status.code();
    assert_eq!(code(&[]), Some(0), "without a threshold a replay only reports");
    assert_eq!(code(&["--fail-on", "any"]), Some(1));
    assert_eq!(code(&["--fail-on", "4"]), Some(1), "four events are newly denied");
    assert_eq!(code(&["--fail-on", "5"]), Some(0));
    assert_eq!(code(&["--fail-on-newly-allowed"]), Some(1), "one that nobody owns is newly allowed");
    assert_eq!(code(&["--fail-on", "0"]), Some(2));
}

#[test]
fn an_event_that_only_the_new_policy_cannot_judge_is_not_hidden() {
    let folder = folder(EVENTS, "package life\n\ndeny := input.token[_]\n");
    let output = replay(folder.path(), &["--format", "json", "--fail-on", "any"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let document: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["summary"]["changes"]["newly_failing"], document["summary"]["new"]["error"]);
    assert!(document["errors"][0]["old"].is_null(), "{document}");
    assert!(document["errors"][0]["new"].as_str().unwrap().contains("conflict"), "{document}");
}

#[test]
fn the_same_policies_change_nothing() {
    let folder = folder(EVENTS, OLD);
    let output = replay(folder.path(), &["--fail-on", "any", "--fail-on-newly-allowed"]);
    assert!(output.status.success());
    assert!(text(&output.stdout).ends_with("6 events: nothing changes\n"), "{}", text(&output.stdout));
}

#[test]
fn policies_that_do_not_compile_are_named_by_their_side() {
    let folder = folder(EVENTS, "package life\n\ndeny if x\n");
    let output = replay(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--new"), "{}", text(&output.stderr));
}
