//! Reading JSON: one pass over the bytes, recursive with a bound, no allocation but the arena's once warm.
//!
//! Strings without escapes are borrowed from the input. As in Go, of equal keys the last one wins, each byte that is not
//! UTF-8 and each lone surrogate becomes U+FFFD, and a number of any size is kept.

use std::fmt;

use crate::arena::Arena;
use crate::collection::Object;
use crate::text;
use crate::value::Value;

/// How deeply arrays and objects may nest. What walks values recurses that far, on stacks of any size.
pub const MAX_DEPTH: usize = 1024;

/// Why a text is not JSON, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The byte where reading ended, from 0.
    pub offset: usize,
    /// Its line, from 1.
    pub row: usize,
    /// Its place in the line, in bytes from 1.
    pub col: usize,
    /// What is wrong there.
    pub kind: JsonErrorKind,
}

/// What can be wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// The text ends within a value, or holds none.
    UnexpectedEnd,
    /// This byte cannot stand here.
    UnexpectedByte(u8),
    /// Something follows the value.
    TrailingData,
    /// A control character within a string.
    ControlCharacter,
    /// A backslash followed by what is no escape.
    BadEscape,
    /// A number against JSON's grammar: `01`, `1.`, `-`.
    BadNumber,
    /// Arrays and objects nest more than [`MAX_DEPTH`] deep.
    TooDeep,
    /// 4 GiB of text or more.
    TooLarge,
    /// The arena's limit was passed.
    Memory,
}

impl fmt::Display for JsonErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JsonErrorKind::UnexpectedEnd => f.write_str("unexpected end of JSON input"),
            JsonErrorKind::UnexpectedByte(byte) => write!(f, "unexpected character '{}'", byte.escape_ascii()),
            JsonErrorKind::TrailingData => f.write_str("unexpected data after the JSON value"),
            JsonErrorKind::ControlCharacter => f.write_str("control character in a string"),
            JsonErrorKind::BadEscape => f.write_str("unknown escape in a string"),
            JsonErrorKind::BadNumber => f.write_str("malformed number"),
            JsonErrorKind::TooDeep => write!(f, "nested more than {MAX_DEPTH} deep"),
            JsonErrorKind::TooLarge => f.write_str("more than 4 GiB of JSON"),
            JsonErrorKind::Memory => f.write_str("more JSON than the memory limit allows"),
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.row, self.col, self.kind)
    }
}

impl std::error::Error for JsonError {}

impl JsonError {
    /// An error at `offset` of `bytes`.
    #[cold]
    pub fn at(bytes: &[u8], offset: usize, kind: JsonErrorKind) -> Self {
        let before = &bytes[..offset.min(bytes.len())];
        let line = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let row = memchr::memchr_iter(b'\n', before).count() + 1;
        JsonError { offset, row, col: before.len() - line + 1, kind }
    }
}

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
        if bytes.len() > u32::MAX as usize {
            return Err(JsonError::at(bytes, 0, JsonErrorKind::TooLarge));
        }
        let mut cursor = Cursor {
            arena,
            bytes,
            at: 0,
            depth: 0,
            utf8: simdutf8::basic::from_utf8(bytes).is_ok(),
            values: std::mem::take(&mut self.values),
            pairs: std::mem::take(&mut self.pairs),
            text: std::mem::take(&mut self.text),
        };
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

struct Cursor<'v> {
    arena: &'v Arena,
    bytes: &'v [u8],
    at: usize,
    depth: usize,
    /// The whole text is UTF-8, so its strings need no check.
    utf8: bool,
    /// Items of the arrays, and pairs of the objects, that are not complete yet.
    values: Vec<Value<'v>>,
    pairs: Vec<Pair<'v>>,
    text: Vec<u8>,
}

type Read<T> = Result<T, JsonErrorKind>;

impl<'v> Cursor<'v> {
    fn document(&mut self) -> Read<Value<'v>> {
        let value = self.value()?;
        self.space();
        if self.at < self.bytes.len() { Err(JsonErrorKind::TrailingData) } else { Ok(value) }
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
    fn unexpected<T>(&self) -> Read<T> {
        Err(self.peek().map_or(JsonErrorKind::UnexpectedEnd, JsonErrorKind::UnexpectedByte))
    }

    fn value(&mut self) -> Read<Value<'v>> {
        self.space();
        match self.peek() {
            Some(b'"') => Ok(Value::str(self.string()?)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true", Value::bool(true)),
            Some(b'f') => self.word(b"false", Value::bool(false)),
            Some(b'n') => self.word(b"null", Value::NULL),
            _ => self.unexpected(),
        }
    }

    fn word(&mut self, word: &[u8], value: Value<'v>) -> Read<Value<'v>> {
        for byte in word {
            if self.peek() != Some(*byte) {
                return self.unexpected();
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
    fn more(&mut self, close: u8) -> Read<bool> {
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
            _ => self.unexpected(),
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
            if !self.more(b']')? {
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
                return self.unexpected();
            }
            let key = Value::str(self.string()?);
            self.space();
            if self.peek() != Some(b':') {
                return self.unexpected();
            }
            self.at += 1;
            let value = self.value()?;
            self.pairs.push((key, value));
            if !self.more(b'}')? {
                break;
            }
        }
        let object = Object::from_pairs(self.arena, &mut self.pairs, start);
        Ok(Value::object(self.arena.one(object)))
    }

    fn number(&mut self) -> Read<Value<'v>> {
        let start = self.at;
        let end = number_end(self.bytes, start).map_err(|at| {
            self.at = at;
            if at == self.bytes.len() { JsonErrorKind::UnexpectedEnd } else { JsonErrorKind::BadNumber }
        })?;
        self.at = end;
        let number = &self.bytes[start..end];
        match crate::number::plain_int_of(number) {
            Some(int) => Ok(Value::int(int)),
            // Digits, signs, points and exponents only.
            None => Ok(Value::number_text(std::str::from_utf8(number).unwrap_or("0"))),
        }
    }

    /// The string that starts at this quote, unescaped.
    #[inline]
    fn string(&mut self) -> Read<&'v [u8]> {
        let start = self.at + 1;
        let end = plain_end(self.bytes, start);
        if self.utf8 && self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(&self.bytes[start..end]);
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
                Some(_) => return Err(JsonErrorKind::ControlCharacter),
                None => return Err(JsonErrorKind::UnexpectedEnd),
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
            Some(_) => return Err(JsonErrorKind::BadEscape),
            None => return Err(JsonErrorKind::UnexpectedEnd),
        };
        self.text.push(plain);
        self.at += 1;
        Ok(())
    }

    fn unicode_escape(&mut self) -> Read<()> {
        let Some(first) = hex4(self.bytes, self.at) else {
            return Err(JsonErrorKind::BadEscape);
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

/// Where the number that starts at `at` ends, or where it breaks JSON's grammar.
fn number_end(bytes: &[u8], at: usize) -> Result<usize, usize> {
    let digits = |mut at: usize| {
        let start = at;
        while matches!(bytes.get(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        if at == start { Err(at) } else { Ok(at) }
    };
    let mut at = at + usize::from(bytes.get(at) == Some(&b'-'));
    let first = at;
    at = digits(at)?;
    if bytes[first] == b'0' && at > first + 1 {
        return Err(first + 1);
    }
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(at)?;
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
