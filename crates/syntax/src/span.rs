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
    /// How many characters begin before each block of bytes: rows may be long.
    characters: Vec<u32>,
}

/// How many bytes a block has.
const BLOCK: usize = 1024;

/// How many characters begin in some bytes: every byte but the continuation bytes of UTF-8 begins one.
fn characters(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count() as u32
}

impl Source {
    /// A source; `name` is what messages call it.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let (name, text) = (name.into(), text.into());
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at as u32 + 1);
        let rows = std::iter::once(0).chain(breaks).collect();
        let before = |sum: &mut u32, block: &[u8]| Some(std::mem::replace(sum, *sum + characters(block)));
        let blocks = text.as_bytes().chunks(BLOCK).chain([&[][..]]).scan(0, before).collect();
        Source { name, text, rows, characters: blocks }
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
        let row = self.row_of(at);
        let start = self.rows.get(row.wrapping_sub(1) as usize).copied().unwrap_or(0);
        let column = match self.text.as_bytes().get(start as usize..at as usize) {
            Some(bytes) if bytes.len() <= BLOCK => characters(bytes),
            Some(_) => self.before(at) - self.before(start),
            None => 0,
        };
        (row, column + 1)
    }

    /// The row of a byte, from 1.
    pub fn row_of(&self, at: u32) -> u32 {
        self.rows.partition_point(|start| *start <= at) as u32
    }

    /// How many characters begin before a byte.
    fn before(&self, at: u32) -> u32 {
        let block = at as usize / BLOCK;
        let rest = self.text.as_bytes().get(block * BLOCK..at as usize).unwrap_or_default();
        self.characters.get(block).copied().unwrap_or(0) + characters(rest)
    }

    /// The text of a row (from 1), without its line break.
    pub fn row(&self, row: u32) -> &str {
        let start = self.rows.get((row as usize).wrapping_sub(1)).map_or(self.text.len(), |s| *s as usize);
        self.text[start..].lines().next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_in_long_rows_too() {
        let long = "é".repeat(3 * BLOCK);
        let source = Source::new("a", format!("x\n{long}y\nz"));
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(2), (2, 1));
        assert_eq!(source.position(2 + long.len() as u32), (2, 3 * BLOCK as u32 + 1));
        assert_eq!(source.position(2 + long.len() as u32 + 2), (3, 1));
        assert_eq!(Source::new("a", "").position(0), (1, 1));
        let even = Source::new("a", "x".repeat(2 * BLOCK));
        assert_eq!(even.position(2 * BLOCK as u32), (1, 2 * BLOCK as u32 + 1));
    }
}
