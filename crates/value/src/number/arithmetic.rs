//! Arithmetic as OPA does it: on 64-bit integers inline, else on integers of any size, else in floating point.

use num_bigint::{BigInt, Sign};

use super::quotient::{Quotient, quotient};
use super::{Float, MAX_DIGITS, from_text, plain_int};
use crate::arena::Arena;
use crate::builtin::{Fault, Halt};
use crate::text::str_in;
use crate::value::{Value, View};

/// Why an operation has no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// This operand (from 1) is no number.
    NotANumber {
        /// The operand, from 1.
        position: usize,
        /// Its type.
        found: &'static str,
    },
    /// `x / 0`
    DivideByZero,
    /// `x % 0`
    ModuloByZero,
    /// `1.5 % 2`
    ModuloOnFloat,
    /// More than [`MAX_DIGITS`] digits would be computed with. The evaluation must end: an operand that a stranger chose
    /// must not make a rule undefined.
    TooLarge,
}

impl From<NumberError> for Fault {
    fn from(error: NumberError) -> Fault {
        match error {
            NumberError::NotANumber { position, found } => Fault::Operand { position, expected: "number", found },
            NumberError::DivideByZero => Fault::Failed("divide by zero".into()),
            NumberError::ModuloByZero => Fault::Failed("modulo by zero".into()),
            NumberError::ModuloOnFloat => Fault::Failed("modulo on floating-point number".into()),
            NumberError::TooLarge => Fault::Halt(Halt::Memory),
        }
    }
}

type Answer<'v> = Result<Value<'v>, NumberError>;

/// `a + b`
///
/// # Errors
/// Where an operand is no number, or is too large.
#[inline]
pub fn add<'v>(arena: &'v Arena, a: Value<'v>, b: Value<'v>) -> Answer<'v> {
    match small(a, b, i64::checked_add) {
        Some(sum) => Ok(Value::int(sum)),
        None => wide(arena, a, b, |x, y| x + y, Float::add),
    }
}

/// `a - b`, of numbers; [`crate::Set`] has the other difference.
///
/// # Errors
/// As [`add`].
#[inline]
pub fn sub<'v>(arena: &'v Arena, a: Value<'v>, b: Value<'v>) -> Answer<'v> {
    match small(a, b, i64::checked_sub) {
        Some(difference) => Ok(Value::int(difference)),
        None => wide(arena, a, b, |x, y| x - y, Float::sub),
    }
}

/// `a * b`
///
/// # Errors
/// As [`add`].
#[inline]
pub fn mul<'v>(arena: &'v Arena, a: Value<'v>, b: Value<'v>) -> Answer<'v> {
    match small(a, b, i64::checked_mul) {
        Some(product) => Ok(Value::int(product)),
        None => wide(arena, a, b, |x, y| x * y, Float::mul),
    }
}

/// `a / b`: an integer where it is exact, else a float. `0 / -1` is `-0`, as in OPA.
///
/// # Errors
/// As [`add`], and where `b` is zero.
#[inline]
pub fn div<'v>(arena: &'v Arena, a: Value<'v>, b: Value<'v>) -> Answer<'v> {
    match small(a, b, |x, y| (x != 0 && x.checked_rem(y)? == 0).then(|| x.checked_div(y))?) {
        Some(quotient) => Ok(Value::int(quotient)),
        None => div_float(arena, a, b),
    }
}

/// `a % b`, with the sign of `a`.
///
/// # Errors
/// As [`add`], where `b` is zero, and where an operand is no integer.
#[inline]
pub fn rem<'v>(arena: &'v Arena, a: Value<'v>, b: Value<'v>) -> Answer<'v> {
    match small(a, b, i64::checked_rem) {
        Some(rest) => Ok(Value::int(rest)),
        None => rem_big(arena, a, b),
    }
}

#[inline(always)]
fn small(a: Value<'_>, b: Value<'_>, operation: impl Fn(i64, i64) -> Option<i64>) -> Option<i64> {
    operation(a.as_int()?, b.as_int()?)
}

fn numbers(a: Value<'_>, b: Value<'_>) -> Result<(), NumberError> {
    for (at, value) in [a, b].into_iter().enumerate() {
        if !value.is_number() {
            return Err(NumberError::NotANumber { position: at + 1, found: value.type_name() });
        }
    }
    Ok(())
}

#[cold]
#[inline(never)]
fn wide<'v>(
    arena: &'v Arena,
    a: Value<'v>,
    b: Value<'v>,
    exact: fn(BigInt, BigInt) -> BigInt,
    float: fn(&Float, &Float) -> Float,
) -> Answer<'v> {
    numbers(a, b)?;
    match (to_big(a)?, to_big(b)?) {
        (Some(x), Some(y)) => from_big(arena, &exact(x, y)),
        _ => from_float(arena, &float(&to_float(a)?, &to_float(b)?)),
    }
}

#[cold]
#[inline(never)]
fn div_float<'v>(arena: &'v Arena, a: Value<'v>, b: Value<'v>) -> Answer<'v> {
    if let Some(quotient) = a.as_int().zip(b.as_int()).and_then(|(a, b)| quotient(a, b)) {
        return Ok(match quotient {
            Quotient::Whole(whole) => Value::int(whole),
            Quotient::Text(text) => Value::number_text(str_in(arena, text.as_str())),
        });
    }
    numbers(a, b)?;
    let quotient = to_float(a)?.div(&to_float(b)?).ok_or(NumberError::DivideByZero)?;
    from_float(arena, &quotient)
}

#[cold]
#[inline(never)]
fn rem_big<'v>(arena: &'v Arena, a: Value<'v>, b: Value<'v>) -> Answer<'v> {
    numbers(a, b)?;
    match (to_big(a)?, to_big(b)?) {
        (Some(_), Some(y)) if y.sign() == Sign::NoSign => Err(NumberError::ModuloByZero),
        (Some(x), Some(y)) => from_big(arena, &(x % y)),
        _ => Err(NumberError::ModuloOnFloat),
    }
}

/// The number without its sign.
///
/// # Errors
/// As [`add`].
pub fn abs<'v>(arena: &'v Arena, a: Value<'v>) -> Answer<'v> {
    match a.as_int().and_then(i64::checked_abs) {
        Some(int) => Ok(Value::int(int)),
        None => from_float(arena, &operand(a)?.abs()),
    }
}

/// The nearest integer; halves go away from zero.
///
/// # Errors
/// As [`add`].
pub fn round<'v>(arena: &'v Arena, a: Value<'v>) -> Answer<'v> {
    rounding(arena, a, |float| {
        let half = Float::half();
        let moved = if float.is_negative() { float.sub(&half) } else { float.add(&half) };
        Float::from_int(&moved.truncated())
    })
}

/// The least integer that is not less. Between -1 and 0 that is 0, where OPA, which looks at the sign of what it has already
/// truncated to 0, says 1.
///
/// # Errors
/// As [`add`].
pub fn ceil<'v>(arena: &'v Arena, a: Value<'v>) -> Answer<'v> {
    rounding(arena, a, |float| {
        let truncated = Float::from_int(&float.truncated());
        if float.is_negative() || float.is_int() { truncated } else { truncated.add(&Float::from_small(1)) }
    })
}

/// The greatest integer that is not greater. Between -1 and 0 that is -1, where OPA says 0 for the same reason.
///
/// # Errors
/// As [`add`].
pub fn floor<'v>(arena: &'v Arena, a: Value<'v>) -> Answer<'v> {
    rounding(arena, a, |float| {
        let truncated = Float::from_int(&float.truncated());
        if !float.is_negative() || float.is_int() { truncated } else { truncated.sub(&Float::from_small(1)) }
    })
}

fn rounding<'v>(arena: &'v Arena, a: Value<'v>, round: impl Fn(&Float) -> Float) -> Answer<'v> {
    if a.as_int().is_some() { Ok(a) } else { from_float(arena, &round(&operand(a)?)) }
}

fn operand(a: Value<'_>) -> Result<Float, NumberError> {
    if a.is_number() { to_float(a) } else { Err(NumberError::NotANumber { position: 1, found: a.type_name() }) }
}

/// The number as a float of 64 bits; what is no number counts as 0.
///
/// # Errors
/// [`NumberError::TooLarge`].
pub fn to_float(value: Value<'_>) -> Result<Float, NumberError> {
    match value.view() {
        View::Int(int) => Ok(Float::from_int(&BigInt::from(int))),
        View::Number(text) => Float::from_text(text),
        _ => Ok(Float::from_small(0)),
    }
}

/// The number as an integer, exactly; `None` where it has a fraction or is no number.
///
/// # Errors
/// [`NumberError::TooLarge`].
pub fn to_big(value: Value<'_>) -> Result<Option<BigInt>, NumberError> {
    let text = match value.view() {
        View::Int(int) => return Ok(Some(BigInt::from(int))),
        View::Number(text) => text,
        _ => return Ok(None),
    };
    let digits = super::Digits::of_text(text);
    let count = digits.iter().count() as i64;
    if count == 0 {
        // What is less than all floats is zero, and yet no integer.
        return Ok(super::is_written_zero(text).then_some(BigInt::ZERO));
    }
    if digits.exponent < count {
        return Ok(None);
    }
    if digits.exponent > MAX_DIGITS as i64 {
        return Err(NumberError::TooLarge);
    }
    let zeros = std::iter::repeat_n(b'0', (digits.exponent - count) as usize);
    let all: Vec<u8> = digits.negative.then_some(b'-').into_iter().chain(digits.iter()).chain(zeros).collect();
    Ok(BigInt::parse_bytes(&all, 10))
}

/// An integer of any size as a value.
///
/// # Errors
/// [`NumberError::TooLarge`].
pub fn from_big<'v>(arena: &'v Arena, int: &BigInt) -> Answer<'v> {
    if let Ok(int) = i64::try_from(int) {
        return Ok(Value::int(int));
    }
    // 10 bits make 3 digits.
    if int.bits() > MAX_DIGITS as u64 * 10 / 3 {
        return Err(NumberError::TooLarge);
    }
    Ok(from_text(arena, &int.to_string()))
}

/// A float as a value: the shortest text that reads back.
///
/// # Errors
/// [`NumberError::TooLarge`].
pub fn from_float<'v>(arena: &'v Arena, float: &Float) -> Answer<'v> {
    let text = float.to_text()?;
    Ok(match plain_int(&text) {
        Some(int) => Value::int(int),
        None => from_text(arena, &text),
    })
}

#[cfg(test)]
mod tests;
