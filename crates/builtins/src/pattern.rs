//! Compiled patterns: once with the program where they are constant, else kept by the session.

use std::borrow::Cow;
use std::collections::HashMap;

use lictor_value::{Context, text};
use regex::{Regex, RegexBuilder};

/// How many patterns a session keeps, of regular expressions and of globs each.
const KEPT: usize = 256;

/// Bytes that a compiled pattern may take.
const LARGEST: usize = 16 << 20;

/// How deeply a pattern may nest.
const DEPTH: u32 = 1000;

/// Patterns by what they were compiled from; `Kind` keeps those of one language apart from another's.
pub(crate) struct Patterns<Kind> {
    kept: HashMap<Vec<u8>, Result<Regex, Box<str>>>,
    kind: std::marker::PhantomData<Kind>,
}

impl<Kind> Default for Patterns<Kind> {
    fn default() -> Self {
        Patterns { kept: HashMap::new(), kind: std::marker::PhantomData }
    }
}

/// The pattern that was prepared with the program, or the one that `compile` makes of `source`; what is wrong with it is
/// the call's fault.
pub(crate) fn pattern<Kind: Send + 'static>(
    cx: &mut Context<'_, '_>,
    source: &[u8],
    compile: impl FnOnce() -> Result<Regex, String>,
) -> Option<Regex> {
    if let Some(regex) = cx.prepared.and_then(|prepared| prepared.downcast_ref::<Regex>()) {
        return Some(regex.clone());
    }
    let patterns = cx.scratch.of_session::<Patterns<Kind>>();
    let found = match patterns.kept.get(source) {
        Some(found) => found.clone(),
        None => {
            let made = compile().map_err(String::into_boxed_str);
            // Patterns that come from data may be different each time.
            if patterns.kept.len() >= KEPT {
                patterns.kept.clear();
            }
            patterns.kept.insert(source.to_vec(), made.clone());
            made
        }
    };
    match found {
        Ok(regex) => Some(regex),
        Err(message) => cx.fail(message),
    }
}

/// Compiles an expression in the syntax of the crate `regex`.
pub(crate) fn compile(expression: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(expression).size_limit(LARGEST).nest_limit(DEPTH).build()
}

/// Text to match: what is no UTF-8 is matched as U+FFFD, a byte each, and found as the bytes it was, as in Go.
pub(crate) struct Subject<'b> {
    bytes: &'b [u8],
    text: Cow<'b, str>,
    /// Where in the text a U+FFFD of three bytes stands for one byte.
    replaced: Vec<usize>,
}

/// Makes a text to match.
pub(crate) fn subject(bytes: &[u8]) -> Subject<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Subject { bytes, text: Cow::Borrowed(text), replaced: Vec::new() };
    }
    let (mut text, mut replaced) = (String::with_capacity(bytes.len()), Vec::new());
    for (rune, size) in text::runes(bytes) {
        if size < rune.len_utf8() {
            replaced.push(text.len());
        }
        text.push(rune);
    }
    Subject { bytes, text: Cow::Owned(text), replaced }
}

impl<'b> Subject<'b> {
    /// The bytes at these positions of the text, which are of whole characters.
    pub(crate) fn bytes(&self, range: std::ops::Range<usize>) -> &'b [u8] {
        &self.bytes[self.position(range.start)..self.position(range.end)]
    }

    fn position(&self, in_text: usize) -> usize {
        in_text - 2 * self.replaced.partition_point(|at| *at < in_text)
    }
}

impl std::ops::Deref for Subject<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.text
    }
}
