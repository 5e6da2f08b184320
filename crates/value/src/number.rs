//! Exact numbers: `i64` in the fast case, otherwise the number's own text.
//!
//! A number's text is kept as it was written, and two numbers are equal when their values are: `1`, `1.0` and `10e-1`
//! are one value. Arithmetic is OPA's: integers of any size exactly; anything else in binary floating point with a
//! mantissa of 64 bits, printed with the fewest digits that read back the same (1/3 is `0.33333333333333333334`).

mod arithmetic;
mod float;
mod quotient;

pub use arithmetic::{
    NumberError, abs, add, ceil, div, floor, from_big, from_float, mul, rem, round, sub, to_big, to_float,
};
pub use float::Float;

use std::cmp::Ordering;

use crate::arena::Arena;
use crate::value::{Value, View};

/// How many digits arithmetic computes with, before and after the point: a few more than [`is_too_big`] lets in.
pub const MAX_DIGITS: usize = 32_768;

/// The decimal exponent past which OPA reads no number: 2^100000 has 30103 digits.
const MAX_EXPONENT: i64 = 30_103;

/// Whether a number is written with an exponent that makes it too big, or too small, to be read: a few bytes such as
/// `1e999999` would cost seconds in arithmetic. Numbers with all their digits written out are never too big.
pub fn is_too_big(text: &str) -> bool {
    if memchr::memchr2(b'e', b'E', text.as_bytes()).is_none() {
        return false;
    }
    let digits = Digits::of_text(text);
    !digits.text.is_empty() && digits.exponent.abs() > MAX_EXPONENT
}

/// A number as sign, digits d1 d2 .. dn (d1 and dn not 0) and exponent: 0.d1d2..dn * 10^exponent. Zero has no digits.
#[derive(Clone, Copy)]
struct Digits<'t> {
    negative: bool,
    exponent: i64,
    /// Digits, perhaps with one '.' among them.
    text: &'t [u8],
}

impl<'t> Digits<'t> {
    fn of_text(text: &'t str) -> Digits<'t> {
        let negative = text.starts_with('-');
        let unsigned = text.as_bytes().strip_prefix(b"-").unwrap_or(text.as_bytes());
        let (mantissa, power) = match memchr::memchr2(b'e', b'E', unsigned) {
            Some(at) => (&unsigned[..at], saturating_parse(&unsigned[at + 1..])),
            None => (unsigned, 0),
        };
        let point = memchr::memchr(b'.', mantissa).unwrap_or(mantissa.len());
        let Some(first) = mantissa.iter().position(|b| !matches!(b, b'0' | b'.')) else {
            return Digits { negative: false, exponent: 0, text: &[] };
        };
        let last = mantissa.iter().rposition(|b| !matches!(b, b'0' | b'.')).unwrap_or(first);
        let before_point = if first < point { (point - first) as i64 } else { point as i64 + 1 - first as i64 };
        Digits { negative, exponent: before_point + power, text: &mantissa[first..=last] }
    }

    fn of_int(number: i64, buffer: &'t mut [u8; 20]) -> Digits<'t> {
        let mut rest = number.unsigned_abs();
        let mut start = buffer.len();
        while rest > 0 {
            start -= 1;
            buffer[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        let exponent = (buffer.len() - start) as i64;
        let end = buffer.iter().rposition(|&b| b > b'0').map_or(start, |last| last + 1);
        Digits { negative: number < 0, exponent, text: &buffer[start..end] }
    }

    fn iter(self) -> impl Iterator<Item = u8> + 't {
        self.text.iter().copied().filter(|&b| b != b'.')
    }

    fn to_int(self) -> Option<i64> {
        let count = self.iter().count() as i64;
        if self.exponent < count || self.exponent > 19 {
            return (count == 0).then_some(0);
        }
        let digits = self.iter().fold(0i128, |n, d| n * 10 + i128::from(d - b'0'));
        let magnitude = digits * 10i128.pow((self.exponent - count) as u32);
        i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
    }

    fn compare(self, other: Digits<'_>) -> Ordering {
        let sign = |d: &Digits<'_>| if d.text.is_empty() { 0 } else { 1 - 2 * i8::from(d.negative) };
        sign(&self).cmp(&sign(&other)).then_with(|| {
            let magnitude = self.exponent.cmp(&other.exponent).then_with(|| self.iter().cmp(other.iter()));
            if self.negative { magnitude.reverse() } else { magnitude }
        })
    }
}

/// An exponent; one that overflows becomes huge, far past anything it is compared with.
fn saturating_parse(text: &[u8]) -> i64 {
    let negative = text.first() == Some(&b'-');
    let size = text
        .iter()
        .filter(|b| b.is_ascii_digit())
        .fold(0i64, |n, b| n.saturating_mul(10).saturating_add(i64::from(b - b'0')).min(1 << 60));
    if negative { -size } else { size }
}

/// Compares two numbers by value; anything else counts as 0.
pub fn compare(a: View<'_>, b: View<'_>) -> Ordering {
    let (mut x, mut y) = ([0; 20], [0; 20]);
    let digits = |view, buffer| match view {
        View::Int(i) => Digits::of_int(i, buffer),
        View::Number(text) => Digits::of_text(text),
        _ => Digits { negative: false, exponent: 0, text: &[] },
    };
    digits(a, &mut x).compare(digits(b, &mut y))
}

/// The number written as `text` in JSON's grammar: an integer where it is plain and fits, its text otherwise.
pub fn from_text<'v>(arena: &'v Arena, text: &str) -> Value<'v> {
    match plain_int(text) {
        Some(i) => Value::int(i),
        None => Value::number_text(crate::text::str_in(arena, text)),
    }
}

/// The integer that `text` plainly is: digits, perhaps a minus, within 64 bits. `-0`, `1.0` and `1e3` are not plain.
pub fn plain_int(text: &str) -> Option<i64> {
    if text == "-0" { None } else { text.parse().ok().filter(|_| !text.starts_with('+')) }
}

/// As [`plain_int`], of bytes known to be a number in JSON's grammar.
#[inline]
pub fn plain_int_of(number: &[u8]) -> Option<i64> {
    let (negative, digits) = match number {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, number),
    };
    // 18 digits cannot overflow; longer ones are rare.
    if digits.len() > 18 {
        return plain_int(std::str::from_utf8(number).ok()?);
    }
    let mut int = 0;
    for digit in digits {
        match digit {
            b'0'..=b'9' => int = int * 10 + i64::from(digit - b'0'),
            _ => return None,
        }
    }
    if negative && int == 0 { None } else { Some(if negative { -int } else { int }) }
}

/// The value of a number's text where it is an integer within 64 bits: 1 for `1.0`.
pub fn to_i64(text: &str) -> Option<i64> {
    Digits::of_text(text).to_int()
}

/// The integer that OPA's builtins accept as a count or position, where the value is one.
pub fn to_count(value: Value<'_>) -> Option<i64> {
    match value.view() {
        View::Int(int) => Some(int),
        View::Number(text) => count_of_text(text),
        _ => None,
    }
}

/// As [`to_count`], of a text: at most 19 characters besides the sign, and after a point only zeros. `1.0` is one, `1e0`
/// is none.
pub fn count_of_text(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if unsigned.len() > 19 || whole.starts_with(['-', '+']) || !fraction.bytes().all(|b| b == b'0') {
        return None;
    }
    let int = text.strip_suffix(fraction)?;
    int.strip_suffix('.').unwrap_or(int).parse().ok()
}

/// The array index that a number's text means, if it is one: 1 for `1.0`.
pub fn to_index(text: &str) -> Option<usize> {
    to_i64(text).and_then(|i| usize::try_from(i).ok())
}

/// Folds over what makes the number's value: sign, exponent, digits. Equal numbers fold alike.
pub(crate) fn digits_of<H>(text: &str, mut fold: impl FnMut(H, u64) -> H, start: H) -> H {
    let digits = Digits::of_text(text);
    let sign = fold(start, u64::from(digits.negative));
    let head = fold(sign, digits.exponent as u64);
    digits.iter().fold(head, |h, d| fold(h, u64::from(d)))
}
