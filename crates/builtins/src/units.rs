//! Amounts with units: `10G`, `1500m`, `4MiB`.

use lictor_value::number::{self, Float};
use lictor_value::text::lossy;
use lictor_value::{Builtin, Context, Value};
use num_bigint::{BigInt, Sign};

use crate::family;
use crate::family::Number;
use crate::strings::case::lowered;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The number that an amount stands for. The units are `m` (a thousandth), `K`, `M`, `G`, `T`, `P`, `E`, and with an
    /// `i` the powers of 1024; only `m` and `M` differ by case.
    "units.parse" |cx, x ("an amount such as `1.5Ki`"): &[u8]| -> "y" ("the number"): Option<Number<'_>> {
        parse(cx, x).map(Number)
    }
    /// The whole number of bytes that an amount stands for. The units are those of `units.parse` without `m`, in any
    /// case and with or without a `b`.
    "units.parse_bytes" |cx, x ("an amount such as `10MB`"): &[u8]| -> "y" ("the number of bytes"): Option<Number<'_>> {
        parse_bytes(cx, x).map(Number)
    }
};

/// How many digits an exponent may have.
const EXPONENT_DIGITS: usize = 6;

fn parse<'v>(cx: &mut Context<'_, 'v>, amount: &[u8]) -> Option<Value<'v>> {
    let amount: Vec<u8> = amount.iter().copied().filter(|byte| *byte != b'"').collect();
    if amount.contains(&b' ') {
        return cx.fail("units.parse: spaces not allowed in resource strings");
    }
    let Some((number, unit)) = split(&amount) else {
        return cx.fail("units.parse: exponent too large");
    };
    if number.is_empty() {
        return cx.fail("units.parse: no amount provided");
    }
    // The first byte stays as it is, even where it is only a part of a character; what is no character becomes one, each
    // byte of it.
    let (first, rest) = unit.split_at(usize::from(!unit.is_empty()));
    let unit = format!("{}{}", lossy(first), lowered(rest));
    let (factor, places) = match unit.as_str() {
        // The thousandth is the float's, as exactly as it is.
        "m" => (BigInt::from(1_152_921_504_606_847u64), 60),
        "" => (BigInt::from(1), 0),
        _ => match power(&unit) {
            Some(factor) => (BigInt::from(factor), 0),
            None => return cx.fail(format!("units.parse: unit {unit} not recognized")),
        },
    };
    let Some(decimal) = Decimal::parse(number) else {
        return cx.fail("units.parse: could not parse amount to a number");
    };
    let text = cx.catch(decimal.times(&factor, places))?;
    Some(number::from_text(cx.arena, &text))
}

fn parse_bytes<'v>(cx: &mut Context<'_, 'v>, amount: &[u8]) -> Option<Value<'v>> {
    let amount = lowered(amount).replace('"', "");
    if amount.contains(' ') {
        return cx.fail("units.parse_bytes: spaces not allowed in resource strings");
    }
    let Some((number, unit)) = split(amount.as_bytes()) else {
        return cx.fail("units.parse_bytes: exponent too large");
    };
    if number.is_empty() {
        return cx.fail("units.parse_bytes: no byte amount provided");
    }
    let unit = std::str::from_utf8(unit).unwrap_or_default();
    let factor = match unit.strip_suffix('b').unwrap_or(unit) {
        "" if unit.is_empty() => Some(1),
        letters => power(letters),
    };
    let Some(factor) = factor else {
        return cx.fail(format!("units.parse_bytes: byte unit {unit} not recognized"));
    };
    let Some(decimal) = Decimal::parse(number) else {
        return cx.fail("units.parse_bytes: could not parse byte amount to a number");
    };
    let amount = cx.catch(Float::from_text(&decimal.to_text()))?;
    let bytes = amount.mul(&Float::from_int(&BigInt::from(factor))).truncated();
    cx.catch(number::from_big(cx.arena, &bytes))
}

/// What a unit multiplies by; its first letter may be a capital, `m` must be.
fn power(unit: &str) -> Option<u64> {
    let (base, letter) = match unit.strip_suffix('i') {
        Some(letter) => (1024u64, letter),
        None => (1000, unit),
    };
    let exponent = match letter {
        "k" | "K" => 1,
        "m" | "M" => 2,
        "g" | "G" => 3,
        "t" | "T" => 4,
        "p" | "P" => 5,
        "e" | "E" => 6,
        _ => return None,
    };
    Some(base.pow(exponent))
}

/// Splits an amount into number and unit; `None` where an exponent has too many digits. An `e` belongs to the number
/// where a digit or a sign follows.
fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' | b'.' | b'+' | b'-' => {}
            b'e' | b'E' if digit(at + 1) || matches!(bytes.get(at + 1), Some(b'+' | b'-')) => {
                at += usize::from(!digit(at + 1));
                if (at + 1..).take_while(|at| digit(*at)).nth(EXPONENT_DIGITS).is_some() {
                    return None;
                }
            }
            _ => break,
        }
        at += 1;
    }
    let (number, unit) = bytes.split_at_checked(at)?;
    Some((std::str::from_utf8(number).unwrap_or_default(), unit))
}

/// A decimal number: digits * 10^exponent.
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads `1`, `+.5`, `1.` and `-1e3`.
    fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(Decimal { negative, digits, exponent: exponent.parse::<i64>().ok()? - fraction.len() as i64 })
    }

    fn to_text(&self) -> String {
        format!("{}{}e{}", if self.negative { "-" } else { "" }, self.digits, self.exponent)
    }

    /// The product with factor / 2^places, exactly: as an integer where it is one, else with ten places, halves rounded
    /// away from zero.
    fn times(&self, factor: &BigInt, places: u32) -> Result<String, number::NumberError> {
        const PLACES: u32 = 10;
        if self.exponent.unsigned_abs() as usize + self.digits.len() > number::MAX_DIGITS {
            return Err(number::NumberError::TooLarge);
        }
        let digits = BigInt::parse_bytes(self.digits.as_bytes(), 10).unwrap_or_default();
        let ten = |power: u32| BigInt::from(10).pow(power);
        let scale = self.exponent.unsigned_abs() as u32;
        let two = BigInt::from(1) << places;
        let (above, below) =
            if self.exponent < 0 { (digits * factor, two * ten(scale)) } else { (digits * factor * ten(scale), two) };
        let sign = if self.negative && above.sign() != Sign::NoSign { "-" } else { "" };
        if (&above % &below).sign() == Sign::NoSign {
            return Ok(format!("{sign}{}", above / below));
        }
        let twice: BigInt = above * ten(PLACES) * 2 + &below;
        let rounded: BigInt = twice / (below * 2);
        let rounded = rounded.to_string();
        let padded = format!("{rounded:0>width$}", width = PLACES as usize + 1);
        let (whole, fraction) = padded.split_at(padded.len() - PLACES as usize);
        Ok(format!("{sign}{whole}.{fraction}"))
    }
}
