//! Time zones: by name, how far clocks there are ahead of UTC at an instant, and what that is called.
//!
//! The IANA database is built in with the feature `time-zones`; no file and no variable of the environment is looked at.

#[cfg(feature = "time-zones")]
mod iana;
#[cfg(not(feature = "time-zones"))]
#[path = "zone/absent.rs"]
mod iana;

use lictor_value::Context;

use iana::Iana;

/// A time zone.
#[derive(Clone, Copy)]
pub(super) enum Zone {
    Utc,
    Iana(Iana),
}

/// The zone that a session met last.
#[derive(Default)]
struct Last(Option<(Vec<u8>, Iana)>);

impl Zone {
    /// The zone of that name, or a fault that says why there is none. `Local` is the host's.
    pub(super) fn named(cx: &mut Context<'_, '_>, name: &[u8]) -> Option<Zone> {
        match name {
            b"" | b"UTC" => Some(Zone::Utc),
            b"Local" => Zone::local(cx),
            _ => Zone::found(cx, name),
        }
    }

    /// The zone of the database, or the last one if it is that again: policies mostly know one.
    fn found(cx: &mut Context<'_, '_>, name: &[u8]) -> Option<Zone> {
        if let Last(Some((last, zone))) = cx.scratch.of_session::<Last>()
            && last == name
        {
            return Some(Zone::Iana(*zone));
        }
        match Iana::named(name) {
            Ok(zone) => {
                cx.scratch.of_session::<Last>().0 = Some((name.to_vec(), zone));
                Some(Zone::Iana(zone))
            }
            Err(why) => cx.fail(why),
        }
    }

    /// The zone that the host calls its own.
    pub(super) fn local(cx: &mut Context<'_, '_>) -> Option<Zone> {
        let host = cx.host;
        match host.time_zone() {
            "" | "UTC" | "Local" => Some(Zone::Utc),
            name => Zone::named(cx, name.as_bytes()),
        }
    }

    /// How many seconds clocks are ahead of UTC at an instant, in seconds since 1970.
    pub(super) fn offset_at(&self, seconds: i64) -> i64 {
        match self {
            Zone::Utc => 0,
            Zone::Iana(zone) => zone.offset_at(seconds),
        }
    }

    /// What that is called, such as `CEST`, or `-03` where nobody has a name.
    pub(super) fn abbreviation_at(&self, seconds: i64) -> &'static str {
        match self {
            Zone::Utc => "UTC",
            Zone::Iana(zone) => zone.abbreviation_at(seconds),
        }
    }

    /// The instant at which clocks show a time, both in seconds since 1970: what clocks show twice or never is read as
    /// Go's `time.Date` reads it.
    pub(super) fn instant_of(&self, shown: i64) -> i64 {
        match self.offset_at(shown) {
            0 => shown,
            offset => shown - self.offset_at(shown - offset),
        }
    }

    /// How far ahead of UTC the zone is when it calls itself so, at the time that clocks show or else at any.
    pub(super) fn offset_called(&self, abbreviation: &[u8], shown: i64) -> Option<i64> {
        match self {
            Zone::Utc => None,
            Zone::Iana(zone) => zone.offset_called(abbreviation, shown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Zone;
    use super::iana::Iana;

    #[cfg(feature = "time-zones")]
    #[test]
    fn hours_that_clocks_skip_or_repeat_are_read_as_go_does() {
        let zone = Zone::Iana(Iana::named(b"America/New_York").unwrap_or_else(|why| panic!("{why}")));
        let hour = 3_600;
        // 2024-03-10 at 02:30, which is skipped, and 2024-11-03 at 01:30, which is shown twice.
        for (shown, ahead) in [(1_710_037_800, -4 * hour), (1_730_597_400, -4 * hour), (1_700_000_000, -5 * hour)] {
            assert_eq!(shown - zone.instant_of(shown), ahead, "{shown}");
        }
    }

    #[test]
    fn zones_that_are_not_there_say_so() {
        for (name, why) in [
            ("Europe", "is a directory"),
            ("europe/paris", "unknown time zone europe/paris"),
            ("../Paris", "time: invalid location name"),
            ("/UTC", "time: invalid location name"),
        ] {
            let said = Iana::named(name.as_bytes()).err().unwrap_or_default();
            let built_in = cfg!(feature = "time-zones");
            assert_eq!(
                said,
                if built_in {
                    why.into()
                } else {
                    format!("time zone {name} needs the feature `time-zones` of lictor, which is switched off")
                }
            );
        }
    }
}
