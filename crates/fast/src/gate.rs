//! The gate: of the definitions of all rules that judge events, which can hold of one.
//!
//! Most events pass, and most rules say of them nothing at all. One set of [`Arms`] over the definitions of all rules of all
//! policies tells from an event's values which are worth asking, so that a thousand policies cost about what ten cost, and
//! an event that no guard holds of passes without the engine. It may name too many, never too few.

use std::collections::HashMap;
use std::sync::Arc;

use lictor_ir::{ConstId, Guard, Program, Source};
use lictor_value::{Frozen, Value};

use crate::index::arms::{Arms, Scratch};

/// Guards of many rules, each by its number.
pub struct Gate {
    /// The constants that they compare with, side by side.
    constants: Frozen,
    guards: Vec<Guard>,
    arms: Arms,
}

/// One session's working memory.
#[derive(Default)]
pub struct GateScratch {
    scratch: Scratch,
    found: Vec<u32>,
}

impl Gate {
    /// A gate of guards that compare with the program's constants, and with `texts`, whose ids come after those. `None`
    /// where the guards look at too many places, or would take too much memory.
    pub fn new(program: &Program, mut guards: Vec<Guard>, texts: &[&str]) -> Option<Self> {
        let mut used: Vec<ConstId> = vec![];
        let mut numbers: HashMap<ConstId, ConstId> = HashMap::new();
        for test in guards.iter_mut().flat_map(|guard| &mut guard.atoms).map(|atom| &mut atom.test) {
            test.renumber(|id| {
                *numbers.entry(id).or_insert_with(|| {
                    used.push(id);
                    used.len() as u32 - 1
                })
            });
        }
        let constants = Frozen::derive(Arc::clone(&program.constants), |arena, known| {
            let known = known.as_array().unwrap_or_default();
            let text = |at: usize| texts.get(at).map_or(Value::NULL, |text| Value::str(arena.slice(text.as_bytes())));
            let constant =
                |id: &ConstId| known.get(*id as usize).copied().unwrap_or_else(|| text(*id as usize - known.len()));
            Value::array(arena.collect(used.iter().map(constant)))
        });
        let arms = {
            let guards: Vec<&Guard> = guards.iter().collect();
            Arms::new(&guards, constants.root().as_array().unwrap_or_default())?
        };
        Some(Gate { constants, guards, arms })
    }

    /// What the guards look at, each place once.
    pub fn sources(&self) -> &[Source] {
        self.arms.sources()
    }

    /// The guards that can hold of the values at [`Gate::sources`], in that order, [`Value::ABSENT`] where undefined:
    /// ascending.
    #[inline]
    pub fn find<'s>(&self, values: &[Value<'_>], scratch: &'s mut GateScratch) -> &'s [u32] {
        let GateScratch { scratch, found } = scratch;
        found.clear();
        let constants = self.constants.root().as_array().unwrap_or_default();
        self.arms.find(|arm| &self.guards[arm as usize], values, constants, scratch, found);
        found
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gate({} guards)", self.guards.len())
    }
}

impl std::fmt::Debug for GateScratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GateScratch").finish_non_exhaustive()
    }
}
