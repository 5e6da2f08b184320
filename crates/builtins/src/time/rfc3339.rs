//! The short way to read what policies read most: dates and times exactly as RFC 3339 has them, `2006-01-02T15:04:05Z`,
//! with a fraction or offset or without.
//!
//! Whatever is written in another way is left to [`super::parse`], which knows what Go lets pass and what it says of errors.

use crate::calendar::DateTime;

/// The instant in ns since 1970; `None` where the text is not exactly of that form.
pub(super) fn parse(text: &[u8]) -> Option<i128> {
    let (date_time, rest) = text.split_first_chunk::<19>()?;
    let separators = [date_time[4], date_time[7], date_time[10], date_time[13], date_time[16]];
    if separators != *b"--T::" {
        return None;
    }
    let two = |at: usize| pair(date_time[at], date_time[at + 1]);
    let shown = DateTime {
        year: two(0)? * 100 + two(2)?,
        month: two(5)?,
        day: two(8)?,
        hour: two(11)?,
        minute: two(14)?,
        second: two(17)?,
    };
    if !shown.exists() {
        return None;
    }
    let (nanoseconds, rest) = match rest {
        [b'.', fraction @ ..] => {
            let count = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&count) {
                return None;
            }
            let (digits, rest) = fraction.split_at(count);
            let number = digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
            (number * 10_i64.pow(9 - count as u32), rest)
        }
        _ => (0, rest),
    };
    let offset = match rest {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (pair(*h1, *h2)?, pair(*m1, *m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = (hours * 60 + minutes) * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    Some(i128::from(shown.seconds() - offset) * 1_000_000_000 + i128::from(nanoseconds))
}

/// The number of two digits.
fn pair(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::time::layout::RFC3339;
    use crate::time::zone::Zone;

    #[test]
    fn other_forms_are_left_to_the_long_way() {
        for text in
            ["", "2017-07-14T2:40:00Z", "2017-07-14T02:40:00,5Z", "2017-02-29T00:00:00Z", "2017-07-14T02:40:00+24:00"]
        {
            assert_eq!(super::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(super::parse(b"2000-02-29T12:00:00.5+02:00"), Some(951_818_400_500_000_000));
    }

    proptest! {
        #[test]
        fn both_ways_read_the_same(text in "[01][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,10})?(Z|[+-][0-2][0-9]:[0-5][0-9])") {
            let long = super::super::parse::parse(RFC3339.as_bytes(), text.as_bytes(), &Zone::Utc);
            if let Some(instant) = super::parse(text.as_bytes()) {
                prop_assert_eq!(Ok(instant), long);
            }
        }
    }
}
