//! `lictor parse` and `lictor check` from the outside.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::process::Output;

use assert_cmd::Command;
use serde_json::Value as Json;

fn lictor(arguments: &[&str], input: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lictor")).args(arguments).write_stdin(input).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const POLICY: &str = "package a.b\n\nimport data.x as y\n\n# why\nallow if not input.a < 1\n";

#[test]
fn a_tree_is_printed_as_opa_prints_it() {
    let output = lictor(&["parse", "-"], POLICY);
    assert!(output.status.success());
    let printed = text(&output.stdout);
    assert!(
        printed.starts_with("{\n  \"package\": {\n    \"path\": [\n      {\n        \"type\": \"var\","),
        "{printed}"
    );
    let tree: Json = serde_json::from_str(&printed).unwrap();
    assert_eq!(tree["rules"][0]["head"]["name"], "allow");
    assert_eq!(tree["rules"][0]["body"][0]["negated"], true);
    assert_eq!(tree["comments"][0]["Text"], "IHdoeQ==");
    let compact = lictor(&["parse", "-", "--format", "compact"], POLICY);
    assert_eq!(serde_json::from_slice::<Json>(&compact.stdout).unwrap(), tree);
    assert_eq!(text(&compact.stdout).lines().count(), 1);
}

#[test]
fn where_opa_is_installed_the_trees_are_equal_byte_by_byte() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.rego");
    let file = file.to_str().unwrap();
    for policy in [
        POLICY,
        "package p\n\np contains x if { some x in input.xs; every y in x { y > 1 } }\n",
        "package p\n\nf(x, [_, y]) := {x: y | x != _}\n\ndefault g := {1, \"<&>\"}\n",
        "package p\n\nq := 1 if { input.x } else := 2 if { not input.y with input as {} }\n",
    ] {
        std::fs::write(file, policy).unwrap();
        let Ok(opa) = std::process::Command::new("opa").args(["parse", "--format", "json", file]).output() else {
            eprintln!("SKIPPED: opa is not installed");
            return;
        };
        assert_eq!(text(&lictor(&["parse", file], "").stdout), text(&opa.stdout), "{policy}");
    }
}

#[test]
fn check_reports_everything_at_once_with_the_line_underlined() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.rego");
    std::fs::write(&file, "package p\n\na if { x > 1 }\n\nb := startswth(\"a\", \"b\")\n").unwrap();
    let path = folder.path().to_str().unwrap();
    let output = lictor(&["check", path], "");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("rego_unsafe_var_error") && said.contains("var x is unsafe"), "{said}");
    assert!(said.contains("undefined function startswth") && said.contains("startswith"), "{said}");
    assert!(said.contains("3 | a if { x > 1 }") && said.contains('^'), "{said}");
    std::fs::write(&file, "package p\n\na := 1\n").unwrap();
    assert_eq!(lictor(&["check", path], "").status.code(), Some(0));
    assert_eq!(lictor(&["check", "no-such-folder"], "").status.code(), Some(2));
}

#[test]
fn a_syntax_error_names_what_was_expected() {
    let output = lictor(&["parse", "-", "--format", "compact"], "package p\n\na := [1, 2\n\nb = := 3\n");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.matches("rego_parse_error").count() >= 2, "errors in two rules: {said}");
}
