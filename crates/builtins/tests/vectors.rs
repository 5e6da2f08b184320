//! Runs OPA's answers to thousands of builtin calls, which are not part of this repository.
//!
//! `LICTOR_VECTORS` names a directory of `.jsonl` files; each line holds a `call`, which is a Rego query, and what OPA
//! made of it: `result`, `undefined` with a `strict_error`, or `compile_error` (which is the compiler's matter). Numbers
//! are compared as text. Without the variable the test says that it was skipped. `LICTOR_VECTOR_FAMILY` names one file
//! to run alone, with every difference printed.
#![expect(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

#[path = "vectors/expression.rs"]
mod expression;

use std::path::Path;

use lictor_value::{Arena, Value, json};

use expression::{Evaluator, Outcome};

/// How many lines of each file agree at least, where the vectors of OPA 1.22.2 are used.
const MINIMUM: &[(&str, usize)] = &[
    ("aggregates", 516),
    ("array", 209),
    ("aws", 116),
    ("bits", 289),
    ("comparison", 663),
    ("conversions", 177),
    ("crypto_hash", 208),
    ("encoding", 788),
    ("format_int", 113),
    ("glob", 741),
    ("graph", 248),
    ("graphql", 369),
    ("json", 732),
    ("jsonschema", 588),
    ("jwt", 682),
    ("jwt_sign", 201),
    ("net", 536),
    ("numbers", 1301),
    ("object", 651),
    ("regex", 1472),
    ("rego", 60),
    ("render_template", 300),
    ("rounding", 468),
    ("semver", 316),
    ("sets", 211),
    ("sprintf", 1648),
    ("strings", 1239),
    ("template_strings", 10),
    ("time", 1410),
    ("types", 264),
    ("unicode", 856),
    ("units", 355),
    ("uri", 218),
    ("uuid", 51),
    ("x509", 209),
    ("yaml", 719),
];

#[derive(Default)]
struct Tally {
    agreed: usize,
    differed: usize,
    /// Lines whose outcome is the compiler's or the printer's, and calls that this test cannot read.
    apart: usize,
    unread: usize,
    /// Calls of builtins that do not exist here.
    missing: usize,
}

#[test]
fn builtins_answer_as_opa_does() {
    let Some(directory) = std::env::var_os("LICTOR_VECTORS") else {
        eprintln!("SKIPPED: LICTOR_VECTORS names no directory of builtin vectors");
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let wanted = std::env::var("LICTOR_VECTOR_FAMILY").ok();
    let mut shortfalls = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if wanted.as_ref().is_some_and(|wanted| *wanted != name) {
            continue;
        }
        let tally = run(&file, wanted.is_some());
        eprintln!(
            "{name:20} agreed {:5}  differed {:4}  compile and print errors {:4}  not read {:4}  no such builtin {:4}",
            tally.agreed, tally.differed, tally.apart, tally.unread, tally.missing
        );
        let minimum = MINIMUM.iter().find(|(family, _)| *family == name).map_or(0, |(_, minimum)| *minimum);
        if tally.agreed < minimum {
            shortfalls.push(format!("{name}: {} agreed, {minimum} did before", tally.agreed));
        }
    }
    assert!(shortfalls.is_empty(), "{shortfalls:#?}");
}

fn run(file: &Path, verbose: bool) -> Tally {
    let mut tally = Tally::default();
    let evaluator = Evaluator::new();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let arena = Arena::default();
        let vector = json::parse(&arena, line.as_bytes()).unwrap().as_object().unwrap();
        let call = vector.get_str("call").unwrap().as_text().unwrap();
        if vector.get_str("compile_error").is_some() || vector.get_str("print_error").is_some() {
            tally.apart += 1;
            continue;
        }
        let unordered = vector.get_str("unordered").is_some();
        let mut expected = expected(vector);
        if unordered {
            expected = sorted(&expected);
        }
        let found = match evaluator.evaluate(&arena, call) {
            Outcome::Unread(why) => {
                tally.unread += 1;
                if verbose {
                    eprintln!("not read: {call}: {why}");
                }
                continue;
            }
            Outcome::Missing => {
                tally.missing += 1;
                continue;
            }
            Outcome::Value(value) if unordered => sorted(&printed(&arena, value)),
            Outcome::Value(value) => printed(&arena, value),
            Outcome::Undefined(Some((code, message))) => format!("{code}: {message}"),
            Outcome::Undefined(None) => String::from("undefined"),
        };
        if found == expected {
            tally.agreed += 1;
        } else {
            tally.differed += 1;
            if verbose {
                eprintln!("{call}\n    OPA  {expected}\n    here {found}");
            }
        }
    }
    tally
}

/// The answer of `json.match_schema` with its errors, whose order is random in OPA, in one order.
fn sorted(answer: &str) -> String {
    let mut answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    answer[1].as_array_mut().unwrap().sort_by_key(|error| error.to_string());
    answer.to_string()
}

fn expected(vector: &lictor_value::Object<'_>) -> String {
    if let Some(result) = vector.get_str("result") {
        let mut text = Vec::new();
        json::write_json(result, &mut text);
        return String::from_utf8(text).unwrap();
    }
    match vector.get_str("strict_error").and_then(Value::as_object) {
        Some(error) => {
            let text = |key| error.get_str(key).unwrap().as_text().unwrap();
            format!("{}: {}", text("code"), text("message"))
        }
        None => String::from("undefined"),
    }
}

/// As OPA would print it, read back and printed again, so that only values and the texts of numbers count.
fn printed<'v>(arena: &'v Arena, value: Value<'v>) -> String {
    let mut text = Vec::new();
    json::write_json(value, &mut text);
    let again = match json::parse_copied(arena, &text) {
        Ok(value) => value,
        Err(error) => return format!("not JSON: {error}: {}", String::from_utf8_lossy(&text)),
    };
    let mut text = Vec::new();
    json::write_json(again, &mut text);
    String::from_utf8(text).unwrap()
}
