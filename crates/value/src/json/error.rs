//! Why a text is not JSON, and where; the words are those of Go's `encoding/json`, which OPA reports.

use std::fmt;

use super::MAX_DEPTH;
use crate::number::Refusal;

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
    /// There is nothing but space.
    Empty,
    /// The text ends within a value.
    UnexpectedEnd,
    /// A byte that cannot stand where it does.
    Unexpected(u8, Place),
    /// This byte follows the value.
    TrailingData(u8),
    /// A byte that is no UTF-8, for those who refuse such texts; OPA, and so the reader here, puts U+FFFD in its place.
    NotUtf8,
    /// A number whose exponent is past what is ever computed with.
    Number(Refusal),
    /// Arrays and objects nest more than [`MAX_DEPTH`] deep.
    TooDeep,
    /// 4 GiB of text or more.
    TooLarge,
    /// The arena's limit was passed.
    Memory,
}

/// Where a byte was unexpected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the beginning of a value.
    Value,
    /// At the beginning of an object's key.
    Key,
    /// After a key, where a colon belongs.
    AfterKey,
    /// After a key and its value.
    AfterPair,
    /// After an item of an array.
    AfterItem,
    /// In a string, unescaped.
    String,
    /// After a backslash.
    Escape,
    /// Among the four digits after `\u`.
    Hex,
    /// In a number.
    Number,
    /// After a number's point.
    Fraction,
    /// In a number's exponent.
    Exponent,
    /// In a word, where this byte belongs.
    Word(&'static str, u8),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Value => "looking for beginning of value",
            Place::Key => "looking for beginning of object key string",
            Place::AfterKey => "after object key",
            Place::AfterPair => "after object key:value pair",
            Place::AfterItem => "after array element",
            Place::String => "in string literal",
            Place::Escape => "in string escape code",
            Place::Hex => "in \\u hexadecimal character escape",
            Place::Number => "in numeric literal",
            Place::Fraction => "after decimal point in numeric literal",
            Place::Exponent => "in exponent of numeric literal",
            Place::Word(word, expected) => {
                return write!(f, "in literal {word} (expecting '{}')", char::from(*expected));
            }
        })
    }
}

impl fmt::Display for JsonErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JsonErrorKind::Empty => f.write_str("EOF"),
            JsonErrorKind::UnexpectedEnd => f.write_str("unexpected EOF"),
            JsonErrorKind::Unexpected(byte, place) => write!(f, "invalid character {} {place}", quoted(*byte)),
            JsonErrorKind::TrailingData(byte) => {
                write!(f, "invalid character {} after top-level value", quoted(*byte))
            }
            JsonErrorKind::NotUtf8 => f.write_str("invalid UTF-8"),
            JsonErrorKind::Number(refusal) => write!(f, "invalid number: {refusal}"),
            JsonErrorKind::TooDeep => write!(f, "nested more than {MAX_DEPTH} deep"),
            JsonErrorKind::TooLarge => f.write_str("more than 4 GiB of JSON"),
            JsonErrorKind::Memory => f.write_str("more JSON than the memory limit allows"),
        }
    }
}

/// A byte in single quotes, as the character of that code.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => String::from(r"'\''"),
        b'"' => String::from("'\"'"),
        _ => {
            let mut text = Vec::new();
            crate::text::write_quoted(char::from(byte).encode_utf8(&mut [0; 2]).as_bytes(), &mut text);
            let text = String::from_utf8_lossy(&text);
            format!("'{}'", text.trim_matches('"'))
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
