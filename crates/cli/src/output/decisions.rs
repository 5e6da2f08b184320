//! Decisions as a table, as one JSON document, as JSON lines.

use std::io::{self, Write};

use comfy_table::{Cell, Color, Table as Grid};
use lictor::{Decision, Finding, Severity};
use serde_json::{Value as Document, json};

use super::summary::Summary;
use super::table;

/// What became of an event.
pub(crate) enum Outcome {
    /// It was judged.
    Decided(Decision),
    /// It could not be: why.
    Bad(String),
}

/// An event that was judged, for output.
pub(crate) struct Judged<'a> {
    pub(crate) source: &'a str,
    /// From 1.
    pub(crate) line: u64,
    pub(crate) outcome: &'a Outcome,
}

/// Writes events as they come, and the summary last.
pub(crate) trait Writer {
    fn event(&mut self, judged: &Judged<'_>) -> io::Result<()>;
    fn end(&mut self, summary: &Summary) -> io::Result<()>;
}

impl Judged<'_> {
    fn json(&self) -> Document {
        match self.outcome {
            Outcome::Bad(error) => {
                json!({"source": self.source, "line": self.line, "decision": "error", "error": error})
            }
            Outcome::Decided(decision) => json!({
                "source": self.source,
                "line": self.line,
                "decision": decision.verdict,
                "findings": decision.findings,
            }),
        }
    }
}

/// One object a line.
pub(crate) struct Lines<W: Write> {
    out: W,
}

impl<W: Write> Lines<W> {
    pub(crate) fn new(out: W) -> Self {
        Lines { out }
    }
}

impl<W: Write> Writer for Lines<W> {
    fn event(&mut self, judged: &Judged<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &judged.json())?;
        self.out.write_all(b"\n")
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &json!({"summary": summary.json()}))?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

/// One document, written as events come.
pub(crate) struct Json<W: Write> {
    out: W,
    any: bool,
}

impl<W: Write> Json<W> {
    pub(crate) fn new(out: W) -> Self {
        Json { out, any: false }
    }
}

impl<W: Write> Writer for Json<W> {
    fn event(&mut self, judged: &Judged<'_>) -> io::Result<()> {
        self.out.write_all(if self.any { b",\n    " } else { b"{\n  \"events\": [\n    " })?;
        self.any = true;
        serde_json::to_writer(&mut self.out, &judged.json())?;
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.out.write_all(if self.any {
            b"\n  ],\n  \"summary\": "
        } else {
            b"{\n  \"events\": [],\n  \"summary\": "
        })?;
        serde_json::to_writer(&mut self.out, &summary.json())?;
        self.out.write_all(b"\n}\n")?;
        self.out.flush()
    }
}

/// Rows past this many are counted, not shown: a table is for reading.
const ROWS: usize = 1_000;

/// A table for people.
pub(crate) struct Table<W: Write> {
    out: W,
    grid: Grid,
    rows: usize,
}

impl<W: Write> Table<W> {
    pub(crate) fn new(out: W, terminal: bool) -> Self {
        let grid = table::styled(["EVENT", "DECISION", "SEVERITY", "POLICY", "RULE", "MESSAGE"], terminal);
        Table { out, grid, rows: 0 }
    }

    fn row(&mut self, judged: &Judged<'_>, decision: &str, finding: Option<&Finding>, message: &str) {
        self.rows += 1;
        if self.rows > ROWS {
            return;
        }
        let severity = match finding {
            Some(Finding { enforced: false, severity: Severity::Error, .. }) => "error, not enforced",
            Some(Finding { severity: Severity::Error, .. }) => "error",
            Some(Finding { enforced: false, .. }) => "warning, not enforced",
            Some(_) => "warning",
            None => "",
        };
        let policy = finding.map(|f| format!("{}/{}", f.set, f.policy)).unwrap_or_default();
        let rule = finding.map(|f| f.rule.clone()).unwrap_or_default();
        let event = format!("{}:{}", judged.source, judged.line);
        let color = match decision {
            "allow" => Color::Green,
            "warn" => Color::Yellow,
            _ => Color::Red,
        };
        let decision = Cell::new(decision).fg(color);
        let rest = [severity.to_owned(), policy, rule, printable(message)].map(Cell::new);
        self.grid.add_row([Cell::new(printable(&event)), decision].into_iter().chain(rest));
    }
}

/// Text without control characters: what an event says must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

impl<W: Write> Writer for Table<W> {
    fn event(&mut self, judged: &Judged<'_>) -> io::Result<()> {
        match judged.outcome {
            Outcome::Bad(error) => self.row(judged, "error", None, error),
            Outcome::Decided(decision) if decision.findings.is_empty() => {
                self.row(judged, decision.verdict.as_str(), None, "");
            }
            Outcome::Decided(decision) => {
                for finding in &decision.findings {
                    self.row(judged, decision.verdict.as_str(), Some(finding), &finding.message);
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        if self.rows > 0 {
            writeln!(self.out, "{}", self.grid)?;
        }
        if self.rows > ROWS {
            let more = self.rows - ROWS;
            writeln!(self.out, "... and {more} rows more; --format ndjson writes all")?;
        }
        writeln!(self.out, "{}", summary.line())?;
        self.out.flush()
    }
}
