//! Floating-point numbers: Go's `strconv.FormatFloat` (ftoa.go) and what `fmt` adds to it.
//!
//! Rust's own formatting gives the digits, the fewest that read back the same or exactly as many as asked; where point and
//! exponent go is Go's.

use super::layout::Layout;
use crate::shortest::shortest;

/// A double has no more digits than this, before or after the point: what lies beyond is zeros.
const DIGITS: usize = 1100;

/// The value 0.d1d2d3.. * 10^point.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

/// Prints a number; whether the verb is one for numbers. The number is finite.
pub(super) fn print(value: f64, layout: &Layout, verb: char, to: &mut Vec<u8>) -> bool {
    let (verb, precision) = match verb {
        'v' => (b'g', None),
        'b' | 'g' | 'G' | 'x' | 'X' => (verb as u8, None),
        'e' | 'E' | 'f' => (verb as u8, Some(6)),
        'F' => (b'f', Some(6)),
        _ => return false,
    };
    let precision = layout.precision.or(precision);
    let mut number = Vec::with_capacity(32);
    let negative = value.is_sign_negative();
    number.push(if negative {
        b'-'
    } else if layout.space && !layout.plus {
        b' '
    } else {
        b'+'
    });
    let value = value.abs();
    match verb {
        b'b' => write_binary(value, &mut number),
        b'x' | b'X' => write_hex(value, precision, verb, &mut number),
        b'e' | b'E' => {
            let precision = precision.unwrap_or(6);
            write_scientific(&Decimal::exact(value, precision + 1), precision, verb, &mut number);
        }
        b'f' => write_fixed(value, precision.unwrap_or(6), &mut number),
        _ => write_general(value, precision, verb, &mut number),
    }
    if layout.sharp && verb != b'b' {
        keep_zeros(&mut number, verb, precision);
    }
    if layout.plus || number[0] != b'+' {
        let missing = layout.width.unwrap_or(0).saturating_sub(number.len());
        if layout.zero && !layout.minus && missing > 0 {
            to.push(number[0]);
            layout.fill(missing, to);
            to.extend_from_slice(&number[1..]);
        } else {
            layout.padded(&number, to);
        }
    } else {
        layout.padded(&number[1..], to);
    }
    true
}

impl Decimal {
    /// The fewest digits that read back the same.
    fn shortest(value: f64) -> Self {
        Decimal::read(&shortest(value))
    }

    /// That many digits.
    fn exact(value: f64, digits: usize) -> Self {
        let digits = digits.clamp(1, DIGITS);
        Decimal::read(&format!("{value:.*e}", digits - 1))
    }

    /// Reads `d.ddde5`. Zero has no digits.
    fn read(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        if digits.iter().all(|digit| *digit == b'0') {
            digits.clear();
        }
        let point = if digits.is_empty() { 0 } else { exponent.parse().unwrap_or(0) + 1 };
        Decimal { digits, point }
    }

    fn digit(&self, at: usize) -> u8 {
        self.digits.get(at).copied().unwrap_or(b'0')
    }
}

fn write_scientific(decimal: &Decimal, precision: usize, verb: u8, to: &mut Vec<u8>) {
    to.push(decimal.digit(0));
    if precision > 0 {
        to.push(b'.');
        to.extend((1..=precision).map(|at| decimal.digit(at)));
    }
    let exponent = if decimal.digits.is_empty() { 0 } else { decimal.point - 1 };
    to.push(verb);
    to.push(if exponent < 0 { b'-' } else { b'+' });
    to.extend_from_slice(format!("{:02}", exponent.unsigned_abs()).as_bytes());
}

fn write_fixed(value: f64, precision: usize, to: &mut Vec<u8>) {
    to.extend_from_slice(format!("{value:.*}", precision.min(DIGITS)).as_bytes());
    to.resize(to.len() + precision.saturating_sub(DIGITS), b'0');
}

fn write_general(value: f64, precision: Option<usize>, verb: u8, to: &mut Vec<u8>) {
    let precision = precision.map(|precision| precision.max(1));
    let mut decimal = match precision {
        None => Decimal::shortest(value),
        Some(digits) => Decimal::exact(value, digits),
    };
    // Asked for more digits than there are, Go counts those that are not zeros at the end.
    if precision.is_some() {
        while decimal.digits.last() == Some(&b'0') && decimal.digits.len() > 1 {
            decimal.digits.pop();
        }
    }
    let count = decimal.digits.len();
    let point = decimal.point;
    let mut limit = precision.unwrap_or(6);
    if precision.is_some() && limit > count && count as i32 >= point {
        limit = count;
    }
    let exponent = point - 1;
    if exponent < -4 || exponent >= i32::try_from(limit).unwrap_or(i32::MAX) {
        let scientific = if verb == b'G' { b'E' } else { b'e' };
        let digits = precision.map_or(count, |precision| precision.min(count));
        return write_scientific(&decimal, digits.saturating_sub(1), scientific, to);
    }
    if point <= 0 {
        to.push(b'0');
    } else {
        to.extend((0..point as usize).map(|at| decimal.digit(at)));
    }
    if count as i32 > point {
        to.push(b'.');
        to.extend((point..count as i32).map(|at| usize::try_from(at).map_or(b'0', |at| decimal.digit(at))));
    }
}

const MANTISSA_BITS: u32 = 52;

/// Mantissa and binary exponent: the value is mantissa * 2^(exponent - 52).
fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let exponent = (bits >> MANTISSA_BITS & 0x7ff) as i32;
    let mantissa = bits & ((1 << MANTISSA_BITS) - 1);
    match exponent {
        0 => (mantissa, 1 - 1023),
        _ => (mantissa | 1 << MANTISSA_BITS, exponent - 1023),
    }
}

fn write_binary(value: f64, to: &mut Vec<u8>) {
    let (mantissa, exponent) = parts(value);
    to.extend_from_slice(format!("{mantissa}p{:+}", exponent - MANTISSA_BITS as i32).as_bytes());
}

fn write_hex(value: f64, precision: Option<usize>, verb: u8, to: &mut Vec<u8>) {
    let (mut mantissa, mut exponent) = parts(value);
    if mantissa == 0 {
        exponent = 0;
    }
    mantissa <<= 60 - MANTISSA_BITS;
    while mantissa != 0 && mantissa & 1 << 60 == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(digits) = precision.filter(|digits| *digits < 15) {
        let shift = digits as u32 * 4;
        let extra = mantissa << shift & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        if extra | mantissa & 1 > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & 1 << 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let upper = verb == b'X';
    let digits = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    to.extend_from_slice(&[b'0', verb, b'0' + (mantissa >> 60 & 1) as u8]);
    mantissa <<= 4;
    let count = precision.unwrap_or_else(|| (16 - mantissa.trailing_zeros() as usize / 4) * usize::from(mantissa != 0));
    if count > 0 {
        to.push(b'.');
        for _ in 0..count {
            to.push(digits[(mantissa >> 60 & 15) as usize]);
            mantissa <<= 4;
        }
    }
    to.push(if upper { b'P' } else { b'p' });
    to.push(if exponent < 0 { b'-' } else { b'+' });
    to.extend_from_slice(format!("{:02}", exponent.unsigned_abs()).as_bytes());
}

/// The flag `#`: a point in any case, and zeros up to the precision in `g` and `x`.
fn keep_zeros(number: &mut Vec<u8>, verb: u8, precision: Option<usize>) {
    let mut missing = match verb {
        b'g' | b'G' | b'x' => precision.unwrap_or(6) as i64,
        _ => 0,
    };
    let hex = matches!(verb, b'x' | b'X');
    let is_tail = |byte: &u8| matches!(byte, b'p' | b'P') || !hex && matches!(byte, b'e' | b'E');
    let end = number.iter().position(is_tail).unwrap_or(number.len());
    let tail = number.split_off(end);
    let (mut has_point, mut significant) = (false, false);
    for byte in &number[1..] {
        if *byte == b'.' {
            has_point = true;
            continue;
        }
        significant |= *byte != b'0';
        if significant {
            missing -= 1;
        }
    }
    if !has_point {
        if number.len() == 2 && number[1] == b'0' {
            missing -= 1;
        }
        number.push(b'.');
    }
    number.resize(number.len() + usize::try_from(missing).unwrap_or(0), b'0');
    number.extend_from_slice(&tail);
}
