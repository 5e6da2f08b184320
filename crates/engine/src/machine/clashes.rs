//! Clashes: keys of partial rules that got two values. They are errors to whoever asks for the whole object or for such a
//! key; the other keys keep their values, as they do in OPA, which evaluates a rule for the key that is asked for.

use lictor_value::{Value, same};

use super::{Machine, Outcome};
use crate::error::ErrorKind;

/// A key with two values.
#[derive(Clone, Copy)]
pub(super) struct Clashing<'v> {
    routine: u32,
    /// Where the rule's value is remembered; `None` while it is evaluated.
    place: Option<u32>,
    key: Value<'v>,
    /// The op that gave the second value.
    at: usize,
}

impl Clashing<'_> {
    /// Whether the value that it is in is remembered: what an error ended is not.
    pub(super) fn is_remembered(&self) -> bool {
        self.place.is_some()
    }
}

impl<'v> Machine<'v, '_> {
    /// Notes that a key of the rule that is evaluated has two values.
    #[cold]
    pub(super) fn clash(&mut self, routine: u32, key: Value<'v>, at: usize) {
        self.clashes.push(Clashing { routine, place: None, key, at });
    }

    /// The value of a rule that has ended is remembered.
    #[cold]
    pub(super) fn clashes_remembered(&mut self, routine: u32) {
        let place = self.memo.place(&self.kept.memo, routine);
        let ended = self.clashes.iter_mut().filter(|clash| clash.routine == routine && clash.place.is_none());
        ended.for_each(|clash| clash.place = place);
    }

    /// Raises a clash of a rule that has ended and whose value is not remembered.
    pub(super) fn unremembered(&mut self, routine: u32) -> Outcome<()> {
        let clash = self.clashes.iter().find(|clash| clash.routine == routine && clash.place.is_none()).copied();
        self.clashes.retain(Clashing::is_remembered);
        clash.map_or(Ok(()), |clash| Err(self.error(clash.at, ErrorKind::Keys)))
    }

    /// Raises a clash of the rule's whole value, which is remembered.
    #[inline(always)]
    pub(super) fn whole(&self, routine: u32) -> Outcome<()> {
        if self.clashes.is_empty() { Ok(()) } else { self.raise_clash(routine, None) }
    }

    /// Raises a clash at one key of the rule's value, which is remembered.
    #[inline(always)]
    pub(super) fn part(&self, routine: u32, key: Value<'v>) -> Outcome<()> {
        if self.clashes.is_empty() { Ok(()) } else { self.raise_clash(routine, Some(key)) }
    }

    #[cold]
    fn raise_clash(&self, routine: u32, key: Option<Value<'v>>) -> Outcome<()> {
        let place = self.memo.place(&self.kept.memo, routine);
        let of_value = |clash: &&Clashing<'v>| clash.routine == routine && place.is_some() && clash.place == place;
        let mut clashes = self.clashes.iter().filter(of_value);
        match clashes.find(|clash| key.is_none_or(|key| same(key, clash.key))) {
            Some(clash) => Err(self.error(clash.at, ErrorKind::Keys)),
            None => Ok(()),
        }
    }
}
