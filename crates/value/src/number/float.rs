//! Binary floating point with a mantissa of any chosen number of bits: what OPA's arithmetic does with non-integers.
//!
//! It follows Go's `big.Float` where the two could differ in the last digit: texts are scaled by a power of five that is
//! itself rounded (to 128 bits), results are rounded to nearest, ties to even, and printing takes the fewest digits
//! within half a unit of the last place.

use num_bigint::{BigInt, BigUint, Sign};

use super::{MAX_DIGITS, NumberError};

/// The precision of numbers read from text, in bits.
const PRECISION: u64 = 64;

/// `mantissa` * 2^`exponent`, rounded to `precision` bits.
#[derive(Clone, Debug)]
pub struct Float {
    negative: bool,
    mantissa: BigUint,
    exponent: i64,
    precision: u64,
}

impl Float {
    /// The number that `text` is, in JSON's grammar.
    ///
    /// # Errors
    /// [`NumberError::TooLarge`] past [`MAX_DIGITS`].
    pub fn from_text(text: &str) -> Result<Float, NumberError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if mantissa.len() > MAX_DIGITS {
            return Err(NumberError::TooLarge);
        }
        let digits = [whole, fraction].concat();
        let mantissa = BigUint::parse_bytes(digits.as_bytes(), 10).unwrap_or_default();
        let exact = Float { negative, mantissa, exponent: 0, precision: PRECISION };
        if exact.is_zero() {
            return Ok(exact);
        }
        let power = exponent.parse::<i64>().map(|power| power.saturating_sub(fraction.len() as i64));
        let Some(power) = power.ok().filter(|power| power.unsigned_abs() <= MAX_DIGITS as u64) else {
            let is_zero = super::Digits::of_text(text).text.is_empty();
            return if is_zero { Ok(Float { mantissa: BigUint::ZERO, ..exact }) } else { Err(NumberError::TooLarge) };
        };
        let five = Float::power_of_five(power.unsigned_abs(), PRECISION + 64);
        let mut float = match power {
            0 => exact.rounded(PRECISION, false),
            1.. => exact.times(&five, PRECISION),
            _ => exact.over(&five, PRECISION),
        };
        float.exponent += power;
        Ok(float)
    }

    /// An integer, exactly: with as many bits as it has, at least 64.
    pub fn from_int(int: &BigInt) -> Float {
        let precision = int.bits().max(PRECISION);
        Float { negative: int.sign() == Sign::Minus, mantissa: int.magnitude().clone(), exponent: 0, precision }
    }

    /// A small integer with a mantissa of 53 bits, which results that start from it keep: OPA multiplies so.
    pub fn from_small(int: u32) -> Float {
        Float { negative: false, mantissa: BigUint::from(int), exponent: 0, precision: 53 }
    }

    /// One half.
    pub fn half() -> Float {
        Float { negative: false, mantissa: BigUint::from(1u8), exponent: -1, precision: 53 }
    }

    /// 5^n as Go computes it: by squaring, rounded at each step.
    fn power_of_five(n: u64, precision: u64) -> Float {
        const EXACT: u32 = 27;
        let exact = |n: u32| Float { negative: false, mantissa: BigUint::from(5u64.pow(n)), exponent: 0, precision };
        if n <= u64::from(EXACT) {
            return exact(n as u32);
        }
        let mut power = exact(EXACT);
        let mut factor = exact(1);
        let mut rest = n - u64::from(EXACT);
        while rest > 0 {
            if rest & 1 == 1 {
                power = power.times(&factor, precision);
            }
            factor = factor.times(&factor, precision + 64);
            rest >>= 1;
        }
        power
    }

    /// Rounds to `precision` bits, ties to even. `sticky`: the true value is a little more than the mantissa says.
    fn rounded(mut self, precision: u64, sticky: bool) -> Float {
        self.precision = precision;
        let bits = self.mantissa.bits();
        if bits > precision {
            let shift = bits - precision;
            let half = self.mantissa.bit(shift - 1);
            let more = sticky || self.mantissa.trailing_zeros().is_some_and(|zeros| zeros < shift - 1);
            let odd = self.mantissa.bit(shift);
            self.mantissa >>= shift;
            self.exponent += shift as i64;
            if half && (more || odd) {
                self.mantissa += 1u8;
            }
        }
        self
    }

    fn times(&self, other: &Float, precision: u64) -> Float {
        Float {
            negative: self.negative != other.negative,
            mantissa: &self.mantissa * &other.mantissa,
            exponent: self.exponent + other.exponent,
            precision,
        }
        .rounded(precision, false)
    }

    fn over(&self, other: &Float, precision: u64) -> Float {
        let negative = self.negative != other.negative;
        if self.is_zero() {
            return Float { negative, mantissa: BigUint::ZERO, exponent: 0, precision };
        }
        // Two bits more than asked for, so that the remainder only says to which side of a tie the quotient lies.
        let shift = (precision + 2 + other.mantissa.bits()).saturating_sub(self.mantissa.bits());
        let dividend = &self.mantissa << shift;
        let quotient = &dividend / &other.mantissa;
        let exact = &quotient * &other.mantissa == dividend;
        let exponent = self.exponent - other.exponent - shift as i64;
        Float { negative, mantissa: quotient, exponent, precision }.rounded(precision, !exact)
    }

    fn plus(&self, other: &Float, precision: u64) -> Float {
        if self.is_zero() && other.is_zero() {
            let negative = self.negative && other.negative;
            return Float { negative, mantissa: BigUint::ZERO, exponent: 0, precision };
        }
        if self.is_zero() {
            return other.clone().rounded(precision, false);
        }
        if other.is_zero() {
            return self.clone().rounded(precision, false);
        }
        let exponent = self.exponent.min(other.exponent);
        let aligned = |float: &Float| {
            let sign = if float.negative { Sign::Minus } else { Sign::Plus };
            BigInt::from_biguint(sign, &float.mantissa << (float.exponent - exponent) as u64)
        };
        let sum = aligned(self) + aligned(other);
        let negative = sum.sign() == Sign::Minus;
        Float { negative, mantissa: sum.into_parts().1, exponent, precision }.rounded(precision, false)
    }

    /// The precision of a result: the greater of the operands'.
    fn shared_precision(&self, other: &Float) -> u64 {
        self.precision.max(other.precision)
    }

    /// The sum.
    pub fn add(&self, other: &Float) -> Float {
        self.plus(other, self.shared_precision(other))
    }

    /// The difference.
    pub fn sub(&self, other: &Float) -> Float {
        self.plus(&other.negated(), self.shared_precision(other))
    }

    /// The product.
    pub fn mul(&self, other: &Float) -> Float {
        self.times(other, self.shared_precision(other))
    }

    /// The product with the precision of this factor.
    pub fn mul_keeping_precision(&self, other: &Float) -> Float {
        self.times(other, self.precision)
    }

    /// The quotient; `None` where the divisor is zero.
    pub fn div(&self, other: &Float) -> Option<Float> {
        (!other.is_zero()).then(|| self.over(other, self.shared_precision(other)))
    }

    /// The number with the other sign.
    pub fn negated(&self) -> Float {
        Float { negative: !self.negative, ..self.clone() }
    }

    /// The number without its sign.
    pub fn abs(&self) -> Float {
        Float { negative: false, ..self.clone() }
    }

    /// Whether the number is 0, of either sign.
    pub fn is_zero(&self) -> bool {
        self.mantissa == BigUint::ZERO
    }

    /// Whether the sign is a minus; zero has one, too.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether the number has no fraction.
    pub fn is_int(&self) -> bool {
        self.exponent >= 0 || self.mantissa.trailing_zeros().is_none_or(|zeros| zeros >= self.exponent.unsigned_abs())
    }

    /// The integer between this and zero that is nearest to this.
    pub fn truncated(&self) -> BigInt {
        let shift = self.exponent.unsigned_abs();
        let magnitude = if self.exponent < 0 { &self.mantissa >> shift } else { &self.mantissa << shift };
        BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, magnitude)
    }

    /// The shortest text that reads back as this number: `0.3`, `3e-07`, and integers in full.
    ///
    /// # Errors
    /// [`NumberError::TooLarge`] past [`MAX_DIGITS`].
    pub fn to_text(&self) -> Result<String, NumberError> {
        // 10 bits make 3 digits.
        if self.exponent.unsigned_abs() > MAX_DIGITS as u64 * 4 {
            return Err(NumberError::TooLarge);
        }
        let decimal = Decimal::shortest(self);
        let text = if self.is_int() { decimal.plain() } else { decimal.general() };
        Ok(if self.negative { format!("-{text}") } else { text })
    }
}

/// Digits without zeros at the ends: 0.d1d2.. * 10^exponent.
struct Decimal {
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// `mantissa` * 2^`exponent`, exactly.
    fn exact(mantissa: &BigUint, exponent: i64) -> Decimal {
        let shift = exponent.unsigned_abs();
        // Halving is doubling the five and moving the point.
        let (int, scale) = if exponent < 0 {
            let zeros = mantissa.trailing_zeros().unwrap_or(0).min(shift);
            let places = shift - zeros;
            ((mantissa >> zeros) * BigUint::from(5u8).pow(places as u32), places as i64)
        } else {
            (mantissa << shift, 0)
        };
        if int == BigUint::ZERO {
            return Decimal { digits: Vec::new(), exponent: 0 };
        }
        let mut digits = int.to_string().into_bytes();
        let exponent = digits.len() as i64 - scale;
        trim_zeros(&mut digits);
        Decimal { digits, exponent }
    }

    /// The fewest digits that round to `float` in its precision. Of the two ways to shorten, the nearer one, where both
    /// stay within half a unit of the mantissa's last place.
    fn shortest(float: &Float) -> Decimal {
        let mut decimal = Decimal::exact(&float.mantissa, float.exponent);
        if float.is_zero() {
            return decimal;
        }
        // One bit more than the precision: one step of it is half a unit.
        let bits = float.mantissa.bits();
        let wanted = float.precision + 1;
        let mantissa =
            if bits < wanted { &float.mantissa << (wanted - bits) } else { &float.mantissa >> (bits - wanted) };
        let exponent = float.exponent + bits as i64 - wanted as i64;
        let lower = Decimal::exact(&(&mantissa - 1u8), exponent);
        let upper = Decimal::exact(&(&mantissa + 1u8), exponent);
        // Ties go to the even mantissa, so its bounds still read back as it.
        let inclusive = !mantissa.bit(1);
        for at in 0..decimal.digits.len() {
            let (low, here, high) = (lower.at(at), decimal.at(at), upper.at(at));
            let down = low != here || inclusive && at + 1 == lower.digits.len();
            let up = here != high && (inclusive || here + 1 < high || at + 1 < upper.digits.len());
            if down && up {
                let up = decimal.rounds_up(at + 1);
                decimal.cut(at + 1, up);
            } else if down || up {
                decimal.cut(at + 1, up);
            } else {
                continue;
            }
            break;
        }
        decimal
    }

    fn at(&self, at: usize) -> u8 {
        self.digits.get(at).copied().unwrap_or(b'0')
    }

    /// Whether rounding to `len` digits goes up; ties go to the even digit.
    fn rounds_up(&self, len: usize) -> bool {
        match self.digits.get(len..) {
            None | Some([]) => false,
            Some(b"5") => len > 0 && (self.at(len - 1) - b'0') % 2 == 1,
            Some([first, ..]) => *first >= b'5',
        }
    }

    fn cut(&mut self, len: usize, up: bool) {
        if len >= self.digits.len() {
            return;
        }
        self.digits.truncate(len);
        if up {
            while self.digits.last() == Some(&b'9') {
                self.digits.pop();
            }
            match self.digits.last_mut() {
                Some(last) => *last += 1,
                None => {
                    self.digits.push(b'1');
                    self.exponent += 1;
                }
            }
        }
        trim_zeros(&mut self.digits);
    }

    /// Without an exponent: `1200`, `0.0012`.
    fn plain(&self) -> String {
        let mut text = String::new();
        if self.exponent <= 0 {
            text.push('0');
        }
        for at in 0..self.exponent.max(0) as usize {
            text.push(char::from(self.at(at)));
        }
        if self.digits.len() as i64 > self.exponent {
            text.push('.');
            for at in self.exponent..self.digits.len() as i64 {
                text.push(usize::try_from(at).map_or('0', |at| char::from(self.at(at))));
            }
        }
        text
    }

    /// As Go's `%g` chooses: with an exponent below 0.0001 and from 1000000 on.
    fn general(&self) -> String {
        let power = self.exponent - 1;
        if (-4..6).contains(&power) {
            return self.plain();
        }
        let mut text = String::from(char::from(self.at(0)));
        if self.digits.len() > 1 {
            text.push('.');
            text.extend(self.digits.iter().skip(1).map(|d| char::from(*d)));
        }
        let sign = if power < 0 { '-' } else { '+' };
        text + &format!("e{sign}{:02}", power.unsigned_abs())
    }
}

fn trim_zeros(digits: &mut Vec<u8>) {
    let len = digits.iter().rposition(|d| *d != b'0').map_or(0, |last| last + 1);
    digits.truncate(len);
}
