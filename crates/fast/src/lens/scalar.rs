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
    let Some(bytes) = sixteen(text, at) else { return is_other_scalar(text, at) };
    let length = end.wrapping_sub(at);
    let (low, digits) = (bytes as u64, digits(bytes));
    let number = (digits == length) & ((low as u8 != b'0') | (length == 1));
    let four = low & 0xffff_ffff;
    let literal = (length == 4) & ((four == TRUE) | (four == NULL));
    let literal = literal | ((length == 5) & (low & 0xff_ffff_ffff == FALSE));
    number | literal || is_other_scalar(text, at)
}

#[cold]
#[inline(never)]
fn is_other_scalar(text: &[u8], at: usize) -> bool {
    at < text.len() && is_scalar(text, at)
}

/// The number between two places, where it is written with at most 16 digits and nothing else.
#[inline(always)]
pub(super) fn whole_between(text: &[u8], at: usize, end: usize) -> Option<i64> {
    let bytes = sixteen(text, at)?;
    let length = end.wrapping_sub(at);
    if !(1..=16).contains(&length) || digits(bytes) < length {
        return None;
    }
    // The last digit comes last, with zeros before the first.
    let bytes = bytes << (8 * (16 - length));
    Some((eight_digits(bytes as u64) * 100_000_000 + eight_digits((bytes >> 64) as u64)) as i64)
}

/// The number that eight digits make, the first one in the lowest byte.
#[inline(always)]
fn eight_digits(bytes: u64) -> u64 {
    let pairs = (bytes & 0x0f0f_0f0f_0f0f_0f0f).wrapping_mul(10 << 8 | 1) >> 8;
    let fours = (pairs & 0x00ff_00ff_00ff_00ff).wrapping_mul(100 << 16 | 1) >> 16;
    (fours & 0x0000_ffff_0000_ffff).wrapping_mul(10_000 << 32 | 1) >> 32
}

/// The sixteen bytes at `at`.
#[inline(always)]
fn sixteen(text: &[u8], at: usize) -> Option<u128> {
    text.get(at..)?.first_chunk::<16>().map(|bytes| u128::from_le_bytes(*bytes))
}

/// How many of sixteen bytes are leading decimal digits.
#[inline(always)]
fn digits(bytes: u128) -> usize {
    let (low, high) = (bytes as u64, (bytes >> 64) as u64);
    let other = u128::from(other_than_digits(high)) << 64 | u128::from(other_than_digits(low));
    other.trailing_zeros() as usize / 8
}

/// Any number, by the grammar that the tree reader has too.
#[cold]
fn is_number(text: &[u8], at: usize) -> bool {
    let found = scalar(&text[at..]);
    let plain = || std::str::from_utf8(found).is_ok_and(|text| number::refusal(text).is_none());
    json::is_number(found) && plain()
}

/// The scalar that a text begins with: up to what ends one.
#[inline(always)]
pub(super) fn scalar(text: &[u8]) -> &[u8] {
    let length = text.iter().position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t'));
    &text[..length.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_sixteen_digits_at_once() {
        for number in ["0", "7", "42", "12345678", "123456789", "1779647400000", "9999999999999999", "1000000000000000"]
        {
            let text = format!("[{number}  ,                   ");
            assert_eq!(whole_between(text.as_bytes(), 1, 1 + number.len()), number.parse().ok(), "{number}");
            assert!(is_scalar_between(text.as_bytes(), 1, 1 + number.len()), "{number}");
        }
        for other in ["-1", "1.5", "12345678901234567", "1e3", "true", "false", "null"] {
            let text = format!("[{other}  ,                   ");
            assert_eq!(whole_between(text.as_bytes(), 1, 1 + other.len()), None, "{other}");
            assert!(is_scalar_between(text.as_bytes(), 1, 1 + other.len()), "{other}");
        }
        for wrong in ["01", "00", "1a", "truex", "falsy", "nul", "fals", "-", "1.", "+1", "12:34", "1/2"] {
            let text = format!("[{wrong}  ,                   ");
            assert!(!is_scalar_between(text.as_bytes(), 1, 1 + wrong.len()), "{wrong}");
        }
        // With less than sixteen bytes left.
        assert_eq!(whole_between(b"[123]", 1, 4), None);
        assert!(is_scalar_between(b"[123]", 1, 4) && !is_scalar_between(b"[023]", 1, 4));
    }
}
