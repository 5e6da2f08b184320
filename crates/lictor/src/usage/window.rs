//! Windows: how many requests came in the last second, minute, hour and day. Not the requests themselves: two numbers each.

use serde::{Deserialize, Serialize};

const SECOND: i64 = 1_000_000_000;
const SPANS: [i64; 4] = [SECOND, 60 * SECOND, 3600 * SECOND, 86400 * SECOND];

/// Sliding counts over a second, a minute, an hour and a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows([Window; 4]);

/// A window: the bucket that fills, and the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Window {
    bucket: i64,
    current: u64,
    previous: u64,
}

impl Windows {
    /// Counts a request.
    pub fn add(&mut self, now_ns: i64) {
        for (window, span) in self.0.iter_mut().zip(SPANS) {
            window.roll(now_ns.div_euclid(span));
            window.current = window.current.saturating_add(1);
        }
    }

    /// Windows as numbers: the bucket, what is in it, and what was in the one before it; a second's first.
    #[cfg(feature = "redis")]
    pub(super) fn of_parts(parts: [(i64, u64, u64); 4]) -> Self {
        Windows(parts.map(|(bucket, current, previous)| Window { bucket, current, previous }))
    }

    /// The counts, each rounded up.
    pub fn counts(mut self, now_ns: i64) -> [u64; 4] {
        let mut counts = [0; 4];
        for ((window, span), count) in self.0.iter_mut().zip(SPANS).zip(&mut counts) {
            window.roll(now_ns.div_euclid(span));
            let left = span.abs_diff(now_ns.rem_euclid(span));
            *count = window.current.saturating_add(covered(window.previous, left, span.unsigned_abs()));
        }
        counts
    }
}

/// What counts of `count` requests where `left` of `span` is covered, rounded up.
fn covered(count: u64, left: u64, span: u64) -> u64 {
    // Wide numbers take ten times as long.
    match count.checked_mul(left) {
        Some(product) => product.div_ceil(span),
        None => {
            let covered = (u128::from(count) * u128::from(left)).div_ceil(u128::from(span));
            u64::try_from(covered).unwrap_or(u64::MAX)
        }
    }
}

impl Window {
    /// Goes on to a bucket. One that is a little earlier is not gone back to: threads race, and what the window holds counts as
    /// now. Where the clock was set back by more, what it holds is carried back with it: it would count until time has caught
    /// up otherwise.
    fn roll(&mut self, bucket: i64) {
        if bucket < self.bucket.saturating_sub(1) {
            self.bucket = bucket;
        }
        if bucket <= self.bucket {
            return;
        }
        self.previous = if bucket == self.bucket.saturating_add(1) { self.current } else { 0 };
        (self.bucket, self.current) = (bucket, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_slide_from_one_bucket_into_the_next() {
        let mut windows = Windows::default();
        let start = 10_000 * 86400 * SECOND;
        (0..60).for_each(|_| windows.add(start));
        assert_eq!(windows.counts(start), [60; 4]);
        assert_eq!(windows.counts(start + 60 * SECOND), [0, 60, 60, 60]);
        assert_eq!(windows.counts(start + 90 * SECOND)[1], 30);
        assert_eq!(windows.counts(start + 119 * SECOND)[1], 1);
        assert_eq!(windows.counts(start + 120 * SECOND), [0, 0, 60, 60]);
    }

    #[test]
    fn going_back_in_time_forgets_nothing_and_counts_slide_from_there() {
        let mut windows = Windows::default();
        let start = 10_000 * 86400 * SECOND;
        windows.add(start);
        windows.add(start - 1);
        assert_eq!(windows.counts(start), [2; 4]);
        let earlier = start - 40 * 86400 * SECOND;
        windows.add(earlier);
        assert_eq!(windows.counts(earlier), [3; 4]);
        assert_eq!(windows.counts(earlier + 2 * 86400 * SECOND), [0; 4]);
    }
}
