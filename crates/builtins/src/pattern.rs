//! Compiled patterns: once with the program where they are constant, else kept by the session.

use std::borrow::Cow;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use foldhash::fast::RandomState;
use lictor_value::{Context, text};
use regex::{Regex, RegexBuilder};

/// How many patterns a session keeps, of regular expressions and of globs each.
const KEPT: usize = 256;

/// How many clones of prepared patterns a session keeps: each has scratch memory.
const KEPT_CLONES: usize = 1024;

/// Bytes that a compiled pattern may take.
const LARGEST: usize = 16 << 20;

/// How deeply a pattern may nest.
const DEPTH: u32 = 1000;

/// What a session keeps of patterns; `Kind` keeps those of one language apart from another's.
///
/// A clone of a [`Regex`] has scratch memory of its own, which its first matches fill at the cost of a hundred others; and
/// threads that share one wait for each other's. So a session clones a prepared pattern once, and keeps the clone.
pub(crate) struct Patterns<Kind> {
    /// By what they were compiled from.
    compiled: HashMap<Box<[u8]>, Compiled, RandomState>,
    /// This session's clones of those that were prepared with the program, by where these are.
    clones: HashMap<usize, Arc<Regex>, RandomState>,
    kind: PhantomData<Kind>,
}

/// A pattern, or what is wrong with it.
type Compiled = Result<Arc<Regex>, Box<str>>;

impl<Kind> Default for Patterns<Kind> {
    fn default() -> Self {
        Patterns { compiled: HashMap::default(), clones: HashMap::default(), kind: PhantomData }
    }
}

/// The pattern that was prepared with the program, or the one that `compile` makes of `source`; what is wrong with it is
/// the call's fault.
pub(crate) fn pattern<Kind: Send + 'static>(
    cx: &mut Context<'_, '_>,
    source: &[u8],
    compile: impl FnOnce() -> Result<Regex, String>,
) -> Option<Arc<Regex>> {
    let prepared = cx.prepared.and_then(|prepared| prepared.downcast_ref::<Regex>());
    let patterns = cx.scratch.of_session::<Patterns<Kind>>();
    if let Some(regex) = prepared {
        return Some(patterns.clone_of(regex));
    }
    match patterns.of_source(source, compile) {
        Ok(regex) => Some(regex),
        Err(message) => cx.fail(message),
    }
}

impl<Kind> Patterns<Kind> {
    fn clone_of(&mut self, prepared: &Regex) -> Arc<Regex> {
        let place = std::ptr::from_ref(prepared).addr();
        match self.clones.get(&place) {
            // Another program's pattern may have been there before.
            Some(clone) if clone.as_str() == prepared.as_str() => Arc::clone(clone),
            _ => {
                if self.clones.len() >= KEPT_CLONES {
                    self.clones.clear();
                }
                let clone = Arc::new(prepared.clone());
                self.clones.insert(place, Arc::clone(&clone));
                clone
            }
        }
    }

    fn of_source(&mut self, source: &[u8], compile: impl FnOnce() -> Result<Regex, String>) -> Compiled {
        if let Some(found) = self.compiled.get(source) {
            return found.clone();
        }
        let made = compile().map(Arc::new).map_err(String::into_boxed_str);
        // Patterns that come from data may be different each time.
        if self.compiled.len() >= KEPT {
            self.compiled.clear();
        }
        self.compiled.insert(source.into(), made.clone());
        made
    }
}

/// Compiles an expression in the syntax of the crate `regex`.
pub(crate) fn compile(expression: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(expression).size_limit(LARGEST).nest_limit(DEPTH).build()
}

/// What stands for a byte that is no UTF-8 where U+FFFD would be taken for one that is written: a character that Unicode
/// keeps for such uses.
pub(crate) const BROKEN: char = '\u{fdd0}';

/// Text to match: what is no UTF-8 is matched as U+FFFD, a byte each, and found as the bytes it was, as in Go.
pub(crate) struct Subject<'b> {
    bytes: &'b [u8],
    text: Cow<'b, str>,
    /// Where in the text a character of three bytes stands for one byte.
    replaced: Vec<usize>,
}

/// Makes a text to match.
pub(crate) fn subject(bytes: &[u8]) -> Subject<'_> {
    subject_with(bytes, char::REPLACEMENT_CHARACTER)
}

/// The same with another character, of three bytes too, for a byte that is no UTF-8.
pub(crate) fn subject_with(bytes: &[u8], broken: char) -> Subject<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Subject { bytes, text: Cow::Borrowed(text), replaced: Vec::new() };
    }
    let (mut text, mut replaced) = (String::with_capacity(bytes.len()), Vec::new());
    for (rune, size) in text::runes(bytes) {
        if size < rune.len_utf8() {
            replaced.push(text.len());
            text.push(broken);
        } else {
            text.push(rune);
        }
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
