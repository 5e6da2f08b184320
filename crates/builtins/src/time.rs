//! Instants: nanoseconds since 1970, UTC.

mod duration;
mod rfc3339;

use lictor_value::{Builtin, Context, Type};

use crate::family;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// Now; the same instant throughout an evaluation.
    "time.now_ns" { nondeterministic: true } |cx| -> i64 { cx.now_ns() }
    /// The instant that a text in the format of RFC 3339 names.
    "time.parse_rfc3339_ns" |cx, value: &[u8]| -> Option<i64> [Type::Number] {
        match rfc3339::parse(value) {
            Ok(instant) => in_range(cx, instant),
            Err(error) => cx.fail(error),
        }
    }
    /// How many ns a duration lasts: `"1h30m"` gives `5400000000000`; units are `ns`, `us`, `ms`, `s`, `m`, `h`, `d`, `w`, `y`.
    "time.parse_duration_ns" |cx, duration: &[u8]| -> Option<i64> [Type::Number] {
        match duration::parse(duration) {
            Ok(duration) => Some(duration),
            Err(error) => cx.fail(error),
        }
    }
};

/// An instant that fits 64 bits: from 1677-09-21 to 2262-04-11.
fn in_range(cx: &mut Context<'_, '_>, instant: i128) -> Option<i64> {
    match i64::try_from(instant) {
        Ok(instant) => Some(instant),
        Err(_) => cx.fail("time outside of valid range"),
    }
}
