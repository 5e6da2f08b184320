//! Layouts of Go's package `time`: an instant, written down as the example Mon Jan 2 15:04:05 MST 2006 would be, stands
//! for how any instant is written.
//!
//! After the documentation of Go 1.26's `time.Layout` and what its format.go finds in a layout; it is no `strftime`.

/// The layouts that have names in OPA.
const NAMED: &[(&str, &str)] = &[
    ("ANSIC", "Mon Jan _2 15:04:05 2006"),
    ("UnixDate", "Mon Jan _2 15:04:05 MST 2006"),
    ("RubyDate", "Mon Jan 02 15:04:05 -0700 2006"),
    ("RFC822", "02 Jan 06 15:04 MST"),
    ("RFC822Z", "02 Jan 06 15:04 -0700"),
    ("RFC850", "Monday, 02-Jan-06 15:04:05 MST"),
    ("RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"),
    ("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"),
    ("RFC3339", RFC3339),
    ("RFC3339Nano", RFC3339_NANO),
];

/// `time.RFC3339`
pub(super) const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

/// `time.RFC3339Nano`
pub(super) const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// The layout that is meant: the named one, or the text itself.
pub(super) fn named(layout: &[u8]) -> &[u8] {
    NAMED.iter().find(|(name, _)| name.as_bytes() == layout).map_or(layout, |(_, layout)| layout.as_bytes())
}

/// A part of a layout that stands for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `2006`, or of two digits: `06`.
    Year { long: bool },
    /// `January`, or short: `Jan`.
    MonthName { long: bool },
    /// `1` or `01`.
    Month(Padding),
    /// `Monday`, or short: `Mon`.
    Weekday { long: bool },
    /// `2`, `_2` or `02`.
    Day(Padding),
    /// `__2` or `002`.
    DayOfYear(Padding),
    /// `15`
    Hour,
    /// `3` or `03`.
    Hour12(Padding),
    /// `4` or `04`.
    Minute(Padding),
    /// `5` or `05`.
    Second(Padding),
    /// `PM` or `pm`.
    Half { upper: bool },
    /// `MST`
    Abbreviation,
    /// `-0700` and its kin.
    Offset(Offset),
    /// A separator and so many digits: `.000`, or without zeros at the end: `,999`.
    Fraction { separator: u8, digits: usize, trimmed: bool },
}

/// What stands before a number that is shorter than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    None,
    Space,
    Zero,
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z` instead of zero.
    pub(super) z: bool,
    /// Between the numbers.
    pub(super) colon: bool,
    /// Hours; hours and minutes; hours, minutes and seconds.
    pub(super) numbers: usize,
}

const fn offset(z: bool, colon: bool, numbers: usize) -> Part {
    Part::Offset(Offset { z, colon, numbers })
}

const SIGNED: &[(&str, Part)] = &[
    ("-070000", offset(false, false, 3)),
    ("-07:00:00", offset(false, true, 3)),
    ("-0700", offset(false, false, 2)),
    ("-07:00", offset(false, true, 2)),
    ("-07", offset(false, false, 1)),
];

const OR_Z: &[(&str, Part)] = &[
    ("Z070000", offset(true, false, 3)),
    ("Z07:00:00", offset(true, true, 3)),
    ("Z0700", offset(true, false, 2)),
    ("Z07:00", offset(true, true, 2)),
    ("Z07", offset(true, false, 1)),
];

/// The parts that begin with a byte, those first that others begin with.
fn parts_from(first: u8) -> &'static [(&'static str, Part)] {
    use Padding::{None, Space, Zero};
    match first {
        b'J' => &[("January", Part::MonthName { long: true }), ("Jan", Part::MonthName { long: false })],
        b'M' => &[
            ("Monday", Part::Weekday { long: true }),
            ("Mon", Part::Weekday { long: false }),
            ("MST", Part::Abbreviation),
        ],
        b'0' => &[
            ("01", Part::Month(Zero)),
            ("02", Part::Day(Zero)),
            ("03", Part::Hour12(Zero)),
            ("04", Part::Minute(Zero)),
            ("05", Part::Second(Zero)),
            ("06", Part::Year { long: false }),
            ("002", Part::DayOfYear(Zero)),
        ],
        b'1' => &[("15", Part::Hour), ("1", Part::Month(None))],
        b'2' => &[("2006", Part::Year { long: true }), ("2", Part::Day(None))],
        b'_' => &[("_2", Part::Day(Space)), ("__2", Part::DayOfYear(Space))],
        b'3' => &[("3", Part::Hour12(None))],
        b'4' => &[("4", Part::Minute(None))],
        b'5' => &[("5", Part::Second(None))],
        b'P' => &[("PM", Part::Half { upper: true })],
        b'p' => &[("pm", Part::Half { upper: false })],
        b'-' => SIGNED,
        b'Z' => OR_Z,
        _ => &[],
    }
}

/// The part that `text` begins with, and how long it is.
fn part_at(text: &[u8]) -> Option<(Part, usize)> {
    let first = *text.first()?;
    if matches!(first, b'.' | b',') {
        return fraction_at(text);
    }
    let examples = parts_from(first);
    // `_2006` is an underscore before a year.
    if examples.is_empty() || text.starts_with(b"_2006") {
        return None;
    }
    let (example, part) = examples.iter().find(|(example, _)| text.starts_with(example.as_bytes()))?;
    // `Month` and `Januar` are words and no names.
    let short_name = matches!(part, Part::MonthName { long: false } | Part::Weekday { long: false });
    if short_name && text.get(example.len()).is_some_and(u8::is_ascii_lowercase) {
        return None;
    }
    Some((*part, example.len()))
}

/// `.000` or `,99`, where no digit follows.
fn fraction_at(text: &[u8]) -> Option<(Part, usize)> {
    let digit = *text.get(1).filter(|digit| matches!(digit, b'0' | b'9'))?;
    let digits = text[1..].iter().take_while(|byte| **byte == digit).count();
    if text.get(1 + digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    // Go keeps the count in 12 bits.
    let part = Part::Fraction { separator: text[0], digits: digits & 0xfff, trimmed: digit == b'9' };
    Some((part, 1 + digits))
}

/// A piece of a layout: text that stands for itself, and the part after it.
pub(super) struct Piece<'l> {
    pub(super) plain: &'l [u8],
    /// The part, and the text that it is in the layout; `None` at the end.
    pub(super) part: Option<(Part, &'l [u8])>,
    pub(super) rest: &'l [u8],
}

/// Splits off the first part and what stands before it.
pub(super) fn piece(layout: &[u8]) -> Piece<'_> {
    for at in 0..layout.len() {
        if let Some((part, len)) = part_at(&layout[at..]) {
            let (example, rest) = layout[at..].split_at(len);
            return Piece { plain: &layout[..at], part: Some((part, example)), rest };
        }
    }
    Piece { plain: layout, part: None, rest: &[] }
}

#[cfg(test)]
mod tests {
    use super::{Padding, Part, piece};

    fn parts(mut layout: &str) -> Vec<(&str, Option<Part>)> {
        let mut parts = Vec::new();
        while !layout.is_empty() {
            let piece = piece(layout.as_bytes());
            parts.push((std::str::from_utf8(piece.plain).unwrap(), piece.part.map(|(part, _)| part)));
            layout = std::str::from_utf8(piece.rest).unwrap();
        }
        parts
    }

    #[test]
    fn the_longest_example_counts() {
        let year = Some(Part::Year { long: true });
        assert_eq!(parts("_2006"), [("_", year)]);
        assert_eq!(parts("_2"), [("", Some(Part::Day(Padding::Space)))]);
        assert_eq!(parts("2002"), [("", Some(Part::Day(Padding::None))), ("", Some(Part::DayOfYear(Padding::Zero)))]);
        assert_eq!(parts("Januar"), [("Januar", None)]);
        assert_eq!(parts("Month Mond"), [("Month Mond", None)]);
        assert_eq!(parts(".0001"), [(".00", Some(Part::Month(Padding::Zero)))]);
        let fraction = Part::Fraction { separator: b',', digits: 3, trimmed: true };
        assert_eq!(parts("T,999Z"), [("T", Some(fraction)), ("Z", None)]);
    }
}
