//! Durations in Go's notation, as `opa` reads and writes them: `1m30s`, `2.5ms`.

use std::time::Duration;

/// The units with their length in ns.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads `1m30s`; a number alone is seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write `500ms`, `5s` or `1m30s`");
    let seconds = |text: &str| Duration::try_from_secs_f64(text.parse().ok()?).ok();
    if let Some(plain) = seconds(text) {
        return Ok(plain);
    }
    let (mut rest, mut total) = (text, 0.0);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number: f64 = rest[..end].parse().map_err(|_| wrong())?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let (_, ns) = UNITS.iter().find(|(unit, _)| *unit == &rest[..end]).ok_or_else(wrong)?;
        total += number * *ns as f64 / 1e9;
        rest = &rest[end..];
    }
    if text.is_empty() { Err(wrong()) } else { Duration::try_from_secs_f64(total).map_err(|_| wrong()) }
}

/// Reads one that is no less than a millisecond.
pub(crate) fn parse_some(text: &str) -> Result<Duration, String> {
    let some = parse(text)?;
    if some < Duration::from_millis(1) { Err("it is less than a millisecond".to_owned()) } else { Ok(some) }
}

/// Writes `1m30s`, `2.5ms`, `0s`.
pub(crate) fn text(duration: Duration) -> String {
    let ns = duration.as_nanos();
    let (unit, of) = match ns {
        0 => return "0s".to_owned(),
        1..1_000 => ("ns", 1),
        1_000..1_000_000 => ("µs", 1_000),
        1_000_000..1_000_000_000 => ("ms", 1_000_000),
        _ => {
            let (seconds, rest) = (ns / 1_000_000_000, ns % 1_000_000_000);
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let last = decimal(seconds % 60, rest, 1_000_000_000);
            return match (hours, minutes) {
                (0, 0) => format!("{last}s"),
                (0, _) => format!("{minutes}m{last}s"),
                _ => format!("{hours}h{minutes}m{last}s"),
            };
        }
    };
    format!("{}{unit}", decimal(ns / of, ns % of, of))
}

/// `whole.rest` without zeros at the end.
fn decimal(whole: u128, rest: u128, of: u128) -> String {
    if rest == 0 {
        return whole.to_string();
    }
    let digits = of.to_string().len() - 1;
    let rest = format!("{rest:0digits$}");
    format!("{whole}.{}", rest.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        let cases = [
            (0, "0s"),
            (7, "7ns"),
            (1_500, "1.5µs"),
            (2_341_622, "2.341622ms"),
            (303_139_186, "303.139186ms"),
            (5_000_000_000, "5s"),
            (90_000_000_001, "1m30.000000001s"),
            (3_600_000_000_000, "1h0m0s"),
        ];
        for (ns, expected) in cases {
            assert_eq!(text(Duration::from_nanos(ns)), expected);
        }
    }

    #[test]
    fn durations_are_read_in_go_s_notation_or_as_seconds() {
        for (written, ms) in [("5s", 5_000), ("1m30s", 90_000), ("1.5ms", 1), ("500ms", 500), ("2", 2_000), ("0", 0)] {
            assert_eq!(parse(written).unwrap().as_millis(), ms, "{written}");
        }
        for wrong in ["", "s", "5x", "-1s", "1m30", "5 s"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
