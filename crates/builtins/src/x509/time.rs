//! The instants of certificates: UTCTime and GeneralizedTime.

use crate::calendar::DateTime;

/// An instant and the zone it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    /// Since 1970, in UTC.
    pub(super) seconds: i64,
    pub(super) nanos: u32,
    /// Of the zone, eastward.
    offset_minutes: i64,
}

impl Time {
    /// Reads `YYMMDDhhmm[ss]Z`, or with a zone such as `+0130`. The years are 1950 to 2049.
    pub(super) fn parse_utc(text: &[u8]) -> Option<Time> {
        let (date, offset_minutes) = split_zone(text)?;
        let (year, rest) = date.split_at_checked(2)?;
        let year = digits(year)?;
        let year = if year < 50 { 2000 + year } else { 1900 + year };
        let (rest, seconds) = match rest.len() {
            8 => (rest, &b"00"[..]),
            10 => rest.split_at(8),
            _ => return None,
        };
        Time::of(year, rest, seconds, offset_minutes)
    }

    /// Reads `YYYYMMDDhhmmss[.f]Z`, or with a zone. A fraction must be as short as it can be.
    pub(super) fn parse_generalized(text: &[u8]) -> Option<Time> {
        let (date, offset_minutes) = split_zone(text)?;
        let (date, fraction) = date.split_at_checked(14)?;
        let time = Time::of(digits(&date[..4])?, &date[4..12], &date[12..], offset_minutes)?;
        match fraction {
            [] => Some(time),
            [b'.', fraction @ ..] if (1..=9).contains(&fraction.len()) && fraction.last() != Some(&b'0') => {
                let scale = 10u32.pow(9 - fraction.len() as u32);
                Some(Time { nanos: digits(fraction)? as u32 * scale, ..time })
            }
            _ => None,
        }
    }

    fn of(year: i64, rest: &[u8], seconds: &[u8], offset_minutes: i64) -> Option<Time> {
        let pair = |at: usize| digits(&rest[at..at + 2]);
        let (month, day, hour, minute) = (pair(0)?, pair(2)?, pair(4)?, pair(6)?);
        let date = DateTime { year, month, day, hour, minute, second: digits(seconds)? };
        let seconds = date.exists().then(|| date.seconds())? - offset_minutes * 60;
        Some(Time { seconds, nanos: 0, offset_minutes })
    }

    /// Since 1970; where that is beyond 64 bits, the last or first that is not.
    pub(super) fn nanoseconds(&self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos)
    }

    /// As RFC 3339 writes it, in its zone.
    pub(super) fn rfc3339(&self) -> String {
        let DateTime { year, month, day, hour, minute, second } =
            DateTime::of_seconds(self.seconds + self.offset_minutes * 60);
        let fraction = match self.nanos {
            0 => String::new(),
            nanos => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
        };
        let zone = match self.offset_minutes {
            0 => String::from("Z"),
            offset => {
                let (sign, offset) = (if offset < 0 { '-' } else { '+' }, offset.abs());
                format!("{sign}{:02}:{:02}", offset / 60, offset % 60)
            }
        };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
    }
}

/// What stands before the zone, and how far that is east of Greenwich, in minutes. UTC is written `Z`.
fn split_zone(text: &[u8]) -> Option<(&[u8], i64)> {
    if let Some(date) = text.strip_suffix(b"Z") {
        return Some((date, 0));
    }
    let (date, zone) = text.split_at_checked(text.len().checked_sub(5)?)?;
    let sign = match zone[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = (digits(&zone[1..3])?, digits(&zone[3..])?);
    let offset = sign * (hours * 60 + minutes);
    (hours < 24 && minutes < 60 && offset != 0).then_some((date, offset))
}

fn digits(text: &[u8]) -> Option<i64> {
    let fold = |number: i64, digit: &u8| number * 10 + i64::from(digit - b'0');
    text.iter().all(u8::is_ascii_digit).then(|| text.iter().fold(0, fold))
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn instants_print_as_they_were_meant() {
        let utc = |text: &str| Time::parse_utc(text.as_bytes()).map(|time| time.rfc3339());
        assert_eq!(utc("491231235959Z").as_deref(), Some("2049-12-31T23:59:59Z"));
        assert_eq!(utc("500101000000Z").as_deref(), Some("1950-01-01T00:00:00Z"));
        assert_eq!(utc("2001020304Z").as_deref(), Some("2020-01-02T03:04:00Z"));
        assert_eq!(utc("200102030405-0130").as_deref(), Some("2020-01-02T03:04:05-01:30"));
        let generalized = |text: &str| Time::parse_generalized(text.as_bytes()).map(|time| time.rfc3339());
        assert_eq!(generalized("21200229000000Z").as_deref(), Some("2120-02-29T00:00:00Z"));
        assert_eq!(generalized("20200102030405.25+0100").as_deref(), Some("2020-01-02T03:04:05.25+01:00"));
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "Z",
            "200230000000Z",
            "20013100000Z",
            "200101240000Z",
            "200101000000+0000",
            "2001010000001",
            "2é0101000000Z",
        ] {
            assert_eq!(Time::parse_utc(text.as_bytes()), None, "{text}");
        }
        for text in ["20200101000000", "202001010000Z", "20200101000000.Z", "20200101000000.10Z", "20210229000000Z"] {
            assert_eq!(Time::parse_generalized(text.as_bytes()), None, "{text}");
        }
    }
}
