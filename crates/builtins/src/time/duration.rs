//! Durations such as `1h30m` and `-1.5s`: those of Go's `time.ParseDuration`, with OPA's days, weeks and years.
//!
//! A day is 24 hours, a week 7 days, a year 365 days. A text in which `d`, `w` or `y` occurs is read by OPA's own, stricter
//! grammar first, and each of those units is written anew in hours: `1d2h` is `24h2h`.

use lictor_value::text::{self, lossy};

use super::quote::quoted;

/// One more than the greatest duration: what a negative one may reach.
const LIMIT: u64 = 1 << 63;

/// What is wrong with a text.
enum Wrong {
    Form,
    NoUnit,
    Unit(Vec<u8>),
}

/// The duration, in ns.
pub(super) fn parse(duration: &[u8]) -> Result<i64, String> {
    if !duration.iter().any(|b| b"dwy".contains(b)) {
        return parse_as_go(duration);
    }
    let mut quote = Vec::new();
    text::write_quoted(duration, &mut quote);
    let quote = lossy(&quote);
    let in_hours = rewrite(duration).ok_or_else(|| message(&Wrong::Form, &quote))?;
    read(&in_hours).map_err(|wrong| message(&wrong, &quote))
}

/// The duration, in ns, of a text in Go's units only.
pub(crate) fn parse_as_go(duration: &[u8]) -> Result<i64, String> {
    let quote = if duration.is_empty() { String::from("\"\"") } else { quoted(duration) };
    read(duration).map_err(|wrong| message(&wrong, &quote))
}

fn message(wrong: &Wrong, quote: &str) -> String {
    match wrong {
        Wrong::Form => format!("time: invalid duration {quote}"),
        Wrong::NoUnit => format!("time: missing unit in duration {quote}"),
        Wrong::Unit(unit) => format!("time: unknown unit {} in duration {quote}", quoted(unit)),
    }
}

/// The text with days, weeks and years as hours; `None` where it is not numbers each followed by a unit.
fn rewrite(duration: &[u8]) -> Option<Vec<u8>> {
    let mut rewritten = Vec::with_capacity(duration.len());
    let mut rest = duration;
    if let [sign @ (b'+' | b'-'), after @ ..] = rest {
        rewritten.push(*sign);
        rest = after;
    }
    while !rest.is_empty() {
        let (number, after) = rest.split_at(span(rest, |b| b == b'.' || b.is_ascii_digit()));
        if number.is_empty() {
            return None;
        }
        let long = ["ms", "us", "µs", "ns"].iter().find(|unit| after.starts_with(unit.as_bytes()));
        let width = match (long, after.first()) {
            (Some(unit), _) => unit.len(),
            (None, Some(b'a'..=b'z')) => 1,
            _ => return None,
        };
        let (unit, after) = after.split_at(width);
        let hours = match unit {
            b"d" => Some(24.0),
            b"w" => Some(7.0 * 24.0),
            b"y" => Some(365.0 * 24.0),
            _ => None,
        };
        match hours {
            Some(hours) => {
                let number: f64 = std::str::from_utf8(number).ok()?.parse().ok()?;
                if number.is_infinite() {
                    return None;
                }
                rewritten.extend_from_slice(format!("{}h", number * hours).as_bytes());
            }
            None => rewritten.extend_from_slice(&[number, unit].concat()),
        }
        rest = after;
    }
    Some(rewritten)
}

fn read(duration: &[u8]) -> Result<i64, Wrong> {
    let (negative, mut rest) = match duration {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, duration),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(Wrong::Form);
    }
    let mut sum: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = rest.split_at(span(rest, |b| b.is_ascii_digit()));
        let (fraction, after) = match after {
            [b'.', after @ ..] => after.split_at(span(after, |b| b.is_ascii_digit())),
            _ => after.split_at(0),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(Wrong::Form);
        }
        let whole = whole.iter().try_fold(0, |number, digit| append(number, *digit)).ok_or(Wrong::Form)?;
        let (unit, after) = after.split_at(span(after, |b| b != b'.' && !b.is_ascii_digit()));
        if unit.is_empty() {
            return Err(Wrong::NoUnit);
        }
        let size = nanoseconds(unit).ok_or_else(|| Wrong::Unit(unit.to_vec()))?;
        if whole > LIMIT / size {
            return Err(Wrong::Form);
        }
        let part = whole * size + fraction_of(fraction, size);
        // Go's sum wraps where two parts are at the limit, and so does this one.
        sum = sum.wrapping_add(part);
        if part > LIMIT || sum > LIMIT {
            return Err(Wrong::Form);
        }
        rest = after;
    }
    match (negative, i64::try_from(sum)) {
        (false, sum) => sum.map_err(|_| Wrong::Form),
        (true, Ok(sum)) => Ok(-sum),
        (true, Err(_)) => Ok(i64::MIN),
    }
}

/// How many of the first bytes are such.
fn span(text: &[u8], such: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|b| !such(*b)).unwrap_or(text.len())
}

/// The number with one more digit; `None` past the limit.
fn append(number: u64, digit: u8) -> Option<u64> {
    number.checked_mul(10)?.checked_add(u64::from(digit - b'0')).filter(|number| *number <= LIMIT)
}

/// A fraction of a unit in ns; digits past the precision of 64 bits do not count.
fn fraction_of(digits: &[u8], size: u64) -> u64 {
    let (mut number, mut scale) = (0, 1.0);
    for digit in digits {
        let Some(longer) = append(number, *digit) else { break };
        number = longer;
        scale *= 10.0;
    }
    (number as f64 * (size as f64 / scale)) as u64
}

fn nanoseconds(unit: &[u8]) -> Option<u64> {
    Some(match std::str::from_utf8(unit).ok()? {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn durations_are_sums_of_numbers_with_units() {
        for (text, ns) in [
            ("0", 0),
            ("2m5s", 125_000_000_000),
            ("-.25s", -250_000_000),
            ("3µs", 3_000),
            ("1w1h", 608_400_000_000_000),
            ("+0.5d", 43_200_000_000_000),
            ("-9223372036854775808ns", i64::MIN),
        ] {
            assert_eq!(parse(text.as_bytes()), Ok(ns), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_told_apart() {
        for (text, message) in [
            ("", "time: invalid duration \"\""),
            ("7", "time: missing unit in duration \"7\""),
            ("4q", "time: unknown unit \"q\" in duration \"4q\""),
            ("1d4q", "time: unknown unit \"q\" in duration \"1d4q\""),
            ("1.2.3d", "time: invalid duration \"1.2.3d\""),
            ("300y", "time: invalid duration \"300y\""),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(String::from(message)), "{text}");
        }
    }
}
