//! What a replay found: as a table, as one JSON document, as JSON lines, as a page.

pub(crate) mod html;
pub(crate) mod lines;

use std::io::{self, Write};

use comfy_table::Cell;
use lictor::replay::{Counts, Group, Kind, Report, Side};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::table;

/// An event that one side or both could not judge.
#[derive(Serialize)]
pub(crate) struct Bad {
    /// Its file and line.
    pub(crate) place: String,
    /// Why the old policy could not.
    pub(crate) old: Option<String>,
    /// Why the new one cannot.
    pub(crate) new: Option<String>,
}

/// What people call a kind of change.
pub(super) fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::NewlyDenied => "newly denied",
        Kind::NewlyAllowed => "newly allowed",
        Kind::NewlyWarned => "newly warned",
        Kind::NoLongerWarned => "no longer warned",
        Kind::OtherMessages => "other messages",
        Kind::NewlyFailing => "newly failing",
        Kind::NoLongerFailing => "no longer failing",
    }
}

/// The summary as JSON.
pub(super) fn summary(report: &Report) -> Json {
    let changes: serde_json::Map<String, Json> =
        Kind::ALL.iter().map(|kind| (kind.as_str().to_owned(), json!(report.count(*kind)))).collect();
    let mut summary = json!({
        "events": report.events,
        "changed": report.changed(),
        "unchanged": report.unchanged,
        "changes": changes,
        "old": report.old,
        "new": report.new,
        "bad": report.failed,
        "not_grouped": report.not_grouped,
    });
    for (side, commits) in [("old_commits", &report.old_commits), ("new_commits", &report.new_commits)] {
        if !commits.is_empty() {
            summary[side] = json!(commits);
        }
    }
    summary
}

/// One document.
pub(crate) fn write_json(report: &Report, bad: &[Bad], out: &mut dyn Write) -> io::Result<()> {
    let document = json!({"summary": summary(report), "groups": report.groups(), "errors": bad});
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

/// Rows past this many are counted, not shown: a table is for reading.
const ROWS: usize = 200;

/// Tables for people: the groups, the events that could not be judged, the summary.
pub(crate) fn write_table(report: &Report, bad: &[Bad], terminal: bool, out: &mut dyn Write) -> io::Result<()> {
    let groups = report.groups();
    if !groups.is_empty() {
        let mut grid = table::styled(["CHANGE", "EVENTS", "POLICY", "MESSAGE", "FOR EXAMPLE"], terminal);
        for group in groups.iter().take(ROWS) {
            let example = group.examples.join(", ");
            let row = [words(group.kind).to_owned(), group.count.to_string(), policy(group), message(group), example];
            grid.add_row(row.iter().map(|text| Cell::new(printable(text))));
        }
        writeln!(out, "{grid}")?;
    }
    more(groups.len(), "groups", out)?;
    if !bad.is_empty() {
        let mut grid = table::styled(["NOT JUDGED", "BY THE OLD", "BY THE NEW"], terminal);
        for Bad { place, old, new } in bad.iter().take(ROWS) {
            let side = |error: &Option<String>| error.clone().unwrap_or_else(|| "judged".to_owned());
            grid.add_row([place.clone(), side(old), side(new)].iter().map(|text| Cell::new(printable(text))));
        }
        writeln!(out, "{grid}")?;
    }
    more(bad.len(), "events that could not be judged", out)?;
    let counts = |counts: &Counts| {
        let Counts { allow, warn, deny, error } = counts;
        format!("{allow} allowed, {warn} warned, {deny} denied, {error} not judged")
    };
    let sides = [("old", &report.old, &report.old_commits), ("new", &report.new, &report.new_commits)];
    for (side, judged, commits) in sides {
        writeln!(out, "{side}: {}", counts(judged))?;
        for commit in commits {
            writeln!(out, "     by commit {} of {}", commit.id, commit.source())?;
        }
    }
    writeln!(out, "{}", sentence(report))
}

fn more(count: usize, what: &str, out: &mut dyn Write) -> io::Result<()> {
    match count.checked_sub(ROWS) {
        Some(more) if more > 0 => writeln!(out, "... and {more} {what} more; --format ndjson writes all"),
        _ => Ok(()),
    }
}

/// `6 events: 2 change (1 newly denied, 1 newly allowed)`
pub(super) fn sentence(report: &Report) -> String {
    let kinds: Vec<String> = (Kind::ALL.iter().filter(|kind| report.count(**kind) > 0))
        .map(|kind| format!("{} {}", report.count(*kind), words(*kind)))
        .collect();
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    let head = format!("{} event{}", report.events, plural(report.events));
    let bad = if report.failed > 0 { format!("; {} could not be judged", report.failed) } else { String::new() };
    let left = match report.not_grouped {
        0 => String::new(),
        left => format!("; {left} differences in groups past the first thousand"),
    };
    match kinds.is_empty() {
        true => format!("{head}: nothing changes{bad}"),
        false => format!("{head}: {} change ({}){bad}{left}", report.changed(), kinds.join(", ")),
    }
}

/// `set/policy`; nothing for errors.
pub(super) fn policy(group: &Group) -> String {
    if group.policy.is_empty() { String::new() } else { format!("{}/{}", group.set, group.policy) }
}

/// The message, and who says it where that is not plain.
pub(super) fn message(group: &Group) -> String {
    match (group.kind, group.said_by) {
        (Kind::OtherMessages, Side::Old) => format!("no longer: {}", group.message),
        (Kind::OtherMessages, Side::New) => format!("now: {}", group.message),
        _ => group.message.clone(),
    }
}

/// Text without control characters: what an event says must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
