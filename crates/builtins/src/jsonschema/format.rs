//! The formats that strings may be held to (`"format": "date-time"`), as gojsonschema reads them; others hold always.

use crate::calendar::DateTime;
use crate::net::cidr;
use crate::regex;
use crate::url::Url;

use super::email;

/// Whether a text has a format.
pub(crate) fn holds(format: &str, text: &[u8]) -> bool {
    match format {
        "date" => is_date(text),
        "time" => time(text).is_some_and(|rest| rest.is_empty() || is_zone(rest)),
        "date-time" => is_date_time(text),
        "hostname" => is_hostname(text),
        "email" | "idn-email" => email::is_address(text),
        "ipv4" => text.contains(&b'.') && cidr::address(text).is_some(),
        "ipv6" => text.contains(&b':') && cidr::address(text).is_some(),
        "uri" | "iri" => url(text).is_some_and(|url| !url.scheme.is_empty()),
        "uri-reference" | "iri-reference" => url(text).is_some(),
        "uri-template" => url(text).is_some_and(|url| braces_close(&url.path)),
        "uuid" => is_uuid(text),
        "regex" => regex::compile(text).is_ok(),
        "json-pointer" => is_pointer(text),
        "relative-json-pointer" => is_relative_pointer(text),
        _ => true,
    }
}

/// Two digits, within bounds; what follows them.
fn two_digits(text: &[u8], bounds: std::ops::RangeInclusive<u8>) -> Option<(u8, &[u8])> {
    match text {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] => {
            let number = (a - b'0') * 10 + (b - b'0');
            bounds.contains(&number).then_some((number, rest))
        }
        _ => None,
    }
}

/// What follows a date `2006-01-02`.
fn date(text: &[u8]) -> Option<&[u8]> {
    let (year, rest) = text.split_at_checked(4)?;
    let year = std::str::from_utf8(year).ok().filter(|year| year.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    let (month, rest) = two_digits(rest.strip_prefix(b"-")?, 1..=12)?;
    let (day, rest) = two_digits(rest.strip_prefix(b"-")?, 1..=31)?;
    let date = DateTime { year, month: month.into(), day: day.into(), hour: 0, minute: 0, second: 0 };
    date.exists().then_some(rest)
}

/// What follows a time `15:04:05`, whose hour may have one digit and whose seconds a fraction.
fn time(text: &[u8]) -> Option<&[u8]> {
    let rest = match text {
        [b'0'..=b'9', b':', ..] => &text[1..],
        _ => two_digits(text, 0..=23)?.1,
    };
    let (_, rest) = two_digits(rest.strip_prefix(b":")?, 0..=59)?;
    let (_, rest) = two_digits(rest.strip_prefix(b":")?, 0..=59)?;
    Some(match rest {
        [b'.' | b',', b'0'..=b'9', after @ ..] => {
            let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
            &after[digits..]
        }
        _ => rest,
    })
}

/// `Z` or `+07:00`, of which Go reads 24 hours and 60 minutes too.
fn is_zone(text: &[u8]) -> bool {
    let offset = match text {
        b"Z" => return true,
        [b'+' | b'-', offset @ ..] => offset,
        _ => return false,
    };
    let minutes = two_digits(offset, 0..=24).and_then(|(_, rest)| two_digits(rest.strip_prefix(b":")?, 0..=60));
    minutes.is_some_and(|(_, rest)| rest.is_empty())
}

fn is_date(text: &[u8]) -> bool {
    date(text).is_some_and(<[u8]>::is_empty)
}

fn is_date_time(text: &[u8]) -> bool {
    let full = |text| is_zone(time(date(text)?.strip_prefix(b"T")?)?).then_some(());
    is_date(text) || time(text).is_some_and(|rest| rest.is_empty() || is_zone(rest)) || full(text).is_some()
}

/// Labels of 63 letters, digits and inner hyphens at most, with points between them.
fn is_hostname(text: &[u8]) -> bool {
    let inner = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
    let is_label = |label: &[u8]| match label {
        [] => false,
        [first, .., last] if *first == b'-' || *last == b'-' => false,
        [b'-'] => false,
        _ => label.len() <= 63 && label.iter().all(inner),
    };
    text.len() < 256 && text.split(|b| *b == b'.').all(is_label)
}

fn url(text: &[u8]) -> Option<Url> {
    Url::parse(text).ok().filter(|_| !text.contains(&b'\\'))
}

/// Whether each `{` has its `}`.
fn braces_close(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(open) = rest.iter().position(|b| *b == b'{') {
        match rest[open..].iter().position(|b| *b == b'}') {
            Some(close) => rest = &rest[open + close + 1..],
            None => return false,
        }
    }
    true
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Nothing, or keys after a slash each, in which `~0` stands for a tilde and `~1` for a slash.
fn is_pointer(text: &[u8]) -> bool {
    let escaped = |key: &[u8]| {
        let escape = |(at, b): (usize, &u8)| *b != b'~' || matches!(key.get(at + 1), Some(b'0' | b'1'));
        key.iter().enumerate().all(escape)
    };
    text.is_empty() || text[0] == b'/' && text.split(|b| *b == b'/').all(escaped)
}

/// How many levels up, then `#` or a pointer.
fn is_relative_pointer(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (up, rest) = text.split_at(digits);
    !up.is_empty() && (up.len() == 1 || up[0] != b'0') && (rest == b"#" || is_pointer(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_formats_or_not() {
        for (format, good, bad) in [
            ("date", &["2024-02-29"][..], &["2023-02-29", "2024-2-29", "2024-02-29 "][..]),
            ("time", &["9:30:00", "09:30:00.25", "09:30:00+24:00"], &["09:60:00", "09:30", "09:30:00+1:00"]),
            ("date-time", &["2024-02-29T09:30:00Z", "2024-02-29", "09:30:00"], &["2024-02-29 09:30:00Z", "now"]),
            ("hostname", &["keys.example", "a-b"], &["-a", "a.", "a_b", ""]),
            ("ipv4", &["10.0.0.1", "::ffff:10.0.0.1"], &["::1", "10.0.0.256"]),
            ("ipv6", &["::1"], &["10.0.0.1", "::1%eth0"]),
            ("uri", &["urn:key:7"], &["/a", "http://a b", r"http://a\b"]),
            ("uri-reference", &["/a", "#b"], &["%zz"]),
            ("uri-template", &["/keys/{id}", "}"], &["{a"]),
            ("uuid", &["0b5c0b28-ee03-11ee-8f3c-0242ac120002"], &["0b5c0b28ee0311ee8f3c0242ac120002"]),
            ("regex", &["a*", ""], &["(", "(?=a)"]),
            ("json-pointer", &["", "/a~1b/~0"], &["a", "/~2"]),
            ("relative-json-pointer", &["0", "12/a", "1#"], &["01", "/a", "1#/a"]),
            ("whatever", &["anything"], &[]),
        ] {
            assert!(good.iter().all(|text| holds(format, text.as_bytes())), "{format} {good:?}");
            assert!(!bad.iter().any(|text| holds(format, text.as_bytes())), "{format} {bad:?}");
        }
    }
}
