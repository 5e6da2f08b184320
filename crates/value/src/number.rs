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
use std::fmt;

use crate::arena::Arena;
use crate::value::{Value, View};

/// How many digits arithmetic computes with, before and after the point: a few more than [`refusal`] lets in.
pub const MAX_DIGITS: usize = 32_768;

/// Why OPA reads no number with its exponent: a few bytes such as `1e999999` would cost seconds in arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not below 2^100000, or below 2^-100001 and yet not [zero](LEAST_EXPONENT).
    TooBig,
    /// The exponent has no place in Go's floats of any size.
    InvalidFloat,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::TooBig => "number too big",
            Refusal::InvalidFloat => "invalid float",
        })
    }
}

/// What is less than 10 to this power is zero, as Go's floats have exponents of 32 bits.
const LEAST_EXPONENT: i64 = -646_456_993;

/// Whether and why a number in JSON's grammar is not read. Numbers with all their digits written out always are.
pub fn refusal(text: &str) -> Option<Refusal> {
    // The exponent of both limits, 2^100000 and 2^-100001, and the digits that each begins with.
    const EXPONENT: i64 = 30_103;
    const LARGE: &[u8] = b"999002093014384507944032764330";
    const SMALL: &[u8] = b"500499451899347083408132356596";
    let at = memchr::memchr2(b'e', b'E', text.as_bytes())?;
    let Ok(power) = text[at + 1..].parse::<i64>() else { return Some(Refusal::InvalidFloat) };
    if is_written_zero(text) {
        return None;
    }
    let mantissa = &text[..at];
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let digits = mantissa.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    // Go has the digits as one integer of so many bits, nearly, times a power of two.
    let binary = digits as f64 * std::f64::consts::LOG2_10 - fraction as f64 + power as f64;
    if binary.abs() > f64::from(i32::MAX) {
        return Some(Refusal::InvalidFloat);
    }
    let digits = Digits::of_text(text);
    let beyond = match digits.exponent {
        EXPONENT => digits.iter().ge(LARGE.iter().copied()),
        exponent if exponent == -EXPONENT => digits.iter().lt(SMALL.iter().copied()),
        exponent => exponent.abs() > EXPONENT,
    };
    (beyond && !digits.text.is_empty()).then_some(Refusal::TooBig)
}

/// Whether no digit before the exponent is other than 0. A number of which that does not hold may be zero by its exponent.
fn is_written_zero(text: &str) -> bool {
    text.bytes().take_while(|byte| !matches!(byte, b'e' | b'E')).all(|byte| !matches!(byte, b'1'..=b'9'))
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
        match before_point + power {
            exponent if exponent <= LEAST_EXPONENT => Digits { negative: false, exponent: 0, text: &[] },
            exponent => Digits { negative, exponent, text: &mantissa[first..=last] },
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_refused_as_opa_refuses_them() {
        let long = format!("1{}e5", "0".repeat(40_000));
        for read in ["1", "-0.5", "1e30102", "9.99e30102", "0.001e30105", "1e-30103", "5.005E-30104", "0e5", "-0e99999"]
        {
            assert_eq!(refusal(read), None, "{read}");
        }
        for zero in ["1e-646456994", "-3e-2147483640", "0.00e-9999999999"] {
            assert_eq!(refusal(zero), None, "{zero}");
            assert_eq!(to_i64(zero), Some(0), "{zero}");
        }
        for big in ["1e40000", "9.991e30102", "-1e+30103", "5.004e-30104", "1e-646456993", "1e2147483640", &long] {
            assert_eq!(refusal(big), Some(Refusal::TooBig), "{big}");
        }
        for no_float in ["1e2147483650", "1e-2147483660", "0e99999999999999999999", "1E-9223372036854775809"] {
            assert_eq!(refusal(no_float), Some(Refusal::InvalidFloat), "{no_float}");
        }
    }
}
