//! `lictor eval` beside `opa eval`: output, errors and exit codes, byte by byte.
//!
//! Where `opa` is not installed, what it answered is compared with what is recorded in `eval.golden`;
//! `LICTOR_UPDATE=1` records it anew, from `opa`.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/eval.golden");

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
    ("v0.rego", "package v0\n\ndeny[msg] { msg := \"no\" }\n"),
    ("bundle/bundled/data.json", r#"{"x": 1}"#),
    ("bundle/bundled.rego", "package bundled\n\ny := 2\n"),
    (
        "p.rego",
        "package p\n\ndefault allow := false\n\nallow if \"admin\" in input.user.roles\n\nnames contains input.user.name\n\n\
         conflict := 1\n\nconflict := 2\n\nfails := to_number(\"x\")\n",
    ),
];

fn words(line: &str) -> Vec<String> {
    let quoted = line.split('\'').enumerate().flat_map(|(at, part)| match at % 2 {
        1 => vec![part.to_owned()],
        _ => part.split_whitespace().map(str::to_owned).collect(),
    });
    quoted.collect()
}

/// What a command writes and how it ends.
fn answer(program: &str, line: &str, folder: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.arg("eval").args(words(line)).current_dir(folder);
    let input = std::fs::File::open(folder.join("input.json")).unwrap();
    let output = command.stdin(Stdio::from(input)).output().ok()?;
    let mut answer = format!("$ eval {line}\n");
    answer.push_str(&without_traces(&String::from_utf8_lossy(&output.stdout)));
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.split_once("\nTraceback:").map_or(&*said, |(before, _)| before);
    answer.push_str(said);
    writeln!(answer, "exit {}\n", output.status.code().unwrap()).unwrap();
    Some(answer)
}

/// OPA adds what led to an error that happened in a function or rule; where a rule failed is enough here.
fn without_traces(json: &str) -> String {
    let Ok(mut document) = serde_json::from_str::<serde_json::Value>(json) else { return json.to_owned() };
    let Some(errors) = document.get_mut("errors").and_then(|errors| errors.as_array_mut()) else {
        return json.to_owned();
    };
    for error in errors {
        if let Some(error) = error.as_object_mut() {
            error.shift_remove("stack_trace");
            error.shift_remove("hints");
        }
    }
    serde_json::to_string_pretty(&document).unwrap() + "\n"
}

#[test]
fn answers_are_opas() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let opa: Option<String> = ASKED.iter().map(|line| answer("opa", line, folder.path())).collect();
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    let wanted = match opa {
        Some(opa) => {
            if std::env::var_os("LICTOR_UPDATE").is_some() {
                std::fs::write(GOLDEN, &opa).unwrap();
            }
            opa
        }
        None => golden,
    };
    let wanted: Vec<&str> = wanted.split("$ eval ").skip(1).collect();
    assert_eq!(wanted.len(), ASKED.len(), "every question has a recorded answer");
    let mut differing = String::new();
    for (line, wanted) in ASKED.iter().zip(wanted) {
        let ours = answer(env!("CARGO_BIN_EXE_lictor"), line, folder.path()).unwrap();
        let ours = ours.trim_start_matches("$ eval ");
        if ours != wanted {
            writeln!(differing, "--- OPA: {wanted}+++ lictor: {ours}").unwrap();
        }
    }
    assert!(differing.is_empty(), "{differing}");
}
