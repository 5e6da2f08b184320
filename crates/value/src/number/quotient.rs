//! The quotient of two 64-bit integers that does not come out even, without a number on the heap: what [`super::Float`] gives
//! for `time.now_ns() / 1000000000`, in a fraction of its time.
//!
//! The quotient is rounded to a mantissa of 64 bits, ties to even, and printed with the fewest digits within half a unit of
//! the mantissa's last place. `Float` says it for numbers of any size; here the mantissa has one bit more, so that half a
//! unit is 1, and as long as its fraction has at most [`MOST_BITS`] bits, the next digit is what ten times it carries over:
//!
//! ```text
//! 1/3 = 0b1010..1011 * 2^-66:  below 0.333333333333333333315, above 0.333333333333333333369
//! both begin with 0.3333333333333333333: the next digit, 4, lies between them, and nothing shorter does
//! ```

/// How many bits a fraction may have, so that ten times it fits 128.
const MOST_BITS: u32 = 124;

/// How many digits there is room for: those of the whole part, and those of a mantissa and the zeros before it.
const ROOM: usize = 64;

/// A quotient.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Quotient {
    /// After rounding it is whole.
    Whole(i64),
    /// Its text.
    Text(Text),
}

/// A number's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text {
    bytes: [u8; ROOM],
    len: usize,
}

impl Text {
    fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

/// `a / b`; `None` where it is zero or nothing, comes out even, or is so small that it takes more bits.
pub(super) fn quotient(a: i64, b: i64) -> Option<Quotient> {
    let (dividend, divisor) = (u128::from(a.unsigned_abs()), u128::from(b.unsigned_abs()));
    if dividend == 0 || divisor < 2 {
        return None;
    }
    let negative = (a < 0) != (b < 0);
    let bits = |number: u128| u128::BITS - number.leading_zeros();
    // At least 62 bits of quotient, and four more in a second step, as the dividend would be too long for one.
    let shift = 62 + bits(divisor) - bits(dividend);
    let shifted = dividend << shift;
    let (first, rest) = (shifted / divisor, shifted % divisor);
    let (second, rest) = ((rest << 4) / divisor, (rest << 4) % divisor);
    let (mantissa, dropped) = rounded(first << 4 | second, rest != 0);
    let (half_units, fraction_bits) = (mantissa << 1, shift + 4 + 1 - dropped);
    if fraction_bits > MOST_BITS {
        return None;
    }
    let whole = half_units >> fraction_bits;
    let fraction = |half_units: u128| half_units & ((1 << fraction_bits) - 1);
    if fraction(half_units) == 0 {
        let whole = i64::try_from(whole).ok()?;
        return Some(Quotient::Whole(if negative { -whole } else { whole }));
    }
    // Neither bound leaves the whole part, as the fraction is even and not 0.
    let [below, here, above] = [half_units - 1, half_units, half_units + 1]
        .map(|half_units| Digits::new(whole as u64, fraction(half_units), fraction_bits));
    Some(Quotient::Text(shortest(below, here, above, mantissa & 1 == 0)?.text(negative)?))
}

/// The number in 64 bits, or 2^64, and how many bits were dropped; `sticky`: it is a little more than it says.
fn rounded(number: u128, sticky: bool) -> (u128, u32) {
    let dropped = u128::BITS - number.leading_zeros() - u64::BITS;
    let (kept, rest, half) = (number >> dropped, number & ((1 << dropped) - 1), 1 << (dropped - 1));
    let up = rest > half || rest == half && (sticky || kept & 1 == 1);
    (kept + u128::from(up), dropped)
}

/// What is still to come of a number's decimal digits.
#[derive(Clone, Copy)]
struct Digits {
    /// Digits of the whole part.
    whole: u64,
    /// The power of ten of the whole part's next digit; 0 after the last.
    place: u64,
    fraction: u128,
    fraction_bits: u32,
}

/// 0.d1d2.. * 10^exponent
struct Decimal {
    digits: Text,
    exponent: i32,
}

impl Digits {
    fn new(whole: u64, fraction: u128, fraction_bits: u32) -> Self {
        let place = whole.checked_ilog10().map_or(0, |power| 10_u64.pow(power));
        Digits { whole, place, fraction, fraction_bits }
    }

    fn next(&mut self) -> u8 {
        if let Some(digit) = self.whole.checked_div(self.place) {
            (self.whole, self.place) = (self.whole % self.place, self.place / 10);
            return digit as u8;
        }
        let ten = self.fraction * 10;
        self.fraction = ten & ((1 << self.fraction_bits) - 1);
        (ten >> self.fraction_bits) as u8
    }

    /// Whether only zeros follow.
    fn is_done(&self) -> bool {
        self.whole == 0 && self.fraction == 0
    }

    /// Passes the zeros after the point that come before the first digit; gives how many they are.
    fn skip_zeros(&mut self) -> i32 {
        let mut zeros = 0;
        let mut ahead = *self;
        while self.place == 0 && ahead.next() == 0 {
            zeros += 1;
            *self = ahead;
        }
        zeros
    }
}

/// The fewest digits between two bounds; with the bounds themselves, where those are `inclusive`.
fn shortest(mut below: Digits, mut here: Digits, mut above: Digits, inclusive: bool) -> Option<Decimal> {
    let whole_digits = here.whole.checked_ilog10().map_or(0, |power| power as i32 + 1);
    // Each is compared from its own first digit on, as Go does.
    below.skip_zeros();
    above.skip_zeros();
    let mut decimal = Decimal { digits: Text { bytes: [0; ROOM], len: 0 }, exponent: whole_digits - here.skip_zeros() };
    while decimal.digits.len < ROOM {
        let (low, digit, high) = (below.next(), here.next(), above.next());
        decimal.digits.push(digit);
        let down = low != digit || inclusive && below.is_done();
        let up = digit != high && (inclusive || digit + 1 < high || !above.is_done());
        if here.is_done() {
            return Some(decimal);
        }
        if down || up {
            // Only behind the point can they differ.
            let half = 1 << (here.fraction_bits - 1);
            let nearer_up = here.fraction > half || here.fraction == half && digit % 2 == 1;
            if up && (!down || nearer_up) {
                decimal.count_up();
            }
            decimal.trim();
            return Some(decimal);
        }
    }
    None
}

impl Decimal {
    fn count_up(&mut self) {
        let digits = &mut self.digits;
        while digits.len > 0 && digits.bytes[digits.len - 1] == 9 {
            digits.len -= 1;
        }
        match digits.len {
            0 => {
                digits.push(1);
                self.exponent += 1;
            }
            len => digits.bytes[len - 1] += 1,
        }
    }

    fn trim(&mut self) {
        while self.digits.len > 0 && self.digits.bytes[self.digits.len - 1] == 0 {
            self.digits.len -= 1;
        }
    }

    /// As Go's `%g` chooses: with an exponent below 0.0001 and from 1000000 on.
    fn text(&self, negative: bool) -> Option<Text> {
        let digits = &self.digits.bytes[..self.digits.len];
        let power = self.exponent - 1;
        let mut to = Text { bytes: [0; ROOM], len: 0 };
        if digits.len() + 10 > ROOM {
            return None;
        }
        if negative {
            to.push(b'-');
        }
        let is_plain = (-4..6).contains(&power);
        let whole_digits = if is_plain { self.exponent } else { 1 };
        if whole_digits <= 0 {
            to.push(b'0');
        }
        for at in whole_digits.min(0)..(digits.len() as i32).max(whole_digits) {
            if at == whole_digits {
                to.push(b'.');
            }
            to.push(b'0' + usize::try_from(at).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0));
        }
        if !is_plain {
            to.push(b'e');
            to.push(if power < 0 { b'-' } else { b'+' });
            let power = power.unsigned_abs() as u8;
            to.push(b'0' + power / 10);
            to.push(b'0' + power % 10);
        }
        Some(to)
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;
    use proptest::prelude::*;

    use super::*;
    use crate::number::Float;

    fn said(a: i64, b: i64) -> Option<String> {
        Some(match quotient(a, b)? {
            Quotient::Whole(whole) => whole.to_string(),
            Quotient::Text(text) => text.as_str().to_owned(),
        })
    }

    #[test]
    fn quotients_have_the_fewest_digits() {
        for (a, b, text) in [
            (1, 3, "0.33333333333333333334"),
            (-2, 3, "-0.6666666666666666667"),
            (5, 2, "2.5"),
            (1, 10, "0.1"),
            (1, 1000, "0.001"),
            (-1, 100_000, "-1e-05"),
            (12, 1_000_000, "1.2e-05"),
            (1_764_354_834_123_456_789, 1_000_000_000, "1.764354834123456789e+09"),
            (2_469_135, 2, "1.2345675e+06"),
            (246_913, 2, "123456.5"),
            (i64::MAX, 2, "4.6116860184273879035e+18"),
        ] {
            assert_eq!(said(a, b).as_deref(), Some(text), "{a} / {b}");
        }
        assert_eq!((said(0, -1), said(1, 0), said(7, 1), said(1, i64::MAX)), (None, None, None, None));
    }

    /// Numbers of all lengths.
    fn number() -> impl Strategy<Value = i64> {
        prop_oneof![
            (any::<i64>(), 0..63_u32).prop_map(|(n, by)| n >> by),
            (0..19_u32).prop_map(|power| 10_i64.pow(power))
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn quotients_are_those_of_floats(a in number(), b in number()) {
            if b == 0 || a % b == 0 {
                return Ok(());
            }
            let float = Float::from_int(&BigInt::from(a)).div(&Float::from_int(&BigInt::from(b))).unwrap();
            if let Some(said) = said(a, b) {
                prop_assert_eq!(said, float.to_text().unwrap());
            }
        }
    }
}
