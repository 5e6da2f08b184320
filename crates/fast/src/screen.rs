//! The screen: whether a rule has nothing to say to an event, told from guards alone.
//!
//! Most events pass, and most rules of a policy say of them nothing at all. Where each definition of a rule has a guard
//! over the values that the lens read, and none holds, the rule's value is undefined or empty, and the engine need not be
//! asked.

use std::sync::Arc;

use lictor_ir::{Entry, Program, Source};
use lictor_value::Value;

use crate::index::holds;

/// The guards of one entry's rule.
pub struct Screen {
    program: Arc<Program>,
    /// The position of [`lictor_ir::Screen`] in the program.
    at: usize,
    /// Of each guard, of each atom, the input's path; guards one after the other.
    paths: Box<[u32]>,
}

impl Screen {
    /// The screen of an entry, where its rule has guards and they look at nothing but paths of the input that the entry
    /// reads.
    pub fn new(program: &Arc<Program>, entry: &Entry) -> Option<Self> {
        let screen = program.screen(entry)?;
        let at = program.screens.binary_search_by_key(&screen.routine, |other| other.routine).ok()?;
        let atoms = screen.guards.iter().flat_map(|guard| &guard.atoms);
        let path = |source: &Source| match source {
            Source::Input(path) if entry.reads.paths.contains(path) => Some(*path),
            _ => None,
        };
        let paths = atoms.map(|atom| path(&atom.source)).collect::<Option<_>>()?;
        Some(Screen { program: Arc::clone(program), at, paths })
    }

    /// Whether the rule has nothing to say: `values` are those at the program's paths, as [`crate::Lens::read`] gives them.
    #[inline]
    pub fn is_silent(&self, values: &[Value<'_>]) -> bool {
        let constants = self.program.constants();
        let mut rest = &self.paths[..];
        self.program.screens[self.at].guards.iter().all(|guard| {
            let (paths, after) = rest.split_at(guard.atoms.len());
            rest = after;
            let held = guard.atoms.iter().zip(paths).all(|(atom, path)| {
                let value = values.get(*path as usize).copied().unwrap_or(Value::ABSENT);
                holds::holds(atom, value, constants)
            });
            !held
        })
    }
}
