//! Why a test failed: the literal that did not hold, the values it had, and what failed inside it.
//!
//! A test that failed is evaluated once more, by a program that notes what fails. Of the literals of its body the one
//! counts that was farthest down when it failed, as it was the last time.

use std::collections::HashSet;
use std::sync::Arc;

use lictor_engine::Failed;
use lictor_ir::{Mark, Program};
use lictor_syntax::{Source, Span};
use lictor_value::text::write_rego;
use lictor_value::{Value, View};

/// How much is said: reasons within reasons, reasons beside each other, rows of a literal, characters of a value.
const MOST_DEPTH: usize = 5;
const MOST_REASONS: usize = 8;
const MOST_ROWS: usize = 12;
const MOST_NAME: usize = 72;
const MOST_VALUE: usize = 1_000;

/// A literal that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its file.
    pub file: Arc<str>,
    /// Its row, from 1.
    pub row: u32,
    /// Its column, from 1.
    pub col: u32,
    /// Its text, indentation taken off.
    pub text: String,
    /// How often it failed; the values are those of the last time.
    pub times: u64,
    /// Terms in it, in order, with their values as Rego text; `None` where one is undefined, which ends them.
    pub values: Vec<(String, Option<String>)>,
    /// Where it is undefined or false: what failed in the rules and functions that it asked for, or in its own body.
    pub because: Vec<Reason>,
}

/// Makes reasons of what failed.
pub(crate) struct Explainer<'p> {
    pub(crate) program: &'p Program,
    pub(crate) files: &'p [Arc<Source>],
}

impl Explainer<'_> {
    /// The reason for a body's failing.
    pub(super) fn reason(&self, failed: &[Failed<'_>]) -> Option<Reason> {
        let farthest = failed.iter().max_by_key(|failed| failed.mark)?;
        self.explain(farthest, 0)
    }

    /// A literal, as it was.
    pub(crate) fn literal(&self, failed: &Failed<'_>) -> Option<Reason> {
        self.explain(failed, 0)
    }

    fn explain(&self, failed: &Failed<'_>, depth: usize) -> Option<Reason> {
        let mark = self.program.marks.get(failed.mark as usize)?;
        let source = self.files.get(mark.file as usize)?;
        let (row, col) = source.position(mark.start);
        let text = Span { start: mark.start, end: mark.end }.of(source.text());
        let (values, speaks) = values(mark, source, &failed.values);
        // Where sides differ there is nothing more to say.
        let asks = !speaks || text.starts_with("every ");
        let inside = failed.inside.iter().filter(|_| asks && depth < MOST_DEPTH);
        let mut because: Vec<&Failed<'_>> = inside.collect();
        because.sort_by_key(|failed| failed.mark);
        let because = because.into_iter().filter_map(|inside| self.explain(inside, depth + 1)).take(MOST_REASONS);
        Some(Reason {
            file: source.name().clone(),
            row,
            col,
            text: rows(text),
            times: failed.times,
            values,
            because: because.collect(),
        })
    }
}

/// What terms were, and whether that alone says why: the last of them is something other than undefined or false.
pub(super) fn values(mark: &Mark, source: &Source, values: &[Value<'_>]) -> (Vec<(String, Option<String>)>, bool) {
    let (mut shown, mut seen, mut speaks) = (vec![], HashSet::new(), false);
    for (watched, value) in mark.watched.iter().zip(values) {
        let name = one_row(Span { start: watched.start, end: watched.end }.of(source.text()));
        speaks = !value.is_absent() && !matches!(value.view(), View::Bool(false));
        if value.is_absent() {
            if !name.is_empty() {
                shown.push((name, None));
            }
            break;
        }
        let text = value_text(*value);
        if !name.is_empty() && name != text && seen.insert(name.clone()) {
            shown.push((name, Some(text)));
        }
    }
    (shown, speaks)
}

fn value_text(value: Value<'_>) -> String {
    let mut text = vec![];
    write_rego(value, &mut text);
    let text = String::from_utf8_lossy(&text);
    cut(&text, MOST_VALUE)
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Text on one row.
pub(super) fn one_row(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    cut(&words.join(" "), MOST_NAME)
}

/// Rows without the indentation that all but the first have in common.
fn rows(text: &str) -> String {
    let indentation = |row: &str| row.len() - row.trim_start().len();
    let rest = text.lines().skip(1).filter(|row| !row.trim().is_empty());
    let common = rest.map(indentation).min().unwrap_or(0);
    let rows = text.lines().enumerate().map(|(at, row)| match at {
        0 => row,
        MOST_ROWS => "...",
        _ => row.get(common..).unwrap_or_default(),
    });
    rows.take(MOST_ROWS + 1).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_lose_the_indentation_they_share() {
        assert_eq!(rows("every x in [1] {\n\t\tx > 1\n\t}"), "every x in [1] {\n\tx > 1\n}");
        assert_eq!(rows("a"), "a");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(cut("äöü", 2), "äö...");
        assert_eq!(one_row("f(\n  x,\n  y\n)"), "f( x, y )");
    }
}
