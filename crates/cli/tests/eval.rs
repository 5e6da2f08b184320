//! `lictor eval` beside `opa eval`: output, errors and exit codes, byte by byte.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

mod common;

use common::Comparison;

/// What both commands are asked; words between single quotes are one argument.
const ASKED: &[&str] = &[
    "'1 + 1'",
    "'x := [1, 2, 3][_]'",
    "'x := [1, 2, 3][_]' --format pretty",
    "'x := [1, 2, 3][_]' --format values",
    "'x := [1, 2, 3][_]' --format bindings",
    "'x := [1, 2, 3][_]; y := x * 2' --format pretty",
    "'x := [\"a\", {\"b\": 1.50}][_]' --format raw",
    "'\"a\"; \"b\"' --format raw",
    "'true' --format pretty",
    "'{\"a\": [1, {2, 3}], \"<b>\": null}'",
    "'{\"a\": [1, {2, 3}], \"<b>\": null}' --format pretty",
    "'input.no'",
    "'input.no' --format pretty",
    "'input.no' --fail",
    "'input.no' --fail-defined",
    "'1 == 1' --fail",
    "'1 == 1' --fail-defined",
    "'1 == 2' --fail",
    "'1 == 2' --fail-defined",
    "'no_such(1)' --fail",
    "'1 +' --fail-defined",
    "'false' --fail",
    "'[]' --fail",
    "'input.no' --format discard",
    "'input.no' --format raw",
    "'input.no' --format values",
    "'input.no' --format bindings",
    "'1 == 1' --format bindings",
    "'x := 1; y := \"a\"' --format bindings",
    "'{1, 2}; {\"b\": 1, \"a\": [2]}' --format raw",
    "'data.p.conflict' -d p.rego --format raw",
    "'data.p.conflict' -d p.rego --fail",
    "'data.p.names' -d p.rego -I --format values",
    "'some x in [1, 2]; x > 1'",
    "'x = [1, 2]; x[i] = y' --format pretty",
    "'data' -d broken.rego",
    "'data' -d broken.rego --format pretty",
    "'data.unsafe' -d unsafe.rego",
    "'data.unsafe' -d unsafe.rego --format pretty",
    "'data.x' -d x.y:data.json",
    "'data.p.allow' -d p.rego --stdin-input",
    "'data.deep' -d deep",
    "'data.deep' -d deep --ignore '*.yaml'",
    "'data' -d hidden",
    "'data' -d hidden --ignore '.*'",
    "'data' -d hidden/.folder",
    "'data' -d hidden/.folder --ignore '.folder'",
    "'data' -d hidden/.file.json --ignore '.*'",
    "'count(data.p.names)' -d p.rego -i input.json --format pretty",
    "'1; 2; 3' --format pretty",
    "'1 == 1' --format discard",
    "'false'",
    "'input.user' -i input.json",
    "'input.user' -I",
    "'input' -i none.json",
    "'data.p.allow' -d p.rego -i input.json --format raw",
    "'data.p' -d p.rego -i input.json",
    "'data' -d data.json -d more.yaml",
    "'data.x.list' -d x:data.json",
    "'data.bundled' -b bundle",
    "'data.p.conflict' -d p.rego",
    "'data.p.conflict' -d p.rego --format pretty",
    "'data.p.fails' -d p.rego",
    "'data.p.fails' -d p.rego --strict-builtin-errors",
    "'data.p.fails' -d p.rego --strict-builtin-errors --format pretty",
    "'x > 1'",
    "'no_such(1)'",
    "'no_such(1)' --format pretty",
    "'1 +'",
    "'x := '  --format pretty",
    "'data.v0.deny' -d v0.rego",
    "'data.v0.deny' -d v0.rego --v0-compatible",
    "'startswith(x, \"a\")' --package p --import data.q",
    "'allow' -d p.rego -i input.json --package p",
    "'l.list' -d data.json --import 'data as l'",
    "'data' -d none.rego",
    "'[x | some x in numbers.range(1, 200)]' --format pretty",
    "'1e3; 1.50; -0; 12345678901234567890; 1/3'",
    "'\"é\\u0000\\u2028<\"'",
];

const FILES: &[(&str, &str)] = &[
    ("input.json", r#"{"user": {"name": "ann", "roles": ["admin"]}, "n": 1.50}"#),
    ("data.json", r#"{"list": [3, 1, 2], "a": {"b": 1e3}}"#),
    ("more.yaml", "a:\n  c: yes\nnumbers: [0x10, 1.5]\n"),
    ("broken.rego", "package broken\n\np := 1 +\n\nq if { x y }\n"),
    ("unsafe.rego", "package unsafe\n\np if { x > 1; y == z }\n\nq := f(1)\n"),
    ("deep/deep/a/data.json", r#"{"x": {"y": 1}}"#),
    ("deep/deep/a/more.yaml", "z: [a, b]\n"),
    ("deep/deep/p.rego", "package deep.p\n\nx := 1\n"),
    ("hidden/.file.json", r#"{"of_file": 1}"#),
    ("hidden/.p.rego", "package hidden.p\n\nx := 1\n"),
    ("hidden/.folder/data.json", r#"{"of_folder": 2}"#),
    ("hidden/seen.json", r#"{"seen": 3}"#),
    ("v0.rego", "package v0\n\ndeny[msg] { msg := \"no\" }\n"),
    ("bundle/bundled/data.json", r#"{"x": 1}"#),
    ("bundle/bundled.rego", "package bundled\n\ny := 2\n"),
    (
        "p.rego",
        "package p\n\ndefault allow := false\n\nallow if \"admin\" in input.user.roles\n\nnames contains input.user.name\n\n\
         conflict := 1\n\nconflict := 2\n\nfails := to_number(\"x\")\n",
    ),
];

#[test]
fn answers_are_opas() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/eval.golden");
    Comparison { command: "eval", asked: ASKED, files: FILES, golden }.hold();
}

/// Rules that fail in functions, comprehensions, below `every` and `not`, and at two values.
const FAILING: &str = r#"package p

allow if {
	some u in ["a", "b"]
	level(u) > 1
}

level(u) := n if {
	n := to_number(u)
}

conflict := 1 if input.x

conflict := 2 if input.x

all if {
	every z in [1, 2] { 1 / (z - 2) < 3 }
}
"#;

#[test]
fn errors_tell_where_the_evaluation_was() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.rego"), FAILING).unwrap();
    std::fs::write(folder.path().join("input.json"), r#"{"x": true}"#).unwrap();
    let asked = |query: &str, format: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lictor"));
        let words = ["eval", "-d", "p.rego", "-i", "input.json", "--strict-builtin-errors", "-f", format, query];
        let output = command.args(words).current_dir(folder.path()).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    for (query, frames) in [
        ("data.p.allow", &["p.rego:9: to_number(\"a\")", "p.rego:5: level(\"a\")", "1:1: data.p.allow"][..]),
        ("data.p.conflict", &["1:1: data.p.conflict"]),
    ] {
        let said = asked(query, "pretty");
        let (_, traceback) = said.split_once("\nTraceback:\n").unwrap_or_else(|| panic!("{query}: {said}"));
        assert_eq!(traceback.lines().map(str::trim).collect::<Vec<_>>(), frames, "{query}");
    }
    let errors: serde_json::Value = serde_json::from_str(&asked("data.p.all", "json")).unwrap();
    let trace = &errors["errors"][0]["stack_trace"];
    assert_eq!(trace[0]["location"], errors["errors"][0]["location"]);
    assert_eq!(
        trace.as_array().and_then(|frames| frames.last()).map(|frame| frame["query_id"].clone()),
        Some(0.into())
    );
}
