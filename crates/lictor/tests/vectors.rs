//! Runs OPA's answers to thousands of builtin calls as ad-hoc queries; they are not part of this repository.
//!
//! `LICTOR_VECTORS` names a directory of `.jsonl` files; each line holds a `call`, which is a query, and what OPA 1.22.2 made
//! of it: `result`; `undefined`, with a `strict_error` where there is one when errors of builtins end the evaluation;
//! `compile_error`; or `print_error`, where the result is no JSON. Numbers are compared as text, errors by code and message.
//! Without the variable the test says that it was skipped. `LICTOR_VECTOR_FAMILY` names one file to run alone, with every
//! difference printed.
//!
//! The test of the same name in `lictor-builtins` puts the same calls to the builtins themselves, prepared and not, and
//! leaves out what the compiler has a part in; here it has one in all of them.
#![expect(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lictor::{BuildError, Builder, Error};
use lictor_value::{Arena, Object, Value, json};

/// How many lines of each file agree at least, where the vectors of OPA 1.22.2 are used.
const MINIMUM: &[(&str, usize)] = &[
    ("aggregates", 550),
    ("array", 220),
    ("aws", 118),
    ("bits", 300),
    ("comparison", 720),
    ("conversions", 180),
    ("crypto_hash", 232),
    ("encoding", 850),
    ("format_int", 115),
    ("glob", 750),
    ("graph", 360),
    ("graphql", 370),
    ("json", 750),
    ("jsonschema", 600),
    ("jwt", 690),
    ("jwt_sign", 207),
    ("net", 560),
    ("numbers", 1333),
    ("object", 680),
    ("regex", 1500),
    ("rego", 61),
    ("render_template", 305),
    ("rounding", 468),
    ("semver", 320),
    ("sets", 240),
    ("sprintf", 1650),
    ("strings", 1299),
    ("template_strings", 309),
    ("time", 1447),
    ("types", 318),
    ("unicode", 856),
    ("units", 360),
    ("uri", 226),
    ("uuid", 55),
    ("x509", 260),
    ("yaml", 720),
];

#[derive(Clone, Copy, Default)]
struct Tally {
    agreed: usize,
    differed: usize,
}

#[test]
fn calls_as_queries_give_what_opa_gives() {
    let Some(directory) = std::env::var_os("LICTOR_VECTORS") else {
        eprintln!("SKIPPED: LICTOR_VECTORS names no directory of builtin vectors");
        return;
    };
    let wanted = std::env::var("LICTOR_VECTOR_FAMILY").ok();
    let mut files: Vec<(String, PathBuf)> = std::fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| wanted.as_ref().is_none_or(|wanted| wanted == name))
        .collect();
    files.sort();
    let tallies = Mutex::new(vec![Tally::default(); files.len()]);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            // Debug builds need much stack for what vectors nest.
            let work = || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((_, file)) = files.get(at) else { return };
                    let tally = run(file, wanted.is_some());
                    tallies.lock().unwrap()[at] = tally;
                }
            };
            std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work).unwrap();
        }
    });
    let mut shortfalls = Vec::new();
    for ((name, _), Tally { agreed, differed }) in files.iter().zip(tallies.into_inner().unwrap()) {
        eprintln!("{name:20} agreed {agreed:5}  differed {differed:4}");
        let minimum = MINIMUM.iter().find(|(family, _)| family == name).map_or(0, |(_, minimum)| *minimum);
        if agreed < minimum {
            shortfalls.push(format!("{name}: {agreed} agreed, {minimum} did before"));
        }
    }
    assert!(shortfalls.is_empty(), "{shortfalls:#?}");
}

fn run(file: &Path, verbose: bool) -> Tally {
    let mut tally = Tally::default();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let arena = Arena::default();
        let vector = json::parse(&arena, line.as_bytes()).unwrap().as_object().unwrap();
        let call = vector.get_str("call").unwrap().as_text().unwrap();
        let mut expected = expected(vector);
        let mut found = answer(call, vector.get_str("strict_error").is_some());
        if vector.get_str("unordered").is_some() {
            (expected, found) = (sorted(&expected), sorted(&found));
        }
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

fn expected(vector: &Object<'_>) -> String {
    let text = |value: Value<'_>| value.as_text().unwrap().to_owned();
    if let Some(result) = vector.get_str("result") {
        return written(result);
    }
    if let Some(why) = vector.get_str("print_error") {
        return text(why);
    }
    let error = vector.get_str("strict_error").or(vector.get_str("compile_error"));
    match error.and_then(Value::as_object) {
        Some(error) => {
            let part = |name| text(error.get_str(name).unwrap());
            format!("{}: {}", part("code"), part("message"))
        }
        None => String::from("undefined"),
    }
}

fn written(value: Value<'_>) -> String {
    let mut text = Vec::new();
    json::write_json(value, &mut text);
    String::from_utf8(text).unwrap()
}

/// What Lictor says, in the same form.
fn answer(call: &str, strict: bool) -> String {
    let builder = Builder::new().deadline(Duration::from_secs(60)).strict_builtin_errors(strict).query("call", call);
    let policy = match builder.build() {
        Ok(policy) => policy,
        Err(BuildError::Rejected(diagnostics)) => {
            let first = &diagnostics[0];
            return format!("{}: {}", first.code.as_str(), first.message);
        }
        Err(other) => return other.to_string(),
    };
    let mut session = policy.session();
    let rows = match session.eval("call", None) {
        Ok(rows) => rows,
        Err(error @ Error::Evaluation(_)) => {
            let error = lictor::report::eval_json(&error);
            let part = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            return format!("{}: {}", part("code"), part("message"));
        }
        Err(other) => return other.to_string(),
    };
    let Some(row) = rows.iter().next() else { return String::from("undefined") };
    let Some((_, value)) = row.expressions().last() else { return String::from("undefined") };
    // As OPA would print it, read back and printed again, so that only values and the texts of numbers count.
    let text = written(value);
    let arena = Arena::default();
    match json::parse_copied(&arena, text.as_bytes()) {
        Ok(again) => written(again),
        Err(_) => format!("json: invalid number literal \"{text}\""),
    }
}
