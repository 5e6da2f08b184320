//! What tests cover, as OPA's JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use lictor::test::{Coverage, FileCoverage, Range, Skip};
use serde_json::{Map, Value as Json, json};

use crate::output::indent::indent;

/// Writes the report of `opa test --coverage`.
pub(crate) fn write_coverage(coverage: &Coverage, out: &mut dyn Write) -> io::Result<()> {
    let files: Map<String, Json> = coverage.files.iter().map(|(name, of)| (name.clone(), file(of))).collect();
    let report = json!({
        "files": files,
        "covered_lines": coverage.covered_lines,
        "not_covered_lines": coverage.not_covered_lines,
        "coverage": percent(coverage.percent),
    });
    out.write_all(&indent(report.to_string().as_bytes()))?;
    out.write_all(b"\n")
}

/// What is nothing is left out.
fn file(of: &FileCoverage) -> Json {
    let mut entry = Map::new();
    let ranges = |ranges: &[Range]| Json::Array(ranges.iter().map(range).collect());
    for (name, value, some) in [
        ("covered", ranges(&of.covered), !of.covered.is_empty()),
        ("not_covered", ranges(&of.not_covered), !of.not_covered.is_empty()),
        ("covered_lines", json!(of.covered_lines), of.covered_lines > 0),
        ("not_covered_lines", json!(of.not_covered_lines), of.not_covered_lines > 0),
        ("coverage", percent(of.percent), of.percent > 0.0),
    ] {
        if some {
            entry.insert(name.to_owned(), value);
        }
    }
    Json::Object(entry)
}

fn range(range: &Range) -> Json {
    let position = |(row, col): (u32, u32)| json!({"row": row, "col": col});
    let mut entry = json!({"start": position(range.start), "end": position(range.end)});
    if !range.kinds.is_empty() {
        let name = |skip: &Skip| match skip {
            Skip::IndexExcluded => "index_excluded",
            Skip::EarlyExit => "early_exit",
        };
        entry["kinds"] = range.kinds.iter().map(name).collect();
    }
    entry
}

/// A percentage, without a fraction where there is none, as Go writes it.
fn percent(percent: f64) -> Json {
    if percent.fract() == 0.0 { json!(percent as u64) } else { json!(percent) }
}

/// The rows that are not covered, for `--threshold --verbose`.
pub(crate) fn missing_lines(coverage: &Coverage) -> String {
    let mut text = "Lines not covered:\n".to_owned();
    for (name, file) in &coverage.files {
        let rows: BTreeSet<u32> = file.not_covered.iter().flat_map(|range| range.start.0..=range.end.0).collect();
        let mut spans: Vec<(u32, u32)> = vec![];
        for row in rows {
            match spans.last_mut() {
                Some((_, last)) if *last + 1 == row => *last = row,
                _ => spans.push((row, row)),
            }
        }
        for (first, last) in spans {
            let rows = if first == last { first.to_string() } else { format!("{first}-{last}") };
            // Writing to a string does not fail.
            let _ = writeln!(text, "\t{name}:{rows}");
        }
    }
    text
}
