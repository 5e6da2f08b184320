//! Conversions to numbers.

use lictor_value::text::quoted;
use lictor_value::{Builtin, Context, Type, Value, View, json, number};
use num_bigint::BigUint;

use crate::family;

const CONVERTIBLE: Type = Type::OneOf(&[Type::Null, Type::Boolean, Type::Number, Type::String]);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The number that a value stands for: 0 for null and false, 1 for true, and a string as it reads.
    "to_number" in "conversions" |
        cx,
        value ("null, a boolean, a number, or a string of a number"): Value<'_> [CONVERTIBLE],
    | -> "num" ("the number"): Option<Value<'_>> [Type::Number] {
        match value.view() {
            View::Null | View::Bool(false) => Some(Value::int(0)),
            View::Bool(true) => Some(Value::int(1)),
            View::Int(_) | View::Number(_) => Some(value),
            View::Str(text) => parse(cx, value, text),
            _ => cx.wrong_operand(1, "one of {null, boolean, number, string}", value),
        }
    }
};

fn parse<'v>(cx: &mut Context<'_, 'v>, value: Value<'v>, text: &'v [u8]) -> Option<Value<'v>> {
    let unsigned = text.iter().position(|b| !matches!(b, b'+' | b'-')).map_or(&text[text.len()..], |at| &text[at..]);
    if ["inf", "infinity", "nan"].iter().any(|word| unsigned.eq_ignore_ascii_case(word.as_bytes())) {
        return cx.wrong_operand(1, "valid number string", value);
    }
    match from_go_float(text) {
        Ok(text) => match number::refusal(&text) {
            None => Some(number::from_text(cx.arena, &text)),
            Some(why) => cx.fail(format!("invalid number: {why}")),
        },
        Err(why) => cx.fail(format!("strconv.ParseFloat: parsing {}: {why}", quoted(text))),
    }
}

/// The text, in JSON's grammar, of what Go reads as a decimal number: `+1`, `01`, `1.` and `.5` are allowed, and kept as
/// near to what was written as JSON can; of `0x1p-2` that is `0.25`.
fn from_go_float(text: &[u8]) -> Result<String, &'static str> {
    const SYNTAX: &str = "invalid syntax";
    const RANGE: &str = "value out of range";
    let text = std::str::from_utf8(text).map_err(|_| SYNTAX)?;
    let without_separators = separated_digits(text).ok_or(SYNTAX)?;
    let text = without_separators.as_str();
    let (sign, unsigned) = match text.as_bytes().first() {
        Some(b'-') => ("-", &text[1..]),
        Some(b'+') => ("", &text[1..]),
        _ => ("", text),
    };
    if let Some(digits) = unsigned.strip_prefix("0x").or(unsigned.strip_prefix("0X")) {
        let (mantissa, power) = hexadecimal(digits).ok_or(SYNTAX)?;
        return decimal(&mantissa, power).map(|number| sign.to_owned() + &number).ok_or(RANGE);
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => unsigned.split_at(at),
        None => (unsigned, ""),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let power = exponent.get(1..).unwrap_or("");
    let power_digits = power.strip_prefix(['+', '-']).unwrap_or(power);
    let well_formed = digits(whole)
        && digits(fraction)
        && whole.len() + fraction.len() > 0
        && (exponent.is_empty() || digits(power_digits) && !power_digits.is_empty());
    if !well_formed {
        return Err(SYNTAX);
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    let number = format!("{sign}{whole}{point}{fraction}{exponent}");
    debug_assert!(json::is_number(number.as_bytes()), "{number} is JSON's");
    match number.parse::<f64>() {
        Ok(float) if float.is_infinite() => Err(RANGE),
        Ok(_) => Ok(number),
        Err(_) => Err(SYNTAX),
    }
}

/// The integer and the power of two of `1.8p-1`, the digits being hexadecimal.
fn hexadecimal(digits: &str) -> Option<(BigUint, i64)> {
    let (mantissa, power) = digits.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa = whole.to_owned() + fraction;
    let power_digits = power.strip_prefix(['+', '-']).unwrap_or(power);
    let well_formed = !mantissa.is_empty()
        && mantissa.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !power_digits.is_empty()
        && power_digits.bytes().all(|byte| byte.is_ascii_digit());
    let power = power.parse().unwrap_or(if power.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 });
    let mantissa = BigUint::parse_bytes(mantissa.as_bytes(), 16).filter(|_| well_formed)?;
    Some((mantissa, power - 4 * fraction.len() as i64))
}

/// A number times a power of two, in decimal and exactly; `None` where a float of 64 bits has no such number.
fn decimal(mantissa: &BigUint, power: i64) -> Option<String> {
    const LARGEST: i64 = 1024;
    // Far below all floats; what is between is no float either, but Go keeps it.
    const LEAST: i64 = -2200;
    if *mantissa == BigUint::ZERO {
        return Some(String::from("0"));
    }
    let bits = mantissa.bits() as i64;
    if bits + power > LARGEST || power < LEAST {
        return None;
    }
    if power >= 0 {
        let number = (mantissa << power as u64).to_string();
        return number.parse::<f64>().is_ok_and(f64::is_finite).then_some(number);
    }
    let places = power.unsigned_abs() as usize;
    let digits = (mantissa * BigUint::from(5u32).pow(places as u32)).to_string();
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let number = format!("{whole}.{fraction}");
    Some(number.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// The text without underscores, each of which must stand between two digits.
fn separated_digits(text: &str) -> Option<String> {
    let hexadecimal = text.trim_start_matches(['+', '-']).starts_with(['0']) && text.contains(['x', 'X']);
    // The prefix counts as a digit.
    let is_digit = |byte: &u8| match hexadecimal {
        true => byte.is_ascii_hexdigit() || matches!(byte, b'x' | b'X'),
        false => byte.is_ascii_digit(),
    };
    let digit = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(is_digit);
    let fits = |(at, _)| digit(usize::checked_sub(at, 1)) && digit(at.checked_add(1));
    text.match_indices('_').all(fits).then(|| text.replace('_', ""))
}
