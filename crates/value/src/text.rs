//! Values as Rego text, the way OPA prints them in messages: `{"a": 1}`, `{1, 2}`, `set()`; and what printing any text
//! needs: runes of bytes that may not be UTF-8, integers, quoted strings.

mod printable;

use std::borrow::Cow;

use crate::arena::Arena;
use crate::effort;
use crate::value::{Value, View};

/// Copies text into the arena.
pub fn str_in<'v>(arena: &'v Arena, text: &str) -> &'v str {
    // The bytes are those of a `str`, so this never falls back.
    std::str::from_utf8(arena.slice(text.as_bytes())).unwrap_or_default()
}

/// The first character of `bytes` and its length, or `None` where the first byte begins none.
#[inline]
pub fn first_rune(bytes: &[u8]) -> Option<(char, usize)> {
    let size = match bytes.first()? {
        byte @ 0..0x80 => return Some((char::from(*byte), 1)),
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return None,
    };
    let c = std::str::from_utf8(bytes.get(..size)?).ok()?.chars().next()?;
    Some((c, size))
}

/// The characters of `bytes` with their lengths, as Go ranges over a string: a byte that begins none counts as U+FFFD.
pub fn runes(bytes: &[u8]) -> impl Iterator<Item = (char, usize)> + '_ {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (c, size) = first_rune(rest).unwrap_or((char::REPLACEMENT_CHARACTER, 1));
        rest = rest.get(size..).unwrap_or_default();
        Some((c, size))
    })
}

/// How many characters a string has, as OPA counts them.
pub fn count_runes(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().count(),
        Err(_) => runes(bytes).count(),
    }
}

/// Appends `bytes` with each byte that is not UTF-8 replaced by U+FFFD.
pub fn write_utf8(bytes: &[u8], to: &mut Vec<u8>) {
    if std::str::from_utf8(bytes).is_ok() {
        return to.extend_from_slice(bytes);
    }
    for (c, _) in runes(bytes) {
        to.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Text with each byte that is not UTF-8 replaced by U+FFFD, as Go does where it writes JSON; `String::from_utf8_lossy` puts
/// one for several bytes.
///
/// ```
/// assert_eq!(lictor_value::text::lossy(b"a\xf0\x9fb"), "a\u{fffd}\u{fffd}b");
/// ```
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(runes(bytes).map(|(c, _)| c).collect()),
    }
}

/// Bytes in quotes, with Go's escapes: [`write_quoted`] as a text of its own.
///
/// ```
/// assert_eq!(lictor_value::text::quoted(b"a\"\xff"), r#""a\"\xff""#);
/// ```
pub fn quoted(bytes: &[u8]) -> String {
    let mut to = Vec::with_capacity(bytes.len() + 2);
    write_quoted(bytes, &mut to);
    lossy(&to).into_owned()
}

/// Whether Go takes a character for one that can be printed (`strconv.IsPrint`).
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() { (' '..='~').contains(&c) } else { printable::is_printable(c) }
}

/// A character as Go's `%#U` describes it: `U+0067 'g'`, and where it cannot be printed its code only.
pub fn describe_char(c: char) -> String {
    let code = u32::from(c);
    if is_printable(c) { format!("U+{code:04X} '{c}'") } else { format!("U+{code:04X}") }
}

/// Appends an integer in decimal.
pub fn write_int(number: i64, to: &mut Vec<u8>) {
    if number < 0 {
        to.push(b'-');
    }
    write_unsigned(number.unsigned_abs(), to);
}

/// Appends an unsigned integer in decimal.
pub fn write_unsigned(number: u64, to: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    to.extend_from_slice(&digits[start..]);
}

/// Appends a string in quotes, with Go's escapes.
pub fn write_quoted(bytes: &[u8], to: &mut Vec<u8>) {
    to.push(b'"');
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let size = match first_rune(&bytes[at..]) {
            Some((c, size)) => {
                write_rune(c, &bytes[at..at + size], to);
                size
            }
            None => {
                to.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
                1
            }
        };
        at += size;
    }
    to.push(b'"');
}

fn write_rune(c: char, bytes: &[u8], to: &mut Vec<u8>) {
    let escaped = match c {
        '"' => b"\\\"",
        '\\' => b"\\\\",
        ' '..='~' => return to.extend_from_slice(bytes),
        '\x07' => b"\\a",
        '\x08' => b"\\b",
        '\x0c' => b"\\f",
        '\n' => b"\\n",
        '\r' => b"\\r",
        '\t' => b"\\t",
        '\x0b' => b"\\v",
        '\0'..='\x7f' => return to.extend_from_slice(format!("\\x{:02x}", u32::from(c)).as_bytes()),
        _ if printable::is_printable(c) => return to.extend_from_slice(bytes),
        '\u{80}'..='\u{ffff}' => return to.extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes()),
        _ => return to.extend_from_slice(format!("\\U{:08x}", u32::from(c)).as_bytes()),
    };
    to.extend_from_slice(escaped);
}

/// Appends a value as Rego text.
pub fn write_rego(value: Value<'_>, to: &mut Vec<u8>) {
    match value.view() {
        View::Null => to.extend_from_slice(b"null"),
        View::Bool(b) => to.extend_from_slice(if b { b"true" } else { b"false" }),
        View::Int(i) => write_int(i, to),
        View::Number(text) => to.extend_from_slice(text.as_bytes()),
        View::Str(s) if effort::spend_bytes(s.len()) => write_quoted(s, to),
        View::Str(_) => {}
        View::Array(items) => list(items, b"[", b"]", to),
        View::Set(set) if set.is_empty() => to.extend_from_slice(b"set()"),
        View::Set(set) => list(set.items(), b"{", b"}", to),
        View::Object(object) => {
            to.push(b'{');
            if !effort::spend_written(object.len()) {
                return;
            }
            for (i, (key, val)) in object.iter().enumerate() {
                if i > 0 {
                    to.extend_from_slice(b", ");
                }
                write_rego(key, to);
                to.extend_from_slice(b": ");
                write_rego(val, to);
            }
            to.push(b'}');
        }
    }
}

fn list(items: &[Value<'_>], open: &[u8], close: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(open);
    if !effort::spend_written(items.len()) {
        return;
    }
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            to.extend_from_slice(b", ");
        }
        write_rego(*item, to);
    }
    to.extend_from_slice(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(bytes: &[u8]) -> String {
        let mut to = Vec::new();
        write_quoted(bytes, &mut to);
        String::from_utf8(to).unwrap()
    }

    #[test]
    fn strings_are_quoted_as_in_go() {
        let text = "é\u{1}\u{2028}<\u{7f}\u{ad}\u{8}\u{c}\n\r\t\\\"\u{b}\u{a0}\u{feff}😀\u{200b}\u{300}\u{7}\u{e0001}";
        let expected =
            "\"é\\x01\\u2028<\\x7f\\u00ad\\b\\f\\n\\r\\t\\\\\\\"\\v\\u00a0\\ufeff😀\\u200b\u{300}\\a\\U000e0001\"";
        assert_eq!(quoted(text.as_bytes()), expected);
        assert_eq!(quoted(b"a\xe2\x82\xff"), r#""a\xe2\x82\xff""#);
    }

    #[test]
    fn integers_are_written_to_both_ends() {
        for number in [0, 7, -10, i64::MAX, i64::MIN] {
            let mut to = Vec::new();
            write_int(number, &mut to);
            assert_eq!(to, number.to_string().as_bytes());
        }
    }

    #[test]
    fn runes_of_broken_text_count_each_bad_byte() {
        assert_eq!(count_runes(b"a\xe2\x82\xc3\xa9"), 4);
        assert_eq!(count_runes("añ😀".as_bytes()), 3);
        assert!(runes(b"\xed\xa0\x80").all(|(c, size)| c == '\u{fffd}' && size == 1));
    }

    #[test]
    fn composites_print_as_in_rego() {
        let arena = Arena::default();
        let mut items = vec![Value::int(2), Value::str(b"a"), Value::int(1)];
        let set = crate::Set::from_unsorted(&arena, &mut items, false);
        let array = [Value::set(&set), Value::set(&crate::Set::EMPTY), Value::object(&crate::Object::EMPTY)];
        assert_eq!(format!("{:?}", Value::array(&array)), r#"[{1, 2, "a"}, set(), {}]"#);
    }
}
