//! Places in source text.

use std::sync::Arc;

/// A range of bytes in one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// From the first of two spans to the second.
    pub fn to(self, last: Span) -> Span {
        Span { start: self.start.min(last.start), end: self.end.max(last.end) }
    }

    /// The text it covers.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A file's name and text, with its rows found.
#[derive(Debug)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    /// Where each row begins.
    rows: Vec<u32>,
}

impl Source {
    /// A source; `name` is what messages call it.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let (name, text) = (name.into(), text.into());
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at as u32 + 1);
        let rows = std::iter::once(0).chain(breaks).collect();
        Source { name, text, rows }
    }

    /// What messages call it.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Row and column of a byte, both from 1; columns count characters, as OPA's do.
    pub fn position(&self, at: u32) -> (u32, u32) {
        let row = self.rows.partition_point(|start| *start <= at);
        let start = self.rows.get(row.wrapping_sub(1)).copied().unwrap_or(0);
        let before = self.text.as_bytes().get(start as usize..at as usize).unwrap_or_default();
        // Every byte but the continuation bytes of UTF-8 begins a character.
        let column = before.iter().filter(|byte| (**byte & 0xC0) != 0x80).count();
        (row as u32, column as u32 + 1)
    }

    /// The text of a row (from 1), without its line break.
    pub fn row(&self, row: u32) -> &str {
        let start = self.rows.get((row as usize).wrapping_sub(1)).map_or(self.text.len(), |s| *s as usize);
        self.text[start..].lines().next().unwrap_or_default()
    }
}
