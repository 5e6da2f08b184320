//! `lictor parse` from the outside, and beside `opa parse`.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

mod common;

use std::process::Output;

use assert_cmd::Command;
use common::Comparison;
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

/// What both commands are asked.
const ASKED: &[&str] = &[
    "-f json heads.rego",
    "-f json bodies.rego",
    "-f json terms.rego",
    "-f json v0.rego --v0-compatible",
    "-f json heads.rego --v0-compatible",
    "-f json words.rego",
    "-f json comments.rego",
    "-f json comments.rego --json-include -comments",
    "-f json comments.rego --json-include comments",
    "-f json empty.rego",
    "-f json v0.rego",
    "-f json no-package.rego",
    "-f json late-import.rego",
    "-f json nothing.rego",
    "-f json heads.rego --json-include locations",
    "-f json bodies.rego --json-include locations",
    "-f json terms.rego --json-include locations,-comments",
    "-f json v0.rego --v0-compatible --json-include locations",
    "-f json words.rego --json-include locations",
    "-f json comments.rego --json-include locations,comments",
    "-f json comments.rego --json-include locations,-locations",
    "-f json annotated.rego",
    "-f json annotated.rego --json-include locations",
    "-f json annotated.rego --json-include -comments",
    "-f json annotated.rego --json-include=",
    "-f json badly-annotated.rego",
    "-f pretty annotated.rego",
    "-f pretty heads.rego",
    "-f pretty bodies.rego",
    "-f pretty terms.rego",
    "-f pretty v0.rego --v0-compatible",
    "-f pretty words.rego",
    "-f pretty comments.rego",
    "-f pretty empty.rego",
];

const FILES: &[(&str, &str)] = &[
    (
        "heads.rego",
        "package a.b[\"c d\"]\n\nimport data.x as y\nimport input.z\nimport rego.v1\n\nallow if input.a\n\np contains x if some x in \
         input.xs\n\nq[x] := z if { x := 1 }\n\nr[x].y.z[w] contains v if { some w, v in x }\n\nf(_, [_, y], {\"k\": z}) := {x: y | x \
         != _}\n\nf(1) := 2\n\ndefault g := {1, \"<&>\"}\n\ndefault h(_) := false\n\ns.t.u := 1\n\nv if { 1 } else := 2 if { 3 } else \
         := 4\n\nw := 1\n",
    ),
    (
        "bodies.rego",
        "package p\n\na if {\n\tsome x in input.xs\n\tevery k, y in x { y > k; not k == 1 }\n\tsome i, j\n\tinput.m[i][j] = [i, _]\n}\n\nb if \
         { not input.y with input as {} with data.z as 3; x := 1; walk(x, [_, 2]) }\n\nc if { {x | x := input[_]} == set(); x = {y: z | z = \
         y} }\n\nd if { some x, {\"y\": y} in [1]; x in y; x, y in {} }\n",
    ),
    (
        "terms.rego",
        "package p\n\na := [null, true, false, 0, -1, 1.50, 1e3, 12345678901234567890, \"é\\u0000\\n\\\"\\ud83d\\ude00\", `raw\n\\n`]\n\nb := \
         {\"z\": 1, \"a\": {2, 1, 2}, 3: [], [1]: {}, null: set()}\n\nc := 1 + 2 * 3 - 4 / (5 % 6)\n\nd := {1} | {2} & {3} - \
         {4}\n\ne := x.y[\"z\"][0].w[_] if x := data.a[\"b c\"]\n\ng := array.concat([1], [x | x := 2])\n\nh := $\"a {c} {d + 1} \\{\"\n\ni := \
         $\"\"\n\nj := -1\n\nk := f(x)[0].y if { x := 1 }\n",
    ),
    (
        "v0.rego",
        "package p\n\ndeny[msg] { input.a[_] > 1; msg = \"no\" }\n\nf(x) = y { y = x }\n\np[x] = 1 { x = 1 }\n\nq[\"r\"]\n",
    ),
    (
        "words.rego",
        "package p\n\nimport future.keywords.not\n\na if { not { input.a; input.b } }\n\nb if { not input.x == 1 }\n",
    ),
    ("comments.rego", "# first\npackage p # second\n\n#third\na := [1, # fourth\n\t2] #\n"),
    (
        "annotated.rego",
        "# METADATA\n# title: all of it\n# authors: [Ann <a@b.c>, {name: Bob}]\n# organizations: [x]\n# related_resources: \
         [https://x.y, {ref: http://z, description: d}]\n# schemas:\n# - input: schema[\"in\"].x\n# - data.foo: {type: \
         string}\n# custom: {b: 1, a: [x, 1.5, null, true]}\npackage p\n\n# METADATA\n# description: about \
         a\n# entrypoint: true\na if input.x\n\n# METADATA\n# labels: {x: y}\n# compile: {unknowns: [input.x], mask_rule: \
         m}\nf(x) := x\n\nf(y) := y if true\n\n# METADATA\n# scope: document\n# title: doc\n\n# METADATA\n# title: \
         one\nb contains 1\n\n# METADATA\n# title: two\nb contains 2\n",
    ),
    ("badly-annotated.rego", "package p\n\n# METADATA\n# scope: package\na := 1\n\n# METADATA\n# title: [\nb := 1\n"),
    ("empty.rego", "package p\n"),
    ("no-package.rego", "a := 1\n"),
    ("late-import.rego", "package p\n\na := 1\n\nimport 3\n"),
];

#[test]
fn trees_are_opas() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parse.golden");
    Comparison { command: "parse", asked: ASKED, files: FILES, golden }.hold();
}

#[test]
fn a_syntax_error_names_what_was_expected() {
    let output = lictor(&["parse", "-", "--format", "compact"], "package p\n\na := [1, 2\n\nb = := 3\n");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.matches("rego_parse_error").count() >= 2, "errors in two rules: {said}");
}
