//! Replacing several strings at once, as Go's `strings.Replacer` does: from left to right, without overlaps, and where
//! several match at one place the first of them. An empty one matches before every byte and at the end.

use aho_corasick::{AhoCorasick, MatchKind};
use lictor_value::{Context, Value};
use memchr::memmem;

/// `text` with the first of each pair replaced by the second.
pub(super) fn all<'v>(cx: &mut Context<'_, 'v>, text: &'v [u8], pairs: &[(&[u8], &[u8])]) -> Option<Value<'v>> {
    cx.buffer.clear();
    let empty = pairs.iter().find(|(old, _)| old.is_empty()).map(|(_, new)| *new);
    let pairs: Vec<_> = pairs.iter().filter(|(old, _)| !old.is_empty()).copied().collect();
    let mut at = 0;
    match &pairs[..] {
        [] => {}
        [(old, new)] => {
            for start in memmem::find_iter(text, old) {
                copy(cx, &text[at..start], new, empty)?;
                at = start + old.len();
            }
        }
        many => {
            let built =
                AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(many.iter().map(|(old, _)| old));
            let automaton = match built {
                Ok(automaton) => automaton,
                Err(error) => return cx.fail(error.to_string()),
            };
            for found in automaton.find_iter(text) {
                copy(cx, &text[at..found.start()], many[found.pattern().as_usize()].1, empty)?;
                at = found.end();
            }
        }
    }
    if at == 0 && empty.is_none() {
        return Some(Value::str(text));
    }
    copy(cx, &text[at..], b"", empty)?;
    Some(cx.buffered())
}

/// Copies what stands between two matches, and what replaces the second one.
fn copy(cx: &mut Context<'_, '_>, between: &[u8], new: &[u8], empty: Option<&[u8]>) -> Option<()> {
    match empty {
        None => cx.buffer.extend_from_slice(between),
        Some(empty) => {
            cx.reserve(between.len().saturating_mul(empty.len() + 1))?;
            for byte in between {
                cx.buffer.extend_from_slice(empty);
                cx.buffer.push(*byte);
            }
            cx.buffer.extend_from_slice(empty);
        }
    }
    cx.buffer.extend_from_slice(new);
    cx.reserve(0)
}
