//! Numbers as exact decimals: comparing them, dividing them and showing them as gojsonschema's `big.Rat` and `big.Float` do.

use std::cmp::Ordering;

use num_bigint::BigUint;

/// An exact decimal number: `digits` × 10^`exponent`, without zeros around the digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

/// Exponents beyond are as good as infinite.
const LARGEST: i64 = 1 << 50;

impl Decimal {
    /// Reads a JSON number.
    pub(crate) fn parse(text: &str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let too_large = if exponent.starts_with('-') { -LARGEST } else { LARGEST };
        let exponent = exponent.parse::<i64>().unwrap_or(too_large).clamp(-LARGEST, LARGEST);
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_end_matches('0');
        let exponent = exponent - fraction.len() as i64 + (digits.len() - significant.len()) as i64;
        let digits = significant.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Decimal { negative: false, digits, exponent: 0 };
        }
        Decimal { negative, digits, exponent }
    }

    pub(crate) fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    pub(crate) fn is_positive(&self) -> bool {
        !self.negative && !self.digits.is_empty()
    }

    /// Whether it is so many times `other`, which is not 0.
    pub(crate) fn is_multiple_of(&self, other: &Decimal) -> bool {
        if self.digits.is_empty() {
            return true;
        }
        let digits = |decimal: &Decimal| decimal.digits.parse::<BigUint>().unwrap_or_default();
        let (own, divisor, ten) = (digits(self), digits(other), BigUint::from(10_u8));
        let difference = self.exponent - other.exponent;
        match u32::try_from(-difference) {
            // More powers of ten than it has digits cannot divide it.
            _ if -difference > self.digits.len() as i64 => false,
            Ok(powers) => own % (divisor * ten.pow(powers)) == BigUint::ZERO,
            Err(_) => {
                let power = ten.modpow(&BigUint::from(difference.unsigned_abs()), &divisor);
                (own % &divisor) * power % divisor == BigUint::ZERO
            }
        }
    }

    /// Where its first digit stands: 10^magnitude is above it.
    fn magnitude(&self) -> i64 {
        self.exponent + self.digits.len() as i64
    }

    fn absolute(&self, other: &Decimal) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (false, false) => self.magnitude().cmp(&other.magnitude()).then_with(|| self.digits.cmp(&other.digits)),
            (own, other) => other.cmp(&own),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.absolute(other),
            (true, true) => other.absolute(self),
            (own, other) => other.cmp(&own),
        }
    }
}

/// As `%v` shows a `big.Float`: with an exponent from 10^6 on and below 10^-4.
impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.negative { "-" } else { "" })?;
        let exponent = self.magnitude() - 1;
        let digits = match self.digits.as_str() {
            "" => return f.write_str("0"),
            digits => digits,
        };
        if !(-4..6).contains(&exponent) {
            let (first, rest) = digits.split_at(1);
            let (point, sign) = (if rest.is_empty() { "" } else { "." }, if exponent < 0 { '-' } else { '+' });
            return write!(f, "{first}{point}{rest}e{sign}{:02}", exponent.unsigned_abs());
        }
        let point = self.magnitude();
        match usize::try_from(point) {
            Ok(point) if point >= digits.len() => write!(f, "{digits}{}", "0".repeat(point - digits.len())),
            Ok(point) if point > 0 => write!(f, "{}.{}", &digits[..point], &digits[point..]),
            _ => write!(f, "0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text)
    }

    #[test]
    fn numbers_are_compared_exactly() {
        for (small, large) in
            [("-1e400", "-2"), ("-2", "-1.5"), ("-0.5", "0"), ("0", "1e-9"), ("1.5", "1.50001"), ("9", "10")]
        {
            assert!(decimal(small) < decimal(large), "{small} < {large}");
        }
        assert_eq!(decimal("1.50e1"), decimal("15"));
        assert_eq!(decimal("-0.0"), decimal("0"));
        assert!(
            decimal("1e1000000000").is_integer() && !decimal("1.5").is_integer() && decimal("15e-1") == decimal("1.5")
        );
    }

    #[test]
    fn multiples_are_found_exactly() {
        for (number, of) in [("0.3", "0.1"), ("1e1000000", "7e-3"), ("0", "3"), ("21", "-7"), ("7e100000", "7")] {
            let is = number != "1e1000000";
            assert_eq!(decimal(number).is_multiple_of(&decimal(of)), is, "{number} of {of}");
        }
        assert!(!decimal("1").is_multiple_of(&decimal("1e1000000")));
        assert!(!decimal("0.35").is_multiple_of(&decimal("0.1")));
    }

    #[test]
    fn numbers_are_shown_as_floats_are() {
        for (text, shown) in [
            ("999999", "999999"),
            ("1000000", "1e+06"),
            ("1234567.50", "1.2345675e+06"),
            ("0.0001234", "0.0001234"),
            ("-0.00001", "-1e-05"),
            ("123456.789", "123456.789"),
            ("100", "100"),
        ] {
            assert_eq!(decimal(text).to_string(), shown);
        }
    }
}
