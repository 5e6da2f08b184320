//! Numbers and literals: whether they are well-formed, and where they end.

use lictor_value::{json, number};

/// The top bit of bytes that are no decimal digits: right for the first of them, and all before it are digits.
#[inline(always)]
fn other_than_digits(bytes: u64) -> u64 {
    let low = bytes ^ 0x3030_3030_3030_3030;
    // A byte carries into the next only where it is itself no digit, so the first one found is true.
    (low.wrapping_add(0x7676_7676_7676_7676) | low) & 0x8080_8080_8080_8080
}

/// How many of the eight bytes at `at` are leading decimal digits; 0 where fewer than eight are left.
#[inline(always)]
fn leading_digits(text: &[u8], at: usize) -> usize {
    let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) else { return 0 };
    let other = other_than_digits(u64::from_le_bytes(*bytes));
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

const TRUE: u64 = u32::from_le_bytes(*b"true") as u64;
const NULL: u64 = u32::from_le_bytes(*b"null") as u64;
const FALSE: u64 = u64::from_le_bytes(*b"false\0\0\0");

/// Whether a literal or number stands between two places, where it is known that what follows may follow it. Without a
/// branch for what most scalars are, since one takes turns with another.
#[inline(always)]
pub(super) fn is_scalar_between(text: &[u8], at: usize, end: usize) -> bool {
    let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk::<16>()) else {
        return at < text.len() && is_scalar(text, at);
    };
    let length = end.wrapping_sub(at);
    let bytes = u128::from_le_bytes(*bytes);
    let (low, high) = (bytes as u64, (bytes >> 64) as u64);
    let other = u128::from(other_than_digits(high)) << 64 | u128::from(other_than_digits(low));
    let digits = other.trailing_zeros() as usize / 8;
    let number = (digits == length) & ((low as u8 != b'0') | (length == 1));
    let four = low & 0xffff_ffff;
    let literal = (length == 4) & ((four == TRUE) | (four == NULL));
    let literal = literal | ((length == 5) & (low & 0xff_ffff_ffff == FALSE));
    number | literal || is_scalar(text, at)
}

/// Any number, by the grammar that the tree reader has too.
#[cold]
fn is_number(text: &[u8], at: usize) -> bool {
    let found = scalar(&text[at..]);
    let plain = || std::str::from_utf8(found).is_ok_and(|text| !number::is_too_big(text));
    json::is_number(found) && plain()
}

/// The scalar that a text begins with: up to what ends one.
#[inline(always)]
pub(super) fn scalar(text: &[u8]) -> &[u8] {
    let length = text.iter().position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t'));
    &text[..length.unwrap_or(text.len())]
}
