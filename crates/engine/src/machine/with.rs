//! `with`: what is replaced for a while, and put back.

use lictor_ir::{Replacement, RoutineKind, Target};
use lictor_value::{Value, View};

use super::document::{Document, replaced};
use super::kept::emptied;
use super::memo::Stamp;
use super::{Machine, Outcome};
use crate::error::ErrorKind;

/// What replaces a function.
#[derive(Clone, Copy)]
pub(super) enum Mocked<'v> {
    /// This value, whatever the arguments.
    Value(Value<'v>),
    /// A function of the program.
    Routine(u32),
    /// A builtin, through this call.
    Call(u32),
}

/// What is in force, and the documents to put back.
#[derive(Default)]
pub(super) struct Replaced<'v> {
    mocks: Vec<(u32, Mocked<'v>)>,
    documents: Vec<(Document<'v>, &'v [Value<'v>])>,
}

/// The rest of what to put back.
#[derive(Default)]
pub(super) struct Saved {
    scopes: Vec<Scope>,
    stamps: Vec<(u32, Stamp)>,
    /// Paths below `data` that are replaced.
    data: Vec<u32>,
}

/// How much there was before a `with`.
#[derive(Clone, Copy)]
struct Scope {
    mocks: usize,
    stamps: usize,
    data: usize,
}

impl Saved {
    /// Whether nothing is replaced.
    pub(super) fn is_empty(&self) -> bool {
        self.scopes.is_empty()
    }

    pub(super) fn begin(&mut self) {
        self.scopes.clear();
        self.stamps.clear();
        self.data.clear();
    }
}

impl<'v> Replaced<'v> {
    /// Forgets all; the documents that were there before the first `with` in force.
    pub(super) fn clear(&mut self) -> Option<(Document<'v>, &'v [Value<'v>])> {
        let first = self.documents.first().copied();
        self.documents.clear();
        self.mocks.clear();
        first
    }

    pub(super) fn emptied<'w>(self) -> Replaced<'w> {
        Replaced { mocks: emptied(self.mocks), documents: emptied(self.documents) }
    }
}

impl<'v> Machine<'v, '_> {
    /// Replaces what `withs[with]` names; values are those of the op's slots.
    #[cold]
    pub(super) fn enter(&mut self, with: u32, values: &[Value<'v>], at: usize) -> Outcome<()> {
        let program = self.program;
        let with = &program.withs[with as usize];
        self.values.with.documents.push((self.input, self.data));
        self.kept.with.scopes.push(Scope {
            mocks: self.values.with.mocks.len(),
            stamps: self.kept.with.stamps.len(),
            data: self.kept.with.data.len(),
        });
        for routine in &with.drops {
            self.save(*routine);
            match program.routines[*routine as usize].kind {
                RoutineKind::Rule | RoutineKind::Query => self.memo.forget_rule(&mut self.kept.memo, *routine),
                RoutineKind::Function | RoutineKind::Ask => self.memo.forget_calls(&mut self.kept.memo, *routine),
            }
        }
        for (target, value) in with.targets.iter().zip(values) {
            let (Target::Input(id) | Target::Data { path: id, .. }) = target;
            let path = &program.paths[*id as usize];
            if path.0.iter().any(|key| !matches!(self.constants[*key as usize].view(), View::Str(_))) {
                return Err(self.error(at, ErrorKind::DocumentPath));
            }
            match target {
                Target::Input(_) => {
                    self.input = self.input.with(self.arena, path, *value, &program.paths, self.constants);
                }
                Target::Data { path: id, rules } => {
                    self.data = replaced(self.arena, self.data, path, *value, &program.paths, self.constants);
                    self.kept.with.data.push(*id);
                    for (routine, rest) in rules {
                        self.save(*routine);
                        let value = self.below(*value, rest).unwrap_or(Value::ABSENT);
                        self.memo.replace(&mut self.kept.memo, &mut self.values.memo, *routine, value);
                    }
                }
            }
        }
        for mock in &with.mocks {
            let by = match &mock.by {
                Replacement::Value(n) => Mocked::Value(values[*n as usize]),
                Replacement::Routine(routine) => Mocked::Routine(*routine),
                Replacement::Call(call) => Mocked::Call(*call),
            };
            self.values.with.mocks.push((mock.id, by));
        }
        Ok(())
    }

    fn save(&mut self, routine: u32) {
        let stamp = self.kept.memo.get(routine);
        self.kept.with.stamps.push((routine, stamp));
    }

    /// Puts back what the last [`Machine::enter`] replaced.
    #[cold]
    pub(super) fn leave(&mut self) {
        let Some((input, data)) = self.values.with.documents.pop() else { return };
        let Some(scope) = self.kept.with.scopes.pop() else { return };
        (self.input, self.data) = (input, data);
        self.values.with.mocks.truncate(scope.mocks);
        self.kept.with.data.truncate(scope.data);
        for (routine, stamp) in self.kept.with.stamps.drain(scope.stamps..).rev() {
            self.kept.memo.put(routine, stamp);
        }
    }

    /// What replaces a function now; in a replacement the old name means the original.
    #[inline]
    pub(super) fn mocked(&self, mock: Option<u32>) -> Option<Mocked<'v>> {
        let id = mock?;
        let seen = self.values.with.mocks.get(self.mocks as usize..)?;
        seen.iter().rev().find(|(other, _)| *other == id).map(|(_, by)| *by)
    }

    /// Enters a replacement: no mock is seen in it but those it makes itself. The caller's frame remembers the rest.
    pub(super) fn hide_mocks(&mut self) {
        self.mocks = self.values.with.mocks.len() as u32;
    }

    /// Whether a path of `data` stands at or below one that is replaced.
    pub(super) fn is_replaced(&self, path: u32) -> bool {
        let paths = &self.program.paths;
        let path = &paths[path as usize].0;
        self.kept.with.data.iter().any(|target| path.starts_with(&paths[*target as usize].0))
    }
}
