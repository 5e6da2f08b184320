//! Zones of the IANA database, as the crate `tzdb_data` has it: with the data of `backzone`, as Go has it too.

use lictor_value::text::lossy;
use tz::{LocalTimeType, TimeZoneRef};
use tzdb_data::TZ_NAMES;

/// The longest of the names of folders that Go looks into, and how long a name and a path may be in Linux (`limits.h`).
const FOLDER: &str = "/usr/share/lib/zoneinfo/";
const NAME_MAX: usize = 255;
const PATH_MAX: usize = 4096;

/// A zone of the database.
#[derive(Clone, Copy)]
pub(in crate::time) struct Iana(&'static TimeZoneRef<'static>);

impl Iana {
    /// The zone of that name, which OPA's host looks for as a file: letters' case counts, steps that lead nowhere do not.
    pub(super) fn named(name: &[u8]) -> Result<Iana, String> {
        if name.windows(2).any(|pair| pair == b"..") || matches!(name.first(), Some(b'/' | b'\\')) {
            return Err("time: invalid location name".into());
        }
        if name.contains(&0) {
            return Err("invalid argument".into());
        }
        if name.len() >= PATH_MAX - FOLDER.len() {
            return Err("file name too long".into());
        }
        let mut path = Vec::with_capacity(name.len());
        let mut found = None;
        for step in name.split(|byte| *byte == b'/') {
            if found.is_some() {
                return Err("not a directory".into());
            }
            if step.len() > NAME_MAX {
                return Err("file name too long".into());
            }
            if matches!(step, b"" | b".") {
                continue;
            }
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(step);
            // The crate finds names in any case.
            found = tzdb_data::find_tz(&path).filter(|_| is_name(&path));
            if found.is_none() && !is_area(&path) {
                return Err(format!("unknown time zone {}", lossy(name)));
            }
        }
        found.map(Iana).ok_or_else(|| "is a directory".into())
    }

    pub(super) fn offset_at(self, seconds: i64) -> i64 {
        self.at(seconds).ut_offset().into()
    }

    pub(super) fn abbreviation_at(self, seconds: i64) -> &'static str {
        self.at(seconds).time_zone_designation()
    }

    pub(super) fn offset_called(self, abbreviation: &[u8], shown: i64) -> Option<i64> {
        let is_called = |kind: &&LocalTimeType| kind.time_zone_designation().as_bytes() == abbreviation;
        let offsets = || self.0.local_time_types().iter().filter(is_called).map(|kind| i64::from(kind.ut_offset()));
        offsets().find(|offset| is_called(&self.at(shown - offset))).or_else(|| offsets().next())
    }

    /// What holds at an instant.
    fn at(self, seconds: i64) -> &'static LocalTimeType {
        // Where there are no rules for the future, what held last still does.
        self.0.find_local_time_type(seconds).unwrap_or_else(|_| {
            let last = self.0.transitions().last().map_or(0, |transition| transition.local_time_type_index());
            &self.0.local_time_types()[last]
        })
    }
}

fn is_name(name: &[u8]) -> bool {
    let found = TZ_NAMES.binary_search_by(|zone| small(zone.as_bytes()).cmp(small(name)));
    found.is_ok_and(|at| TZ_NAMES[at].as_bytes() == name)
}

/// In small letters, by which the names are sorted.
fn small(name: &[u8]) -> impl Iterator<Item = u8> + '_ {
    name.iter().map(u8::to_ascii_lowercase)
}

/// Whether zones are named below such a name, as below `Europe`: to OPA it is a directory of the file system.
fn is_area(name: &[u8]) -> bool {
    let below = |zone: &&str| zone.as_bytes().strip_prefix(name).is_some_and(|rest| rest.starts_with(b"/"));
    TZ_NAMES.iter().any(below)
}

#[cfg(test)]
mod tests {
    use super::{Iana, TZ_NAMES};

    #[test]
    fn names_are_looked_for_as_paths() {
        let long = "x".repeat(256);
        for (name, said) in [
            ("Europe", "is a directory"),
            ("Europe/", "is a directory"),
            (".", "is a directory"),
            ("Europe/London/", "not a directory"),
            ("Europe/London/x", "not a directory"),
            ("Europe/../UTC", "time: invalid location name"),
            ("/UTC", "time: invalid location name"),
            ("europe/London", "unknown time zone europe/London"),
            ("x/y", "unknown time zone x/y"),
            ("\0", "invalid argument"),
            (&long, "file name too long"),
            (&format!("Europe/{long}"), "file name too long"),
            (&format!("x/{long}"), &format!("unknown time zone x/{long}")),
            (&"x/".repeat(2048), "file name too long"),
        ] {
            assert_eq!(Iana::named(name.as_bytes()).err().as_deref(), Some(said), "{name}");
        }
        for name in ["Europe/London", "Europe//London", "./Europe/./London"] {
            assert!(Iana::named(name.as_bytes()).is_ok(), "{name}");
        }
    }

    #[test]
    fn every_zone_is_found_by_its_name_alone() {
        for name in TZ_NAMES {
            let zone = Iana::named(name.as_bytes()).unwrap_or_else(|why| panic!("{name}: {why}"));
            for seconds in [i64::MIN, -10_000_000_000, 0, 1_700_000_000, 4_000_000_000, i64::MAX] {
                assert!(zone.offset_at(seconds).abs() < 26 * 3_600, "{name} at {seconds}");
                assert!((3..=6).contains(&zone.abbreviation_at(seconds).len()), "{name} at {seconds}");
            }
        }
    }
}
