//! Every builtin in calls of its own: what it gives, what it gives at the edge, and what it says when it fails.
//!
//! `builtins/FAMILY.txt` holds calls, which are queries, and below each, indented, its outcome: a value as JSON, `undefined`,
//! or code and message of the error, errors of builtins being strict. Other calls may be written into these files;
//! `LICTOR_UPDATE=1` writes the outcomes anew. Where OPA is installed (`LICTOR_OPA`, or `opa` on the path) the files are put to
//! it too, but for the lines that say in a comment why they are not compared. In a call `"@jwt/NAME"` is the text of that name
//! in `jwt/material.json` of the builtins' own tests, and `"@x509/NAME"` that of a file of certificates or keys.
#![expect(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use lictor::{BuildError, Builder, Error};
use lictor_builtins::FAMILIES;
use lictor_value::{Arena, Builtin, Value, json};

/// Builtins whose first call in these files gives no value, and why.
const WITHOUT_EXAMPLE: &[(&str, &str)] = &[
    ("http.send", "the network is not allowed; crates/lictor/tests/http_send.rs has a server"),
    ("net.lookup_ip_addr", "the network is not allowed"),
    ("rego.metadata.chain", "a query has no annotations"),
    ("rego.metadata.rule", "a query has no annotations"),
];

struct Case {
    /// As it stands in the file.
    call: String,
    /// The same with the texts that are kept elsewhere.
    query: String,
    outcome: String,
}

fn file(family: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/builtins").join(family).with_extension("txt")
}

/// The call with the tokens, keys and certificates that it names.
fn filled(call: &str) -> String {
    let Some((before, rest)) = call.split_once("\"@") else { return call.to_owned() };
    let (name, after) = rest.split_once('"').unwrap();
    let builtins = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../builtins");
    let read = |path: &str| std::fs::read_to_string(builtins.join(path)).unwrap_or_else(|why| panic!("{path}: {why}"));
    let text = match name.split_once('/') {
        Some(("jwt", name)) => {
            let mut material: HashMap<String, String> = serde_json::from_str(&read("tests/jwt/material.json")).unwrap();
            material.remove(name).unwrap_or_else(|| panic!("there is no material {name}"))
        }
        Some(("x509", name)) => read(&format!("src/x509/golden/{name}")),
        _ => panic!("@{name} names nothing"),
    };
    format!("{before}{}{}", serde_json::Value::from(text), filled(after))
}

fn cases(family: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(file(family)).unwrap_or_else(|why| panic!("the file of {family}: {why}"));
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("    ") {
            Some(outcome) => outcome.clone_into(&mut cases.last_mut().unwrap().outcome),
            None => cases.push(Case { call: line.to_owned(), query: filled(line), outcome: String::new() }),
        }
    }
    cases
}

/// Whether a text calls a function of this name, and not one whose name ends likewise.
fn calls(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let part_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        !text[..at].ends_with(part_of_name) && text[at + name.len()..].starts_with('(')
    })
}

fn written(value: Value<'_>) -> String {
    let mut text = Vec::new();
    json::write_json(value, &mut text);
    String::from_utf8(text).unwrap()
}

fn error(code: &str, message: &str) -> String {
    format!("{code}: {}", message.escape_debug())
}

/// What a call as a query comes to.
fn outcome(call: &str) -> String {
    let policy = match Builder::new().strict_builtin_errors(true).query("call", call).build() {
        Ok(policy) => policy,
        Err(BuildError::Rejected(diagnostics)) => {
            return error(diagnostics[0].code.as_str(), &diagnostics[0].message);
        }
        Err(other) => panic!("{call}: {other}"),
    };
    let mut session = policy.session();
    let rows = match session.eval("call", None) {
        Ok(rows) => rows,
        Err(why @ Error::Evaluation(_)) => {
            let why = lictor::report::eval_json(&why);
            return error(why["code"].as_str().unwrap(), why["message"].as_str().unwrap());
        }
        Err(other) => panic!("{call}: {other}"),
    };
    let last = rows.iter().next().and_then(|row| row.expressions().last());
    last.map_or_else(|| String::from("undefined"), |(_, value)| written(value))
}

#[test]
fn calls_give_what_the_golden_files_say() {
    let mut differing = Vec::new();
    for (family, _) in FAMILIES {
        let mut found = String::new();
        for Case { call, query, outcome: expected } in cases(family) {
            let outcome = outcome(&query);
            found += &format!("{call}\n    {outcome}\n");
            if outcome != expected {
                differing.push(format!("{call}\n    expected {expected}\n    found    {outcome}"));
            }
        }
        if std::env::var_os("LICTOR_UPDATE").is_some() {
            std::fs::write(file(family), found).unwrap();
        }
    }
    assert!(std::env::var_os("LICTOR_UPDATE").is_some() || differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn every_builtin_is_documented_and_has_calls_of_its_own_of_which_the_first_gives_a_value() {
    let mut missing = Vec::new();
    for (family, builtins) in FAMILIES {
        let cases = cases(family);
        for Builtin { name, doc, args, .. } in *builtins {
            let mut lack = |what: &str| missing.push(format!("{family}: {name} has no {what}"));
            let paragraph: Vec<_> = doc.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
            if !paragraph.last().is_some_and(|line| line.ends_with('.')) {
                lack("sentence that says what it does");
            }
            if args.iter().any(|argument| argument.name.is_empty()) {
                lack("name for an argument");
            }
            let mut own = cases.iter().filter(|case| calls(&case.call, name));
            let Some(first) = own.next() else {
                lack("call of its own");
                continue;
            };
            if own.next().is_none() && !args.is_empty() {
                lack("second call");
            }
            let fails = first.outcome == "undefined" || first.outcome.contains("_error: ");
            let excused = WITHOUT_EXAMPLE.iter().any(|(excused, _)| excused == name);
            if fails && !excused {
                lack("first call that gives a value");
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Examples in documentation: "`CALL` is `VALUE`" in a line.
#[test]
fn examples_in_documentation_hold() {
    let mut examples = 0;
    for Builtin { name, doc, .. } in FAMILIES.iter().flat_map(|(_, builtins)| *builtins) {
        for line in doc.lines() {
            let Some((call, value)) = line.trim().trim_start_matches('`').split_once("` is `") else { continue };
            let value = value.split('`').next().unwrap_or_default();
            if !line.trim().starts_with('`') || value.contains('…') || call.contains('…') {
                continue;
            }
            examples += 1;
            assert_eq!(outcome(&format!("[{call}]")), outcome(&format!("[{value}]")), "{name}: {call}");
        }
    }
    assert!(examples > 5, "only {examples} examples were found");
}

/// What `opa eval` prints, in JSON, with one flag; `None` where it cannot be started.
fn opa(query: &str, flag: &str) -> Option<Vec<u8>> {
    let opa = std::env::var("LICTOR_OPA").unwrap_or_else(|_| "opa".to_owned());
    let output = Command::new(opa).args(["eval", "--format", "json", flag, query]).output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.stdout.is_empty(), "OPA prints no answer but {said}\n{query}");
    Some(output.stdout)
}

/// A value in a value; `null` where there is none.
fn at<'v>(value: Value<'v>, path: &[&str]) -> Value<'v> {
    path.iter().fold(value, |value, step| {
        let found = match value.as_array() {
            Some(items) => step.parse::<usize>().ok().and_then(|at| items.get(at).copied()),
            None => value.as_object().and_then(|object| object.get_str(step)),
        };
        found.unwrap_or(Value::NULL)
    })
}

/// Code and message of an error of OPA's.
fn opa_error(why: Value<'_>) -> String {
    let part = |name| at(why, &[name]).as_text().unwrap_or_default();
    error(part("code"), part("message"))
}

/// OPA's outcomes of calls in one query, each in a line: the values of the variables, and the errors by line.
fn together(calls: &[&str]) -> Vec<String> {
    if calls.is_empty() {
        return Vec::new();
    }
    let query: Vec<_> = calls.iter().enumerate().map(|(at, call)| format!("r{at} := [x | x := {call}]")).collect();
    let (arena, printed) = (Arena::default(), opa(&query.join("\n"), "--show-builtin-errors").unwrap());
    let answer = json::parse(&arena, &printed).unwrap();
    let mut errors = HashMap::new();
    for why in at(answer, &["errors"]).as_array().unwrap_or_default() {
        errors.entry(written(at(*why, &["location", "row"]))).or_insert_with(|| opa_error(*why));
    }
    let bindings = at(answer, &["result", "0", "bindings"]);
    assert!(bindings.as_object().is_some(), "OPA compiles none of these: {}", written(answer));
    let outcome = |line: usize| match errors.remove(&(line + 1).to_string()) {
        Some(why) => why,
        None => match at(bindings, &[&format!("r{line}")]).as_array().unwrap() {
            [] => String::from("undefined"),
            [value, ..] => written(*value),
        },
    };
    (0..calls.len()).map(outcome).collect()
}

/// OPA's outcome of a query of its own.
fn alone(call: &str) -> String {
    let (arena, printed) = (Arena::default(), opa(call, "--strict-builtin-errors").unwrap());
    let answer = json::parse(&arena, &printed).unwrap();
    if let Some([why, ..]) = at(answer, &["errors"]).as_array() {
        return opa_error(*why);
    }
    let last = at(answer, &["result", "0", "expressions"]).as_array().and_then(|all| all.last());
    last.map_or_else(|| String::from("undefined"), |last| written(at(*last, &["value"])))
}

#[test]
fn opa_gives_the_same() {
    if opa("1", "--strict-builtin-errors").is_none() {
        eprintln!("SKIPPED: opa is not installed, which would be put the same calls");
        return;
    }
    let mut differing = Vec::new();
    for (family, _) in FAMILIES {
        let cases = cases(family);
        let compared = cases.iter().filter(|case| !case.call.contains("# not compared: "));
        // What does not compile, or is more than one expression or no term, has a query of its own.
        let (apart, joined): (Vec<_>, Vec<_>) = compared
            .partition(|case| matches!(*family, "internal" | "comparison") || case.outcome.starts_with("rego_"));
        let calls: Vec<_> = joined.iter().map(|case| case.query.as_str()).collect();
        let theirs = together(&calls);
        let theirs = joined.iter().zip(theirs).chain(apart.iter().map(|case| (case, alone(&case.query))));
        for (Case { call, outcome, .. }, theirs) in theirs {
            if *outcome != theirs {
                differing.push(format!("{call}\n    OPA  {theirs}\n    here {outcome}"));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn the_parser_has_the_names_of_all_builtins() {
    let capabilities = lictor::capabilities::capabilities(lictor::Version::V1);
    let mut names: Vec<&str> =
        capabilities["builtins"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, include_str!("../../syntax/src/builtins.txt").lines().collect::<Vec<_>>());
}
