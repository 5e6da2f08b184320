//! A moment: when something happens, by the clock on the wall and by one that nobody sets. And the watch over the two: a clock
//! that was set is told from time that went by.
//!
//! Both clocks go at one speed, so what lies between them stays as it is. Where it grows by more than a bound the wall clock
//! was set forward; where the wall clock is behind an instant that the store has seen by more than that, it was set back. Such
//! moments are errors, nothing is written for them, and the policy sets' rule says what becomes of their requests. When the
//! clock is put right all is as before. Where it stays as it is for a while, by the clock that nobody sets, it is believed.
//!
//! Smaller steps are taken as they are: forward at once; back by standing still until time has caught up.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lictor_value::Host;

use super::StoreError;

/// A larger step is a jump, unless said.
const BOUND: Duration = Duration::from_secs(60);
/// A clock that jumped is believed after this, unless said.
const BELIEVED: Duration = Duration::from_secs(60);
/// Nothing was seen yet.
const NONE: i64 = i64::MIN;

/// When something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// By the clock on the wall, in ns since 1970.
    pub now_ns: i64,
    /// By one that nobody sets, in ns since any instant. The same as `now_ns` where there is none, or where the moment is that
    /// of a recorded event: jumps forward are then taken for time that went by.
    pub tick_ns: i64,
}

impl Moment {
    /// Now, by a host's clocks.
    pub fn of_host(host: &dyn Host) -> Self {
        Moment { now_ns: host.now_ns(), tick_ns: host.tick_ns() }
    }
}

impl From<i64> for Moment {
    /// An instant of a record.
    fn from(now_ns: i64) -> Self {
        Moment { now_ns, tick_ns: now_ns }
    }
}

/// Watches a clock. Shared by all threads; where the clock goes right each call reads and writes two numbers.
#[derive(Debug)]
pub(super) struct ClockWatch {
    bound_ns: i64,
    believed_ns: i64,
    /// The latest instant that was given out.
    latest_ns: AtomicI64,
    /// What lies between the clocks.
    between_ns: AtomicI64,
    /// What lies between them since a jump, and the tick of it.
    jumped: Mutex<Option<(i64, i64)>>,
    /// Whether there is one: so that nobody takes the lock where there is none.
    in_doubt: AtomicBool,
}

impl Default for ClockWatch {
    fn default() -> Self {
        ClockWatch::new(BOUND, BELIEVED)
    }
}

impl ClockWatch {
    pub(super) fn new(bound: Duration, believed: Duration) -> Self {
        let ns = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        ClockWatch {
            bound_ns: ns(bound),
            believed_ns: ns(believed),
            latest_ns: AtomicI64::new(NONE),
            between_ns: AtomicI64::new(NONE),
            jumped: Mutex::new(None),
            in_doubt: AtomicBool::new(false),
        }
    }

    /// The instant to go by: never before one that was given out, but where a clock that was set back is believed.
    ///
    /// # Errors
    /// When the clock jumped.
    pub(super) fn see(&self, at: Moment) -> Result<i64, StoreError> {
        let Moment { now_ns, tick_ns } = at;
        let (between, before) = (now_ns.saturating_sub(tick_ns), self.between_ns.load(Ordering::Acquire));
        let latest = self.latest_ns.load(Ordering::Acquire);
        // A recorded event says nothing of clocks.
        let live = now_ns != tick_ns;
        let ahead = if live && before != NONE { between.saturating_sub(before) } else { 0 };
        let behind = if live && latest != NONE { latest.saturating_sub(now_ns) } else { 0 };
        if ahead > self.bound_ns || behind > self.bound_ns {
            return self.doubt(at, between, if behind > self.bound_ns { -behind } else { ahead });
        }
        if live {
            if between != before {
                self.between_ns.store(between, Ordering::Release);
            }
            if self.in_doubt.load(Ordering::Acquire) && self.in_doubt.swap(false, Ordering::AcqRel) {
                self.jumped.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
        }
        Ok(self.latest_ns.fetch_max(now_ns, Ordering::AcqRel).max(now_ns))
    }

    /// An instant that was seen elsewhere.
    #[cfg(feature = "store")]
    pub(super) fn remember(&self, now_ns: i64) {
        self.latest_ns.fetch_max(now_ns, Ordering::AcqRel);
    }

    /// The latest instant that was given out.
    pub(super) fn latest_ns(&self) -> i64 {
        self.latest_ns.load(Ordering::Acquire)
    }

    #[cold]
    fn doubt(&self, at: Moment, between: i64, by_ns: i64) -> Result<i64, StoreError> {
        let mut jumped = self.jumped.lock().unwrap_or_else(PoisonError::into_inner);
        self.in_doubt.store(true, Ordering::Release);
        let (since_between, since_tick) = *jumped.get_or_insert((between, at.tick_ns));
        if between.abs_diff(since_between) > self.bound_ns.unsigned_abs() {
            // It was set once more.
            *jumped = Some((between, at.tick_ns));
        } else if at.tick_ns.saturating_sub(since_tick) >= self.believed_ns {
            *jumped = None;
            self.between_ns.store(between, Ordering::Release);
            self.latest_ns.store(at.now_ns, Ordering::Release);
            return Ok(at.now_ns);
        }
        Err(StoreError::Clock { by: Duration::from_nanos(by_ns.unsigned_abs()), forward: by_ns > 0 })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

    use super::*;

    const SECOND: i64 = 1_000_000_000;
    const START: i64 = 1_800_000_000 * SECOND;

    /// `tick` seconds after the start, by a wall clock that is wrong by `wrong` seconds.
    fn at(tick: i64, wrong: i64) -> Moment {
        Moment { now_ns: START + (tick + wrong) * SECOND, tick_ns: 7 + tick * SECOND }
    }

    fn seconds(watch: &ClockWatch, at: Moment) -> Result<i64, String> {
        watch.see(at).map(|now| (now - START) / SECOND).map_err(|error| error.to_string())
    }

    #[test]
    fn days_without_a_request_are_no_jump() {
        let watch = ClockWatch::default();
        for tick in [0, 1, 40 * 86_400] {
            assert_eq!(seconds(&watch, at(tick, 0)), Ok(tick));
        }
    }

    #[test]
    fn a_clock_that_is_set_forward_and_put_right_leaves_no_trace() {
        let watch = ClockWatch::default();
        assert_eq!(seconds(&watch, at(0, 0)), Ok(0));
        let error = seconds(&watch, at(1, 3_600)).unwrap_err();
        assert_eq!(error, "the clock jumped forward by 3600 s; it is believed when it stays so");
        assert_eq!(seconds(&watch, at(2, 0)), Ok(2));
        assert!(seconds(&watch, at(3, 3_600)).is_err() && seconds(&watch, at(62, 3_600)).is_err());
        assert_eq!(seconds(&watch, at(63, 3_600)), Ok(3_663), "it stayed so for a minute");
    }

    #[test]
    fn a_clock_that_is_set_back_for_good_is_believed_after_a_while() {
        let watch = ClockWatch::default();
        assert_eq!(seconds(&watch, at(0, 86_400)), Ok(86_400));
        let error = seconds(&watch, at(1, 0)).unwrap_err();
        assert_eq!(error, "the clock is 86399 s behind what the usage store has seen; it is believed when it stays so");
        assert!(seconds(&watch, at(60, 0)).is_err());
        assert_eq!(seconds(&watch, at(61, 0)), Ok(61));
        assert_eq!(seconds(&watch, at(62, 0)), Ok(62));
    }

    #[test]
    fn a_clock_that_jumps_about_is_never_believed() {
        let watch = ClockWatch::default();
        assert_eq!(seconds(&watch, at(0, 0)), Ok(0));
        for tick in 1..10 {
            assert!(seconds(&watch, at(100 * tick, 1_000 * tick)).is_err());
        }
        assert_eq!(seconds(&watch, at(1_001, 0)), Ok(1_001));
    }

    #[test]
    fn small_steps_are_taken_as_they_are_and_time_never_goes_back() {
        let watch = ClockWatch::default();
        assert_eq!(seconds(&watch, at(0, 0)), Ok(0));
        assert_eq!(seconds(&watch, at(1, 59)), Ok(60));
        assert_eq!(seconds(&watch, at(2, 0)), Ok(60));
        assert_eq!(seconds(&watch, at(61, 0)), Ok(61));
    }

    #[test]
    fn recorded_moments_may_be_as_far_apart_as_they_are() {
        let watch = ClockWatch::default();
        for day in [0, 400, 3] {
            let now = START + day * 86_400 * SECOND;
            assert_eq!(
                watch.see(now.into()).unwrap(),
                START + day.max(if day == 3 { 400 } else { 0 }) * 86_400 * SECOND
            );
        }
    }
}
