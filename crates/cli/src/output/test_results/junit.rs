//! Results as JUnit's XML, which build servers read: a suite for each package, a case for each test and each case of a
//! table test.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use lictor::TestResult;
use lictor::test::{Cases, Outcome, Reason};

use super::pretty::write_reason;

/// A test case of the report.
struct Entry<'r> {
    name: String,
    result: &'r TestResult,
    /// What its element holds.
    inside: Inside,
}

enum Inside {
    Nothing,
    Failure(String),
    Error(String),
    Skipped,
}

/// Writes the report.
pub(crate) fn write_junit(results: &[TestResult], out: &mut dyn Write) -> io::Result<()> {
    let mut suites: BTreeMap<&str, Vec<Entry<'_>>> = BTreeMap::new();
    for result in results {
        entries(result, suites.entry(&result.package).or_default());
    }
    let all = || suites.values().flatten();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites{}>", counts(all()))?;
    for (package, entries) in &suites {
        writeln!(out, "  <testsuite name=\"{}\"{}>", escaped(package), counts(entries.iter()))?;
        for entry in entries {
            entry.write(package, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn entries<'r>(result: &'r TestResult, to: &mut Vec<Entry<'r>>) {
    let inside = match (&result.outcome, result.error()) {
        (Outcome::Skip, _) => Inside::Skipped,
        (_, Some(error)) => Inside::Error(error.to_string()),
        (Outcome::Fail, None) => Inside::Failure(failure(result, &result.name, result.reason.as_ref())),
        _ => Inside::Nothing,
    };
    if result.cases.is_empty() {
        to.push(Entry { name: result.name.clone(), result, inside });
    } else {
        leaves(result, &result.cases, &result.name, to);
    }
}

/// What is said of a test or case that failed: in the first row that it did, then why.
fn failure(result: &TestResult, name: &str, reason: Option<&Reason>) -> String {
    let mut text = format!("{}.{name} is not true", result.package).into_bytes();
    if let Some(reason) = reason {
        text.push(b'\n');
        // Writing to memory does not fail.
        let _ = write_reason(reason, 0, &mut text);
    }
    String::from_utf8_lossy(&text).trim_end().to_owned()
}

/// The cases that have none below them.
fn leaves<'r>(result: &'r TestResult, cases: &Cases, above: &str, to: &mut Vec<Entry<'r>>) {
    for (name, case) in cases {
        let name = format!("{above}[{name}]");
        if !case.cases.is_empty() {
            leaves(result, &case.cases, &name, to);
            continue;
        }
        let inside = match case.fail {
            true => Inside::Failure(failure(result, &name, case.reason.as_ref())),
            false => Inside::Nothing,
        };
        to.push(Entry { name, result, inside });
    }
}

/// Numbers of tests by outcome, and the time they took together.
fn counts<'e, 'r: 'e>(entries: impl Iterator<Item = &'e Entry<'r>>) -> String {
    let (mut tests, mut failures, mut errors, mut skipped, mut time) = (0, 0, 0, 0, 0.0);
    let mut last: Option<&TestResult> = None;
    for entry in entries {
        tests += 1;
        match entry.inside {
            Inside::Nothing => {}
            Inside::Failure(_) => failures += 1,
            Inside::Error(_) => errors += 1,
            Inside::Skipped => skipped += 1,
        }
        // Cases of one table share its time.
        if last.is_none_or(|last| !std::ptr::eq(last, entry.result)) {
            time += entry.result.duration.as_secs_f64();
        }
        last = Some(entry.result);
    }
    format!(" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{time:.6}\"")
}

impl Entry<'_> {
    fn write(&self, package: &str, out: &mut dyn Write) -> io::Result<()> {
        let result = self.result;
        write!(
            out,
            "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.6}\"",
            escaped(&self.name),
            escaped(package),
            escaped(&result.file),
            result.row,
            result.duration.as_secs_f64()
        )?;
        let printed = if result.output.is_empty() {
            String::new()
        } else {
            format!("      <system-out>{}</system-out>\n", text_of(&result.output))
        };
        let inside = match &self.inside {
            Inside::Nothing => String::new(),
            Inside::Skipped => "      <skipped/>\n".to_owned(),
            Inside::Failure(text) => element("failure", text),
            Inside::Error(text) => element("error", text),
        };
        if inside.is_empty() && printed.is_empty() {
            return writeln!(out, "/>");
        }
        write!(out, ">\n{inside}{printed}    </testcase>\n")
    }
}

fn element(name: &str, text: &str) -> String {
    let first = escaped(text.lines().next().unwrap_or_default());
    format!("      <{name} message=\"{first}\">{}</{name}>\n", text_of(text))
}

/// Text for elements, which keeps its rows.
fn text_of(text: &str) -> String {
    text.split('\n').map(escaped).collect::<Vec<_>>().join("\n")
}

/// Text for attributes; characters that XML does not allow become U+FFFD.
fn escaped(text: &str) -> String {
    let mut to = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            '\n' | '\r' | '\t' => drop(write!(to, "&#{};", u32::from(c))),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => to.push('\u{fffd}'),
            c => to.push(c),
        }
    }
    to
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_in_xml_is_escaped() {
        assert_eq!(super::escaped("a<b> & \"c\"\n\u{1}é"), "a&lt;b&gt; &amp; &quot;c&quot;&#10;\u{fffd}é");
    }
}
