//! The characters of a YAML stream: UTF-8, or UTF-16 after its byte order mark, and nothing that YAML forbids.

/// The characters, without a byte order mark.
///
/// # Errors
/// What is no text, in the words of Go's reader.
pub(super) fn characters(bytes: &[u8]) -> Result<Vec<char>, &'static str> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Vec<char>, &'static str> {
    let mut characters = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            characters.push(allowed(c)?);
        }
        if !chunk.invalid().is_empty() {
            // The chunk's bytes are part of the slice, so this is where they begin in it.
            let at = chunk.invalid().as_ptr().addr() - bytes.as_ptr().addr();
            return Err(invalid(&bytes[at..]));
        }
    }
    Ok(characters)
}

/// What is wrong with bytes that begin no character.
fn invalid(bytes: &[u8]) -> &'static str {
    let (size, least) = match bytes {
        [0xc0..=0xdf, ..] => (2, 0x80),
        [0xe0..=0xef, ..] => (3, 0x800),
        [0xf0..=0xf7, ..] => (4, 0x1_0000),
        _ => return "invalid leading UTF-8 octet",
    };
    let Some(bytes) = bytes.get(..size) else { return "incomplete UTF-8 octet sequence" };
    if bytes[1..].iter().any(|byte| byte & 0xc0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    let first = u32::from(bytes[0]) & (0x7f >> size);
    let value = bytes[1..].iter().fold(first, |value, byte| value << 6 | u32::from(byte & 0x3f));
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
    use super::characters;

    #[test]
    fn streams_are_utf8_or_utf16_with_a_mark() {
        for bytes in [&b"a\xc3\xa9"[..], b"\xef\xbb\xbfa\xc3\xa9", b"\xff\xfea\0\xe9\0", b"\xfe\xff\0a\0\xe9"] {
            assert_eq!(characters(bytes), Ok(vec!['a', 'é']), "{bytes:?}");
        }
        assert_eq!(characters(b"\xfe\xff\xd8\x3d\xde\x00"), Ok(vec!['😀']));
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
            assert_eq!(characters(bytes), Err(words), "{bytes:?}");
        }
    }
}
