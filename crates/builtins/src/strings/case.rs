//! Upper and lower case, rune by rune: Unicode's simple mappings, as Go's `unicode.ToUpper` and `ToLower` have them.
//!
//! Rust knows the full mappings, where one rune may become several (`ß`, `SS`). Where they do, the simple mapping is the
//! rune itself, with few exceptions (UnicodeData.txt): Greek letters with iota below have a title case, and `İ` is `i`.

use lictor_value::text;

use crate::unicode::is_later_cased;

/// Appends the string in lower case; `false` where it is in lower case already and nothing was appended.
pub(super) fn lower(bytes: &[u8], to: &mut Vec<u8>) -> bool {
    if bytes.is_ascii() {
        return map_ascii(bytes, to, |byte| byte.is_ascii_uppercase(), |byte| byte.to_ascii_lowercase());
    }
    map(bytes, to, lower_rune)
}

/// A text in lower case, with U+FFFD for each byte that is no character's.
pub(crate) fn lowered(bytes: &[u8]) -> String {
    text::runes(bytes).map(|(c, _)| lower_rune(c)).collect()
}

/// Appends the string in upper case; `false` where it is in upper case already and nothing was appended.
pub(super) fn upper(bytes: &[u8], to: &mut Vec<u8>) -> bool {
    if bytes.is_ascii() {
        return map_ascii(bytes, to, |byte| byte.is_ascii_lowercase(), |byte| byte.to_ascii_uppercase());
    }
    map(bytes, to, upper_rune)
}

fn map_ascii(bytes: &[u8], to: &mut Vec<u8>, differs: fn(&u8) -> bool, map: fn(&u8) -> u8) -> bool {
    let differs = bytes.iter().any(differs);
    if differs {
        to.extend(bytes.iter().map(map));
    }
    differs
}

fn map(bytes: &[u8], to: &mut Vec<u8>, map: fn(char) -> char) -> bool {
    for (c, _) in text::runes(bytes) {
        to.extend_from_slice(map(c).encode_utf8(&mut [0; 4]).as_bytes());
    }
    true
}

fn lower_rune(c: char) -> char {
    let mut full = c.to_lowercase();
    match (full.next(), full.next()) {
        (Some(lower), None) if !is_later_cased(c) && !is_later_cased(lower) => lower,
        _ if c == '\u{130}' => 'i',
        _ => c,
    }
}

fn upper_rune(c: char) -> char {
    let mut full = c.to_uppercase();
    match (full.next(), full.next()) {
        (Some(upper), None) if !is_later_cased(c) && !is_later_cased(upper) => upper,
        _ => match c {
            '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => shifted(c, 8),
            '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => shifted(c, 9),
            _ => c,
        },
    }
}

fn shifted(c: char, by: u32) -> char {
    char::from_u32(u32::from(c) + by).unwrap_or(c)
}
