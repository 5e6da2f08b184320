//! Writes an instant as a layout says: Go's `Time.Format`.

use lictor_value::text;

use super::layout::{Offset, Padding, Part, piece};
use super::moment::Moment;
use crate::calendar::DateTime;

/// The months' names.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days' names, from the day that the calendar counts as 0.
pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// How many bytes a byte of a layout may become: `MST` may be six.
pub(super) const GROWTH: usize = 3;

/// Writes the instant.
pub(super) fn write(moment: &Moment, mut layout: &[u8], to: &mut Vec<u8>) {
    let shown = moment.shown();
    while !layout.is_empty() {
        let piece = piece(layout);
        to.extend_from_slice(piece.plain);
        let Some((part, _)) = piece.part else { return };
        write_part(moment, &shown, part, to);
        layout = piece.rest;
    }
}

fn write_part(moment: &Moment, shown: &DateTime, part: Part, to: &mut Vec<u8>) {
    let name = |name: &'static str, long: bool| if long { name } else { &name[..3] };
    match part {
        Part::Year { long: true } => number(shown.year, 4, Padding::Zero, to),
        Part::Year { long: false } => number(shown.year.abs() % 100, 2, Padding::Zero, to),
        Part::MonthName { long } => to.extend_from_slice(name(MONTHS[shown.month as usize - 1], long).as_bytes()),
        Part::Month(padding) => number(shown.month, 2, padding, to),
        Part::Weekday { long } => to.extend_from_slice(name(WEEKDAYS[shown.weekday()], long).as_bytes()),
        Part::Day(padding) => number(shown.day, 2, padding, to),
        Part::DayOfYear(padding) => number(shown.day_of_year(), 3, padding, to),
        Part::Hour => number(shown.hour, 2, Padding::Zero, to),
        Part::Hour12(padding) => number((shown.hour + 11) % 12 + 1, 2, padding, to),
        Part::Minute(padding) => number(shown.minute, 2, padding, to),
        Part::Second(padding) => number(shown.second, 2, padding, to),
        Part::Half { upper } => to.extend_from_slice(match (shown.hour >= 12, upper) {
            (true, true) => b"PM",
            (true, false) => b"pm",
            (false, true) => b"AM",
            (false, false) => b"am",
        }),
        Part::Abbreviation => to.extend_from_slice(moment.zone.abbreviation_at(moment.seconds).as_bytes()),
        Part::Offset(form) => offset(moment.offset(), form, to),
        Part::Fraction { separator, digits, trimmed } => fraction(moment.nanoseconds, separator, digits, trimmed, to),
    }
}

/// Writes a number of at least so many digits.
fn number(number: i64, width: usize, padding: Padding, to: &mut Vec<u8>) {
    if number < 0 {
        to.push(b'-');
    }
    let number = number.unsigned_abs();
    let digits = number.checked_ilog10().map_or(1, |log| log as usize + 1);
    let missing = width.saturating_sub(digits);
    match padding {
        Padding::None => {}
        Padding::Space => to.resize(to.len() + missing, b' '),
        Padding::Zero => to.resize(to.len() + missing, b'0'),
    }
    text::write_unsigned(number, to);
}

fn offset(seconds: i64, form: Offset, to: &mut Vec<u8>) {
    if form.z && seconds == 0 {
        to.push(b'Z');
        return;
    }
    let minutes = seconds / 60;
    to.push(if minutes < 0 { b'-' } else { b'+' });
    // Less than a minute behind UTC is neither west nor east to Go, and its seconds keep their sign.
    let rest = if minutes < 0 { -seconds % 60 } else { seconds % 60 };
    let numbers = [minutes.abs() / 60, minutes.abs() % 60, rest];
    for (at, part) in numbers[..form.numbers].iter().enumerate() {
        if at > 0 && form.colon {
            to.push(b':');
        }
        number(*part, 2, Padding::Zero, to);
    }
}

fn fraction(nanoseconds: i64, separator: u8, digits: usize, trimmed: bool, to: &mut Vec<u8>) {
    let start = to.len();
    to.push(separator);
    number(nanoseconds, 9, Padding::Zero, to);
    to.truncate(start + 1 + digits.min(9));
    if trimmed {
        while to.len() > start && matches!(to.last(), Some(b'0')) {
            to.pop();
        }
        // A separator alone is none.
        if to.len() == start + 1 {
            to.truncate(start);
        }
    }
}
