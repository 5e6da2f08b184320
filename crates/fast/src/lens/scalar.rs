//! Numbers and literals: whether they are well-formed, and where they end.

use lictor_value::{json, number};

/// How many of the eight bytes at `at` are leading decimal digits; 0 where fewer than eight are left.
#[inline(always)]
fn leading_digits(text: &[u8], at: usize) -> usize {
    let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) else { return 0 };
    let low = u64::from_le_bytes(*bytes) ^ 0x3030_3030_3030_3030;
    // A byte carries into the next only where it is itself no digit, so the first one found is true.
    let other = (low.wrapping_add(0x7676_7676_7676_7676) | low) & 0x8080_8080_8080_8080;
    other.trailing_zeros() as usize / 8
}

/// The position after the run of digits at `at`.
#[inline(always)]
fn skip_digits(text: &[u8], mut at: usize) -> usize {
    loop {
        let count = leading_digits(text, at);
        at += count;
        if count < 8 {
            break;
        }
    }
    while text.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

/// Whether a scalar may end before `at`.
#[inline(always)]
fn ends(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t'))
}

/// Whether a literal or number stands at `at`, followed by something that may follow it.
#[inline(always)]
pub(super) fn is_scalar(text: &[u8], at: usize) -> bool {
    let first = text[at];
    if first.wrapping_sub(b'1') < 9 {
        return ends(text, skip_digits(text, at)) || is_number(text, at);
    }
    let word: &[u8] = match first {
        b't' => b"true",
        b'f' => b"false",
        b'n' => b"null",
        _ => return is_number(text, at),
    };
    text[at..].starts_with(word) && ends(text, at + word.len())
}

/// Any number, by the grammar that the tree reader has too.
#[cold]
fn is_number(text: &[u8], at: usize) -> bool {
    let found = scalar(text, at);
    let plain = || std::str::from_utf8(found).is_ok_and(|text| !number::is_too_big(text));
    json::is_number(found) && plain()
}

/// The scalar that begins at `at`: up to what ends one.
#[inline(always)]
pub(super) fn scalar(text: &[u8], at: usize) -> &[u8] {
    let rest = &text[at..];
    let length = rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t'));
    &rest[..length.unwrap_or(rest.len())]
}
