//! `lictor check` from the outside, and beside `opa check`.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

mod common;

use std::process::Output;

use assert_cmd::Command;
use common::Comparison;

/// What both commands are asked.
const ASKED: &[&str] = &[
    "-f json good.rego",
    "-f json good.rego unsafe.rego",
    "-f json syntax.rego",
    "-f json unsafe.rego",
    "-f json types.rego",
    "-f json recursion.rego",
    "-f json conflict.rego",
    "-f json unused.rego",
    "-f json unused.rego --strict",
    "-f json v0.rego",
    "-f json v0.rego --v0-compatible",
    "-f json folder",
    "-f json folder --ignore 'bad*'",
    "-f json --bundle folder",
    "-f json nothing.rego",
    "-f json --schema user.json typed.rego",
    "-f json --schema schemas annotated.rego",
    "-f json --schema nothing.json typed.rego",
    "-f json --capabilities few.json good.rego",
    "-f json --capabilities few.json calls.rego",
    "-f json --capabilities old.json good.rego",
    "-f json --capabilities v1.22.2 calls.rego",
    "-f json --capabilities v1.5.0 flattened.rego",
    "-f json --capabilities v1.13.0 flattened.rego",
    "-f json --capabilities v1.11.0 deprecated.rego",
    "-f json --capabilities v1.10.0 deprecated.rego",
    "-f json --capabilities v0.50.0 good.rego",
    "-f json --capabilities v0.50.0 --v0-compatible v0.rego",
    "-f json --capabilities v0.40.0 --v0-compatible keywords.rego",
    "-f json --capabilities v0.42.0 --v0-compatible keywords.rego",
    "-f json --capabilities v0.58.0 --v0-compatible imports.rego",
    "-f json --capabilities v0.59.0 --v0-compatible imports.rego",
    "-f json --capabilities v0.45.0 --v0-compatible refs.rego",
    "-f json --capabilities v0.46.0 --v0-compatible refs.rego",
    "-f json --capabilities v0.58.0 --v0-compatible general.rego",
    "-f json --capabilities v0.59.0 --v0-compatible general.rego",
    "-f json --capabilities v1.5.0 words.rego",
    "-f json --capabilities v1.6.0 words.rego",
    "-f json --capabilities v1.11.0 templates.rego",
    "-f json --capabilities v1.12.0 templates.rego",
    "-f json --capabilities v1.16.0 not.rego",
    "-f json --capabilities v1.17.0 not.rego",
    "-f json --capabilities v1.21.0 second.rego",
    "-f json --capabilities v1.22.0 second.rego",
    "-f json --capabilities v1.18.0 union.rego",
    "-f json --capabilities v1.19.0 union.rego",
    "-f json --capabilities own.json own.rego",
];

const FILES: &[(&str, &str)] = &[
    ("good.rego", "package good\n\nallow if input.x > 1\n"),
    ("flattened.rego", "package p\n\na := array.flatten(input.xs)\n"),
    ("deprecated.rego", "package p\n\na if any([input.x])\n"),
    ("keywords.rego", "package p\n\nimport future.keywords.contains\n\na contains 1 { true }\n"),
    ("imports.rego", "package p\n\nimport rego.v1\n\na := 1\n"),
    ("refs.rego", "package p\n\na.b.c := 1\n"),
    ("general.rego", "package p\n\na[x].b = 1 { x := 2 }\n"),
    ("words.rego", "package p\n\na if input.if\n"),
    ("templates.rego", "package p\n\na if { x := $\"{input.x}\" }\n"),
    ("not.rego", "package p\n\nimport future.keywords.not\n\na if not input.x\n"),
    ("second.rego", "package p\n\nimport rego.v2\n\na := 1\n"),
    ("union.rego", "package p\n\na if object.union(input.x, input.y) == 1\n"),
    ("own.rego", "package p\n\na := my.func(\"x\")\n\nb := my.func(1)\n\nc := lower(1)\n"),
    (
        "own.json",
        r#"{"builtins": [{"name": "my.func", "decl": {"type": "function", "args": [{"type": "string"}], "result": {"type": "number"}}}, {"name": "lower", "decl": {"type": "function", "args": [{"type": "any"}], "result": {"type": "string"}}}], "features": ["rego_v1"]}"#,
    ),
    ("syntax.rego", "package p\n\nallow if { x y }\n"),
    ("unsafe.rego", "package p\n\nallow if x > 1\n"),
    ("types.rego", "package p\n\nallow if { x := 1; startswith(x, \"a\") }\n\ndeny if no_such(1)\n"),
    ("recursion.rego", "package p\n\na if b\n\nb if a\n"),
    ("conflict.rego", "package p\n\na := 1\n\na contains 2\n"),
    ("unused.rego", "package p\n\nimport data.lib\n\na if { x := 1 }\n"),
    ("many.rego", "package p\n\na if x > 1\n\nb if y > 1\n\nc if z > 1\n"),
    ("v0.rego", "package p\n\ndeny[msg] { msg := \"no\" }\n"),
    ("typed.rego", "package p\n\na if input.nam == \"x\"\n\nb if lower(input.age)\n\nc if input.name == 1\n"),
    ("user.json", r#"{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "number"}}}"#),
    (
        "annotated.rego",
        "# METADATA\n# schemas:\n#   - input: schema.user\npackage p\n\na if input.nam\n\n# METADATA\n# schemas:\n#   - data.x: {type: string}\nb if data.x.y\n",
    ),
    ("schemas/user.json", r#"{"properties": {"name": {"type": "string"}}}"#),
    ("calls.rego", "package p\n\na if lower(input.x) == \"a\"\n\nb if { c with upper as lower }\n\nc := 1\n"),
    (
        "few.json",
        r#"{"builtins": [{"name": "gt", "decl": {"type": "function", "args": [{"type": "any"}, {"type": "any"}], "result": {"type": "boolean"}}}], "features": ["rego_v1"]}"#,
    ),
    ("old.json", r#"{"builtins": [], "features": []}"#),
    ("folder/good.rego", "package folder\n\na := 1\n"),
    ("folder/deeper/bad.rego", "package folder.deeper\n\na := x\n"),
];

#[test]
fn what_is_found_is_what_opa_finds() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/check.golden");
    Comparison { command: "check", asked: ASKED, files: FILES, golden }.hold();
}

fn check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lictor")).arg("check").args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn everything_is_reported_at_once_with_the_line_underlined() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.rego");
    std::fs::write(&file, "package p\n\na if { x > 1 }\n\nb := startswth(\"a\", \"b\")\n").unwrap();
    let path = folder.path().to_str().unwrap();
    let output = check(&[path]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("rego_unsafe_var_error") && said.contains("var x is unsafe"), "{said}");
    assert!(said.contains("undefined function startswth") && said.contains("startswith"), "{said}");
    assert!(said.contains("3 | a if { x > 1 }") && said.contains('^'), "{said}");
    assert!(said.contains("3 errors"), "{said}");
    assert!(!said.contains('\u{1b}'), "colour is for terminals: {said}");
    std::fs::write(&file, "package p\n\na := 1\n").unwrap();
    assert_eq!(check(&[path]).status.code(), Some(0));
}

#[test]
fn no_more_errors_are_shown_than_asked_for_and_the_rest_is_counted() {
    let file = tempfile::Builder::new().suffix(".rego").tempfile().unwrap();
    let rules: String = (0..30).map(|n| format!("a{n} if x{n} > 1\n")).collect();
    std::fs::write(file.path(), format!("package p\n\n{rules}")).unwrap();
    let path = file.path().to_str().unwrap();
    let ten = said(&check(&[path]));
    assert_eq!(ten.matches("error[rego_unsafe_var_error]").count(), 10);
    assert!(ten.contains("30 errors, the first 10 shown"), "{ten}");
    assert_eq!(said(&check(&[path, "-m", "0"])).matches("error[rego_unsafe_var_error]").count(), 30);
    let text = said(&check(&[path, "--format", "text", "-m", "1"]));
    assert!(
        text.starts_with("1 error occurred: ") && text.contains("rego_unsafe_var_error: var x0 is unsafe"),
        "{text}"
    );
}

#[test]
fn a_path_that_is_not_there_and_a_format_that_there_is_not_are_errors_that_say_so() {
    let missing = check(&["no-such-folder"]);
    assert_eq!(missing.status.code(), Some(1), "as OPA's");
    assert!(said(&missing).contains("no-such-folder"), "{}", said(&missing));
    let format = check(&["--format", "xml", "p.rego"]);
    assert_eq!(format.status.code(), Some(2));
    assert!(said(&format).contains("[possible values: pretty, text, json]"), "{}", said(&format));
    let none = check(&[concat!(env!("CARGO_MANIFEST_DIR"), "/src")]);
    assert!(none.status.success(), "a folder without policies has nothing wrong with it");
}

#[test]
fn a_near_miss_is_told_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let keyword = write("keyword.rego", "package p\n\nallow iff input.x == 1\n\ndefualt a := 1\n");
    let keyword = said(&check(&[&keyword]));
    assert!(keyword.contains("did you mean `if`?") && keyword.contains("did you mean `default`?"), "{keyword}");
    let schema = write("user.json", r#"{"type": "object", "properties": {"name": {"type": "string"}}}"#);
    let field = write("field.rego", "package p\n\nallow if input.names == \"x\"\n");
    let field = said(&check(&["--schema", &schema, &field]));
    assert!(field.contains("did you mean `name`?"), "{field}");
}
