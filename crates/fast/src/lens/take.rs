//! Taking values out of a text, given where they stand.

use lictor_value::{Arena, Value, json, number};

use super::LensError;
use super::scalar;
use super::scan::Summary;

/// A text and what making values of it needs.
pub(super) struct Take<'w, 's> {
    pub(super) text: &'s [u8],
    pub(super) summary: Summary,
    pub(super) arena: &'s Arena,
    pub(super) reader: &'w mut json::Reader,
}

impl<'s> Take<'_, 's> {
    /// The string whose inside stands between two places.
    #[inline(always)]
    pub(super) fn string(&mut self, start: usize, end: usize) -> Result<Value<'s>, LensError> {
        let raw = self.text.get(start..end).ok_or(LensError)?;
        let plain =
            !(self.summary.escapes && raw.contains(&b'\\')) && (self.summary.ascii || std::str::from_utf8(raw).is_ok());
        if plain { Ok(Value::str(raw)) } else { self.read(start - 1, end + 1) }
    }

    /// The scalar between two places.
    #[inline(always)]
    pub(super) fn scalar(&mut self, start: usize, end: usize) -> Result<Value<'s>, LensError> {
        if let Some(int) = scalar::whole_between(self.text, start, end) {
            return Ok(Value::int(int));
        }
        let scalar = self.text.get(start..end).ok_or(LensError)?;
        if scalar.first().is_some_and(|first| matches!(first, b'-' | b'0'..=b'9'))
            && let Some(int) = number::plain_int_of(scalar)
        {
            return Ok(Value::int(int));
        }
        self.read(start, end)
    }

    /// The value between two places, as the tree reader reads it.
    #[inline(never)]
    pub(super) fn read(&mut self, start: usize, end: usize) -> Result<Value<'s>, LensError> {
        let part = self.text.get(start..end).ok_or(LensError)?;
        self.reader.parse(self.arena, part).map_err(|_| LensError)
    }
}
