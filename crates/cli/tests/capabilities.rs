//! `lictor capabilities` from the outside, and beside `opa capabilities`.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::collections::BTreeMap;
use std::process::Output;

use assert_cmd::Command;
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
fn capabilities_are_those_of_opa() {
    let opa = std::env::var("LICTOR_OPA").unwrap_or_else(|_| "opa".to_owned());
    for flags in [&["--current"][..], &["--current", "--v0-compatible"]] {
        let Ok(theirs) = std::process::Command::new(&opa).arg("capabilities").args(flags).output() else {
            eprintln!("SKIPPED: opa is not installed, whose capabilities would be compared");
            return;
        };
        let theirs: Json = serde_json::from_slice(&theirs.stdout).unwrap();
        let ours = printed(flags);
        assert_eq!(ours["features"], theirs["features"]);
        assert_eq!(ours["future_keywords"], theirs["future_keywords"]);
        assert_eq!(argument_names(&ours, &theirs), argument_names(&theirs, &theirs));
        assert_eq!(ours["allow_net"], theirs["allow_net"]);
        let (ours, theirs) = (by_name(&ours), by_name(&theirs));
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        for (name, ours) in ours {
            assert_eq!(ours, theirs[&name], "{name}");
        }
    }
}

#[test]
fn every_version_of_opa_has_the_capabilities_that_opa_says() {
    let opa = std::env::var("LICTOR_OPA").unwrap_or_else(|_| "opa".to_owned());
    let asked = |arguments: &[&str]| {
        let output = std::process::Command::new(&opa).arg("capabilities").args(arguments).output();
        output.ok().map(|output| output.stdout)
    };
    let Some(versions) = asked(&[]) else {
        eprintln!("SKIPPED: opa is not installed, whose capabilities would be compared");
        return;
    };
    let versions = String::from_utf8(versions).unwrap();
    assert_eq!(String::from_utf8(lictor(&[]).stdout).unwrap(), versions);
    let none = |listed: &Json| if listed.is_null() { json!([]) } else { listed.clone() };
    for version in versions.lines() {
        let theirs: Json = serde_json::from_slice(&asked(&["--version", version]).unwrap()).unwrap();
        let ours = printed(&["--version", version]);
        assert_eq!(ours["features"], none(&theirs["features"]), "{version}");
        assert_eq!(ours["future_keywords"], none(&theirs["future_keywords"]), "{version}");
        assert_eq!(by_name(&ours), by_name(&theirs), "{version}");
    }
}

/// The builtins as policies know them, in order.
fn by_name(capabilities: &Json) -> BTreeMap<String, Json> {
    let builtins = capabilities["builtins"].as_array().unwrap();
    builtins.iter().map(|builtin| (builtin["name"].as_str().unwrap().to_owned(), essence(builtin))).collect()
}

/// The names of arguments, of those that have a name in OPA's capabilities.
fn argument_names(of: &Json, in_opa: &Json) -> Vec<String> {
    let list = |of: &Json| of["builtins"].as_array().unwrap().clone();
    let mut names = Vec::new();
    for theirs in list(in_opa) {
        let Some(builtin) = list(of).into_iter().find(|builtin| builtin["name"] == theirs["name"]) else { continue };
        let none = Vec::new();
        let arguments = |of: &Json| of["decl"]["args"].as_array().unwrap_or(&none).clone();
        for (argument, theirs) in arguments(&builtin).iter().zip(arguments(&theirs)) {
            if theirs["name"].is_string() {
                names.push(format!("{}: {}", builtin["name"], argument["name"]));
            }
        }
    }
    names
}

/// Without names of arguments, words and categories, and types written in one way.
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
    assert_eq!(format["decl"]["args"][0], json!({"name": "search", "type": "string"}));
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
