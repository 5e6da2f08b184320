//! Instants: nanoseconds since 1970, UTC; and how they are shown anywhere in the world.
//!
//! Dates, times of day and texts are those of Go's package `time`, for instants from 1677-09-21 to 2262-04-11.

mod difference;
pub(crate) mod duration;
mod format;
mod layout;
mod moment;
mod parse;
mod quote;
mod rfc3339;
mod zone;

use lictor_value::{Builtin, Context, Type, Value};

use crate::{family, operand};
use layout::{RFC3339, RFC3339_NANO};
use moment::Moment;
use zone::Zone;

/// An instant, and the zone to look at it from.
const MOMENT: Type = Type::OneOf(&[Type::Number, IN_ZONE]);

const IN_ZONE: Type = Type::Tuple(&[Type::Number, Type::String], None);

const LAID_OUT: Type =
    Type::OneOf(&[Type::Number, IN_ZONE, Type::Tuple(&[Type::Number, Type::String, Type::String], None)]);

const THREE: Type = Type::Tuple(&[Type::Number; 3], None);

const SIX: Type = Type::Tuple(&[Type::Number; 6], None);

const INSTANT: &str = "ns since 1970, or `[ns, zone]`";

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// Now; the same instant throughout an evaluation.
    "time.now_ns" { nondeterministic: true } |cx| -> "now" ("ns since 1970"): i64 { cx.now_ns() }
    /// The instant that a text in the format of RFC 3339 names.
    "time.parse_rfc3339_ns" |cx, value ("date, time and zone, such as `2025-01-31T12:00:00Z`"): &[u8]|
    -> "ns" ("ns since 1970"): Option<i64> [Type::Number] {
        parse_as(cx, RFC3339.as_bytes(), value)
    }
    /// The instant that a text names which is written as `layout` says: an example of Go's, such as
    /// `Mon Jan _2 15:04:05 2006`, or the name of a common one, such as `ANSIC`.
    "time.parse_ns" |
        cx,
        layout ("how the text is written"): &[u8],
        value ("the text"): &[u8],
    | -> "ns" ("ns since 1970"): Option<i64> [Type::Number] {
        parse_as(cx, layout::named(layout), value)
    }
    /// How many ns a duration lasts: `"1h30m"` gives `5400000000000`; units are `ns`, `us`, `ms`, `s`, `m`, `h`, `d`, `w`, `y`.
    "time.parse_duration_ns" |cx, duration ("a duration such as `1h30m`"): &[u8]|
    -> "ns" ("its ns"): Option<i64> [Type::Number] {
        match duration::parse(duration) {
            Ok(duration) => Some(duration),
            Err(error) => cx.fail(error),
        }
    }
    /// The instant as a text: as RFC 3339 has it, or in `[ns, zone, layout]` as the layout says.
    "time.format" |cx, x ("ns since 1970, `[ns, zone]` or `[ns, zone, layout]`"): Value<'_> [LAID_OUT]|
    -> "formatted timestamp" ("the text"): Option<Value<'_>> [Type::String] {
        let (moment, layout) = Moment::take(cx, x)?;
        let layout = if layout.is_empty() { RFC3339_NANO.as_bytes() } else { layout::named(layout) };
        cx.reserve(layout.len().saturating_mul(format::GROWTH))?;
        cx.buffer.clear();
        format::write(&moment, layout, cx.buffer);
        Some(cx.buffered())
    }
    /// Year, month and day of the instant.
    "time.date" |cx, x (INSTANT): Value<'_> [MOMENT]|
    -> "date" ("`[year, month, day]`, counted from 1"): Option<Value<'_>> [THREE] {
        let shown = Moment::take(cx, x)?.0.shown();
        Some(numbers(cx, &[shown.year, shown.month, shown.day]))
    }
    /// Hour, minute and second of the instant.
    "time.clock" |cx, x (INSTANT): Value<'_> [MOMENT]|
    -> "output" ("`[hour, minute, second]`"): Option<Value<'_>> [THREE] {
        let shown = Moment::take(cx, x)?.0.shown();
        Some(numbers(cx, &[shown.hour, shown.minute, shown.second]))
    }
    /// The day of the week of the instant: `Monday`.
    "time.weekday" |cx, x (INSTANT): Value<'_> [MOMENT]| -> "day" ("its name in English"): Option<&str> [Type::String] {
        Some(format::WEEKDAYS[Moment::take(cx, x)?.0.shown().weekday()])
    }
    /// The instant so many years, months and days later, at the same time of day. A day that its month does not have is
    /// one of the next month.
    "time.add_date" |
        cx,
        ns ("ns since 1970"): Value<'_> [Type::Number],
        years ("years to add, or to take off where it is negative"): Value<'_> [Type::Number],
        months ("months, likewise"): Value<'_> [Type::Number],
        days ("days, likewise"): Value<'_> [Type::Number],
    | -> "output" ("ns since 1970"): Option<i64> [Type::Number] {
        let (moment, _) = Moment::take(cx, ns)?;
        let years = operand::int(cx, years, 2)?;
        let months = operand::int(cx, months, 3)?;
        let days = operand::int(cx, days, 4)?;
        let later = difference::later(&moment, years, months, days);
        in_range(cx, later)
    }
    /// How much time is between the instants, whichever is first: years, months, days, hours, minutes and seconds, counted
    /// on a calendar and clock in the first one's zone.
    "time.diff" |
        cx,
        ns1 (INSTANT): Value<'_> [MOMENT],
        ns2 (INSTANT): Value<'_> [MOMENT],
    | -> "output" ("`[years, months, days, hours, minutes, seconds]`"): Option<Value<'_>> [SIX] {
        let (first, _) = Moment::take(cx, ns1)?;
        let (second, _) = Moment::take(cx, ns2)?;
        Some(numbers(cx, &difference::between(first, second)))
    }
};

fn parse_as(cx: &mut Context<'_, '_>, layout: &[u8], text: &[u8]) -> Option<i64> {
    let is_rfc3339 = layout == RFC3339.as_bytes() || layout == RFC3339_NANO.as_bytes();
    if let Some(instant) = is_rfc3339.then(|| rfc3339::parse(text)).flatten() {
        return in_range(cx, Some(instant));
    }
    let local = Zone::local(cx)?;
    match parse::parse(layout, text, &local) {
        Ok(instant) => in_range(cx, Some(instant)),
        Err(error) => cx.fail(error),
    }
}

/// An instant that fits 64 bits.
fn in_range(cx: &mut Context<'_, '_>, instant: Option<i128>) -> Option<i64> {
    match instant.and_then(|instant| i64::try_from(instant).ok()) {
        Some(instant) => Some(instant),
        None => cx.fail("time outside of valid range"),
    }
}

fn numbers<'v>(cx: &Context<'_, 'v>, numbers: &[i64]) -> Value<'v> {
    let numbers: Vec<_> = numbers.iter().map(|number| Value::int(*number)).collect();
    Value::array(cx.arena.slice(&numbers))
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, Context, Host, Scratch, json};
    use proptest::prelude::*;

    use super::FAMILY;
    use crate::family::calls::{assert_gives, call};

    /// 2017-07-14T02:40:00.012345678Z, a Friday.
    const JULY: &str = "1500000000012345678";

    #[track_caller]
    fn formats(instant: &str, zone: &str, layout: &str, text: &str) {
        let x = format!("[{instant}, {zone:?}, {layout:?}]");
        assert_gives(FAMILY, "time.format", &[&x], &format!("{text:?}"));
    }

    #[track_caller]
    fn parses(layout: &str, text: &str, given: &str) {
        assert_gives(FAMILY, "time.parse_ns", &[&format!("{layout:?}"), &format!("{text:?}")], given);
    }

    #[test]
    fn instants_are_written_as_the_layout_shows() {
        for (layout, text) in [
            ("RFC1123", "Fri, 14 Jul 2017 02:40:00 UTC"),
            ("RFC850", "Friday, 14-Jul-17 02:40:00 UTC"),
            ("Monday January 2 2006", "Friday July 14 2017"),
            ("3:4:5pm 03PM 15h", "2:40:0am 02AM 02h"),
            ("002 __2 _2 1 01", "195 195 14 7 07"),
            ("05.000 05,000000 .99999 .9", "00.012 00,012345 .01234 "),
            ("Z07:00 Z0700 -07 -070000 MST", "Z Z +00 +000000 UTC"),
            ("Months, not 20x6", "Months, not 140x6"),
        ] {
            formats(JULY, "", layout, text);
        }
        assert_gives(FAMILY, "time.format", &[JULY], "\"2017-07-14T02:40:00.012345678Z\"");
        assert_gives(FAMILY, "time.format", &["[-1, \"UTC\", \"\"]"], "\"1969-12-31T23:59:59.999999999Z\"");
    }

    #[cfg(feature = "time-zones")]
    #[test]
    fn instants_are_shown_as_clocks_in_their_zone_do() {
        formats(JULY, "Asia/Kathmandu", "15:04 -07:00 MST", "08:25 +05:45 +0545");
        formats(JULY, "America/St_Johns", "15:04 Z0700 MST", "00:10 -0230 NDT");
        formats("0", "Africa/Monrovia", "15:04:05 -07:00:00", "23:15:30 -00:44:30");
        assert_gives(FAMILY, "time.date", &["[0, \"America/New_York\"]"], "[1969,12,31]");
        assert_gives(FAMILY, "time.clock", &["[0, \"America/New_York\"]"], "[19,0,0]");
        assert_gives(FAMILY, "time.weekday", &["[0, \"America/New_York\"]"], "\"Wednesday\"");
        // In Apia the 30th of December 2011 did not take place.
        let before = "[1325152800000000000, \"Pacific/Apia\"]";
        assert_gives(FAMILY, "time.format", &[before], "\"2011-12-29T00:00:00-10:00\"");
        assert_gives(FAMILY, "time.add_date", &[before, "0", "0", "2"], "1325239200000000000");
        assert_gives(FAMILY, "time.diff", &[before, "1325239200000000000"], "[0,0,2,0,0,0]");
    }

    #[test]
    fn operands_are_instants_with_zones_and_layouts() {
        for (operand, given) in [
            ("[]", "operand 1 must be either number (ns) or [number (ns), string (tz)] but got array"),
            ("\"0\"", "operand 1 must be either number (ns) or [number (ns), string (tz)] but got string"),
            ("[null]", "operand 1 must be number but got null"),
            ("[0, 1]", "operand 1 must be string but got number"),
            ("[0, \"Local\", 1]", "operand 1 must be string but got number"),
            ("1.5", "fails: timestamp too big"),
            ("9223372036854775808", "fails: timestamp too big"),
            ("1e3", "[0,0,0]"),
            ("[9223372036854775807, \"Local\"]", "[23,47,16]"),
        ] {
            assert_gives(FAMILY, "time.clock", &[operand], given);
        }
    }

    #[test]
    fn texts_are_read_as_the_layout_shows() {
        for (layout, text, ns) in [
            ("RFC3339", "2017-07-14T2:40:00.012345678999+00:00", JULY),
            ("ANSIC", "fri JUL 14 02:40:00 2017", "1500000000000000000"),
            ("RFC822Z", "14 Jul 17 04:40 +0200", "1500000000000000000"),
            ("RFC1123", "Fri, 14 Jul 2017 02:40:00 JST", "1500000000000000000"),
            ("2006 __2 3PM", "2016  60 12AM", "1456704000000000000"),
            ("Jan 2, 2006 at 3:04pm (MST)", "Feb 3, 2013 at 7:54pm (GMT-8)", "1359921240000000000"),
            ("06-1-2 15h -070000", "70-1-1 23h -000001", "82800000000000"),
            ("2006  5", "2001 7,5", "978307207500000000"),
        ] {
            parses(layout, text, ns);
        }
    }

    #[test]
    fn what_is_not_as_the_layout_shows_is_named() {
        for (layout, text, why) in [
            ("2006-01-02", "2017-7-14", " as \"2006-01-02\": cannot parse \"7-14\" as \"01\""),
            ("2006-01-02", "2017-13-14", ": month out of range"),
            ("2006-01-02", "2017-02-29", ": day out of range"),
            ("2006 002", "2017 366", ": day-of-year out of range"),
            ("2006-01 002", "2017-01 32", " as \"2006-01 002\": cannot parse \"32\" as \"002\""),
            ("2006-01 002", "2017-01 032", ": day-of-year does not match month"),
            ("15:04 -0700", "10:00 +2500", ": time zone offset hour out of range"),
            (".000", ".-12", ": fractional second out of range"),
            ("Jan", "July", ": extra text: \"y\""),
            ("at 15", "at\u{e9}", " as \"at 15\": cannot parse \"\\xc3\\xa9\" as \"at \""),
        ] {
            parses(layout, text, &format!("fails: parsing time {}{why}", super::quote::quoted(text.as_bytes())));
        }
        parses("2006", "2263", "fails: time outside of valid range");
        parses("3PM", "1AM", "fails: time outside of valid range");
    }

    #[test]
    fn dates_are_added_on_the_calendar() {
        let add = |ns: &str, by: [&str; 3], given: &str| {
            assert_gives(FAMILY, "time.add_date", &[ns, by[0], by[1], by[2]], given);
        };
        // 2024-01-31 and a month is 2024-03-02.
        add("1706659200000000000", ["0", "1", "0"], "1709337600000000000");
        add("1706659200000000000", ["-1", "13", "-31"], "1706659200000000000");
        add("0", ["300", "0", "0"], "fails: time outside of valid range");
        add("0", ["0", "1.5", "0"], "operand 3 must be integer number but got floating-point number");
        assert_gives(FAMILY, "time.diff", &["1709251199000000000", "1706659200000000000"], "[0,0,29,23,59,59]");
        assert_gives(FAMILY, "time.diff", &["1706659200000000000", "1709164800000000000"], "[0,0,29,0,0,0]");
    }

    struct Parisian;

    impl Host for Parisian {
        fn now_ns(&self) -> i64 {
            0
        }
        fn random(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
        fn time_zone(&self) -> &str {
            "Europe/Paris"
        }
    }

    #[cfg(feature = "time-zones")]
    #[test]
    fn what_is_local_is_for_the_host_to_say() {
        let arena = Arena::default();
        for (name, args, given) in [
            ("time.format", "[[0, \"Local\"]]", "\"1970-01-01T01:00:00+01:00\""),
            ("time.parse_ns", "[\"2006-01-02 MST\", \"1970-07-01 CET\"]", "15634800000000000"),
            ("time.parse_ns", "[\"2006-01-02 MST\", \"1970-07-01 EST\"]", "15638400000000000"),
            ("time.parse_ns", "[\"2006-01-02\", \"1970-07-01\"]", "15638400000000000"),
        ] {
            let args = json::parse(&arena, args.as_bytes()).unwrap().as_array().unwrap();
            let mut cx = Context {
                arena: &arena,
                buffer: &mut Vec::new(),
                host: &Parisian,
                scratch: &mut Scratch::default(),
                prepared: None,
                fault: None,
            };
            let builtin = FAMILY.iter().find(|builtin| builtin.name == name).unwrap();
            let mut text = Vec::new();
            json::write_json((builtin.run)(&mut cx, args).unwrap(), &mut text);
            assert_eq!(String::from_utf8(text).unwrap(), given, "{name}{args:?}");
        }
    }

    proptest! {
        #[test]
        fn what_a_layout_keeps_is_read_back(
            ns in any::<i64>(),
            layout in proptest::sample::select(vec![
                "2006-01-02T15:04:05.999999999Z07:00:00",
                "Monday, 2 January 2006, 3:4:5.000000000 PM -070000",
                "2006 __2 15h04m05s,999999999 Z07:00:00",
                "pm03 Mon Jan _2 04:05.000000000 2006 -07:00:00",
                "200601021504 05.000000000Z070000",
            ]),
            zone in proptest::sample::select(vec!["UTC", "Africa/Monrovia", "Asia/Tehran", "America/New_York"]),
        ) {
            let zone = if cfg!(feature = "time-zones") { zone } else { "UTC" };
            let text = call(FAMILY, "time.format", &[&format!("[{ns}, {zone:?}, {layout:?}]")]);
            let read = call(FAMILY, "time.parse_ns", &[&format!("{layout:?}"), &text]);
            prop_assert_eq!(read, ns.to_string(), "{}", text);
        }
    }
}
