//! How long a response may be used again: what its headers say of that.
//!
//! `Cache-Control` counts as far as `max-age` and `no-store` go, and without `max-age` so does `Expires`. Dates are read as
//! Go's `http.ParseTime` reads them.

use lictor_value::network::HttpResponse;

use super::problem::quoted;
use crate::calendar::DateTime;

const SECOND_NS: i64 = 1_000_000_000;

/// Statuses of responses that may be used again.
const CACHEABLE: &[u16] = &[200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501];

/// Whether a response of this status may be used again.
pub(super) fn is_cacheable(code: u16) -> bool {
    CACHEABLE.contains(&code)
}

/// Whether the response may be kept at all.
pub(super) fn may_store(response: &HttpResponse) -> bool {
    directive(response, "no-store").is_none()
}

/// Until when the response is fresh, in ns since 1970; 0 where it never is.
///
/// # Errors
/// Where it says an age and not since when.
pub(super) fn expiry_ns(response: &HttpResponse) -> Result<i64, String> {
    let Some(age) = directive(response, "max-age") else {
        let expires = response.header("Expires").and_then(date_ns);
        return Ok(expires.unwrap_or(0));
    };
    let age = max_age(&age)?;
    let date = response.header("Date").filter(|date| !date.is_empty()).ok_or("no date header")?;
    match date_ns(date) {
        Some(date) => Ok(date.saturating_add(age.saturating_mul(SECOND_NS))),
        None => Err(format!("parsing time {}: not a date of HTTP", quoted(date))),
    }
}

/// The expiry of what is fresh for so many seconds from now.
pub(super) fn seconds_from(now_ns: i64, seconds: i32) -> i64 {
    now_ns.saturating_add(i64::from(seconds) * SECOND_NS)
}

/// What the last directive of this name is set to; empty where it is not set to anything.
fn directive(response: &HttpResponse, name: &str) -> Option<Vec<u8>> {
    let header = response.header("Cache-Control")?;
    let trim = |text: &[u8]| {
        let spaceless = text.iter().position(|byte| *byte != b' ').zip(text.iter().rposition(|byte| *byte != b' '));
        spaceless.map_or(vec![], |(from, to)| text[from..=to].to_vec())
    };
    let mut found = None;
    for part in header.split(|byte| *byte == b',') {
        let part = trim(part);
        let sides: Vec<_> = part.split(|byte| *byte == b'=').collect();
        match &sides[..] {
            [word] if *word == name.as_bytes() => found = Some(vec![]),
            [word, value] if trim(word) == name.as_bytes() => found = Some(value.to_vec()),
            _ => {}
        }
    }
    found
}

fn max_age(text: &[u8]) -> Result<i64, String> {
    let wrong = || format!("strconv.ParseUint: parsing {}: invalid syntax", quoted(text));
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(wrong());
    }
    let age: i64 = std::str::from_utf8(text).ok().and_then(|digits| digits.parse().ok()).unwrap_or(i64::MAX);
    Ok(age.min(i64::from(i32::MAX)))
}

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An instant in one of HTTP's three forms, in ns since 1970.
fn date_ns(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let words: Vec<_> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let day_of_week = words.first()?;
    let is_day = |day: &str, name: &str| day.eq_ignore_ascii_case(name);
    let short = |day: &str| DAYS.iter().any(|name| is_day(day, &name[..3]));
    let (day, month, year, time) = match &words[1..] {
        // Sun, 06 Nov 1994 08:49:37 GMT
        [day, month, year, time, "GMT"] if short(day_of_week.strip_suffix(',')?) => {
            (*day, *month, digits(year, 4)?, *time)
        }
        // Sunday, 06-Nov-94 08:49:37 GMT
        [date, time, _zone]
            if DAYS.iter().any(|name| day_of_week.strip_suffix(',').is_some_and(|d| is_day(d, name))) =>
        {
            let (day, rest) = date.split_once('-')?;
            let (month, year) = rest.split_once('-')?;
            let year = digits(year, 2)?;
            (day, month, if year >= 69 { 1900 + year } else { 2000 + year }, *time)
        }
        // Sun Nov  6 08:49:37 1994
        [month, day, time, year] if short(day_of_week) => (*day, *month, digits(year, 4)?, *time),
        _ => return None,
    };
    let month = MONTHS.iter().position(|name| month.eq_ignore_ascii_case(name))? as i64 + 1;
    let mut clock = time.split(':');
    let at = DateTime {
        year,
        month,
        day: if day.len() == 1 { digits(day, 1)? } else { digits(day, 2)? },
        hour: digits(clock.next()?, 2)?,
        minute: digits(clock.next()?, 2)?,
        second: digits(clock.next()?, 2)?,
    };
    (clock.next().is_none() && at.exists()).then(|| at.seconds().saturating_mul(SECOND_NS))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(headers: &[(&str, &str)]) -> HttpResponse {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        HttpResponse { headers: headers.iter().map(header).collect(), ..HttpResponse::default() }
    }

    #[test]
    fn dates_come_in_three_forms() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(date_ns(text.as_bytes()), Some(784_111_777 * SECOND_NS), "{text}");
        }
        for text in
            ["", "0", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 8:49:37 GMT"]
        {
            assert_eq!(date_ns(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn an_age_counts_from_the_date_and_before_expires() {
        let date = ("date", "Thu, 01 Jan 1970 00:00:10 GMT");
        let expires = ("expires", "Thu, 01 Jan 1970 00:01:00 GMT");
        let until = |headers: &[_]| expiry_ns(&response(headers));
        assert_eq!(until(&[date, ("cache-control", "public, max-age=5"), expires]), Ok(15 * SECOND_NS));
        assert_eq!(until(&[date, expires]), Ok(60 * SECOND_NS));
        assert_eq!(until(&[date, ("expires", "never")]), Ok(0));
        assert_eq!(until(&[date]), Ok(0));
        assert_eq!(until(&[("cache-control", "max-age=5")]), Err("no date header".into()));
        assert_eq!(
            until(&[date, ("cache-control", "max-age=99999999999999999999")]),
            Ok((10 + i64::from(i32::MAX)) * SECOND_NS)
        );
        assert!(until(&[date, ("cache-control", "max-age=-1")]).is_err());
    }

    #[test]
    fn what_must_not_be_stored_says_so() {
        assert!(!may_store(&response(&[("Cache-Control", "max-age=5 , no-store")])));
        assert!(may_store(&response(&[("Cache-Control", "no-storeys, x=no-store")])));
        assert!(may_store(&response(&[])));
    }
}
