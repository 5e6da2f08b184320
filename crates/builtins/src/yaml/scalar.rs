//! What plain scalars mean: YAML 1.2's core schema, and what Go's package `yaml` 3 keeps of YAML 1.1: `012` is ten, `1_000`
//! a thousand, `0b1` one, and dates are dates, but `yes` is a word.

mod timestamp;

use crate::shortest::shortest;

pub(super) use timestamp::{parse as timestamp, print as print_timestamp};

pub(super) const NULL: &str = "!!null";
pub(super) const BOOLEAN: &str = "!!bool";
pub(super) const STRING: &str = "!!str";
pub(super) const INTEGER: &str = "!!int";
pub(super) const FLOAT: &str = "!!float";
pub(super) const TIMESTAMP: &str = "!!timestamp";
pub(super) const SEQUENCE: &str = "!!seq";
pub(super) const MAPPING: &str = "!!map";
pub(super) const BINARY: &str = "!!binary";
pub(super) const MERGE: &str = "!!merge";

/// A scalar's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// Greater than an `Int` can be.
    Unsigned(u64),
    Float(f64),
    /// As RFC 3339 writes it.
    Timestamp(String),
    /// The text itself.
    Text,
}

impl Scalar {
    pub(super) fn tag(&self) -> &'static str {
        match self {
            Scalar::Null => NULL,
            Scalar::Bool(_) => BOOLEAN,
            Scalar::Int(_) | Scalar::Unsigned(_) => INTEGER,
            Scalar::Float(_) => FLOAT,
            Scalar::Timestamp(_) => TIMESTAMP,
            Scalar::Text => STRING,
        }
    }
}

/// The tag of a plain scalar that has none.
pub(super) fn tag_of(text: &str) -> &'static str {
    meaning(text, true).tag()
}

/// The value of a scalar with a tag; whatever the tags that no schema knows mean, is text.
///
/// # Errors
/// Text that is no value of the tag's type.
pub(super) fn resolve(tag: &str, text: &str) -> Result<Scalar, String> {
    if !matches!(tag, BOOLEAN | INTEGER | FLOAT | NULL | TIMESTAMP) {
        return Ok(Scalar::Text);
    }
    let scalar = meaning(text, tag == TIMESTAMP);
    match (tag, &scalar) {
        (FLOAT, Scalar::Int(int)) => Ok(Scalar::Float(*int as f64)),
        _ if scalar.tag() == tag => Ok(scalar),
        _ => Err(format!("cannot decode {} `{text}` as a {tag}", scalar.tag())),
    }
}

fn meaning(text: &str, dates: bool) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' => float(text),
        b'+' | b'-' | b'0'..=b'9' => {
            let date = dates.then(|| timestamp(text)).flatten();
            date.map_or_else(|| number(&text.replace('_', "")), |date| Scalar::Timestamp(print_timestamp(&date)))
        }
        _ => Scalar::Text,
    }
}

fn number(text: &str) -> Scalar {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = digits.len() < text.len();
    let prefix = digits.get(..2).map(str::to_ascii_lowercase);
    let (radix, digits) = match prefix.as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && let Ok(magnitude) = u64::from_str_radix(digits, radix)
    {
        let int = if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() };
        match int {
            Some(int) => return Scalar::Int(int),
            None if !signed => return Scalar::Unsigned(magnitude),
            None => {}
        }
    }
    // Of what a number with digits alone may hold besides, there are one point and an exponent.
    if text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) { float(text) } else { Scalar::Text }
}

/// A decimal number that a double can hold, or else text.
fn float(text: &str) -> Scalar {
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => Scalar::Float(float),
        _ => Scalar::Text,
    }
}

/// A number as Go's `%g` writes it, with the fewest digits that read back the same.
pub(super) fn print_float(float: f64) -> String {
    if float.is_nan() {
        return ".nan".into();
    }
    if float.is_infinite() {
        return if float > 0.0 { ".inf".into() } else { "-.inf".into() };
    }
    general(&shortest(float), || format!("{float}"))
}

/// The same with the precision of 32 bits.
pub(super) fn print_short_float(float: f64) -> String {
    let short = float as f32;
    if !short.is_finite() {
        return print_float(f64::from(short));
    }
    general(&shortest(short), || format!("{short}"))
}

/// A number of which both forms are known, in the shorter one: exponents from -4 to 5 need none.
fn general(scientific: &str, fixed: impl FnOnce() -> String) -> String {
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..GENERAL_EXPONENT).contains(&exponent) {
        return fixed();
    }
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs())
}

/// From which exponent on `%g` writes one.
const GENERAL_EXPONENT: i32 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_numbers_in_many_ways() {
        for (text, int) in
            [("0", 0), ("-0", 0), ("+7", 7), ("017", 15), ("0o17", 15), ("-0x1F", -31), ("0b110", 6), ("2_5_", 25)]
        {
            assert_eq!(meaning(text, true), Scalar::Int(int), "{text}");
        }
        for (text, float) in
            [("1.", 1.0), (".5", 0.5), ("-1e3", -1000.0), ("089", 89.0), ("99999999999999999999", 1e20)]
        {
            assert_eq!(meaning(text, true), Scalar::Float(float), "{text}");
        }
        assert_eq!(meaning("18446744073709551615", true), Scalar::Unsigned(u64::MAX));
        assert_eq!(meaning("-9223372036854775808", true), Scalar::Int(i64::MIN));
        for text in ["yes", "0x", "0b2", "1e999", "_1", "--1", "1e", "+", "-", ".", "0x1p3", "-0x-1", "1:30", "NaN"] {
            assert_eq!(meaning(text, true), Scalar::Text, "{text}");
        }
    }

    #[test]
    fn a_tag_must_fit() {
        assert_eq!(resolve(FLOAT, "3"), Ok(Scalar::Float(3.0)));
        assert_eq!(resolve("!mine", "3"), Ok(Scalar::Text));
        assert_eq!(resolve(NULL, "x"), Err("cannot decode !!str `x` as a !!null".into()));
        assert_eq!(resolve(BOOLEAN, "0"), Err("cannot decode !!int `0` as a !!bool".into()));
    }

    #[test]
    fn floats_print_as_go_prints_them() {
        for (float, text) in
            [(1.0, "1"), (-0.25, "-0.25"), (1e6, "1e+06"), (123456.0, "123456"), (1e-4, "0.0001"), (1.5e-7, "1.5e-07")]
        {
            assert_eq!(print_float(float), text);
        }
        assert_eq!(print_short_float(0.1), "0.1");
    }
}
