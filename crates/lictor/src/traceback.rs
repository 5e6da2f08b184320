//! Where an evaluation was when an error ended it: the literals under way, from the one that failed out to the query.
//!
//! A program with marks evaluates once more to tell; the program that decides keeps no record. What the second one asks of
//! the outside, it asks again, so whoever builds it asks [`crate::Policy::calls`] first whether that matters.

use std::sync::Arc;

use lictor_engine::{Failed, Location};
use lictor_ir::Program;
use lictor_syntax::{Source, Span};
use lictor_value::Value;
use lictor_value::text::write_rego;

/// Characters of a frame's text, and of a value in it.
const MOST_TEXT: usize = 80;

/// A literal that was under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Where it stands; the file's name is empty for a query.
    pub at: Location,
    /// Its text on one row, with values in place of the variables that have one.
    pub text: String,
}

/// The frames of a traceback as OPA writes them, a row each.
///
/// ```text
/// Traceback:
///   tokens.rego:9: to_number("a")
///   tokens.rego:5: level("a")
///   1:1: data.tokens.deny
/// ```
pub fn text(frames: &[Frame]) -> String {
    let rows = frames.iter().map(|Frame { at, text }| match &*at.file {
        "" => format!("  {}:{}: {text}\n", at.row, at.col),
        file => format!("  {file}:{}: {text}\n", at.row),
    });
    std::iter::once("Traceback:\n".to_owned()).chain(rows).collect()
}

/// The frames of what was under way, the innermost first.
pub(crate) fn frames(
    program: &Program,
    files: &[Arc<Source>],
    under_way: &[Failed<'_>],
    error: Option<&Location>,
) -> Vec<Frame> {
    let mut frames: Vec<Frame> = vec![];
    for failed in under_way.iter().rev() {
        let Some(mark) = program.marks.get(failed.mark as usize) else { continue };
        let Some(source) = files.get(mark.file as usize) else { continue };
        let span = Span { start: mark.start, end: mark.end };
        let (row, col) = source.position(span.start);
        let mut at = Location { file: source.name().clone(), row, col };
        // The error knows better which part of a literal it is about.
        if frames.is_empty()
            && let Some(error) = error
            && error.file == at.file
            && (at.row, at.col) <= (error.row, error.col)
            && (error.row, error.col) <= source.position(span.end)
        {
            at = error.clone();
        }
        let values = mark.watched.iter().zip(&failed.values);
        let values = values.map(|(watched, value)| (Span { start: watched.start, end: watched.end }, *value));
        let frame = Frame { at, text: spliced(source.text(), span, values) };
        if frames.last() != Some(&frame) {
            frames.push(frame);
        }
    }
    frames
}

/// The text there, with values in place of names.
fn spliced<'v>(text: &str, span: Span, values: impl Iterator<Item = (Span, Value<'v>)>) -> String {
    let is_name = |name: &str| {
        name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()) && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    let named = values.filter(|(place, value)| !value.is_absent() && is_name(place.of(text)));
    let mut named: Vec<(Span, Value<'v>)> = named.collect();
    named.sort_by_key(|(place, _)| place.start);
    let (mut out, mut reached) = (String::new(), span.start);
    for (place, value) in named.into_iter().filter(|(place, _)| span.start <= place.start && place.end <= span.end) {
        let mut shown = vec![];
        write_rego(value, &mut shown);
        if place.start < reached || shown.len() > MOST_TEXT {
            continue;
        }
        out.push_str(Span { start: reached, end: place.start }.of(text));
        out.push_str(&String::from_utf8_lossy(&shown));
        reached = place.end;
    }
    out.push_str(Span { start: reached, end: span.end }.of(text));
    let row = out.split_whitespace().collect::<Vec<_>>().join(" ");
    match row.char_indices().nth(MOST_TEXT) {
        Some((end, _)) => format!("{}...", &row[..end]),
        None => row,
    }
}
