//! The characters of a YAML stream: UTF-8, or UTF-16 after its byte order mark, and nothing that YAML forbids.

use lictor_value::text;

/// How many bytes Go's reader has at hand.
const READ: usize = 512;

/// A stream's characters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// Without a byte order mark; where the stream is broken, those that Go's reader gives before it comes to that.
    pub(super) characters: Vec<char>,
    /// What is no text behind them, in the words of Go's reader.
    pub(super) broken: Option<&'static str>,
}

impl Source {
    pub(super) fn new(bytes: &[u8]) -> Source {
        let whole = match bytes {
            [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
            _ => return utf8(bytes),
        };
        match whole {
            Ok(characters) => Source { characters, broken: None },
            Err(broken) => Source { characters: Vec::new(), broken: Some(broken) },
        }
    }
}

/// Go reads a part, makes characters of all that is whole in it, and reads the next part with what is left of the last one
/// when it is asked for more. So a scanner may find something else wrong first.
fn utf8(bytes: &[u8]) -> Source {
    let mut at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut characters = Vec::with_capacity(bytes.len() - at);
    // Where the part ends, and how many characters there were before it.
    let (mut end, mut given) = (READ.min(bytes.len()), 0);
    // Of fewer than three bytes it knows that there are no more.
    let mut is_last = bytes.len() < 3;
    let broken = loop {
        let width = match bytes.get(at) {
            None => break None,
            Some(first) => width(*first),
        };
        if at + width > end {
            if is_last {
                break Some("incomplete UTF-8 octet sequence");
            }
            (given, is_last) = (characters.len(), end == bytes.len());
            end = (at + READ).min(bytes.len());
            continue;
        }
        match text::first_rune(&bytes[at..]).map(|(c, _)| allowed(c)) {
            Some(Ok(c)) => characters.push(c),
            Some(Err(why)) => break Some(why),
            None => break Some(invalid(&bytes[at..])),
        }
        at += width;
    };
    if broken.is_some() {
        characters.truncate(given);
    }
    Source { characters, broken }
}

/// How many bytes a character has that begins so; 1 where none does.
fn width(first: u8) -> usize {
    match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 1,
    }
}

/// What is wrong with bytes that begin no character, of which there are as many as the first one says.
fn invalid(bytes: &[u8]) -> &'static str {
    let size = width(bytes[0]);
    let least = match size {
        2 => 0x80,
        3 => 0x800,
        4 => 0x1_0000,
        _ => return "invalid leading UTF-8 octet",
    };
    if bytes[1..size].iter().any(|byte| byte & 0xc0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    let first = u32::from(bytes[0]) & (0x7f >> size);
    let value = bytes[1..size].iter().fold(first, |value, byte| value << 6 | u32::from(byte & 0x3f));
    if value < least { "invalid length of a UTF-8 sequence" } else { "invalid Unicode character" }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Vec<char>, &'static str> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut characters = Vec::with_capacity(pairs.len());
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    let mut rest = &units[..];
    while let [first, after @ ..] = rest {
        rest = after;
        let c = match (first & 0xfc00, after) {
            (0xdc00, _) => return Err("unexpected low surrogate area"),
            (0xd800, []) => return Err("incomplete UTF-16 surrogate pair"),
            (0xd800, [second, after @ ..]) => {
                if second & 0xfc00 != 0xdc00 {
                    return Err("expected low surrogate area");
                }
                rest = after;
                0x1_0000 + (u32::from(first & 0x3ff) << 10) + u32::from(second & 0x3ff)
            }
            _ => u32::from(*first),
        };
        characters.push(allowed(char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER))?);
    }
    if odd.is_empty() { Ok(characters) } else { Err("incomplete UTF-16 character") }
}

fn allowed(c: char) -> Result<char, &'static str> {
    match c {
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{1_0000}'.. => Ok(c),
        _ => Err("control characters are not allowed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_utf8_or_utf16_with_a_mark() {
        let read = |bytes: &[u8]| (Source::new(bytes).characters, Source::new(bytes).broken);
        for bytes in [&b"a\xc3\xa9"[..], b"\xef\xbb\xbfa\xc3\xa9", b"\xff\xfea\0\xe9\0", b"\xfe\xff\0a\0\xe9"] {
            assert_eq!(read(bytes), (vec!['a', 'é'], None), "{bytes:?}");
        }
        assert_eq!(read(b"\xfe\xff\xd8\x3d\xde\x00"), (vec!['😀'], None));
    }

    #[test]
    fn what_is_no_text_has_its_words() {
        for (bytes, words) in [
            (&b"a\x80"[..], "invalid leading UTF-8 octet"),
            (b"\xf8", "invalid leading UTF-8 octet"),
            (b"\xe2\x82", "incomplete UTF-8 octet sequence"),
            (b"\xe2\x28\xa1", "invalid trailing UTF-8 octet"),
            (b"\xc0\x80", "invalid length of a UTF-8 sequence"),
            (b"\xed\xa0\x80", "invalid Unicode character"),
            (b"\xf7\xbf\xbf\xbf", "invalid Unicode character"),
            (b"\x07", "control characters are not allowed"),
            (b"\xef\xbf\xbf", "control characters are not allowed"),
            (b"\xff\xfea", "incomplete UTF-16 character"),
            (b"\xff\xfe\x3d\xd8", "incomplete UTF-16 surrogate pair"),
            (b"\xff\xfe\x3d\xd8a\0", "expected low surrogate area"),
            (b"\xff\xfe\0\xde", "unexpected low surrogate area"),
        ] {
            assert_eq!(Source::new(bytes).broken, Some(words), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_broken_is_found_in_its_part() {
        let given = |bytes: &[u8]| Source::new(bytes).characters.len();
        assert_eq!(given(b"abc\xff"), 0);
        assert_eq!(given(b"abc\xe2\x82"), 3);
        assert_eq!(given(b"a\xe2"), 0);
        let long = |count: usize, end: &[u8]| given(&[&vec![b'a'; count][..], end].concat());
        assert_eq!([long(511, b"\xff"), long(512, b"\xff"), long(513, b"\xff")], [0, 512, 512]);
        // What is left of the first part takes room in the second one.
        assert_eq!([long(511, "é".as_bytes()), long(511, b"\xc3\xa9aa\xff")], [512, 511]);
    }
}
