//! `lictor test` beside `opa test`: which tests there are, how each ends, what it printed, exit codes.
//!
//! The policies are in `test/`, a folder a suite. `opa` is `LICTOR_OPA`, or found on the path; where there is none, what it
//! said is in `test.golden`, which `LICTOR_UPDATE=1` records anew. Durations are masked, and tests are put in order: OPA runs
//! files in that of a hash table.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

/// Suites, and what is asked of each.
const ASKED: &[(&str, &str)] = &[
    ("tokens", "."),
    ("tokens", ". -v"),
    ("tokens", ". --run lifetime_test"),
    ("tokens", ". --run test_owner$"),
    ("tokens", "policies/lifetime.rego policies/lifetime_test.rego lib -v -r short"),
    ("tokens", "-b . -v -r short"),
    ("tokens", ". --ignore *_test.rego"),
    ("tokens", ". --ignore *_test.rego --fail-on-empty"),
    ("tokens", ". -r todo -z"),
    ("tokens", ". -r todo"),
    ("tokens", ". -r no_such_test --fail-on-empty"),
    ("tokens", ". -r redacted --count 2 -p 1"),
    ("v0", ". -v --v0-compatible"),
    ("v0", "."),
    ("outcomes", ". -v --timeout 1s"),
    ("outcomes", ". --timeout 300ms -r long"),
    ("tables", ". -v"),
    ("tables", "."),
    ("broken", "."),
    ("broken", "no_such_folder"),
];

/// What a command says of a suite.
fn answer(program: &str, suite: &str, args: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/test").join(suite);
    let ask = |more: &[&str]| {
        let words = args.split(' ').filter(|word| !word.is_empty());
        let output = Command::new(program).arg("test").args(words).args(more).current_dir(&folder).output().ok()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((text(&output.stdout), text(&output.stderr), output.status.code()?))
    };
    let (pretty, _, code) = ask(&[])?;
    let (json, said, json_code) = ask(&["--format", "json"])?;
    assert_eq!(code, json_code, "the exit code does not depend on the format");
    let mut answer = format!("$ {suite}: {args}\n");
    answer.push_str(&lines(&pretty));
    answer.push_str(&results(&json));
    // What is wrong with policies is said in other words, and better, where people read it.
    if said.contains("1 error") || said.contains("no tests") {
        answer.push_str(&said);
    }
    writeln!(answer, "exit {code}\n").unwrap();
    Some(answer)
}

/// The lines for people: a block for each test, in order, and the summary. Why tests failed is Lictor's own.
fn lines(pretty: &str) -> String {
    let rule = "-".repeat(80);
    let (tests, rest) = pretty.split_once(&rule).unwrap_or((pretty, ""));
    let summary = rest.rsplit_once(&rule).map_or(rest, |(_, summary)| summary);
    let mut blocks: Vec<String> = vec![];
    for line in tests.lines().filter(|line| !line.is_empty()) {
        let begins = line.ends_with(':') && line.contains(".rego:") && !line.starts_with(' ');
        match blocks.last_mut() {
            Some(last) if !begins => writeln!(last, "{}", masked(line)).unwrap(),
            _ => blocks.push(format!("{line}\n")),
        }
    }
    let blocks = blocks.iter().map(|block| match block.split_once("  Traceback:\n") {
        // The way to an error is not shown yet.
        Some((before, _)) => before,
        None => block,
    });
    let mut blocks: Vec<&str> = blocks.collect();
    blocks.sort_unstable();
    blocks.concat() + &rule + "\n" + summary.trim_start()
}

/// A line without its duration.
fn masked(line: &str) -> String {
    match line.rsplit_once(" (") {
        Some((before, time)) if time.ends_with("s)") && line.starts_with("data.") => format!("{before} (..)"),
        _ => line.to_owned(),
    }
}

/// The results of `--format json`, one a line, in order.
fn results(json: &str) -> String {
    let Ok(Json::Array(mut results)) = serde_json::from_str(json) else { return json.to_owned() };
    let key = |result: &Json| {
        let at = &result["location"];
        (at["file"].as_str().map(str::to_owned), at["row"].as_u64(), at["col"].as_u64())
    };
    results.sort_by_key(key);
    let line = |result: &mut Json| {
        let fields = result.as_object_mut().unwrap();
        assert!(fields.remove("duration").unwrap().is_u64());
        // Of `--verbose`: every step of the evaluation.
        fields.remove("trace");
        if let Some(error) = fields.get_mut("error").and_then(Json::as_object_mut) {
            error.remove("stack_trace");
        }
        format!("{result}\n")
    };
    results.iter_mut().map(line).collect()
}

#[test]
fn tests_pass_and_fail_where_opa_s_do() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/test.golden");
    let opa = std::env::var("LICTOR_OPA").unwrap_or_else(|_| "opa".to_owned());
    let theirs: Option<Vec<String>> = ASKED.iter().map(|(suite, args)| answer(&opa, suite, args)).collect();
    if let Some(theirs) = &theirs
        && std::env::var_os("LICTOR_UPDATE").is_some()
    {
        std::fs::write(golden, theirs.concat()).unwrap();
    }
    let theirs = theirs.map(|theirs| theirs.concat()).unwrap_or_else(|| {
        eprintln!("opa is not installed: compared with what is recorded in {golden}");
        std::fs::read_to_string(golden).unwrap()
    });
    let theirs: Vec<&str> = theirs.split("$ ").skip(1).collect();
    assert_eq!(theirs.len(), ASKED.len(), "every question has a recorded answer");
    let mut differing = String::new();
    for ((suite, args), theirs) in ASKED.iter().zip(theirs) {
        let ours = answer(env!("CARGO_BIN_EXE_lictor"), suite, args).unwrap();
        let ours = ours.strip_prefix("$ ").unwrap();
        if ours != theirs {
            let both: Vec<_> = ours.lines().filter(|line| !theirs.contains(line)).collect();
            writeln!(differing, "--- OPA: {theirs}+++ lictor: {ours}only lictor: {both:#?}").unwrap();
        }
    }
    assert!(differing.is_empty(), "{differing}");
}

fn lictor(args: &[&str]) -> (String, i32) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/test");
    let output = Command::new(env!("CARGO_BIN_EXE_lictor")).args(args).current_dir(folder).output().unwrap();
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code().unwrap())
}

#[test]
fn junit_counts_tests_and_says_why() {
    let (xml, code) = lictor(&["test", "--format", "junit", "tokens", "-r", "owner|redacted"]);
    assert_eq!(code, 2);
    assert!(
        xml.contains("<testsuite name=\"data.lib.tokens_test\" tests=\"7\" failures=\"1\" errors=\"0\" skipped=\"1\"")
    );
    assert!(xml.contains("<testcase name=\"test_owner[is wrong]\" classname=\"data.lib.tokens_test\""));
    assert!(xml.contains("<skipped/>"));
    assert!(xml.contains("<system-out>got ann for"));
    let (xml, _) = lictor(&["test", "--format", "junit", "outcomes", "-r", "keys"]);
    assert!(xml.contains(
        "<error message=\"outcomes/outcomes_test.rego:33: eval_conflict_error: object keys must be unique\">"
    ));
}
