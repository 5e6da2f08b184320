//! Reading JSON: one pass over the bytes, recursive with a bound, no allocation but the arena's once warm.
//!
//! Strings without escapes are borrowed from the input. As in Go, of equal keys the last one wins, each byte that is not
//! UTF-8 and each lone surrogate becomes U+FFFD, and a number of any size is kept.

use std::fmt;

use super::keep::{Borrowed, Compact, Keep};
use super::{JsonError, JsonErrorKind, Place};
use crate::arena::Arena;
use crate::collection::Object;
use crate::number;
use crate::text;
use crate::value::Value;

/// How deeply arrays and objects may nest. What walks values recurses that far, on stacks of any size.
pub const MAX_DEPTH: usize = 1024;

/// Reads a JSON text. Strings may borrow from it.
///
/// # Errors
/// Where the text is not JSON, is too deep or too large.
pub fn parse<'v>(arena: &'v Arena, bytes: &'v [u8]) -> Result<Value<'v>, JsonError> {
    Reader::default().parse(arena, bytes)
}

/// Reads a JSON text that does not live as long as the value: copies it into the arena first.
///
/// # Errors
/// As [`parse`].
pub fn parse_copied<'v>(arena: &'v Arena, bytes: &[u8]) -> Result<Value<'v>, JsonError> {
    if !arena.has_room(bytes.len()) {
        return Err(JsonError::at(bytes, 0, JsonErrorKind::Memory));
    }
    parse(arena, arena.slice(bytes))
}

/// Reads a JSON text that does not live as long as the value, into little memory: what is kept of it are its strings, short
/// ones once, and of objects with the same keys one list of them. For large documents that are read once and stay.
///
/// # Errors
/// As [`parse`].
pub fn parse_compact<'v>(arena: &'v Arena, bytes: &[u8]) -> Result<Value<'v>, JsonError> {
    let mut cursor = Cursor::new(arena, bytes, Compact::default())?;
    cursor.document().map_err(|kind| JsonError::at(bytes, cursor.at, kind))
}

/// Whether a text is JSON, whose numbers may be of any size. The arena is scratch memory.
///
/// # Errors
/// As [`parse`], but for numbers that are too big to be calculated with.
pub fn check(arena: &Arena, bytes: &[u8]) -> Result<(), JsonError> {
    parse_any_numbers(arena, bytes).map(drop)
}

/// Reads a JSON text whose numbers may be of any size: to look at what it says, not to calculate with it.
///
/// # Errors
/// As [`check`].
pub fn parse_any_numbers<'v>(arena: &'v Arena, bytes: &'v [u8]) -> Result<Value<'v>, JsonError> {
    let mut cursor = Cursor::new(arena, bytes, Borrowed)?;
    cursor.any_number = true;
    cursor.document().map_err(|kind| JsonError::at(bytes, cursor.at, kind))
}

/// Reads JSON texts one after another with the same scratch memory.
#[derive(Default)]
pub struct Reader {
    values: Vec<Value<'static>>,
    pairs: Vec<Pair<'static>>,
    text: Vec<u8>,
}

type Pair<'v> = (Value<'v>, Value<'v>);

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Reader {
    /// As [`parse`].
    ///
    /// # Errors
    /// As [`parse`].
    pub fn parse<'v>(&mut self, arena: &'v Arena, bytes: &'v [u8]) -> Result<Value<'v>, JsonError> {
        let mut cursor = Cursor::new(arena, bytes, Borrowed)?;
        cursor.values = std::mem::take(&mut self.values);
        cursor.pairs = std::mem::take(&mut self.pairs);
        cursor.text = std::mem::take(&mut self.text);
        let result = cursor.document().map_err(|kind| JsonError::at(bytes, cursor.at, kind));
        self.values = recycle(cursor.values);
        self.pairs = recycle(cursor.pairs);
        self.text = cursor.text;
        result
    }
}

/// The same memory for items of another lifetime: collecting in place keeps the allocation.
fn recycle<T, U>(mut items: Vec<T>) -> Vec<U> {
    items.clear();
    items.into_iter().filter_map(|_| None).collect()
}

struct Cursor<'b, 'v, K> {
    arena: &'v Arena,
    bytes: &'b [u8],
    keep: K,
    at: usize,
    depth: usize,
    /// The whole text is UTF-8, so its strings need no check.
    utf8: bool,
    /// Numbers may be too big to be calculated with.
    any_number: bool,
    /// Items of the arrays, and pairs of the objects, that are not complete yet.
    values: Vec<Value<'v>>,
    pairs: Vec<Pair<'v>>,
    text: Vec<u8>,
}

type Read<T> = Result<T, JsonErrorKind>;

impl<'b, 'v, K: Keep<'b, 'v>> Cursor<'b, 'v, K> {
    #[inline]
    fn new(arena: &'v Arena, bytes: &'b [u8], keep: K) -> Result<Self, JsonError> {
        if bytes.len() > u32::MAX as usize {
            return Err(JsonError::at(bytes, 0, JsonErrorKind::TooLarge));
        }
        let utf8 = simdutf8::basic::from_utf8(bytes).is_ok();
        let (values, pairs, text) = (vec![], vec![], vec![]);
        Ok(Cursor { arena, bytes, keep, at: 0, depth: 0, utf8, any_number: false, values, pairs, text })
    }

    fn document(&mut self) -> Read<Value<'v>> {
        self.space();
        if self.at == self.bytes.len() {
            return Err(JsonErrorKind::Empty);
        }
        let value = self.value()?;
        self.space();
        self.peek().map_or(Ok(value), |byte| Err(JsonErrorKind::TrailingData(byte)))
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline(always)]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    #[cold]
    fn unexpected<T>(&self, place: Place) -> Read<T> {
        Err(self.peek().map_or(JsonErrorKind::UnexpectedEnd, |byte| JsonErrorKind::Unexpected(byte, place)))
    }

    fn value(&mut self) -> Read<Value<'v>> {
        self.space();
        match self.peek() {
            Some(b'"') => Ok(Value::str(self.string(K::string)?)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::bool(true)),
            Some(b'f') => self.word("false", Value::bool(false)),
            Some(b'n') => self.word("null", Value::NULL),
            _ => self.unexpected(Place::Value),
        }
    }

    fn word(&mut self, word: &'static str, value: Value<'v>) -> Read<Value<'v>> {
        for byte in word.bytes() {
            if self.peek() != Some(byte) {
                return self.unexpected(Place::Word(word, byte));
            }
            self.at += 1;
        }
        Ok(value)
    }

    #[inline]
    fn nested(&mut self, read: fn(&mut Self) -> Read<Value<'v>>) -> Read<Value<'v>> {
        if self.depth == MAX_DEPTH {
            return Err(JsonErrorKind::TooDeep);
        }
        if self.arena.over_limit() {
            return Err(JsonErrorKind::Memory);
        }
        self.at += 1;
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// Steps over a comma and says `true`, or over the closing bracket and says `false`.
    #[inline]
    fn more(&mut self, close: u8, place: Place) -> Read<bool> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ => self.unexpected(place),
        }
    }

    fn array(&mut self) -> Read<Value<'v>> {
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::array(&[]));
        }
        let start = self.values.len();
        loop {
            let value = self.value()?;
            self.values.push(value);
            if !self.more(b']', Place::AfterItem)? {
                break;
            }
        }
        let items = self.arena.slice(&self.values[start..]);
        self.values.truncate(start);
        Ok(Value::array(items))
    }

    fn object(&mut self) -> Read<Value<'v>> {
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::object(self.arena.one(Object::EMPTY)));
        }
        let start = self.pairs.len();
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.unexpected(Place::Key);
            }
            let key = Value::str(self.string(K::key)?);
            self.space();
            if self.peek() != Some(b':') {
                return self.unexpected(Place::AfterKey);
            }
            self.at += 1;
            let value = self.value()?;
            self.pairs.push((key, value));
            if !self.more(b'}', Place::AfterPair)? {
                break;
            }
        }
        let keys = |pairs: &[Pair<'v>]| self.keep.keys(self.arena, pairs);
        let object = Object::from_pairs_with(self.arena, &mut self.pairs, start, keys);
        Ok(Value::object(self.arena.one(object)))
    }

    fn number(&mut self) -> Read<Value<'v>> {
        let start = self.at;
        match number_end(self.bytes, start) {
            Ok(end) => self.at = end,
            Err((at, place)) => {
                self.at = at;
                return self.unexpected(place);
            }
        }
        let text = &self.bytes[start..self.at];
        if let Some(int) = number::plain_int_of(text) {
            return Ok(Value::int(int));
        }
        // Digits, signs, points and exponents only.
        let text = std::str::from_utf8(self.keep.string(self.arena, text)).unwrap_or("0");
        match number::refusal(text) {
            Some(refusal) if !self.any_number => Err(JsonErrorKind::Number(refusal)),
            _ => Ok(Value::number_text(text)),
        }
    }

    /// The string that starts at this quote, unescaped.
    #[inline(always)]
    fn string(&mut self, keep: fn(&mut K, &'v Arena, &'b [u8]) -> &'v [u8]) -> Read<&'v [u8]> {
        let start = self.at + 1;
        let end = plain_end(self.bytes, start);
        if self.utf8 && self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(keep(&mut self.keep, self.arena, &self.bytes[start..end]));
        }
        self.string_with_escapes(start)
    }

    #[cold]
    fn string_with_escapes(&mut self, start: usize) -> Read<&'v [u8]> {
        self.text.clear();
        let mut from = start;
        loop {
            self.at = plain_end(self.bytes, from);
            let plain = &self.bytes[from..self.at];
            if self.utf8 {
                self.text.extend_from_slice(plain)
            } else {
                text::write_utf8(plain, &mut self.text)
            }
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(self.arena.slice(&self.text));
                }
                Some(b'\\') => self.escape()?,
                _ => return self.unexpected(Place::String),
            }
            from = self.at;
        }
    }

    fn escape(&mut self) -> Read<()> {
        self.at += 1;
        let plain = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return self.unexpected(Place::Escape),
        };
        self.text.push(plain);
        self.at += 1;
        Ok(())
    }

    fn unicode_escape(&mut self) -> Read<()> {
        let Some(first) = hex4(self.bytes, self.at) else {
            while self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                self.at += 1;
            }
            return self.unexpected(Place::Hex);
        };
        self.at += 4;
        let mut code = first;
        if (0xd800..0xdc00).contains(&first)
            && self.bytes.get(self.at..self.at + 2) == Some(b"\\u")
            && let Some(second) = hex4(self.bytes, self.at + 2)
            && (0xdc00..0xe000).contains(&second)
        {
            self.at += 6;
            code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        }
        let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }
}

fn hex4(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits.iter().try_fold(0, |code, b| Some(code << 4 | char::from(*b).to_digit(16)?))
}

/// Where the number that starts at `at` ends, or which byte breaks JSON's grammar.
fn number_end(bytes: &[u8], at: usize) -> Result<usize, (usize, Place)> {
    let digits = |mut at: usize, place| {
        let start = at;
        while matches!(bytes.get(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        if at == start { Err((at, place)) } else { Ok(at) }
    };
    let mut at = at + usize::from(bytes.get(at) == Some(&b'-'));
    // A zero ends the integer; what digits follow are an error of what surrounds the number.
    at = if bytes.get(at) == Some(&b'0') { at + 1 } else { digits(at, Place::Number)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1, Place::Fraction)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(at, Place::Exponent)?;
    }
    Ok(at)
}

/// Whether `text` is a number in JSON's grammar and nothing else.
pub fn is_number(text: &[u8]) -> bool {
    number_end(text, 0) == Ok(text.len())
}

/// The first quote, backslash or control character from `at` on, or the end. Eight bytes at a time.
#[inline]
fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        // A byte's high bit ends up set where the byte was below the subtrahend; borrows only disturb later bytes.
        let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
        let special =
            below(word, 0x20) | below(word ^ (ONES * u64::from(b'"')), 1) | below(word ^ (ONES * u64::from(b'\\')), 1);
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while at < bytes.len() && !matches!(bytes[at], b'"' | b'\\' | 0..0x20) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests;
