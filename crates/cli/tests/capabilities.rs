//! `lictor capabilities` from the outside, and beside `opa capabilities`.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::collections::BTreeMap;
use std::process::Output;

use assert_cmd::Command;
use lictor_testing::Oracle;
use serde_json::{Value as Json, json};

fn lictor(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lictor")).arg("capabilities").args(arguments).output().unwrap()
}

fn printed(arguments: &[&str]) -> Json {
    let output = lictor(arguments);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn capabilities_are_those_of_opa_but_for_the_words() {
    let Some(opa) = Oracle::installed_or_skip("the comparison of capabilities with OPA") else { return };
    for flags in [&["--current"][..], &["--current", "--v0-compatible"]] {
        let (ours, theirs) = (wordless(&printed(flags)), wordless(&opas(&opa, flags)));
        let builtins = |of: &Json| of["builtins"].as_array().unwrap().clone();
        for (ours, theirs) in builtins(&ours).iter().zip(&builtins(&theirs)) {
            assert_eq!(ours, theirs);
        }
        assert_eq!(ours, theirs);
    }
}

#[test]
fn every_version_of_opa_has_the_capabilities_that_opa_says() {
    let Some(opa) = Oracle::installed_or_skip("the comparison of capabilities of all versions with OPA") else {
        return;
    };
    let versions = String::from_utf8(opa.command().arg("capabilities").output().unwrap().stdout).unwrap();
    assert_eq!(String::from_utf8(lictor(&[]).stdout).unwrap(), versions);
    let none = |listed: &Json| if listed.is_null() { json!([]) } else { listed.clone() };
    for version in versions.lines() {
        let theirs = opas(&opa, &["--version", version]);
        let ours = printed(&["--version", version]);
        assert_eq!(ours["features"], none(&theirs["features"]), "{version}");
        assert_eq!(ours["future_keywords"], none(&theirs["future_keywords"]), "{version}");
        assert_eq!(by_name(&ours), by_name(&theirs), "{version}");
    }
}

fn opas(opa: &Oracle, flags: &[&str]) -> Json {
    let output = opa.command().arg("capabilities").args(flags).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// That there is a description, but not what it says: the words are ours.
fn wordless(said: &Json) -> Json {
    match said {
        Json::Object(fields) => {
            let blank = |key: &str, value: &Json| {
                if key == "description" && value.as_str().is_some_and(|words| !words.is_empty()) {
                    return json!("words");
                }
                wordless(value)
            };
            fields.iter().map(|(key, value)| (key.clone(), blank(key, value))).collect()
        }
        Json::Array(items) => items.iter().map(wordless).collect(),
        other => other.clone(),
    }
}

/// The builtins as policies know them, in order.
fn by_name(capabilities: &Json) -> BTreeMap<String, Json> {
    let builtins = capabilities["builtins"].as_array().unwrap();
    builtins.iter().map(|builtin| (builtin["name"].as_str().unwrap().to_owned(), essence(builtin))).collect()
}

/// What policies are checked by, with types written in one way: what OPA tells of older versions has no names, words and
/// categories.
fn essence(said: &Json) -> Json {
    match said {
        Json::Object(fields) => {
            let left_out = |key: &str| matches!(key, "name" | "description" | "categories");
            let kept = fields.iter().filter(|(key, _)| !left_out(key));
            let mut kept: BTreeMap<_, _> = kept.map(|(key, value)| (key.clone(), essence(value))).collect();
            if let Some(Json::Array(alternatives)) = kept.get_mut("of") {
                alternatives.sort_by_key(Json::to_string);
                // Of one alternative there is no choice.
                if let [only] = &alternatives[..] {
                    return only.clone();
                }
            }
            if kept.contains_key("dynamic") && kept.get("static") == Some(&json!([])) {
                kept.remove("static");
            }
            Json::Object(kept.into_iter().collect())
        }
        Json::Array(items) => items.iter().map(essence).collect(),
        other => other.clone(),
    }
}

#[test]
fn builtins_stand_in_order_with_names_and_words() {
    let current = printed(&["--current"]);
    let builtins = current["builtins"].as_array().unwrap();
    assert!(builtins.is_sorted_by_key(|builtin| builtin["name"].as_str().unwrap()));
    let format = builtins.iter().find(|builtin| builtin["name"] == "startswith").unwrap();
    let search = json!({"description": "the whole string", "name": "search", "type": "string"});
    assert_eq!(format["decl"]["args"][0], search);
    assert_eq!(format["decl"]["result"]["name"], "result");
    assert_eq!(format["categories"], json!(["strings"]));
    assert!(format["description"].as_str().unwrap().starts_with("Whether"));
    assert_eq!(printed(&["--version", "v1.22.2"]), current);
}

#[test]
fn files_are_read_and_what_is_neither_file_nor_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capabilities.json");
    let file = path.to_str().unwrap();
    let current = lictor(&["--current"]).stdout;
    std::fs::write(&path, &current).unwrap();
    assert_eq!(lictor(&["--file", file]).stdout, current);
    let refused = |arguments: &[&str], why: &str| {
        let output = lictor(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(why), "{said}");
    };
    std::fs::write(&path, "{}").unwrap();
    refused(&["--file", file], "it has no list of builtins");
    std::fs::write(&path, r#"{"builtins": [{"name": "f"}]}"#).unwrap();
    refused(&["--file", file], "the builtin f has no declaration");
    refused(&["--file", "nowhere.json"], "No such file");
    refused(&["--version", "v0.1.0"], "no capabilities version found: v0.1.0");
}
