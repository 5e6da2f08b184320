//! How far instants are apart on the calendar, and the instant that is so far away.

use super::moment::Moment;
use crate::calendar::{DateTime, days_of};

/// The instant so many years, months and days later at the same time of day, in ns; `None` where it is centuries out of
/// range. A day that its month does not have is one of the next month.
pub(super) fn later(moment: &Moment, years: i64, months: i64, days: i64) -> Option<i128> {
    let shown = moment.shown();
    let month = (shown.month - 1).wrapping_add(months);
    let year = shown.year.wrapping_add(years).wrapping_add(month.div_euclid(12));
    let first = days_before(year, month.rem_euclid(12) + 1);
    let days = first.wrapping_add(shown.day - 1).wrapping_add(days);
    let of_day = (shown.hour * 60 + shown.minute) * 60 + shown.second;
    let seconds = days.wrapping_mul(86_400).wrapping_add(of_day);
    // 64 bits of ns are less than 300 years.
    if seconds.unsigned_abs() > 600 * 366 * 86_400 {
        return None;
    }
    Some(i128::from(moment.zone.instant_of(seconds)) * 1_000_000_000 + i128::from(moment.nanoseconds))
}

/// Days from 1970 to the first of a month. Years that no calendar has wrap around as they do in Go, which counts from
/// March of a year so far back that what comes before it has no number.
fn days_before(year: i64, month: i64) -> i64 {
    const FIRST_YEAR: i64 = 292_277_022_400;
    const FIRST_DAY: i64 = FIRST_YEAR / 400 * 146_097 + 719_468;
    let (year, month) = if month < 3 { (year.wrapping_sub(1), month + 9) } else { (year, month - 3) };
    let year = year.wrapping_add(FIRST_YEAR) as u64;
    let days = (year / 100).wrapping_mul(146_097) / 4 + year % 100 * 1_461 / 4;
    (days as i64).wrapping_add((153 * month + 2) / 5).wrapping_sub(FIRST_DAY)
}

/// Years, months, days, hours, minutes and seconds from the earlier to the later instant, in the zone of the first.
pub(super) fn between(first: Moment, second: Moment) -> [i64; 6] {
    let second = Moment { zone: first.zone, ..second };
    let instant = |moment: &Moment| (moment.seconds, moment.nanoseconds);
    let (from, to) = if instant(&first) > instant(&second) { (second, first) } else { (first, second) };
    let (from, to) = (from.shown(), to.shown());
    let parts = |of: &DateTime| [of.year, of.month, of.day, of.hour, of.minute, of.second];
    let (from_parts, to_parts) = (parts(&from), parts(&to));
    let mut between = [0; 6];
    for (at, part) in between.iter_mut().enumerate() {
        *part = to_parts[at] - from_parts[at];
    }
    // What is negative borrows from the part before it.
    let sizes = [12, days_of(from.year, from.month), 24, 60, 60];
    for at in (1..6).rev() {
        if between[at] < 0 {
            between[at] += sizes[at - 1];
            between[at - 1] -= 1;
        }
    }
    between
}

#[cfg(test)]
mod tests {
    use super::{days_before, later};
    use crate::calendar::DateTime;
    use crate::time::moment::Moment;
    use crate::time::zone::Zone;

    #[test]
    fn months_begin_where_the_calendar_has_them() {
        for (year, month) in [(1970, 1), (1969, 12), (2000, 3), (1900, 2), (-4, 2), (0, 3), (2400, 1), (-123_456, 7)] {
            let first = DateTime { year, month, day: 1, hour: 0, minute: 0, second: 0 };
            assert_eq!(days_before(year, month), first.seconds() / 86_400, "{year}-{month}");
        }
    }

    #[test]
    fn any_distance_is_in_range_or_not() {
        let now = Moment::of(1_500_000_000_000_000_000, Zone::Utc);
        for far in [i64::MIN, i64::MIN + 1, -1 << 40, 1 << 40, i64::MAX - 1, i64::MAX] {
            for (years, months, days) in [(far, 0, 0), (0, far, 0), (0, 0, far), (far, far, far)] {
                later(&now, years, months, days);
            }
        }
        assert_eq!(later(&now, 0, 0, 1), Some(1_500_086_400_000_000_000));
        assert_eq!(later(&now, 600, 0, 0), None);
    }
}
