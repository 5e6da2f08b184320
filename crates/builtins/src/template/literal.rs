//! Constants as Go writes them: strings, characters and numbers (`strconv.Unquote`, `ParseInt` and `ParseFloat`).

use lictor_value::text::{self, lossy};

use super::lexer::quoted;

const SYNTAX: &str = "invalid syntax";

/// A number, as all that it can be taken for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Number {
    /// A whole number, written as one.
    Int(i64),
    /// A whole number past 64 bits with a sign.
    TooLarge,
    Float(f64),
    Complex(f64, f64),
}

/// What a quoted string stands for; `None` where that is nothing. Bytes that are no UTF-8 are only kept between backquotes.
pub(super) fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let [quote, inner @ .., _] = text else { return None };
    if *quote == b'`' {
        return Some(inner.iter().copied().filter(|byte| *byte != b'\r').collect());
    }
    let mut unquoted = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        text::write_utf8(&rest[..plain], &mut unquoted);
        rest = &rest[plain..];
        if !rest.is_empty() {
            let (escaped, after) = unescape(rest, *quote)?;
            match escaped {
                Escaped::Byte(byte) => unquoted.push(byte),
                Escaped::Char(c) => unquoted.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            rest = after;
        }
    }
    Some(unquoted)
}

enum Escaped {
    Byte(u8),
    Char(char),
}

/// What the escape at the beginning of a text stands for.
fn unescape(text: &[u8], quote: u8) -> Option<(Escaped, &[u8])> {
    let [b'\\', kind, rest @ ..] = text else { return None };
    let digits = |digits: &[u8], base: u32| {
        digits.iter().try_fold(0_u32, |number, digit| {
            let digit = char::from(*digit).to_digit(base)?;
            number.checked_mul(base)?.checked_add(digit)
        })
    };
    let plain = |byte| Some((Escaped::Byte(byte), rest));
    match kind {
        b'a' => plain(7),
        b'b' => plain(8),
        b'f' => plain(12),
        b'n' => plain(b'\n'),
        b'r' => plain(b'\r'),
        b't' => plain(b'\t'),
        b'v' => plain(11),
        b'\\' => plain(b'\\'),
        b'"' | b'\'' if *kind == quote => plain(quote),
        b'x' | b'u' | b'U' => {
            let (code, rest) = rest.split_at_checked(match kind {
                b'x' => 2,
                b'u' => 4,
                _ => 8,
            })?;
            let code = digits(code, 16)?;
            let escaped = if *kind == b'x' { Escaped::Byte(code as u8) } else { Escaped::Char(char::from_u32(code)?) };
            Some((escaped, rest))
        }
        b'0'..=b'7' => {
            let (code, rest) = text[1..].split_at_checked(3)?;
            Some((Escaped::Byte(u8::try_from(digits(code, 8)?).ok()?), rest))
        }
        _ => None,
    }
}

/// The code of a character between single quotes, or what is wrong.
pub(super) fn character(text: &[u8]) -> Result<i64, String> {
    let inner = &text[1..];
    let (code, rest) = match inner {
        [b'\'', ..] => return Err(SYNTAX.into()),
        [b'\\', ..] => {
            let (escaped, rest) = unescape(inner, b'\'').ok_or(SYNTAX)?;
            match escaped {
                Escaped::Byte(byte) => (i64::from(byte), rest),
                Escaped::Char(c) => (i64::from(u32::from(c)), rest),
            }
        }
        _ => {
            let (c, size) = text::runes(inner).next().ok_or(SYNTAX)?;
            (i64::from(u32::from(c)), &inner[size..])
        }
    };
    if rest != b"'" {
        return Err(format!("malformed character constant: {}", lossy(text)));
    }
    Ok(code)
}

/// The number that a text is, or what is wrong.
pub(super) fn number(text: &str) -> Result<Number, String> {
    if let Some(float) = text.strip_suffix('i').and_then(|text| float(text).ok()) {
        return Ok(Number::Complex(0.0, float));
    }
    match integer(text) {
        Some(int) => Ok(i64::try_from(int).map_or(Number::TooLarge, Number::Int)),
        None => match float(text) {
            Ok(_) if !text.contains(['.', 'e', 'E', 'p', 'P']) => {
                Err(format!("integer overflow: {}", quoted(text.as_bytes())))
            }
            Ok(float) => Ok(Number::Float(float)),
            Err(_) => Err(format!("illegal number syntax: {}", quoted(text.as_bytes()))),
        },
    }
}

/// `1+2i`, as Go's `fmt.Sscan` reads it.
pub(super) fn complex(text: &str) -> Result<Number, String> {
    let wrong = || "syntax error scanning complex number".to_owned();
    let (real, rest) = text.split_at(float_length(text));
    let unsigned = rest.strip_prefix(['+', '-']).ok_or_else(wrong)?;
    let (imaginary, unit) = rest.split_at(1 + float_length(unsigned));
    if !unit.starts_with('i') {
        return Err(wrong());
    }
    let part = |text: &str| {
        float(text).map_err(|why| format!("strconv.ParseFloat: parsing {}: {why}", quoted(text.as_bytes())))
    };
    Ok(Number::Complex(part(real)?, part(imaginary)?))
}

/// How long the part at the beginning is that may belong to a float: `fmt.Sscan` takes `i` behind the sign for the beginning
/// of `inf`.
fn float_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let at = |at: usize| bytes.get(at).map_or(0, u8::to_ascii_lowercase);
    let mut end = usize::from(matches!(at(0), b'+' | b'-'));
    end += usize::from(at(end) == b'i');
    let hexadecimal = at(end) == b'0' && at(end + 1) == b'x';
    if hexadecimal {
        end += 2;
    }
    let digits = |mut end: usize, hexadecimal: bool| {
        while at(end) == b'_' || at(end).is_ascii_digit() || hexadecimal && at(end).is_ascii_hexdigit() {
            end += 1;
        }
        end
    };
    end = digits(end, hexadecimal);
    if at(end) == b'.' {
        end = digits(end + 1, hexadecimal);
    }
    if at(end) == b'p' || at(end) == b'e' && !hexadecimal {
        end += 1;
        end = digits(end + usize::from(matches!(at(end), b'+' | b'-')), false);
    }
    end
}

/// An integer of 64 bits, signed or not, in the base that its prefix says.
fn integer(text: &str) -> Option<i128> {
    let (negative, unsigned) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let prefix = unsigned.get(..2).map(str::to_ascii_lowercase);
    let (base, digits, prefixed) = match prefix.as_deref() {
        Some("0x") => (16, &unsigned[2..], true),
        Some("0o") => (8, &unsigned[2..], true),
        Some("0b") => (2, &unsigned[2..], true),
        _ if unsigned.len() > 1 && unsigned.starts_with('0') => (8, &unsigned[1..], true),
        _ => (10, unsigned, false),
    };
    let digits = separated(digits, prefixed, base == 16)?;
    let number = i128::from(u64::from_str_radix(&digits, base).ok()?);
    if digits.starts_with('+') || negative && number > 1 << 63 {
        return None;
    }
    // Only what has no sign may need all 64 bits.
    if unsigned.len() < text.len() && !negative && number > i128::from(i64::MAX) {
        return None;
    }
    Some(if negative { -number } else { number })
}

/// The text without underscores, each of which must stand between digits or after a prefix.
fn separated(text: &str, prefixed: bool, hexadecimal: bool) -> Option<String> {
    let digit =
        |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit() || hexadecimal && byte.is_ascii_hexdigit());
    let bytes = text.as_bytes();
    let fits = |at: usize| {
        let before = if at == 0 { prefixed } else { digit(bytes.get(at - 1).copied()) };
        before && digit(bytes.get(at + 1).copied())
    };
    let all = text.match_indices('_').all(|(at, _)| fits(at));
    all.then(|| text.replace('_', ""))
}

/// A finite number, decimal or in hexadecimal with an exponent of two; or what is wrong with it.
fn float(text: &str) -> Result<f64, &'static str> {
    let (sign, unsigned) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (if text.starts_with('-') { -1.0 } else { 1.0 }, rest),
        None => (1.0, text),
    };
    let hexadecimal = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X"));
    let number = match hexadecimal {
        Some(digits) => separated(digits, true, true).and_then(|digits| hexadecimal_float(&digits)),
        // Not the words for infinity, which Rust reads too.
        None if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') => None,
        None => separated(unsigned, false, false).and_then(|digits| digits.parse().ok()),
    };
    let number = number.ok_or(SYNTAX)?;
    if number.is_finite() { Ok(sign * number) } else { Err("value out of range") }
}

/// The mantissa's bits up to 64, with what lies below them in the last one, are rounded once.
fn hexadecimal_float(text: &str) -> Option<f64> {
    let (mantissa, power) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 {
        return None;
    }
    let (sign, digits) = match power.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, power.strip_prefix('+').unwrap_or(power)),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let mut power = sign * digits.parse().unwrap_or(i64::from(i32::MAX));
    let mut bits: u64 = 0;
    let mut sticky = false;
    for digit in whole.chars().chain(fraction.chars()) {
        let digit = u64::from(digit.to_digit(16)?);
        if bits >> 56 == 0 {
            bits = bits << 4 | digit;
        } else {
            sticky |= digit != 0;
            power = power.saturating_add(4);
        }
    }
    power = power.saturating_sub(4 * i64::try_from(fraction.len()).ok()?);
    let rounded = (bits | u64::from(sticky)) as f64;
    let power = i32::try_from(power.clamp(-2_000, 2_000)).ok()?;
    // In two steps, so that neither is out of range before the other brings it back.
    Some(rounded * 2_f64.powi(power / 2) * 2_f64.powi(power - power / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_their_syntax_says() {
        for (text, is) in [
            ("0", Number::Int(0)),
            ("-0x1F", Number::Int(-31)),
            ("0b1_01", Number::Int(5)),
            ("017", Number::Int(15)),
            ("0x1e3", Number::Int(0x1e3)),
            ("1_000", Number::Int(1000)),
            ("18446744073709551615", Number::TooLarge),
            ("1e3", Number::Float(1000.0)),
            ("-.5", Number::Float(-0.5)),
            ("0x1p-2", Number::Float(0.25)),
            ("2i", Number::Complex(0.0, 2.0)),
        ] {
            assert_eq!(number(text), Ok(is), "{text}");
        }
        assert_eq!(complex("1e+1-2.5i"), Ok(Number::Complex(10.0, -2.5)));
        for (text, why) in [
            ("--1i", "strconv.ParseFloat: parsing \"-\": invalid syntax"),
            ("+i-1i", "strconv.ParseFloat: parsing \"+i\": invalid syntax"),
            ("1e999+1i", "strconv.ParseFloat: parsing \"1e999\": value out of range"),
            ("1+.i", "strconv.ParseFloat: parsing \"+.\": invalid syntax"),
            ("1i+1i", "syntax error scanning complex number"),
            ("1+i", "syntax error scanning complex number"),
            ("0b1+1i", "syntax error scanning complex number"),
        ] {
            assert_eq!(complex(text), Err(why.to_owned()), "{text}");
        }
        for text in ["1__0", "1_e5", "_1", "0x", "1e", ".", "1e400"] {
            assert_eq!(number(text), Err(format!("illegal number syntax: \"{text}\"")), "{text}");
        }
        for text in ["18446744073709551616", "-9223372036854775809", "089"] {
            assert_eq!(number(text), Err(format!("integer overflow: \"{text}\"")), "{text}");
        }
    }

    #[test]
    fn strings_are_unquoted_as_in_go() {
        assert_eq!(unquote(br#""a\x41\u00e9\101\"\n""#), Some("aA\u{e9}A\"\n".into()));
        assert_eq!(unquote(b"`a\\n\r`"), Some(b"a\\n".to_vec()));
        // What was no text stays none where an escape says it, and is replaced where it stood as it is.
        assert_eq!(unquote(b"\"a\xe9\xe2\x82\""), Some("a\u{fffd}\u{fffd}\u{fffd}".into()));
        assert_eq!(unquote(br#""a\xe9""#), Some(b"a\xe9".to_vec()));
        assert_eq!(unquote(b"`\xe9`"), Some(b"\xe9".to_vec()));
        for wrong in [r#""\'""#, r#""\ud800""#, r#""\400""#, r#""\q""#, r#""\x4""#] {
            assert_eq!(unquote(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(character(b"'\\''"), Ok(39));
        assert_eq!(character(b"'ab'"), Err("malformed character constant: 'ab'".into()));
    }
}
