//! Numbers as text: whether one is well written, and how two compare. No value is made.

use std::cmp::Ordering;

/// What is wrong with a number, in OPA's words; `None` if nothing is.
pub(crate) fn fault(text: &str) -> Option<&'static str> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    if let Some(fraction) = fraction
        && !fraction.starts_with(|first: char| first.is_ascii_digit())
    {
        return Some("expected fraction");
    }
    if !(whole.is_empty() || digits(whole)) || fraction.is_some_and(|fraction| !digits(fraction)) {
        return Some("illegal number format");
    }
    if let Some(exponent) = exponent {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if !exponent.starts_with(|first: char| first.is_ascii_digit()) {
            return Some("expected exponent");
        }
        if !digits(exponent) {
            return Some("illegal number format");
        }
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return Some("unexpected number token: expected number without leading zero");
    }
    if overflows(text) {
        return Some("unexpected number token: invalid float");
    }
    too_big(text).then_some("number too big")
}

/// Whether the exponent, taken together with the digits, is past the 32 bits that Go's floats have for theirs.
fn overflows(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let Ok(exponent) = exponent.parse::<i64>() else { return true };
    if !mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
        return false;
    }
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    // As many bits as the digits have, as one integer; near enough to the limit that nobody writes.
    let bits = digits.trim_start_matches('0').len() as f64 * std::f64::consts::LOG2_10;
    (bits - fraction.len() as f64 + exponent as f64).abs() > f64::from(i32::MAX)
}

/// Whether a number's binary exponent is past OPA's limit of 100,000.
fn too_big(text: &str) -> bool {
    const LIMIT: f64 = 1e5;
    let decimal = Decimal::new(text);
    if decimal.digits.is_empty() {
        return false;
    }
    // The leading digits tell the binary exponent closely enough: the limit is no power of ten.
    let lead = decimal
        .digits
        .iter()
        .take(17)
        .fold((0.0_f64, 1.0_f64), |(sum, unit), digit| (sum + f64::from(*digit) * unit / 10.0, unit / 10.0));
    let binary = (lead.0.log2() + decimal.point as f64 * std::f64::consts::LOG2_10).floor() + 1.0;
    // What is smaller than any float of 32 exponent bits is zero.
    const LEAST: f64 = -2147483648.0;
    binary > LIMIT || (LEAST..-LIMIT).contains(&binary)
}

/// A decimal number: `0.d1 d2 d3 .. * 10^point`, without zeros at either end.
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    fn new(text: &str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        // Exponents that do not fit are far past any limit; clamped they still compare.
        let clamp = |exponent: &str| if exponent.starts_with('-') { -(i64::MAX / 4) } else { i64::MAX / 4 };
        let exponent = exponent.parse::<i64>().unwrap_or_else(|_| clamp(exponent)).clamp(-(i64::MAX / 4), i64::MAX / 4);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|byte| byte.wrapping_sub(b'0')).collect();
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        let end = digits.iter().rposition(|digit| *digit != 0).map_or(zeros, |last| last + 1);
        let digits = digits.get(zeros..end).unwrap_or_default().to_vec();
        let point = if digits.is_empty() { 0 } else { whole.len() as i64 - zeros as i64 + exponent };
        Decimal { negative: negative && !digits.is_empty(), digits, point }
    }
}

/// How two numbers compare, exactly.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (Decimal::new(left), Decimal::new(right));
    let sign = |number: &Decimal| match (number.digits.is_empty(), number.negative) {
        (true, _) => 0,
        (_, true) => -1,
        _ => 1,
    };
    let magnitude = left.point.cmp(&right.point).then_with(|| left.digits.cmp(&right.digits));
    sign(&left).cmp(&sign(&right)).then(if left.negative { magnitude.reverse() } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_named_as_opa_names_them() {
        for good in ["0", "1", "10", "0.5", ".5", "1e3", "0e5", "1.50E+10", "1e30102", "0e9999999999", "1e-2147483640"]
        {
            assert_eq!(fault(good), None, "{good}");
        }
        for (bad, words) in [
            ("1.", "expected fraction"),
            ("1.e5", "expected fraction"),
            ("1e", "expected exponent"),
            ("1e+", "expected exponent"),
            ("0a2b", "illegal number format"),
            ("1_000", "illegal number format"),
            ("1e5x", "illegal number format"),
            ("01", "unexpected number token: expected number without leading zero"),
            ("1e40000", "number too big"),
            ("1e2147483640", "number too big"),
            ("1e2147483650", "unexpected number token: invalid float"),
            ("1e-2147483660", "unexpected number token: invalid float"),
            ("1e99999999999999999999", "unexpected number token: invalid float"),
            ("0e99999999999999999999", "unexpected number token: invalid float"),
            ("1e-40000", "number too big"),
        ] {
            assert_eq!(fault(bad), Some(words), "{bad}");
        }
    }

    #[test]
    fn numbers_compare_by_value() {
        use Ordering::*;
        for (left, right, order) in [
            ("1", "1.0", Equal),
            ("1e3", "1000", Equal),
            ("-0", "0", Equal),
            ("-1", "1", Less),
            ("-2", "-1", Less),
            ("10", "9", Greater),
            ("0.1", "0.09", Greater),
            ("123456789012345678901234567890", "123456789012345678901234567891", Less),
        ] {
            assert_eq!(compare(left, right), order, "{left} {right}");
            assert_eq!(compare(right, left), order.reverse(), "{right} {left}");
        }
    }
}
