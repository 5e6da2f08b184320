//! Results as lines: each test as soon as it is known, then failures, then a summary, as `opa test` writes them.

use std::io::{self, Write};
use std::sync::Arc;

use lictor::TestResult;
use lictor::test::{Case, Cases, Happened, Outcome, Reason};

use crate::benchmark::Measured;
use crate::output::{benchmark, duration};

/// What is shown.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    /// Tests that passed too.
    pub(crate) verbose: bool,
    /// What was noted.
    pub(crate) notes: bool,
    /// Values in steps.
    pub(crate) values: bool,
}

/// What was shown so far.
#[derive(Default)]
pub(crate) struct Shown {
    file: Option<Arc<str>>,
    any: bool,
}

impl Shown {
    /// Shows a test that has ended.
    pub(crate) fn show(&mut self, result: &TestResult, words: Words, out: &mut dyn Write) -> io::Result<()> {
        if words.verbose || !result.passed() {
            if self.file.as_ref().is_some_and(|file| *file != result.file) {
                writeln!(out)?;
            }
            self.file = Some(result.file.clone());
            self.any = true;
            writeln!(out, "{}:{}:", result.file, result.row)?;
            writeln!(out, "{}", line(result))?;
            write_cases(&result.cases, words, 1, out)?;
            if !result.output.is_empty() {
                writeln!(out)?;
                for line in result.output.trim().split('\n') {
                    writeln!(out, "  {line}")?;
                }
                writeln!(out)?;
            }
        }
        if let Some(error) = result.error() {
            writeln!(out, "  {error}")?;
            if !result.traceback.is_empty() {
                let traceback = lictor::traceback::text(&result.traceback);
                traceback.lines().try_for_each(|line| writeln!(out, "  {line}"))?;
            }
        }
        out.flush()
    }

    /// Shows how long a test takes: its name and Go's figures.
    pub(crate) fn measured(
        &mut self,
        result: &TestResult,
        measured: &Measured,
        go: bool,
        memory: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.any = true;
        let full = format!("{}.{}", result.package, result.name);
        // Go's format wants no dots, and a capital letter at the beginning.
        let name = if go { format!("Benchmark{}", capitals(&full)) } else { full };
        benchmark::write_gobench(&name, measured, memory, out)?;
        out.flush()
    }

    /// Shows how it all ended.
    pub(crate) fn end(&self, results: &[TestResult], words: Words, out: &mut dyn Write) -> io::Result<()> {
        let counts = Counts::of(results);
        let noted = |result: &TestResult| words.notes && !result.notes.is_empty() && !result.passed();
        let explained = |result: &&TestResult| {
            result.reason.is_some() || any_reason(&result.cases) || !result.events.is_empty() || noted(result)
        };
        let mut failures = results.iter().filter(explained).peekable();
        if failures.peek().is_some() {
            rule(out)?;
            writeln!(out, "FAILURES")?;
            rule(out)?;
        }
        for result in failures {
            writeln!(out, "{}\n", line(result))?;
            if let Some(reason) = &result.reason {
                write_reason(reason, 1, out)?;
                writeln!(out)?;
            }
            write_reasons(&result.cases, 1, out)?;
            if noted(result) {
                result.notes.iter().try_for_each(|(at, note)| writeln!(out, "  {at}: {note}"))?;
                writeln!(out)?;
            }
            if !result.events.is_empty() {
                write_events(&result.events, words.values, out)?;
                writeln!(out)?;
            }
        }
        if self.any {
            rule(out)?;
        }
        let total = counts.pass + counts.fail + counts.skip + counts.error;
        let each = [("PASS", counts.pass), ("FAIL", counts.fail), ("SKIPPED", counts.skip), ("ERROR", counts.error)];
        for (word, count) in each.into_iter().filter(|(_, count)| *count > 0) {
            writeln!(out, "{word}: {count}/{total}")?;
        }
        Ok(())
    }
}

/// `data.authz_test.test_ann: PASS (1.2ms)`
fn line(result: &TestResult) -> String {
    let outcome = match result.outcome {
        Outcome::Pass => "PASS",
        Outcome::Fail => "FAIL",
        Outcome::Skip => return format!("{}.{}: SKIPPED", result.package, result.name),
        _ => "ERROR",
    };
    format!("{}.{}: {outcome} ({})", result.package, result.name, duration::text(result.duration))
}

/// The parts of a name with a capital letter each: `data.a_b.test_c` is `DataABTestC`.
fn capitals(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let capital = |part: &str| {
        let mut rest = part.chars();
        rest.next().map(|first| first.to_uppercase().chain(rest).collect::<String>()).unwrap_or_default()
    };
    parts.map(capital).collect()
}

/// Steps, each with its place, below those that they are inside of.
fn write_events(events: &[Happened], with_values: bool, out: &mut dyn Write) -> io::Result<()> {
    let place = |event: &Happened| format!("{}:{}", event.file, event.row);
    let width = events.iter().map(|event| place(event).chars().count()).max().unwrap_or(0);
    for event in events {
        let (place, bars, what) = (place(event), "| ".repeat(event.depth), event.what.name());
        write!(out, "  {place:width$}  {bars}{what} {}", event.text)?;
        if with_values && !event.values.is_empty() {
            let value = |(name, value): &(String, Option<String>)| {
                format!("{name}: {}", value.as_deref().unwrap_or("undefined"))
            };
            write!(out, " {{{}}}", event.values.iter().map(value).collect::<Vec<_>>().join(", "))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn rule(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", "-".repeat(80))
}

fn write_cases(cases: &Cases, words: Words, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    for (name, case) in cases {
        if case.fail || words.verbose {
            writeln!(out, "{}{name}: {}", "  ".repeat(depth), if case.fail { "FAIL" } else { "PASS" })?;
        }
        write_cases(&case.cases, words, depth + 1, out)?;
    }
    Ok(())
}

fn any_reason(cases: &Cases) -> bool {
    cases.values().any(|case| case.reason.is_some() || any_reason(&case.cases))
}

fn write_reasons(cases: &Cases, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    for (name, case) in cases.iter().filter(|(_, case)| case.reason.is_some() || any_reason(&case.cases)) {
        writeln!(out, "{}{name}: FAIL", "  ".repeat(depth))?;
        if let Some(reason) = &case.reason {
            writeln!(out)?;
            write_reason(reason, depth + 1, out)?;
            writeln!(out)?;
        }
        write_reasons(&case.cases, depth + 1, out)?;
    }
    Ok(())
}

/// Where, what, with which values, and why that is so.
pub(super) fn write_reason(reason: &Reason, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = |more: usize| "  ".repeat(depth + more);
    let times = match reason.times {
        1 => String::new(),
        times => format!(" (failed {times} times, at last so)"),
    };
    writeln!(out, "{}{}:{}:{times}", indent(0), reason.file, reason.row)?;
    for row in reason.text.lines() {
        writeln!(out, "{}{row}", indent(1))?;
    }
    for (name, value) in &reason.values {
        writeln!(out, "{}{name}: {}", indent(2), value.as_deref().unwrap_or("undefined"))?;
    }
    reason.because.iter().try_for_each(|inner| write_reason(inner, depth + 2, out))
}

/// How many ended how; each case that has none below it counts as a test.
#[derive(Default)]
struct Counts {
    pass: usize,
    fail: usize,
    skip: usize,
    error: usize,
}

impl Counts {
    fn of(results: &[TestResult]) -> Self {
        let mut counts = Counts::default();
        for result in results {
            match result.outcome {
                Outcome::Skip => counts.skip += 1,
                Outcome::Pass | Outcome::Fail if !result.cases.is_empty() => {
                    result.cases.values().for_each(|case| counts.case(case));
                }
                Outcome::Pass => counts.pass += 1,
                Outcome::Fail => counts.fail += 1,
                _ => counts.error += 1,
            }
        }
        counts
    }

    fn case(&mut self, case: &Case) {
        if !case.cases.is_empty() {
            case.cases.values().for_each(|case| self.case(case));
        } else if case.fail {
            self.fail += 1;
        } else {
            self.pass += 1;
        }
    }
}
