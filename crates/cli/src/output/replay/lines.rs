//! A replay as JSON lines: each event that changes or could not be judged as it comes, then the groups and the summary.

use std::io::{self, Write};

use lictor::replay::{Change, Report};
use lictor::{Decision, Error};
use serde_json::{Value as Json, json};

use super::{Bad, summary};

/// Writes an event that changes.
pub(crate) fn change(source: &str, line: u64, change: &Change, out: &mut dyn Write) -> io::Result<()> {
    let verdict = |side: &Result<Decision, Error>| match side {
        Ok(decision) => decision.verdict.as_str(),
        Err(_) => "error",
    };
    write(
        &json!({
            "source": source,
            "line": line,
            "change": change.kind,
            "old": verdict(&change.old),
            "new": verdict(&change.new),
            "appears": change.appears,
            "disappears": change.disappears,
        }),
        out,
    )
}

/// Writes why an event could not be judged.
pub(crate) fn bad(bad: &Bad, out: &mut dyn Write) -> io::Result<()> {
    write(&json!({ "error": bad }), out)
}

/// Writes the groups and the summary.
pub(crate) fn end(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.groups().iter().try_for_each(|group| write(&json!({ "group": group }), out))?;
    write(&json!({ "summary": summary(report) }), out)
}

fn write(line: &Json, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
