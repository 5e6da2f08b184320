//! Instants in YAML 1.1, as far as Go reads them: `2001-2-3`, `2001-02-03T04:05:06.7+08:00`, `2001-02-03 04:05:06`.

/// A calendar day, the time of it, and how far that is ahead of UTC, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Timestamp {
    day: [u32; 3],
    time: [u32; 3],
    nanoseconds: u32,
    ahead: i32,
}

/// Reads an instant.
pub(in super::super) fn parse(text: &str) -> Option<Timestamp> {
    let mut reader = Reader { rest: text.as_bytes() };
    let year = reader.digits(4, 4)?;
    reader.one_of(b"-")?;
    let month = reader.digits(1, 2)?;
    reader.one_of(b"-")?;
    let day = reader.digits(1, 2)?;
    if !(1..=12).contains(&month) || day < 1 || day > days(year, month) {
        return None;
    }
    let mut found = Timestamp { day: [year, month, day], time: [0; 3], nanoseconds: 0, ahead: 0 };
    if reader.rest.is_empty() {
        return Some(found);
    }
    let separator = reader.one_of(b"Tt ")?;
    for (at, below) in [24, 60, 60].into_iter().enumerate() {
        if at > 0 {
            reader.one_of(b":")?;
        }
        found.time[at] = reader.digits(1, 2).filter(|number| *number < below)?;
    }
    found.nanoseconds = reader.fraction();
    if separator != b' ' {
        found.ahead = reader.zone()?;
    }
    reader.rest.is_empty().then_some(found)
}

/// Writes an instant as RFC 3339 does.
pub(in super::super) fn print(instant: &Timestamp) -> String {
    let Timestamp { day: [year, month, day], time: [hour, minute, second], nanoseconds, ahead } = instant;
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if *nanoseconds > 0 {
        text.push_str(format!(".{nanoseconds:09}").trim_end_matches('0'));
    }
    if *ahead == 0 {
        text.push('Z');
    } else {
        let (sign, minutes) = (if *ahead < 0 { '-' } else { '+' }, ahead.unsigned_abs());
        text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
    }
    text
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400) && month == 2 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

struct Reader<'t> {
    rest: &'t [u8],
}

impl Reader<'_> {
    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        bytes.contains(first).then_some(*first)
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        (count >= least).then(|| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
    }

    /// Nanoseconds after a point or comma; 0 where there is none.
    fn fraction(&mut self) -> u32 {
        let [b'.' | b',', after @ ..] = self.rest else { return 0 };
        let count = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return 0;
        }
        self.rest = &after[count..];
        (0..9).fold(0, |number, at| number * 10 + if at < count { u32::from(after[at] - b'0') } else { 0 })
    }

    fn zone(&mut self) -> Option<i32> {
        let sign = match self.one_of(b"Z+-")? {
            b'Z' => return Some(0),
            b'+' => 1,
            _ => -1,
        };
        let hours = self.digits(2, 2).filter(|hours| *hours <= 24)?;
        self.one_of(b":")?;
        // Go lets people write offsets of 24 hours and of 60 minutes.
        let minutes = self.digits(2, 2).filter(|minutes| *minutes <= 60)?;
        Some(sign * (hours * 60 + minutes) as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_three_forms() {
        for (text, printed) in [
            ("2024-2-29", "2024-02-29T00:00:00Z"),
            ("1999-12-31t23:59:59.250-03:30", "1999-12-31T23:59:59.25-03:30"),
            ("1999-12-31 1:2:3", "1999-12-31T01:02:03Z"),
        ] {
            assert_eq!(parse(text).map(|instant| print(&instant)).as_deref(), Some(printed));
        }
        for text in
            ["2023-2-29", "99-1-1", "1999-12-31T23:59", "1999-12-31T23:59:59", "1999-12-31 23:59:59Z", "1999-13-1"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
