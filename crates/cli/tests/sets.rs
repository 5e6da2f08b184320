//! `lictor sets` from the outside: what it lists, shows, finds wrong, and switches.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value as Json;

fn lictor(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lictor")).args(arguments).output().unwrap()
}

fn sets(arguments: &[&str], folder: &Path) -> Output {
    lictor(&[&["sets"], arguments, &["--sets", folder.to_str().unwrap()]].concat())
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn seed() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/seed/sets")
}

#[test]
fn sets_are_listed_with_what_they_apply_to() {
    let table = out(&sets(&["list"], &seed()));
    for word in ["NAME", "account-tokens", "token", "create, update, rotate", "everywhere", "2 policy sets, 1 enforced"]
    {
        assert!(table.contains(word), "{word}: {table}");
    }
    let list: Json = serde_json::from_slice(&sets(&["list", "--format", "json"], &seed()).stdout).unwrap();
    assert_eq!(list[1]["name"], "service-tokens");
    assert_eq!(list[1]["enforced"], false);
    assert_eq!(list[0]["policies"].as_array().unwrap().len(), 3);
}

#[test]
fn a_set_is_shown_with_its_policies_and_the_hashes_of_their_files() {
    let output = sets(&["show", "service-tokens"], &seed());
    let table = out(&output);
    // What sha256sum says of the file.
    let hash = lictor::PolicySet::load(seed().join("service-tokens.yaml")).unwrap().policies[0].hash();
    for word in ["deny-service-type", "no: it judges", &hash, "service-tokens.yaml"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let shown: Json = serde_json::from_slice(&sets(&["show", "service-tokens", "-f", "json"], &seed()).stdout).unwrap();
    assert_eq!(shown["policies"][0]["sha256"], hash);
    assert_eq!(shown["policies"][0]["severity"], "error");
    let output = sets(&["show", "services"], &seed());
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("no policy set `services`; there are: account-tokens, service-tokens"));
}

#[test]
fn a_check_finds_everything_that_is_wrong_with_every_set() {
    let output = sets(&["check"], &seed());
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(0), "2 policy sets, 0 errors\n"));
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let set = |name: &str, policy: &str| format!("name: {name}\nentity: token\npolicies:\n  - {policy}\n");
    write("bad.rego", "package bad\n\ndeny if { x := y }\n\ndeny if { nothing(1) }\n");
    write("1.yaml", &set("one", "{path: bad.rego, severity: error}"));
    write("2.yaml", &set("two", "{path: bad.rego, severity: error}"));
    write("3.yaml", &set("three", "{path: gone.rego, severity: error}"));
    write("4.yaml", &set("four", "{rego: package idle, severity: error}"));
    write("5.yaml", "name: [");
    write("6.yaml", &set("one", "{path: bad.rego, severity: error}"));
    let output = sets(&["check"], folder.path());
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1));
    for word in ["var y is unsafe", "undefined function", "gone.rego", "no rule `deny`", "5.yaml", "`one` is already"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert_eq!(text.matches("undefined function").count(), 1, "once, though two sets have it: {text}");
    assert_eq!(out(&output), "6 policy sets, 6 errors\n");
    let output = sets(&["check", "--format", "json"], folder.path());
    let found: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), found["errors"].as_array().unwrap().len()), (Some(1), 6));
}

#[test]
fn a_new_set_refuses_nothing_until_it_is_enabled_and_nothing_again_once_it_is_disabled() {
    let folder = tempfile::tempdir().unwrap();
    let text = "# ours\nname: robots\nentity: token\npolicies:\n  - severity: error # for now\n    rego: |\n      package r\n      deny contains \"no robots\" if input.token.apiKeyType == \"ROBOT\"\n";
    let file = folder.path().join("robots.yaml");
    fs::write(&file, text).unwrap();
    let event = folder.path().join("event.json");
    fs::write(&event, r#"{"event": "create", "token": {"id": "t", "apiKeyType": "ROBOT"}}"#).unwrap();
    let validate = || {
        let (event, folder) = (event.to_str().unwrap(), folder.path().to_str().unwrap());
        lictor(&["validate", event, "--sets", folder]).status.code()
    };
    assert_eq!(validate(), Some(0));
    assert!(out(&sets(&["enable", "robots"], folder.path())).starts_with("robots is now switched on: "));
    assert_eq!(validate(), Some(1));
    assert_eq!(fs::read_to_string(&file).unwrap(), text.replace("policies:", "enforced: true\npolicies:"));
    assert!(out(&sets(&["enable", "robots"], folder.path())).starts_with("robots was already switched on: "));
    assert!(out(&sets(&["disable", "robots"], folder.path())).starts_with("robots is now switched off: "));
    assert_eq!(validate(), Some(0));
    let output = sets(&["enable", "robots", "humans"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(validate(), Some(0), "when one is not there, none is switched");
}

#[test]
fn a_set_with_shared_policies_is_shown_with_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("shared.yaml", "kind: policies\npolicies: [{name: no, rego: 'package no\n\n  deny if input.x'}]\n");
    write("set.yaml", "name: s\nentity: token\npolicies: [{policy: account.no, severity: error}]\n");
    let table = out(&sets(&["show", "s"], folder.path()));
    assert!(table.contains("shared.yaml#no"), "{table}");
    assert_eq!(sets(&["check"], folder.path()).status.code(), Some(0));
    write("set.yaml", "name: s\nentity: token\npolicies: [{policy: org.no, severity: error}]\n");
    let output = sets(&["check"], folder.path());
    assert!(said(&output).contains("the set belongs to no organization"), "{}", said(&output));
    assert_eq!(output.status.code(), Some(1));
}
