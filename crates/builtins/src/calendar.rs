//! Days and dates of the Gregorian calendar, without zones and without leap seconds.
//!
//! After Howard Hinnant's "chrono-compatible low-level date algorithms": the year begins in March, so that the leap day is
//! its last, and 400 years are an era of 146,097 days.

/// An instant in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime {
    /// The year; year 0 is 1 before Christ.
    pub year: i64,
    /// From 1.
    pub month: i64,
    /// From 1.
    pub day: i64,
    /// From 0 to 23.
    pub hour: i64,
    /// From 0 to 59.
    pub minute: i64,
    /// From 0 to 59.
    pub second: i64,
}

impl DateTime {
    /// The instant so many seconds after the beginning of 1970.
    pub fn of_seconds(seconds: i64) -> Self {
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let days = days + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        DateTime {
            year: year_of_era + era * 400 + next_year,
            month,
            day: of_year - (153 * ((month + 9) % 12) + 2) / 5 + 1,
            hour: of_day / 3_600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }

    /// The seconds since the beginning of 1970.
    pub fn seconds(&self) -> i64 {
        let year = if self.month > 2 { self.year } else { self.year - 1 };
        let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        let days = days + (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1 - 719_468;
        ((days * 24 + self.hour) * 60 + self.minute) * 60 + self.second
    }

    /// The day of the week: 0 for Sunday.
    pub fn weekday(&self) -> usize {
        (self.seconds().div_euclid(86_400) + 4).rem_euclid(7) as usize
    }

    /// The day of the year, from 1.
    pub fn day_of_year(&self) -> i64 {
        let first = DateTime { month: 1, day: 1, ..*self };
        (self.seconds() - first.seconds()) / 86_400 + 1
    }

    /// Whether there is such a date and such a time of day.
    pub fn exists(&self) -> bool {
        (1..=days_of(self.year, self.month)).contains(&self.day)
            && (0..24).contains(&self.hour)
            && (0..60).contains(&self.minute)
            && (0..60).contains(&self.second)
    }
}

/// How many days a month has; none where there is no such month.
pub fn days_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::DateTime;

    #[test]
    fn seconds_and_dates_are_each_others_inverse() {
        for (seconds, year, month, day) in [
            (0, 1970, 1, 1),
            (-1, 1969, 12, 31),
            (951_782_400, 2000, 2, 29),
            (951_868_800, 2000, 3, 1),
            (-62_167_219_200, 0, 1, 1),
            (253_402_300_799, 9999, 12, 31),
        ] {
            let date = DateTime::of_seconds(seconds);
            assert_eq!((date.year, date.month, date.day), (year, month, day));
            assert_eq!(date.seconds(), seconds);
            assert!(date.exists());
        }
    }

    #[test]
    fn days_are_counted_within_week_and_year() {
        for (seconds, weekday, of_year) in [(0, 4, 1), (-1, 3, 365), (951_782_400, 2, 60), (978_220_800, 0, 366)] {
            let date = DateTime::of_seconds(seconds);
            assert_eq!((date.weekday(), date.day_of_year()), (weekday, of_year), "{date:?}");
        }
    }

    #[test]
    fn february_ends_early() {
        let noon = DateTime { year: 2100, month: 2, day: 28, hour: 12, minute: 0, second: 0 };
        assert!(noon.exists());
        assert!(!DateTime { day: 29, ..noon }.exists());
        assert!(DateTime { day: 29, year: 2096, ..noon }.exists());
        assert!(!DateTime { month: 13, ..noon }.exists());
        assert!(!DateTime { second: 60, ..noon }.exists());
    }
}
