//! Conversions to numbers.

use lictor_value::{Builtin, Context, Type, Value, View, json, number};

use crate::family;

const CONVERTIBLE: Type = Type::OneOf(&[Type::Null, Type::Boolean, Type::Number, Type::String]);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The number that a value stands for: 0 for null and false, 1 for true, and a string as it reads.
    "to_number" |cx, value: Value<'_> [CONVERTIBLE]| -> Option<Value<'_>> [Type::Number] {
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
        Ok(text) => Some(number::from_text(cx.arena, &text)),
        Err(why) => {
            let mut quoted = Vec::new();
            lictor_value::text::write_quoted(text, &mut quoted);
            cx.fail(format!("strconv.ParseFloat: parsing {}: {why}", String::from_utf8_lossy(&quoted)))
        }
    }
}

/// The text, in JSON's grammar, of what Go reads as a decimal number: `+1`, `01`, `1.` and `.5` are allowed, and kept as
/// near to what was written as JSON can.
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

/// The text without underscores, each of which must stand between two digits.
fn separated_digits(text: &str) -> Option<String> {
    let digit = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
    let fits = |(at, _)| digit(usize::checked_sub(at, 1)) && digit(at.checked_add(1));
    text.match_indices('_').all(fits).then(|| text.replace('_', ""))
}
