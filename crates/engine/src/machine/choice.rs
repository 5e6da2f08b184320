//! Which arms of a choice can hold: those that the program's chooser finds, or those that a caller has told.

use lictor_ir::Source;
use lictor_value::Value;

use crate::linked::Linked;

use super::Machine;
use super::loops::{IDLE, Loop, LoopKind};

/// A session works with few programs at a time: the oldest one's memory goes when there are more than this.
const CHOOSERS: usize = 8;

impl<'v> Machine<'v, '_> {
    /// Tells which arms of a choice can hold: for the next routine asked, which begins with it.
    pub(crate) fn tell(&mut self, choice: u32, arms: impl Iterator<Item = u32>) {
        self.told = Some(choice);
        self.kept.told.clear();
        self.kept.told.extend(arms);
    }

    /// Finds the arms of a choice that can hold: a loop over them, and the first one.
    #[inline]
    pub(super) fn choose(&mut self, choice: u32, slots: &[Value<'v>]) -> Option<(Loop<'v>, u32)> {
        if self.told == Some(choice) {
            self.told = None;
            let start = self.kept.found.len() as u32;
            self.kept.found.extend_from_slice(&self.kept.told);
            let first = *self.kept.told.first()?;
            let end = self.kept.found.len() as u32;
            return Some((Loop { at: start, end, kind: LoopKind::Choice, ..IDLE }, first));
        }
        let arms = self.program.choices[choice as usize].arms.len() as u32;
        let linked = self.linked;
        let chooser = linked.chooser();
        let Some((chooser, sources)) = chooser.and_then(|c| Some((c, c.sources(choice)?))) else {
            return (arms > 0).then_some((Loop { end: arms, kind: LoopKind::Arms, ..IDLE }, 0));
        };
        let mut looked_at = std::mem::take(&mut self.values.scratch);
        looked_at.clear();
        for source in sources {
            let value = match *source {
                Source::Input(path) => self.input_at(path),
                Source::Data(path) => self.data_at(path),
                Source::Argument(slot) => slots.get(slot as usize).copied(),
                Source::Below(slot, path) => match slots.get(slot as usize) {
                    Some(value) => self.below(*value, &self.program.paths[path as usize]),
                    None => None,
                },
            };
            looked_at.push(value.unwrap_or(Value::ABSENT));
        }
        let start = self.kept.found.len();
        let kept = &mut *self.kept;
        let scratch = scratch_of(&mut kept.choosers, linked);
        chooser.candidates(choice, &looked_at, scratch, &mut kept.found);
        self.values.scratch = looked_at;
        let first = *self.kept.found.get(start)?;
        let end = self.kept.found.len() as u32;
        Some((Loop { at: start as u32, end, kind: LoopKind::Choice, ..IDLE }, first))
    }

    /// The next arm of a choice.
    #[inline]
    pub(super) fn next_choice(&mut self, choice: &mut Loop<'v>) -> Option<u32> {
        choice.at += 1;
        if choice.at < choice.end {
            return match choice.kind {
                LoopKind::Choice => self.kept.found.get(choice.at as usize).copied(),
                _ => Some(choice.at),
            };
        }
        None
    }
}

fn scratch_of<'a>(
    choosers: &'a mut Vec<(u64, Box<dyn std::any::Any + Send>)>,
    linked: &Linked,
) -> &'a mut (dyn std::any::Any + Send) {
    let at = match choosers.iter().position(|(number, _)| *number == linked.number()) {
        Some(at) => at,
        None => {
            if choosers.len() == CHOOSERS {
                choosers.remove(0);
            }
            let scratch: Box<dyn std::any::Any + Send> =
                linked.chooser().map_or_else(|| Box::new(()) as Box<_>, |chooser| chooser.scratch());
            choosers.push((linked.number(), scratch));
            choosers.len() - 1
        }
    };
    &mut *choosers[at].1
}
