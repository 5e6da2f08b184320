//! An instant as clocks somewhere show it: the operand of most builtins of the family.
//!
//! It is a number of ns since 1970, or an array of that, a zone's name, and for `time.format` a layout.

use lictor_value::{Context, Value, View, number};

use super::zone::Zone;
use crate::calendar::DateTime;

const NS: i64 = 1_000_000_000;

const EXPECTED: &str = "either number (ns) or [number (ns), string (tz)]";

/// An instant, and the zone that it is looked at from.
#[derive(Clone)]
pub(super) struct Moment {
    /// Since 1970, UTC.
    pub(super) seconds: i64,
    /// From 0.
    pub(super) nanoseconds: i64,
    pub(super) zone: Zone,
}

impl Moment {
    /// Reads an operand and, where it has one, its layout. OPA calls every operand of these builtins the first.
    pub(super) fn take<'v>(cx: &mut Context<'_, 'v>, operand: Value<'v>) -> Option<(Moment, &'v [u8])> {
        let items: &[Value<'v>] = match operand.view() {
            View::Array(items) if !items.is_empty() => items,
            _ if operand.is_number() => &[operand],
            _ => return cx.wrong_operand(1, EXPECTED, operand),
        };
        if !items[0].is_number() {
            return cx.wrong_operand(1, "number", items[0]);
        }
        let zone = match items.get(1) {
            None => Zone::Utc,
            Some(name) => {
                let name = text(cx, *name)?;
                Zone::named(cx, name)?
            }
        };
        let layout = match items.get(2) {
            None => &[][..],
            Some(layout) => text(cx, *layout)?,
        };
        let Some(ns) = nanoseconds(items[0]) else { return cx.fail("timestamp too big") };
        Some((Moment::of(ns, zone), layout))
    }

    pub(super) fn of(ns: i64, zone: Zone) -> Moment {
        Moment { seconds: ns.div_euclid(NS), nanoseconds: ns.rem_euclid(NS), zone }
    }

    /// Date and time of day, as clocks show them.
    pub(super) fn shown(&self) -> DateTime {
        DateTime::of_seconds(self.seconds + self.offset())
    }

    /// How many seconds clocks are ahead of UTC.
    pub(super) fn offset(&self) -> i64 {
        self.zone.offset_at(self.seconds)
    }
}

fn text<'v>(cx: &mut Context<'_, 'v>, value: Value<'v>) -> Option<&'v [u8]> {
    match value.as_bytes() {
        Some(text) => Some(text),
        None => cx.wrong_operand(1, "string", value),
    }
}

/// The number where it is an integer of 64 bits: to a precision of 64 bits, as in OPA.
fn nanoseconds(value: Value<'_>) -> Option<i64> {
    if let View::Int(ns) = value.view() {
        return Some(ns);
    }
    let float = number::to_float(value).ok().filter(number::Float::is_int)?;
    i64::try_from(float.truncated()).ok()
}
