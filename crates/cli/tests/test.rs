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
    ("coverage", "."),
    ("coverage", "-c ."),
    ("coverage", "-c . --coverage-runs="),
    ("coverage", "-c . -r test_kind"),
    ("coverage", "-c . --threshold 80"),
    ("coverage", "-c . --threshold 99"),
    ("coverage", ". --threshold 99 -v"),
    ("v0", "-c --v0-compatible . -r admin|reads|names"),
    ("tables", "-c . -r empty|same_name|by_hand|data"),
    ("tokens", "-c . -r lifetime_test.test_(short|long|tok)|default|past|mocked"),
    ("tokens", "-c . -r todo"),
    ("outcomes", "-c . -r conflicting_rules"),
    ("broken", "."),
    ("broken", "no_such_folder"),
];

/// What a command says of a suite.
fn answer(program: &str, suite: &str, args: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/test").join(suite);
    let ask = |more: &[&str]| {
        // With `-v` OPA's JSON has every step of every evaluation.
        let words = args.split(' ').filter(|word| more.is_empty() || *word != "-v");
        let output = Command::new(program).arg("test").args(words).args(more).current_dir(&folder).output().ok()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((text(&output.stdout), text(&output.stderr), output.status.code()?))
    };
    let (pretty, said, code) = ask(&[])?;
    if args.contains("-c ") || args.contains("threshold") {
        let said = if said.contains("Traceback") { "" } else { &said };
        return Some(format!("$ {suite}: {args}\n{}{said}exit {code}\n\n", ranges_on_rows(&pretty)));
    }
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

/// The report of coverage with a row for each range, or what else is said.
fn ranges_on_rows(report: &str) -> String {
    let mut rows = String::new();
    for line in report.lines() {
        let inside = line.starts_with("          ") || line.starts_with("        }");
        rows.push_str(if inside { " " } else { "\n" });
        rows.push_str(if inside { line.trim_start() } else { line });
    }
    rows.trim_start_matches('\n').to_owned() + "\n"
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
    // An array for each time the tests run.
    let arrays: Result<Vec<Vec<Json>>, _> = serde_json::Deserializer::from_str(json).into_iter().collect();
    let Ok(arrays) = arrays else { return json.to_owned() };
    let mut results = arrays.concat();
    let key = |result: &Json| {
        let at = &result["location"];
        (at["file"].as_str().map(str::to_owned), at["row"].as_u64(), at["col"].as_u64())
    };
    results.sort_by_key(key);
    let line = |result: &mut Json| {
        let fields = result.as_object_mut().unwrap();
        assert!(fields.remove("duration").unwrap().is_u64());
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

/// What a failing test says of itself.
fn reasons(args: &[&str]) -> String {
    let (text, code) = lictor(args);
    assert_eq!(code, 2);
    let (_, reasons) = text.split_once("FAILURES\n").unwrap();
    let (reasons, _) = reasons.rsplit_once("-----\n").unwrap();
    reasons.lines().filter(|line| !line.starts_with("---")).map(|line| masked(line) + "\n").collect()
}

#[test]
fn a_failing_test_shows_the_literal_and_the_values_on_both_sides() {
    let said = reasons(&["test", "reasons", "-r", "equal"]);
    assert_eq!(
        said,
        r#"data.reasons_test.test_equal: FAIL (..)

  reasons/reasons_test.rego:7:
    keys.days(input.key) == limit with input as {"key": {"from": 0, "to": 864000000}}
      input.key: {"from": 0, "to": 864000000}
      keys.days(input.key): 10
      limit: 9

"#
    );
}

#[test]
fn what_is_undefined_or_false_shows_what_failed_inside() {
    let said = reasons(&["test", "reasons", "-r", "inside"]);
    assert_eq!(
        said,
        r#"data.reasons_test.test_inside: FAIL (..)

  reasons/reasons_test.rego:11:
    keys.allow with input as {"user": "eve", "hour": 7}
      keys.allow: false
      reasons/reasons.rego:8:
        input.user == "ann"
          input.user: "eve"
      reasons/reasons.rego:12:
        is_day(input.hour)
          input.hour: 7
          is_day(input.hour): undefined
          reasons/reasons.rego:18:
            hour >= 8
              hour: 7

"#
    );
}

#[test]
fn a_negation_an_every_and_a_case_show_what_held_or_failed() {
    let said = reasons(&["test", "reasons", "-r", "forms"]);
    assert_eq!(
        said,
        r#"data.reasons_test.test_forms: FAIL (..)

  not: FAIL

    reasons/reasons_test.rego:19:
      not keys.is_day(tc.hour)
        tc.hour: 9
        keys.is_day(tc.hour): true

data.reasons_test.test_forms_every: FAIL (..)

  reasons/reasons_test.rego:24:
    every hour in [8, 9, 23] {
    	keys.is_day(hour)
    }
      reasons/reasons_test.rego:25:
        keys.is_day(hour)
          hour: 23
          keys.is_day(hour): undefined
          reasons/reasons.rego:19:
            hour < 20
              hour: 23

data.reasons_test.test_forms_loop: FAIL (..)

  reasons/reasons_test.rego:31: (failed 3 times, at last so)
    hour > 20
      hour: 10

"#
    );
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

#[test]
fn benchmarks_are_lines_that_benchstat_reads() {
    let (said, code) =
        lictor(&["test", "tokens/lib", "tokens/fixtures", "--bench", "--format", "gobench", "-r", "test_past"]);
    let line = said.lines().next().unwrap();
    assert_eq!(code, 0, "{said}");
    assert!(line.starts_with("BenchmarkDataLibTimeTestTestPast\t"), "{said}");
    assert!(line.contains(" ns/op\t") && line.ends_with(" allocs/op"), "{said}");
    assert!(said.ends_with("PASS: 1/1\n"), "{said}");
    let words = ["test", "tokens/lib", "tokens/fixtures", "--bench", "--benchmem=false", "--format", "json"];
    let (said, code) = lictor(&[&words[..], &["-r", "test_past|todo"]].concat());
    let results: Json = serde_json::from_str(&said).unwrap();
    assert_eq!(code, 2, "one is skipped: {said}");
    assert!(results[0]["benchmark_result"]["N"].as_u64() > Some(0), "{said}");
    assert_eq!(results[1]["benchmark_result"], Json::Null);
}

#[test]
fn what_is_not_there_is_refused() {
    for (words, why) in [
        (&["--target", "wasm"][..], "there is no WebAssembly"),
        (&["--format", "gobench"], "cannot use output format gobench without running benchmarks (--bench)"),
        (&["--capabilities", "v0.1.0"], "no such file or capabilities version found: v0.1.0"),
        (&["--capabilities", "v0.50.0"], "rego_v1 feature required for parsing v1 Rego"),
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/test");
        let mut command = Command::new(env!("CARGO_BIN_EXE_lictor"));
        let output = command.args(["test", "outcomes"]).args(words).current_dir(folder).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(why), "{words:?}: {said}");
    }
}

#[test]
fn every_step_of_a_failing_test_is_shown_where_asked() {
    let (said, _) = lictor(&["test", "reasons", "-r", "inside", "--explain", "debug"]);
    let is_step = |line: &&str| line.starts_with("  reasons/reasons") && !line.ends_with(':');
    let steps = said.lines().filter(is_step).skip_while(|line| !line.contains("_test.rego:11"));
    assert_eq!(
        steps.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>(),
        [
            r#"reasons/reasons_test.rego:11 Eval keys.allow with input as {"user": "eve", "hour": 7}"#,
            r#"reasons/reasons.rego:8 | Eval input.user == "ann""#,
            r#"reasons/reasons.rego:8 | Fail input.user == "ann" {input.user: "eve"}"#,
            r#"reasons/reasons.rego:12 | Eval is_day(input.hour)"#,
            r#"reasons/reasons.rego:18 | | Eval hour >= 8"#,
            r#"reasons/reasons.rego:18 | | Fail hour >= 8 {hour: 7}"#,
            r#"reasons/reasons.rego:12 | Fail is_day(input.hour) {input.hour: 7, is_day(input.hour): undefined}"#,
            "reasons/reasons.rego:5 | Exit default allow := false",
            r#"reasons/reasons_test.rego:11 Fail keys.allow with input as {"user": "eve", "hour": 7} {keys.allow: false}"#,
        ],
        "{said}"
    );
    let (bare, _) = lictor(&["test", "reasons", "-r", "inside", "--explain", "full"]);
    assert!(bare.contains("| Fail input.user == \"ann\"\n"), "{bare}");
    let (none, _) = lictor(&["test", "reasons", "-r", "inside", "--explain", "off"]);
    assert!(!none.contains("FAILURES"), "{none}");
}
