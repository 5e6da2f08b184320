//! How long an operation takes, and what it allocates: repeated until a second has gone by.
//!
//! The number of repetitions is found as Go's benchmarks find it, so that the two can be put side by side: runs that grow
//! until one is long enough, and that one counts. What an operation is, is for the caller to say.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::allocator::{Count, counted};

/// How long the run that counts takes at least.
const LONG: Duration = Duration::from_secs(1);
/// The most operations in a run.
const MOST: u64 = 1_000_000_000;

/// What a run showed.
pub(crate) struct Measured {
    pub(crate) operations: u64,
    pub(crate) took: Duration,
    pub(crate) count: Count,
    /// ns for each operation, where they were to be timed one by one.
    pub(crate) times: Option<Histogram<u64>>,
}

/// Repeats `operation` until a run took a second; with `each`, times operations one by one too.
///
/// # Errors
/// The first error of an operation.
pub(crate) fn measure<E>(each: bool, mut operation: impl FnMut() -> Result<(), E>) -> Result<Measured, E> {
    let mut operations = 1;
    loop {
        let measured = run(operations, each, &mut operation)?;
        if measured.took >= LONG || operations >= MOST {
            return Ok(measured);
        }
        operations = more(operations, measured.took);
    }
}

fn run<E>(operations: u64, each: bool, operation: &mut impl FnMut() -> Result<(), E>) -> Result<Measured, E> {
    // Three digits up to a minute an operation.
    let mut times = each.then(|| Histogram::new_with_bounds(1, 60_000_000_000, 3).ok()).flatten();
    let (took, count) = counted(|| {
        let start = Instant::now();
        let Some(times) = &mut times else {
            (0..operations).try_for_each(|_| operation())?;
            return Ok(start.elapsed());
        };
        // One look at the clock an operation; writing the time down is left out.
        let mut took = Duration::ZERO;
        for _ in 0..operations {
            let start = Instant::now();
            operation()?;
            let time = start.elapsed();
            took += time;
            times.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1));
        }
        Ok(took)
    });
    Ok(Measured { operations, took: took?, count, times })
}

/// How many operations should take long enough, if so many took so long: a fifth more than that, and not a hundred times
/// more at once.
fn more(operations: u64, took: Duration) -> u64 {
    let goal = u128::from(operations) * LONG.as_nanos() / took.as_nanos().max(1);
    let goal = u64::try_from(goal + goal / 5).unwrap_or(u64::MAX);
    goal.clamp(operations + 1, operations.saturating_mul(100)).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_grow_towards_a_second_but_not_at_once() {
        assert_eq!(more(1, Duration::from_nanos(300)), 100);
        assert_eq!(more(1_000_000, Duration::from_millis(500)), 2_400_000);
        assert_eq!(more(5, Duration::from_millis(999)), 6);
        assert_eq!(more(1, Duration::ZERO), 100);
        assert_eq!(more(900_000_000, Duration::from_millis(900)), MOST);
    }

    #[test]
    fn the_run_that_counts_takes_a_second_and_counts_what_each_operation_allocates() {
        let operation = || {
            std::thread::sleep(Duration::from_millis(50));
            drop(std::hint::black_box(Vec::<u8>::with_capacity(10)));
            Ok::<(), ()>(())
        };
        let measured = measure(true, operation).unwrap();
        assert!(measured.took >= LONG && (2..=40).contains(&measured.operations), "{}", measured.operations);
        let operations = measured.operations;
        assert_eq!(measured.count, Count { allocations: operations, bytes: 10 * operations });
        let times = measured.times.unwrap();
        assert_eq!(times.len(), operations);
        assert!(times.min() >= 49_000_000, "{}", times.min());
    }

    #[test]
    fn the_first_error_ends_it() {
        let mut left = 10;
        let ended = measure(false, || {
            left -= 1;
            if left == 0 { Err("enough") } else { Ok(()) }
        });
        assert_eq!(ended.err(), Some("enough"));
    }
}
