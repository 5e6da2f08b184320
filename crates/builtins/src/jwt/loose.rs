//! A reader of JSON that takes more than JSON, to find a field in the header of a token that shall be signed, and to tell
//! sets of keys from keys.
//!
//! It is as lenient as the reader that OPA's library looks at headers with, and fails with its words: numbers may be any
//! run of their characters, or `NaN`; strings may hold anything; of equal keys the first one counts. What is found goes
//! into a new token as it was written, so nothing here decides whether a token is good.

use std::borrow::Cow;

use lictor_value::text::quoted;

/// How deep arrays and objects may nest.
const DEPTH: usize = 300;

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field<'t> {
    /// A string, without escapes.
    Text(Cow<'t, [u8]>),
    /// Something else, by the name of its type.
    Other(&'static str),
}

/// The fields of an object, as they were written; of anything else there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields<'t>(Vec<(&'t [u8], Field<'t>)>);

impl<'t> Fields<'t> {
    /// Reads a whole text.
    pub(super) fn read(text: &'t [u8]) -> Result<Fields<'t>, String> {
        let mut reader = Reader { rest: text, depth: 0 };
        reader.space();
        let mut fields = Fields::default();
        match reader.value(Some(&mut fields)) {
            Err(why) => Err(format!("cannot parse JSON: {why}; unparsed tail: {}", quoted(&ends(reader.rest)))),
            Ok(_) => {
                reader.space();
                match reader.rest {
                    [] => Ok(fields),
                    tail => Err(format!("unexpected tail: {}", quoted(&ends(tail)))),
                }
            }
        }
    }

    /// What is in a field.
    pub(super) fn get(&self, name: &str) -> Option<&Field<'t>> {
        let written = self.0.iter().find(|(key, _)| *key == name.as_bytes());
        let found = written.or_else(|| self.0.iter().find(|(key, _)| *unescaped(key) == *name.as_bytes()));
        found.map(|(_, field)| field)
    }

    /// The string in a field; on failure, why there is none.
    pub(super) fn text(&self, name: &str) -> Result<&[u8], String> {
        match self.get(name) {
            None => Err(format!("jwsbb: header \"{name}\" not found")),
            Some(Field::Text(text)) => Ok(text),
            Some(Field::Other(found)) => Err(format!("value doesn't contain string; it contains {found}")),
        }
    }
}

struct Reader<'t> {
    rest: &'t [u8],
    depth: usize,
}

impl<'t> Reader<'t> {
    fn space(&mut self) {
        self.rest = self.rest.trim_ascii_start_of(b" \n\t\r");
    }

    /// The next value. The fields of an object are put in `fields`.
    fn value(&mut self, fields: Option<&mut Fields<'t>>) -> Result<Field<'t>, String> {
        let Some(first) = self.rest.first() else {
            return Err(String::from("cannot parse empty string"));
        };
        if self.depth == DEPTH {
            return Err(format!("too big depth for the nested JSON; it exceeds {DEPTH}"));
        }
        match first {
            b'{' => {
                self.inside(|reader| reader.object(fields)).map_err(|why| format!("cannot parse object: {why}"))?;
                Ok(Field::Other("object"))
            }
            b'[' => {
                self.inside(Reader::array).map_err(|why| format!("cannot parse array: {why}"))?;
                Ok(Field::Other("array"))
            }
            b'"' => {
                self.rest = &self.rest[1..];
                let text = self.string().map_err(|why| format!("cannot parse string: {why}"))?;
                Ok(Field::Text(unescaped(text)))
            }
            b't' => self.word("true", "true"),
            b'f' => self.word("false", "false"),
            b'n' if self.rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"nan")) => {
                self.rest = &self.rest[3..];
                Ok(Field::Other("number"))
            }
            b'n' => self.word("null", "null"),
            _ => self.number().map_err(|why| format!("cannot parse number: {why}")),
        }
    }

    /// Past the first byte and one level deeper.
    fn inside(&mut self, read: impl FnOnce(&mut Self) -> Result<(), String>) -> Result<(), String> {
        self.rest = &self.rest[1..];
        self.depth += 1;
        read(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn word(&mut self, word: &str, name: &'static str) -> Result<Field<'t>, String> {
        match self.rest.strip_prefix(word.as_bytes()) {
            Some(rest) => {
                self.rest = rest;
                Ok(Field::Other(name))
            }
            None => Err(format!("unexpected value found: {}", quoted(self.rest))),
        }
    }

    fn array(&mut self) -> Result<(), String> {
        self.space();
        match self.rest {
            [] => return Err(String::from("missing ']'")),
            [b']', rest @ ..] => {
                self.rest = rest;
                return Ok(());
            }
            _ => {}
        }
        loop {
            self.space();
            self.value(None).map_err(|why| format!("cannot parse array value: {why}"))?;
            self.space();
            match self.rest {
                [] => return Err(String::from("unexpected end of array")),
                [b',', rest @ ..] => self.rest = rest,
                [b']', rest @ ..] => {
                    self.rest = rest;
                    return Ok(());
                }
                _ => return Err(String::from("missing ',' after array value")),
            }
        }
    }

    fn object(&mut self, mut fields: Option<&mut Fields<'t>>) -> Result<(), String> {
        self.space();
        match self.rest {
            [] => return Err(String::from("missing '}'")),
            [b'}', rest @ ..] => {
                self.rest = rest;
                return Ok(());
            }
            _ => {}
        }
        loop {
            self.space();
            let Some(rest) = self.rest.strip_prefix(b"\"") else {
                return Err(String::from("cannot find opening '\"\" for object key"));
            };
            self.rest = rest;
            let key = self.string().map_err(|why| format!("cannot parse object key: {why}"))?;
            self.space();
            let Some(rest) = self.rest.strip_prefix(b":") else {
                return Err(String::from("missing ':' after object key"));
            };
            self.rest = rest;
            self.space();
            let value = self.value(None).map_err(|why| format!("cannot parse object value: {why}"))?;
            if let Some(fields) = &mut fields {
                fields.0.push((key, value));
            }
            self.space();
            match self.rest {
                [] => return Err(String::from("unexpected end of object")),
                [b',', rest @ ..] => self.rest = rest,
                [b'}', rest @ ..] => {
                    self.rest = rest;
                    return Ok(());
                }
                _ => return Err(String::from("missing ',' after object value")),
            }
        }
    }

    /// The string whose quote was read, with its escapes.
    fn string(&mut self) -> Result<&'t [u8], String> {
        for at in memchr::memchr_iter(b'"', self.rest) {
            let escapes = self.rest[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
            if escapes % 2 == 0 {
                let (text, rest) = (&self.rest[..at], &self.rest[at + 1..]);
                self.rest = rest;
                return Ok(text);
            }
        }
        self.rest = &[];
        Err(String::from("missing closing '\"'"))
    }

    fn number(&mut self) -> Result<Field<'t>, String> {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'e' | b'E' | b'+');
        let mut end = self.rest.iter().position(|byte| !is_digit(byte)).unwrap_or(self.rest.len());
        let signed = end == 1 && matches!(self.rest[0], b'-' | b'+');
        if end < self.rest.len() && (end == 0 || signed) {
            let word = self.rest.get(end..end + 3).unwrap_or_default();
            if !word.eq_ignore_ascii_case(b"inf") && !word.eq_ignore_ascii_case(b"nan") {
                return Err(format!("unexpected char: {}", quoted(&self.rest[..1])));
            }
            end += 3;
        }
        self.rest = &self.rest[end..];
        Ok(Field::Other("number"))
    }
}

trait TrimStart {
    fn trim_ascii_start_of(&self, space: &[u8]) -> &Self;
}

impl TrimStart for [u8] {
    fn trim_ascii_start_of(&self, space: &[u8]) -> &Self {
        let start = self.iter().position(|byte| !space.contains(byte)).unwrap_or(self.len());
        &self[start..]
    }
}

/// A string without its escapes; what is no escape stays as it is.
fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', text) else {
        return Cow::Borrowed(text);
    };
    let (mut to, mut rest) = (text[..first].to_vec(), &text[first..]);
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'\\' {
            to.push(*byte);
            continue;
        }
        let [escape, after @ ..] = rest else {
            break;
        };
        rest = after;
        match escape {
            b'"' | b'\\' | b'/' => to.push(*escape),
            b'b' => to.push(8),
            b'f' => to.push(12),
            b'n' => to.push(b'\n'),
            b'r' => to.push(b'\r'),
            b't' => to.push(b'\t'),
            b'u' => {
                let (written, read) = code(rest);
                match written {
                    Some(c) => to.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => {
                        to.extend_from_slice(b"\\u");
                        to.extend_from_slice(&rest[..read]);
                    }
                }
                rest = &rest[read..];
            }
            _ => to.extend_from_slice(&[b'\\', *escape]),
        }
    }
    Cow::Owned(to)
}

/// The character of the digits after `\u`, and how many bytes it took. Where there is none, how many bytes stay as they are.
fn code(rest: &[u8]) -> (Option<char>, usize) {
    let digits = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u32::from_str_radix(text, 16).ok()
    };
    let Some(high) = rest.get(..4).and_then(digits) else {
        return (None, 0);
    };
    if let Some(c) = char::from_u32(high) {
        return (Some(c), 4);
    }
    match rest.get(4..10).filter(|low| low.starts_with(b"\\u")).and_then(|low| digits(&low[2..])) {
        Some(low) => {
            let pair = char::decode_utf16([high as u16, low as u16]).next().and_then(Result::ok);
            let whole = (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low);
            (Some(pair.filter(|_| whole).unwrap_or(char::REPLACEMENT_CHARACTER)), 10)
        }
        None => (None, 4),
    }
}

/// The beginning and the end of a long text.
fn ends(text: &[u8]) -> Cow<'_, [u8]> {
    match text.len() {
        0..=80 => Cow::Borrowed(text),
        length => Cow::Owned([&text[..40], b"...", &text[length - 40..]].concat()),
    }
}
