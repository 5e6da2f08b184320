//! The summary that closes a run: how many events, what became of them, how fast.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use lictor::{Policy, Verdict};
use serde_json::{Value as Json, json};

use super::decisions::Outcome;

/// Counts while events pass, and at the end how long they took.
pub(crate) struct Summary {
    pub(crate) events: u64,
    pub(crate) allowed: u64,
    pub(crate) warned: u64,
    pub(crate) denied: u64,
    pub(crate) bad: u64,
    start: Instant,
    elapsed: Duration,
    policy: Json,
    /// ns per event: reading and judging it, output excluded.
    times: Option<Histogram<u64>>,
}

impl Summary {
    pub(crate) fn new() -> Self {
        // Three digits. It grows with what it is told: room for a minute takes longer to clear than a short run takes.
        let times = Histogram::new(3).ok();
        Summary {
            events: 0,
            allowed: 0,
            warned: 0,
            denied: 0,
            bad: 0,
            start: Instant::now(),
            elapsed: Duration::ZERO,
            policy: Json::Null,
            times,
        }
    }

    pub(crate) fn time(&mut self, took: Duration) {
        if let Some(times) = &mut self.times {
            // Longer than a minute counts as a minute, for which there is room.
            let _ = times.record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).clamp(1, 60_000_000_000));
        }
    }

    pub(crate) fn count(&mut self, outcome: &Outcome) {
        self.events += 1;
        let counter = match outcome {
            Outcome::Bad(_) => &mut self.bad,
            Outcome::Decided(decision) => match decision.verdict {
                Verdict::Allow => &mut self.allowed,
                Verdict::Warn => &mut self.warned,
                Verdict::Deny => &mut self.denied,
            },
        };
        *counter += 1;
    }

    /// Ends it; `policy` is the one that is in force then.
    pub(crate) fn finish(mut self, policy: &Policy) -> Self {
        self.policy = json!({"revision": policy.revision(), "commits": policy.commits()});
        self.elapsed = self.start.elapsed();
        self
    }

    fn percentile(&self, percent: f64) -> u64 {
        self.times.as_ref().map_or(0, |times| times.value_at_percentile(percent))
    }

    fn per_second(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { self.events as f64 / seconds } else { 0.0 }
    }

    pub(crate) fn json(&self) -> Json {
        json!({
            "events": self.events,
            "allowed": self.allowed,
            "warned": self.warned,
            "denied": self.denied,
            "bad": self.bad,
            "policy": self.policy,
            "seconds": self.elapsed.as_secs_f64(),
            "events_per_second": self.per_second().round(),
            "p50_ns": self.percentile(50.0),
            "p99_ns": self.percentile(99.0),
        })
    }

    /// One line for people.
    pub(crate) fn line(&self) -> String {
        let plural = if self.events == 1 { "" } else { "s" };
        let bad = if self.bad > 0 { format!(", {} bad", grouped(self.bad)) } else { String::new() };
        format!(
            "{} event{plural}: {} allowed, {} warned, {} denied{bad}; {} events/s, p50 {}, p99 {}",
            grouped(self.events),
            grouped(self.allowed),
            grouped(self.warned),
            grouped(self.denied),
            grouped(self.per_second() as u64),
            duration(self.percentile(50.0)),
            duration(self.percentile(99.0)),
        )
    }
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn duration(ns: u64) -> String {
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{:.1} us", ns as f64 / 1e3),
        _ => format!("{:.1} ms", ns as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_times_have_units() {
        assert_eq!([0, 12, 1_234, 1_234_567].map(grouped), ["0", "12", "1,234", "1,234,567"]);
        assert_eq!([7, 1_500, 2_500_000].map(duration), ["7 ns", "1.5 us", "2.5 ms"]);
    }

    #[test]
    fn a_bad_event_is_never_counted_as_allowed() {
        let mut summary = Summary::new();
        summary.count(&Outcome::Bad("no JSON".into()));
        summary.count(&Outcome::Decided(lictor::Decision::ALLOW));
        assert_eq!((summary.events, summary.allowed, summary.bad), (2, 1, 1));
        assert!(summary.line().starts_with("2 events: 1 allowed, 0 warned, 0 denied, 1 bad; "));
    }
}
