//! The comparisons of templates: Go's `eq`, `ne`, `lt`, `le`, `gt` and `ge`. Values of different kinds are not compared.

use std::cmp::Ordering;

use lictor_value::Context;
use lictor_value::text::lossy;

use super::datum::{Data, Datum};
use super::execution::Failure;
use super::functions::{Given, fails};
use crate::sprintf::{Argument, Layout};

/// Calls the comparison of that name.
pub(super) fn call<'v>(cx: &mut Context<'_, 'v>, name: &[u8], args: &[Datum<'v>]) -> Given<'v> {
    let (a, b) = (args[0], &args[1..]);
    let holds = match name {
        b"eq" => is_equal(cx, a, b)?,
        b"ne" => !is_equal(cx, a, b)?,
        b"lt" => is_less(a, b[0])?,
        b"le" => is_less(a, b[0])? || is_equal(cx, a, b)?,
        b"gt" => !(is_less(a, b[0])? || is_equal(cx, a, b)?),
        b"ge" => !is_less(a, b[0])?,
        _ => return fails("is no function"),
    };
    Ok(Datum::bool(holds))
}

/// What can be compared with each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Complex,
    Int,
    Float,
    String,
    Unsigned,
    /// What is equal to nothing but an absent value, if that.
    Other,
}

fn kind(data: Option<Data<'_>>) -> Kind {
    match data {
        Some(Data::Bool(_)) => Kind::Bool,
        Some(Data::Complex(..)) => Kind::Complex,
        Some(Data::Int(_)) => Kind::Int,
        Some(Data::Float(_)) => Kind::Float,
        Some(Data::Text(..)) => Kind::String,
        Some(Data::Byte(_)) => Kind::Unsigned,
        Some(Data::Null | Data::Slice(..) | Data::Map(_)) | None => Kind::Other,
    }
}

/// Whether a value equals one of the others.
fn is_equal<'v>(cx: &mut Context<'_, 'v>, a: Datum<'v>, others: &[Datum<'v>]) -> Result<bool, Failure> {
    if others.is_empty() {
        return fails("missing argument for comparison");
    }
    let a = a.data();
    for b in others.iter().map(|other| other.data()) {
        let equal = match (a, b) {
            (Some(Data::Bool(a)), Some(Data::Bool(b))) => a == b,
            (Some(Data::Complex(..)), Some(Data::Complex(..))) | (Some(Data::Float(_)), Some(Data::Float(_))) => {
                parts(a) == parts(b)
            }
            (Some(Data::Int(_) | Data::Byte(_)), Some(Data::Int(_) | Data::Byte(_))) => integer(a) == integer(b),
            (Some(Data::Text(a, _)), Some(Data::Text(b, _))) => a == b,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
            (Some(a), Some(b)) if kind(Some(a)) != kind(Some(b)) => return incompatible(a, b),
            (Some(a), Some(b)) if std::mem::discriminant(&a) != std::mem::discriminant(&b) => {
                let (a_text, b_text) = (shown(cx, a, 's')?, shown(cx, b, 'v')?);
                let (a, b) = (a.type_name(), b.type_name());
                return fails(format!("non-comparable types {a_text}: {a}, {b}: {b_text}"));
            }
            (Some(_), Some(b)) => {
                return fails(format!("non-comparable type {}: {}", shown(cx, b, 's')?, b.type_name()));
            }
        };
        if equal {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_less(a: Datum<'_>, b: Datum<'_>) -> Result<bool, Failure> {
    const INVALID: &str = "invalid type for comparison";
    let (Some(a), Some(b)) = (a.data(), b.data()) else { return fails(INVALID) };
    if kind(Some(a)) == Kind::Other || kind(Some(b)) == Kind::Other {
        return fails(INVALID);
    }
    match (a, b) {
        (Data::Int(_) | Data::Byte(_), Data::Int(_) | Data::Byte(_)) => Ok(integer(Some(a)) < integer(Some(b))),
        (Data::Text(a, _), Data::Text(b, _)) => Ok(a < b),
        (Data::Float(a), Data::Float(b)) => Ok(a.partial_cmp(&b) == Some(Ordering::Less)),
        _ if kind(Some(a)) != kind(Some(b)) => incompatible(a, b),
        _ => fails(INVALID),
    }
}

fn incompatible<T>(a: Data<'_>, b: Data<'_>) -> Result<T, Failure> {
    fails(format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name()))
}

fn integer(data: Option<Data<'_>>) -> i64 {
    match data {
        Some(Data::Int(int)) => int,
        Some(Data::Byte(byte)) => byte.into(),
        _ => 0,
    }
}

fn parts(data: Option<Data<'_>>) -> (f64, f64) {
    match data {
        Some(Data::Float(float)) => (float, 0.0),
        Some(Data::Complex(real, imaginary)) => (real, imaginary),
        _ => (0.0, 0.0),
    }
}

/// The value as the verb prints it.
fn shown<'v>(cx: &mut Context<'_, 'v>, data: Data<'v>, verb: char) -> Result<String, Failure> {
    let (argument, layout) = (Argument::from(data), Layout::default());
    cx.reserve(argument.room(&layout)).ok_or(Failure::Faulted)?;
    let mut text = Vec::new();
    argument.print(&layout, verb, &mut text);
    Ok(lossy(&text).into_owned())
}
