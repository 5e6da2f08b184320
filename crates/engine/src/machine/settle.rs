//! Rules and functions with several definitions: all solutions must agree.
//!
//! The first conflict does not end the evaluation at once: OPA's message lists the first value and, of each definition,
//! its first value that differs from that one. So conflicts are gathered until the routine asks what it knows.

use lictor_ir::{RoutineKind, Slot};
use lictor_value::Value;

use crate::error::{Conflicting, ErrorKind};
use crate::machine::{Machine, Outcome};

/// OPA lists no more values than this.
const LISTED: usize = 10;

/// A value that does not agree with the first one of its routine.
pub(super) struct Conflict<'v> {
    /// The routine, by how many callers wait, and the slot of the first value.
    whose: (u32, Slot),
    /// The op.
    at: u32,
    value: Value<'v>,
}

/// Which op stored the first value of which routine and slot.
pub(super) type First = ((u32, Slot), u32);

impl<'v> Machine<'v, '_> {
    /// Notes which op stored a first value.
    #[inline]
    pub(super) fn settle_first(&mut self, dst: Slot, at: usize) {
        let whose = (self.kept.frames.len() as u32, dst);
        match self.kept.firsts.last_mut() {
            Some(last) if last.0 == whose => last.1 = at as u32,
            _ => self.kept.firsts.push((whose, at as u32)),
        }
    }

    /// Notes a value that differs from the first one.
    #[cold]
    pub(super) fn settle_conflict(&mut self, dst: Slot, value: Value<'v>, at: usize) {
        let whose = (self.kept.frames.len() as u32, dst);
        let places = &self.program.places;
        let place = places.get(at);
        let listed = |c: &Conflict<'v>| c.whose == whose && places.get(c.at as usize) == place;
        if !self.values.settle.iter().any(listed) {
            self.values.settle.push(Conflict { whose, at: at as u32, value });
        }
    }

    /// Raises the conflict of the routine in progress, if it has one.
    #[inline]
    pub(super) fn settled(&mut self, a: Slot, value: Value<'v>, routine: u32) -> Outcome<()> {
        let whose = (self.kept.frames.len() as u32, a);
        let first = self.kept.firsts.pop_if(|first| first.0 == whose);
        if self.values.settle.is_empty() {
            return Ok(());
        }
        self.raise_conflict(whose, value, first.map(|first| first.1), routine)
    }

    #[cold]
    fn raise_conflict(
        &mut self,
        whose: (u32, Slot),
        value: Value<'v>,
        first: Option<u32>,
        routine: u32,
    ) -> Outcome<()> {
        let Some(second) = self.values.settle.iter().find(|c| c.whose == whose) else { return Ok(()) };
        let others = self.values.settle.iter().filter(|c| c.whose == whose);
        let all = std::iter::once((value, first.unwrap_or(second.at))).chain(others.map(|c| (c.value, c.at)));
        let shown = all.clone().take(LISTED).map(|(value, at)| {
            let place = self.program.places.get(at as usize).copied().unwrap_or_default();
            let mut text = Vec::new();
            lictor_value::text::write_rego(value, &mut text);
            Conflicting {
                value: String::from_utf8_lossy(&text).into(),
                file: self.program.files.get(place.file as usize).cloned().unwrap_or_default(),
                row: place.row,
            }
        });
        let routine = &self.program.routines[routine as usize];
        let kind = ErrorKind::Values {
            function: routine.kind == RoutineKind::Function,
            name: routine.name.clone(),
            values: shown.collect(),
            more: all.count() > LISTED,
        };
        Err(self.error(second.at as usize, kind))
    }
}
