//! Whole numbers in order, with samples of them: how many are at most some number is found with few lines of memory.
//!
//! A binary search among 20,000 numbers takes 14 steps, each of which waits for the one before, most of them for a line of
//! its own. Here each level has every sixteenth number of the one below, and sixteen neighbours are compared at once.

/// See the module.
pub(super) struct Sampled {
    /// The numbers, ascending; then every [`FAN`]th of them, and so on to a level of one stretch.
    levels: Vec<Box<[i64]>>,
}

/// How many neighbours are compared at once.
const FAN: usize = 16;

impl Sampled {
    /// Numbers in ascending order.
    pub(super) fn new(numbers: Vec<i64>) -> Self {
        let mut levels = vec![numbers.into_boxed_slice()];
        while let Some(last) = levels.last()
            && last.len() > FAN
        {
            levels.push(last.iter().copied().step_by(FAN).collect());
        }
        Sampled { levels }
    }

    /// How many of the numbers are `most` or less.
    #[inline]
    pub(super) fn up_to(&self, most: i64) -> usize {
        let mut count = 0;
        let mut stretch = 0;
        for level in self.levels.iter().rev() {
            let first = stretch * FAN;
            let neighbours = &level[first..level.len().min(first + FAN)];
            count = first + neighbours.iter().filter(|number| **number <= most).count();
            // Where the last sample that is not more stands, the numbers begin that may be more.
            let Some(last) = count.checked_sub(1) else { return 0 };
            stretch = last;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_found_as_are_there() {
        for length in [0, 1, 2, 15, 16, 17, 255, 256, 257, 4_096, 5_000] {
            let numbers: Vec<i64> = (0..length).map(|number| 10 * (number / 3)).collect();
            let sampled = Sampled::new(numbers.clone());
            for most in (-1..length + 2).chain([10 * length, i64::MIN, i64::MAX]) {
                let wanted = numbers.partition_point(|number| *number <= most);
                assert_eq!(sampled.up_to(most), wanted, "{most} among {length}");
            }
        }
    }
}
