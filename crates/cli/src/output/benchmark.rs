//! What a benchmark showed, in the formats of `opa bench`.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};
use hdrhistogram::Histogram;
use serde_json::{Map, Number, Value as Json, json};

use super::indent::indent;
use crate::benchmark::Measured;

/// What OPA calls the times of single operations.
const TIMES: &str = "histogram_timer_rego_query_eval_ns";

impl Measured {
    fn ns_per_operation(&self) -> f64 {
        self.took.as_nanos() as f64 / self.operations as f64
    }

    fn bytes_per_operation(&self) -> u64 {
        self.count.bytes / self.operations
    }

    fn allocations_per_operation(&self) -> u64 {
        self.count.allocations / self.operations
    }

    /// The figures under the names of Go's benchmark results.
    pub(crate) fn json(&self) -> Json {
        let extra: Map<String, Json> =
            self.extra().into_iter().map(|(name, value)| (name, Json::Number(number(value)))).collect();
        json!({
            "N": self.operations,
            "T": u64::try_from(self.took.as_nanos()).unwrap_or(u64::MAX),
            "Bytes": 0,
            "MemAllocs": self.count.allocations,
            "MemBytes": self.count.bytes,
            "Extra": extra,
        })
    }

    /// What is known of single operations, by name.
    fn extra(&self) -> Vec<(String, f64)> {
        let mut extra = self.times.iter().flat_map(statistics).collect::<Vec<_>>();
        extra.sort_by(|(a, _), (b, _)| a.cmp(b));
        extra
    }
}

fn statistics(times: &Histogram<u64>) -> impl Iterator<Item = (String, f64)> {
    let at = |percent: f64| times.value_at_percentile(percent) as f64;
    [
        ("75%", at(75.0)),
        ("90%", at(90.0)),
        ("95%", at(95.0)),
        ("99%", at(99.0)),
        ("99.9%", at(99.9)),
        ("99.99%", at(99.99)),
        ("count", times.len() as f64),
        ("max", times.max() as f64),
        ("mean", times.mean()),
        ("median", at(50.0)),
        ("min", times.min() as f64),
        ("stddev", times.stdev()),
    ]
    .into_iter()
    .map(|(name, value)| (format!("{TIMES}_{name}"), value))
}

/// A table, a figure a row.
pub(crate) fn write_pretty(measured: &Measured, memory: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = vec![
        ("samples".to_owned(), measured.operations.to_string()),
        ("ns/op".to_owned(), digits(measured.ns_per_operation(), 3)),
    ];
    if memory {
        rows.push(("B/op".to_owned(), measured.bytes_per_operation().to_string()));
        rows.push(("allocs/op".to_owned(), measured.allocations_per_operation().to_string()));
    }
    rows.extend(measured.extra().into_iter().map(|(name, value)| (name, digits(value, 3))));
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).force_no_tty();
    table.style_mut().content_lines.junction = Some('│');
    table.add_rows(rows.into_iter().map(|(name, value)| [name, value]));
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(out, "{table}")
}

/// One object, with the names of Go's benchmark results.
pub(crate) fn write_json(measured: &Measured, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&indent(measured.json().to_string().as_bytes()))?;
    out.write_all(b"\n")
}

/// A line of the Go benchmark data format, which benchstat reads.
pub(crate) fn write_gobench(name: &str, measured: &Measured, memory: bool, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{name}\t{:8}\t{} ns/op", measured.operations, aligned(measured.ns_per_operation()))?;
    for (name, value) in measured.extra() {
        write!(out, "\t{} {name}", aligned(value))?;
    }
    if memory {
        let (bytes, allocations) = (measured.bytes_per_operation(), measured.allocations_per_operation());
        write!(out, "\t{bytes:8} B/op\t{allocations:8} allocs/op")?;
    }
    writeln!(out)
}

/// A whole number as one.
fn number(value: f64) -> Number {
    let whole = value.fract() == 0.0 && (0.0..9e15).contains(&value);
    Number::from_f64(value).filter(|_| !whole).unwrap_or_else(|| Number::from(value as u64))
}

/// A figure with so many digits that count, or as a whole number where it has more.
fn digits(value: f64, count: i32) -> String {
    format!("{value:.*}", decimals(value, count))
}

fn decimals(value: f64, count: i32) -> usize {
    let before = (-3..count).rev().find(|power| value >= 10f64.powi(*power) * (1.0 - 0.5 * 10f64.powi(-count)));
    if value == 0.0 { 0 } else { usize::try_from(count - 1 - before.unwrap_or(-4)).unwrap_or(0) }
}

/// A figure with four digits, its point below those of others: ten places before it.
fn aligned(value: f64) -> String {
    let decimals = decimals(value, 4);
    let width = if decimals == 0 { 10 } else { 11 + decimals };
    format!("{value:width$.decimals$}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::allocator::Count;

    const NAME: &str = "BenchmarkOPAEval";

    fn measured(times: bool) -> Measured {
        let mut histogram = Histogram::new_with_bounds(1, 1_000_000, 3).unwrap();
        [100, 200, 300].into_iter().for_each(|time| histogram.record(time).unwrap());
        let count = Count { allocations: 31, bytes: 1000 };
        Measured { operations: 3, took: Duration::from_nanos(1234), count, times: times.then_some(histogram) }
    }

    fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_has_the_names_to_the_left_and_figures_to_the_right() {
        let table = written(|out| write_pretty(&measured(false), true, out));
        let expected = "\
┌───────────┬─────┐
│ samples   │   3 │
│ ns/op     │ 411 │
│ B/op      │ 333 │
│ allocs/op │  10 │
└───────────┴─────┘
";
        assert_eq!(table, expected);
        assert!(!written(|out| write_pretty(&measured(false), false, out)).contains("B/op"));
    }

    #[test]
    fn a_line_for_gobench_has_aligned_figures() {
        let line = written(|out| write_gobench(NAME, &measured(false), true, out));
        assert_eq!(line, "BenchmarkOPAEval\t       3\t       411.3 ns/op\t     333 B/op\t      10 allocs/op\n");
        let line = written(|out| write_gobench(NAME, &measured(true), false, out));
        assert!(line.contains("\t         3.000 histogram_timer_rego_query_eval_ns_count\t"), "{line}");
        assert!(line.contains("\t       200.0 histogram_timer_rego_query_eval_ns_median\t"), "{line}");
    }

    #[test]
    fn json_has_the_names_of_go() {
        let document: Json = serde_json::from_str(&written(|out| write_json(&measured(true), out))).unwrap();
        assert_eq!((&document["N"], &document["T"], &document["Bytes"]), (&json!(3), &json!(1234), &json!(0)));
        assert_eq!((&document["MemAllocs"], &document["MemBytes"]), (&json!(31), &json!(1000)));
        assert_eq!(document["Extra"]["histogram_timer_rego_query_eval_ns_median"], json!(200));
        assert_eq!(document["Extra"].as_object().map(Map::len), Some(12));
    }

    #[test]
    fn figures_have_three_or_four_digits_as_in_go() {
        let three = [0.0, 17414.4, 99.96, 99.94, 9.996, 0.9996, 0.0999, 0.012].map(|value| digits(value, 3));
        assert_eq!(three, ["0", "17414", "100", "99.9", "10.0", "1.00", "0.0999", "0.0120"]);
        let four = [0.0, 13603.2, 1000.4, 650.0, 99.996, 1.5].map(aligned);
        assert_eq!(four, ["         0", "     13603", "      1000", "       650.0", "       100.0", "         1.500"]);
    }
}
