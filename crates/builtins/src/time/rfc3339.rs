//! Dates and times in the format of RFC 3339, in the dialect of Go's `time.Parse(time.RFC3339, ..)`.
//!
//! Go also takes an hour of one digit, a comma before the fraction, and offsets of 24 hours and 60 minutes; it takes no
//! small letters and no second 60. Its errors say what is left of the text and which part of the layout it is not.

use std::fmt::Write;

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// What is wrong: the rest of the text and the part of the layout that it should be, or a number out of range.
enum Wrong<'t> {
    Part(&'t [u8], &'static str),
    Range(&'static str),
    Extra(&'t [u8]),
}

/// The instant, in ns since 1970.
pub(super) fn parse(text: &[u8]) -> Result<i128, String> {
    read(text).map_err(|wrong| {
        let mut message = format!("parsing time {}", quoted(text));
        let _ = match wrong {
            Wrong::Part(rest, part) => {
                write!(message, " as {}: cannot parse {} as \"{part}\"", quoted(LAYOUT.as_bytes()), quoted(rest))
            }
            Wrong::Range(what) => write!(message, ": {what} out of range"),
            Wrong::Extra(rest) => write!(message, ": extra text: {}", quoted(rest)),
        };
        message
    })
}

/// As Go's package `time` quotes: quotes and backslashes escaped, and what is not plain ASCII byte by byte.
pub(super) fn quoted(text: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for byte in text {
        let _ = match byte {
            b'"' | b'\\' => write!(quoted, "\\{}", char::from(*byte)),
            b' '..=b'~' | 0x7f => write!(quoted, "{}", char::from(*byte)),
            _ => write!(quoted, "\\x{byte:02x}"),
        };
    }
    quoted.push('"');
    quoted
}

fn read(text: &[u8]) -> Result<i128, Wrong<'_>> {
    let (year, rest) = digits(text, 4, "2006")?;
    let rest = sign(rest, b'-', "-")?;
    let (month, rest) = digits(rest, 2, "01")?;
    if !(1..=12).contains(&month) {
        return Err(Wrong::Range("month"));
    }
    let rest = sign(rest, b'-', "-")?;
    let (day, rest) = digits(rest, 2, "02")?;
    let rest = sign(rest, b'T', "T")?;
    let (hour, rest) = match rest {
        [first, second, ..] if first.is_ascii_digit() && !second.is_ascii_digit() => {
            (i64::from(first - b'0'), &rest[1..])
        }
        _ => digits(rest, 2, "15")?,
    };
    if hour > 23 {
        return Err(Wrong::Range("hour"));
    }
    let rest = sign(rest, b':', ":")?;
    let (minute, rest) = digits(rest, 2, "04")?;
    if minute > 59 {
        return Err(Wrong::Range("minute"));
    }
    let rest = sign(rest, b':', ":")?;
    let (second, rest) = digits(rest, 2, "05")?;
    if second > 59 {
        return Err(Wrong::Range("second"));
    }
    let (fraction, rest) = fraction(rest);
    let (offset, rest) = offset(rest)?;
    if !rest.is_empty() {
        return Err(Wrong::Extra(rest));
    }
    if day < 1 || day > days_of(year, month) {
        return Err(Wrong::Range("day"));
    }
    let seconds = (days_before(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - offset;
    Ok(i128::from(seconds) * 1_000_000_000 + i128::from(fraction))
}

/// A number of so many digits.
fn digits<'t>(text: &'t [u8], count: usize, part: &'static str) -> Result<(i64, &'t [u8]), Wrong<'t>> {
    match text.split_at_checked(count) {
        Some((number, rest)) if number.iter().all(u8::is_ascii_digit) => {
            Ok((number.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')), rest))
        }
        _ => Err(Wrong::Part(text, part)),
    }
}

fn sign<'t>(text: &'t [u8], sign: u8, part: &'static str) -> Result<&'t [u8], Wrong<'t>> {
    match text.split_first() {
        Some((first, rest)) if *first == sign => Ok(rest),
        _ => Err(Wrong::Part(text, part)),
    }
}

/// Nanoseconds; digits past the ninth count for nothing.
fn fraction(text: &[u8]) -> (i64, &[u8]) {
    let [b'.' | b',', rest @ ..] = text else { return (0, text) };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return (0, text);
    }
    let digit = |at: usize| if at < count { i64::from(rest[at] - b'0') } else { 0 };
    ((0..9).fold(0, |number, at| number * 10 + digit(at)), &rest[count..])
}

/// Seconds east of Greenwich.
fn offset(text: &[u8]) -> Result<(i64, &[u8]), Wrong<'_>> {
    let (east, hours, minutes, rest) = match text {
        [b'Z', rest @ ..] => return Ok((0, rest)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, rest @ ..] => (*sign == b'+', [*h1, *h2], [*m1, *m2], rest),
        _ => return Err(Wrong::Part(text, "Z07:00")),
    };
    let number = |pair: [u8; 2]| match pair.iter().all(u8::is_ascii_digit) {
        true => Ok(i64::from(pair[0] - b'0') * 10 + i64::from(pair[1] - b'0')),
        false => Err(Wrong::Part(text, "Z07:00")),
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 24 {
        return Err(Wrong::Range("time zone offset hour"));
    }
    if minutes > 60 {
        return Err(Wrong::Range("time zone offset minute"));
    }
    let seconds = hours * 3600 + minutes * 60;
    Ok((if east { seconds } else { -seconds }, rest))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, for years from 0 on. The year begins in March, so that the
/// leap day is its last.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_counted_from_1970() {
        for (text, instant) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.5Z", -500_000_000),
            ("2000-02-29T12:00:00+02:00", 951_818_400_000_000_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000_000_000),
            ("2017-07-14T2:40:00,25Z", 1_500_000_000_250_000_000),
        ] {
            assert_eq!(parse(text.as_bytes()), Ok(instant), "{text}");
        }
    }

    #[test]
    fn errors_name_the_part_that_is_wrong() {
        let said = |text: &str| parse(text.as_bytes()).unwrap_err();
        assert_eq!(said("2023-02-29T00:00:00Z"), "parsing time \"2023-02-29T00:00:00Z\": day out of range");
        assert!(said("2023-02-2").ends_with("cannot parse \"2\" as \"02\""));
        assert!(said("2023-01-01T00:00:00+0100").ends_with("cannot parse \"+0100\" as \"Z07:00\""));
        assert!(said("2023-01-01T00:00:00Zé").ends_with("extra text: \"\\xc3\\xa9\""));
    }
}
