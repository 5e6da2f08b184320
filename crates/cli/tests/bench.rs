//! `lictor bench` beside `opa bench`: the same output but for its figures, the same errors and exit codes.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

mod common;

use common::Comparison;

/// What both commands are asked; words between single quotes are one argument.
const ASKED: &[&str] = &[
    "data.p.allow -d p.rego -i input.json",
    "data.p.allow -d p.rego -i input.json --format json",
    "data.p.allow -d p.rego -I --format gobench",
    "data.p.allow -d p.rego -i input.json --metrics=false --benchmem=false",
    "data.p.allow -d p.rego -i input.json --metrics=false --format json",
    "'allow; q.allow' -d p.rego -i input.json --package p --import 'data.p as q' --metrics=false --format gobench",
    "data.old.allow -b old --v0-compatible --metrics=false --benchmem=false --format gobench --count 2",
    "data.p.allow -d p.rego",
    "data.p.allow -d p.rego --format json",
    "data.p.allow -d p.rego --format gobench",
    "data.p.allow -d p.rego --fail=false --metrics=false --benchmem=false",
    "'data.p.(' -d p.rego --format json",
    "'data.p.(' -d p.rego",
    "data.p.conflict -d p.rego -i input.json",
    "data.x -d none.rego --format json",
];

const FILES: &[(&str, &str)] = &[
    ("p.rego", "package p\n\nallow if input.user == \"bob\"\n\nconflict := 1\n\nconflict := 2 if input.user\n"),
    ("old/old.rego", "package old\n\nallow { 1 == 1 }\n"),
    ("input.json", "{\"user\": \"bob\"}\n"),
];

#[test]
fn both_write_the_same_but_for_the_figures() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench.golden");
    Comparison { command: "bench", asked: ASKED, files: FILES, golden }.hold();
}

fn bench(arguments: &[&str]) -> serde_json::Value {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lictor"));
    let output =
        command.arg("bench").args(arguments).args(["--format", "json"]).write_stdin("[1, 2, 3]").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_figures_are_those_of_one_run() {
    let measured = bench(&["sum(input)", "-I"]);
    let (operations, ns) = (measured["N"].as_f64().unwrap(), measured["T"].as_f64().unwrap());
    assert!(ns >= 1e9 && operations > 100.0, "{measured}");
    let of_each =
        |name: &str| measured["Extra"][format!("histogram_timer_rego_query_eval_ns_{name}")].as_f64().unwrap();
    assert_eq!(of_each("count"), operations);
    let mean = ns / operations;
    assert!(
        (of_each("mean") - mean).abs() <= mean * 0.01,
        "the mean of each is the time of all by their number: {measured}"
    );
    assert!(of_each("min") <= of_each("median") && of_each("median") <= of_each("99%"), "{measured}");
    assert!(of_each("99%") <= of_each("max"), "{measured}");
}

#[test]
fn what_is_allocated_is_counted() {
    let little = bench(&["sum(input)", "-I", "--metrics=false"]);
    let much = bench(&["count(sprintf(\"%v %v\", [input, input]))", "-I", "--metrics=false"]);
    let of_each =
        |measured: &serde_json::Value, name: &str| measured[name].as_f64().unwrap() / measured["N"].as_f64().unwrap();
    assert!(of_each(&little, "MemAllocs") < 1.0, "{little}");
    assert!(of_each(&much, "MemAllocs") >= 1.0 && of_each(&much, "MemBytes") >= 8.0, "{much}");
}
