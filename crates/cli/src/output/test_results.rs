//! Results of tests: as lines for people, as OPA's JSON, as JUnit's XML.

mod junit;
mod pretty;

use std::io::{self, Write};

use lictor::TestResult;
use lictor::test::{Cases, Outcome};
use serde_json::{Map, Value as Json, json};

use crate::benchmark::Measured;
use crate::output::indent::indent;

pub(crate) use junit::write_junit;
pub(crate) use pretty::{Shown, Words};

/// Writes an array of results, as `opa test --format json` does.
pub(crate) fn write_json(results: &[TestResult], out: &mut dyn Write) -> io::Result<()> {
    let results: Vec<Json> = results.iter().map(result).collect();
    out.write_all(&indent(Json::from(results).to_string().as_bytes()))?;
    out.write_all(b"\n")
}

/// The same with what was measured of each.
pub(crate) fn write_benchmarks(results: &[(TestResult, Option<Measured>)], out: &mut dyn Write) -> io::Result<()> {
    let entry = |(test, measured): &(TestResult, Option<Measured>)| {
        let mut entry = result(test);
        if let Some(measured) = measured {
            entry["benchmark_result"] = measured.json();
        }
        entry
    };
    let results: Vec<Json> = results.iter().map(entry).collect();
    out.write_all(&indent(Json::from(results).to_string().as_bytes()))?;
    out.write_all(b"\n")
}

fn result(result: &TestResult) -> Json {
    let mut entry = Map::new();
    let mut put = |name: &str, value: Json| drop(entry.insert(name.to_owned(), value));
    put("location", json!({"file": &*result.file, "row": result.row, "col": result.col}));
    put("package", json!(result.package));
    put("name", json!(result.name));
    if matches!(result.outcome, Outcome::Fail) {
        put("fail", json!(true));
    }
    if let Some(error) = result.error() {
        let mut error = self::error(&error);
        if !result.traceback.is_empty() {
            error["stack_trace"] = lictor::report::stack_trace(&result.traceback);
        }
        put("error", error);
    }
    if matches!(result.outcome, Outcome::Skip) {
        put("skip", json!(true));
    }
    put("duration", json!(u64::try_from(result.duration.as_nanos()).unwrap_or(u64::MAX)));
    if !result.output.is_empty() {
        put("output", json!(base64(result.output.as_bytes())));
    }
    if !result.cases.is_empty() {
        put("sub_results", cases(&result.cases));
    }
    Json::Object(entry)
}

fn error(error: &lictor::test::TestError) -> Json {
    let mut entry = Map::new();
    if !error.code.is_empty() {
        entry.insert("code".to_owned(), json!(error.code));
    }
    entry.insert("message".to_owned(), json!(error.message));
    if let Some(at) = &error.at {
        entry.insert("location".to_owned(), json!({"file": &*at.file, "row": at.row, "col": at.col}));
    }
    Json::Object(entry)
}

fn cases(all: &Cases) -> Json {
    let entries = all.iter().map(|(name, case)| {
        let mut entry = Map::new();
        if !name.is_empty() {
            entry.insert("name".to_owned(), json!(name));
        }
        if case.fail {
            entry.insert("fail".to_owned(), json!(true));
        }
        if !case.cases.is_empty() {
            entry.insert("sub_results".to_owned(), cases(&case.cases));
        }
        (name.clone(), Json::Object(entry))
    });
    Json::Object(entries.collect())
}

/// Standard base64 with padding: what Go makes of bytes in JSON.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_in_json_are_base64() {
        for (text, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("y is 4\n", "eSBpcyA0Cg==")]
        {
            assert_eq!(super::base64(text.as_bytes()), expected);
        }
    }
}
