//! What stands for the IANA database where it is not built in: no zone.

/// A zone of the database, of which there is none.
#[derive(Clone, Copy)]
pub(in crate::time) enum Iana {}

impl Iana {
    pub(super) fn named(name: &[u8]) -> Result<Iana, String> {
        Err(format!(
            "time zone {} needs the feature `time-zones` of lictor, which is switched off",
            lictor_value::text::lossy(name)
        ))
    }

    pub(super) fn offset_at(self, _seconds: i64) -> i64 {
        match self {}
    }

    pub(super) fn abbreviation_at(self, _seconds: i64) -> &'static str {
        match self {}
    }

    pub(super) fn offset_called(self, _abbreviation: &[u8], _shown: i64) -> Option<i64> {
        match self {}
    }
}
