//! Decisions as a table, as one JSON document, as JSON lines.

use std::io::{self, Write};

use comfy_table::{Cell, Color, ColumnConstraint, Table as Grid, Width};
use lictor::{Decision, Finding, Severity};
use serde::Serialize;
use serde_json::json;

use super::summary::Summary;
use super::{printable, table};

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

/// Writes groups of events as they come, and the summary last.
pub(crate) trait Writer: Send {
    /// Writes events, and sees to it that they arrive: more may be long in coming. `text` is what this writer's `text`
    /// made of all of them.
    fn events(&mut self, events: &mut dyn Iterator<Item = Judged<'_>>, text: &[u8]) -> io::Result<()>;
    fn end(&mut self, summary: &Summary) -> io::Result<()>;
}

/// Adds an event's text to others; what threads do before it is the events' turn to be written.
pub(crate) type Text = fn(&Judged<'_>, &mut Vec<u8>) -> io::Result<()>;

/// An event as output has it.
#[derive(Serialize)]
struct Shape<'a> {
    source: &'a str,
    line: u64,
    decision: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<&'a [Finding]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl Judged<'_> {
    fn shape(&self) -> Shape<'_> {
        let (decision, findings, error) = match self.outcome {
            Outcome::Bad(error) => ("error", None, Some(error.as_str())),
            Outcome::Decided(decision) => (decision.verdict.as_str(), Some(decision.findings.as_slice()), None),
        };
        Shape { source: self.source, line: self.line, decision, findings, error }
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

    pub(crate) fn text(judged: &Judged<'_>, into: &mut Vec<u8>) -> io::Result<()> {
        serde_json::to_writer(&mut *into, &judged.shape())?;
        into.push(b'\n');
        Ok(())
    }
}

impl<W: Write + Send> Writer for Lines<W> {
    fn events(&mut self, _: &mut dyn Iterator<Item = Judged<'_>>, text: &[u8]) -> io::Result<()> {
        self.out.write_all(text)?;
        self.out.flush()
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

/// What stands before an event of the document: before the first one, its comma is left out.
const BETWEEN: &[u8] = b",\n    ";

impl<W: Write> Json<W> {
    pub(crate) fn new(out: W) -> Self {
        Json { out, any: false }
    }

    pub(crate) fn text(judged: &Judged<'_>, into: &mut Vec<u8>) -> io::Result<()> {
        into.extend_from_slice(BETWEEN);
        serde_json::to_writer(into, &judged.shape())?;
        Ok(())
    }
}

impl<W: Write + Send> Writer for Json<W> {
    fn events(&mut self, _: &mut dyn Iterator<Item = Judged<'_>>, text: &[u8]) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        if self.any {
            self.out.write_all(text)?;
        } else {
            self.any = true;
            self.out.write_all(b"{\n  \"events\": [")?;
            self.out.write_all(&text[1..])?;
        }
        self.out.flush()
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

/// A table for people: one at the end, or, where the end may never come, a page for what has come, as wide as those before
/// and without their header.
pub(crate) struct Table<W: Write> {
    out: W,
    grid: Grid,
    rows: usize,
    terminal: bool,
    /// Where it is written in pages, how wide the columns of those before were.
    paged: Option<Vec<u16>>,
}

impl<W: Write> Table<W> {
    pub(crate) fn new(out: W, terminal: bool) -> Self {
        let grid = table::styled(["EVENT", "DECISION", "SEVERITY", "POLICY", "RULE", "MESSAGE"], terminal);
        Table { out, grid, rows: 0, terminal, paged: None }
    }

    pub(crate) fn paged(self) -> Self {
        Table { paged: Some(Vec::new()), ..self }
    }

    /// Writes what has come, where pages are written.
    fn page(&mut self) -> io::Result<()> {
        let Some(widths) = self.paged.as_mut().filter(|_| self.rows > 0) else { return Ok(()) };
        for (column, width) in self.grid.column_iter_mut().zip(widths.iter()) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(*width)));
        }
        writeln!(self.out, "{}", self.grid)?;
        let now = self.grid.column_max_content_widths();
        widths.resize(now.len(), 0);
        for ((width, now), column) in widths.iter_mut().zip(now).zip(self.grid.column_iter_mut()) {
            *width = (*width).max(now + column.padding_width());
        }
        (self.grid, self.rows) = (table::headless(self.terminal), 0);
        self.out.flush()
    }

    /// A table's widths are known only at the end.
    pub(crate) fn text(_: &Judged<'_>, _: &mut Vec<u8>) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, judged: &Judged<'_>, decision: &str, finding: Option<&Finding>, message: &str) {
        self.rows += 1;
        if self.rows > ROWS && self.paged.is_none() {
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

impl<W: Write + Send> Writer for Table<W> {
    fn events(&mut self, events: &mut dyn Iterator<Item = Judged<'_>>, _: &[u8]) -> io::Result<()> {
        for judged in events {
            match judged.outcome {
                Outcome::Bad(error) => self.row(&judged, "error", None, error),
                Outcome::Decided(decision) if decision.findings.is_empty() => {
                    self.row(&judged, decision.verdict.as_str(), None, "");
                }
                Outcome::Decided(decision) => {
                    for finding in &decision.findings {
                        self.row(&judged, decision.verdict.as_str(), Some(finding), &finding.message);
                    }
                }
            }
        }
        self.page()
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
