//! Reads an instant as a layout says: Go's `time.Parse`, with its leniency and its errors.
//!
//! Numbers may be shorter than the layout's unless it pads them, names may be in any case, spaces may be more or fewer,
//! and after the seconds a fraction may stand that the layout does not have. Where parts contradict each other the
//! later one counts, but for the day of the year.

use super::format::{MONTHS, WEEKDAYS};
use super::layout::{Offset, Padding, Part, piece};
use super::quote::quoted;
use super::zone::Zone;
use crate::calendar::{DateTime, days_of};

/// What is wrong with a part: it is not there, or its number is out of range.
enum Wrong {
    Form,
    Range(&'static str),
}

/// A number or name, and what follows it.
type Read<'t, T> = Result<(T, &'t [u8]), Wrong>;

/// What a text says, part by part.
#[derive(Default)]
struct Parts<'t> {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: i64,
    /// Whether it is past noon, where the text says so.
    afternoon: Option<bool>,
    /// It says `Z` or `UTC`.
    utc: bool,
    offset: Option<i64>,
    abbreviation: Option<&'t [u8]>,
}

/// The instant, in ns since 1970. What abbreviations mean is for the zone `local` to say; what it does not know counts
/// as UTC, even `GMT+2`.
pub(super) fn parse(layout: &[u8], text: &[u8], local: &Zone) -> Result<i128, String> {
    let fails = |why: String| format!("parsing time {}{why}", quoted(text));
    let cannot = |rest: &[u8], part: &[u8]| {
        fails(format!(" as {}: cannot parse {} as {}", quoted(layout), quoted(rest), quoted(part)))
    };
    let mut parts = Parts::default();
    let (mut layout_left, mut rest) = (layout, text);
    loop {
        let piece = piece(layout_left);
        rest = skip(rest, piece.plain).map_err(|rest| cannot(rest, piece.plain))?;
        layout_left = piece.rest;
        let Some((part, example)) = piece.part else { break };
        rest = match parts.read(part, rest, layout_left) {
            Ok(rest) => rest,
            Err(Wrong::Range(what)) => return Err(fails(format!(": {what} out of range"))),
            Err(Wrong::Form) => return Err(cannot(rest, example)),
        };
    }
    if !rest.is_empty() {
        return Err(fails(format!(": extra text: {}", quoted(rest))));
    }
    parts.instant(local).map_err(|why| fails(format!(": {why}")))
}

impl<'t> Parts<'t> {
    /// Reads a part from the text and gives the rest.
    fn read(&mut self, part: Part, text: &'t [u8], layout_left: &[u8]) -> Result<&'t [u8], Wrong> {
        let rest;
        match part {
            Part::Year { long: true } => {
                if !text.first().is_some_and(u8::is_ascii_digit) {
                    return Err(Wrong::Form);
                }
                (self.year, rest) = signed(text, 4)?;
            }
            Part::Year { long: false } => {
                (self.year, rest) = signed(text, 2)?;
                self.year += if self.year >= 69 { 1900 } else { 2000 };
            }
            Part::MonthName { long } => {
                let (at, after) = name(text, &MONTHS, long)?;
                self.month = Some(at + 1);
                rest = after;
            }
            Part::Month(padding) => {
                let (month, after) = within(digits(text, padding)?, 1..=12, "month")?;
                self.month = Some(month);
                rest = after;
            }
            // Which day of the week it is counts for nothing.
            Part::Weekday { long } => (_, rest) = name(text, &WEEKDAYS, long)?,
            Part::Day(padding) => {
                let (day, after) = digits(unpadded(text, padding, 1), padding)?;
                self.day = Some(day);
                rest = after;
            }
            Part::DayOfYear(padding) => {
                let text = unpadded(text, padding, 2);
                let count = text.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
                if count == 0 || padding == Padding::Zero && count < 3 {
                    return Err(Wrong::Form);
                }
                let (day, after) = text.split_at(count);
                self.day_of_year = Some(decimal(day));
                rest = after;
            }
            Part::Hour => (self.hour, rest) = within(digits(text, Padding::None)?, 0..=23, "hour")?,
            Part::Hour12(padding) => (self.hour, rest) = within(digits(text, padding)?, 0..=12, "hour")?,
            Part::Minute(padding) => (self.minute, rest) = within(digits(text, padding)?, 0..=59, "minute")?,
            Part::Second(padding) => {
                let (second, after) = within(digits(text, padding)?, 0..=59, "second")?;
                self.second = second;
                rest = self.unannounced_fraction(after, layout_left)?;
            }
            Part::Half { upper } => {
                let (half, after) = text.split_at_checked(2).ok_or(Wrong::Form)?;
                self.afternoon = Some(match (half, upper) {
                    (b"PM", true) | (b"pm", false) => true,
                    (b"AM", true) | (b"am", false) => false,
                    _ => return Err(Wrong::Form),
                });
                rest = after;
            }
            Part::Offset(form) => match text {
                [b'Z', after @ ..] if form.z => {
                    self.utc = true;
                    rest = after;
                }
                _ => {
                    let (offset, after) = offset(text, form)?;
                    // Go takes a second behind UTC for no offset.
                    self.offset = Some(offset).filter(|offset| *offset != -1);
                    rest = after;
                }
            },
            Part::Abbreviation => match text {
                [b'U', b'T', b'C', after @ ..] => {
                    self.utc = true;
                    rest = after;
                }
                _ => {
                    let len = abbreviation(text).ok_or(Wrong::Form)?;
                    let (name, after) = text.split_at(len);
                    self.abbreviation = Some(name);
                    rest = after;
                }
            },
            Part::Fraction { digits, trimmed: false, .. } => (self.nanoseconds, rest) = fraction(text, digits)?,
            Part::Fraction { trimmed: true, .. } => {
                let count = fraction_digits(text);
                if count == 0 {
                    return Ok(text);
                }
                (self.nanoseconds, rest) = fraction(text, count)?;
            }
        }
        Ok(rest)
    }

    /// Reads a fraction after the seconds for which the layout has no part.
    fn unannounced_fraction(&mut self, text: &'t [u8], layout_left: &[u8]) -> Result<&'t [u8], Wrong> {
        let count = fraction_digits(text);
        if count == 0 || matches!(piece(layout_left).part, Some((Part::Fraction { .. }, _))) {
            return Ok(text);
        }
        let (nanoseconds, rest) = fraction(text, count)?;
        self.nanoseconds = nanoseconds;
        Ok(rest)
    }

    fn instant(&self, local: &Zone) -> Result<i128, &'static str> {
        let (month, day) = self.date()?;
        if !(1..=days_of(self.year, month)).contains(&day) {
            return Err("day out of range");
        }
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let shown = DateTime { year: self.year, month, day, hour, minute: self.minute, second: self.second }.seconds();
        let offset = match (self.utc, self.offset, self.abbreviation) {
            (true, _, _) => 0,
            (false, Some(offset), _) => offset,
            (false, None, Some(name)) => local.offset_called(name, shown).unwrap_or(0),
            (false, None, None) => 0,
        };
        Ok(i128::from(shown - offset) * 1_000_000_000 + i128::from(self.nanoseconds))
    }

    /// Month and day; the day of the year may say both, and must agree with what else says them.
    fn date(&self) -> Result<(i64, i64), &'static str> {
        let Some(of_year) = self.day_of_year else {
            return Ok((self.month.unwrap_or(1), self.day.unwrap_or(1)));
        };
        let (mut month, mut day) = (1, of_year);
        while month <= 12 && day > days_of(self.year, month) {
            day -= days_of(self.year, month);
            month += 1;
        }
        if day < 1 || month > 12 {
            return Err("day-of-year out of range");
        }
        if self.month.is_some_and(|said| said != month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|said| said != day) {
            return Err("day-of-year does not match day");
        }
        Ok((month, day))
    }
}

/// The text after what the layout has literally; where they part, the text from there on. Any number of spaces stands
/// for any other.
fn skip<'t>(mut text: &'t [u8], mut plain: &[u8]) -> Result<&'t [u8], &'t [u8]> {
    while let Some((first, after)) = plain.split_first() {
        if *first == b' ' {
            if text.first().is_some_and(|byte| *byte != b' ') {
                return Err(text);
            }
            plain = without_spaces(plain);
            text = without_spaces(text);
            continue;
        }
        match text.split_first() {
            Some((byte, rest)) if byte == first => text = rest,
            _ => return Err(text),
        }
        plain = after;
    }
    Ok(text)
}

fn without_spaces(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|byte| **byte == b' ').count()..]
}

/// The text without the spaces that may stand for missing digits.
fn unpadded(mut text: &[u8], padding: Padding, most: usize) -> &[u8] {
    for _ in 0..most {
        match text {
            [b' ', rest @ ..] if padding == Padding::Space => text = rest,
            _ => break,
        }
    }
    text
}

/// One digit or two; two where they are padded with zeros.
fn digits(text: &[u8], padding: Padding) -> Read<'_, i64> {
    let count = text.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || padding == Padding::Zero && count < 2 {
        return Err(Wrong::Form);
    }
    let (number, rest) = text.split_at(count);
    Ok((decimal(number), rest))
}

fn decimal(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
}

fn within<'t>(
    (number, rest): (i64, &'t [u8]),
    range: std::ops::RangeInclusive<i64>,
    what: &'static str,
) -> Read<'t, i64> {
    if range.contains(&number) { Ok((number, rest)) } else { Err(Wrong::Range(what)) }
}

/// A number of so many characters, of which one may be a sign, and even be all.
fn signed(text: &[u8], count: usize) -> Read<'_, i64> {
    let (number, rest) = text.split_at_checked(count).ok_or(Wrong::Form)?;
    let (negative, digits) = match number {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, number),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Wrong::Form);
    }
    let number = decimal(digits);
    Ok((if negative { -number } else { number }, rest))
}

/// Which of the names it is, in any case; short ones have three letters.
fn name<'t>(text: &'t [u8], names: &[&str], long: bool) -> Read<'t, i64> {
    for (at, name) in names.iter().enumerate() {
        let name = if long { name } else { &name[..3] };
        if let Some((found, rest)) = text.split_at_checked(name.len())
            && found.eq_ignore_ascii_case(name.as_bytes())
        {
            return Ok((at as i64, rest));
        }
    }
    Err(Wrong::Form)
}

/// How many digits follow a point or comma.
fn fraction_digits(text: &[u8]) -> usize {
    match text {
        [b'.' | b',', rest @ ..] => rest.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    }
}

/// A point or comma and so many digits, in ns; what follows the ninth counts for nothing.
fn fraction(text: &[u8], count: usize) -> Read<'_, i64> {
    let (number, rest) = text.split_at_checked(count + 1).ok_or(Wrong::Form)?;
    if !matches!(number[0], b'.' | b',') {
        return Err(Wrong::Form);
    }
    let counted = count.min(9);
    let (number, _) = signed(&number[1..=counted], counted)?;
    if number < 0 {
        return Err(Wrong::Range("fractional second"));
    }
    Ok((number * 10_i64.pow(9 - counted as u32), rest))
}

/// Seconds ahead of UTC. Go lets 24 hours, 60 minutes and 60 seconds pass.
fn offset(text: &[u8], form: Offset) -> Read<'_, i64> {
    let width = 2 + usize::from(form.colon);
    let len = 1 + 2 * form.numbers + (form.numbers - 1) * usize::from(form.colon);
    let (written, rest) = text.split_at_checked(len).ok_or(Wrong::Form)?;
    if form.colon && (1..form.numbers).any(|at| written[at * width] != b':') {
        return Err(Wrong::Form);
    }
    let mut seconds = 0;
    // Go first reads all numbers, then looks at their ranges, then at the sign.
    let mut wrong = None;
    let ranges = [(24, "time zone offset hour"), (60, "time zone offset minute"), (60, "time zone offset second")];
    let mut form_holds = true;
    for (at, (most, what)) in ranges.iter().enumerate() {
        let number = match at < form.numbers && form_holds {
            true => digits(&written[1 + at * width..][..2], Padding::Zero).map(|(number, _)| number),
            false => Ok(0),
        };
        form_holds &= number.is_ok();
        let number = number.unwrap_or(0);
        if number > *most {
            wrong = Some(*what);
        }
        seconds = seconds * 60 + number;
    }
    match (wrong, written[0]) {
        (Some(what), _) => Err(Wrong::Range(what)),
        (None, b'+') if form_holds => Ok((seconds, rest)),
        (None, b'-') if form_holds => Ok((-seconds, rest)),
        _ => Err(Wrong::Form),
    }
}

/// How long the zone's abbreviation at the beginning of a text is.
fn abbreviation(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if text.starts_with(b"GMT") {
        return Some(3 + hours(&text[3..]).unwrap_or(0));
    }
    if matches!(text[0], b'+' | b'-') {
        return hours(text);
    }
    match text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count() {
        3 => Some(3),
        4 if text[3] == b'T' || text.starts_with(b"WITA") => Some(4),
        5 if text[4] == b'T' => Some(5),
        _ => None,
    }
}

/// How long the signed number of hours, at most 23, at the beginning of a text is.
fn hours(text: &[u8]) -> Option<usize> {
    let [b'+' | b'-', rest @ ..] = text else { return None };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let leading = rest[..count].iter().take_while(|byte| **byte == b'0').count();
    let significant = &rest[leading..count];
    (count > 0 && significant.len() <= 2 && decimal(significant) <= 23).then_some(1 + count)
}
