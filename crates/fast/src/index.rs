//! The index: which of many definitions can hold, in time that follows those few.
//!
//! Each definition has a guard, a conjunction of atoms over places ([`lictor_ir::Guard`]). One atom of each, the one that
//! is likely to fail, decides where the definition is put: in a [`shelf`] of that atom's place. An event's values lead to
//! what is on the shelves; the other atoms are tested on arrival. What has no atom that a shelf can hold is always tested.
//!
//! | atom | kept | found by |
//! |---|---|---|
//! | `==`, `in {..}`, constant in a collection | by value | one probe, or one an element |
//! | `<`, `<=`, `>`, `>=` | sorted by bound | a search: what holds is a prefix |
//! | both a lower and an upper bound at one place | by the stretches that all bounds cut out | a search; two, and log a hit, where many overlap |
//! | `startswith`, `endswith` | by text | one probe a length |
//! | `contains` | an automaton | one step a byte |
//! | a place alone, `not` a place, `!=` | a list each | whether there is a value, and whether it is `false` |
//!
//! What shares its place with few others needs no shelf: its atom is tested. Many definitions in one place of a shelf get shelves of their own, by the rest of their guards: [`node`].
//!
//! The order of values is Rego's, across types: `"5" > 5`. Numbers compare exactly.

mod access;
pub(crate) mod arms;
mod bounds;
mod holds;
mod lookup;
mod needles;
mod node;
mod ranges;
mod sampled;
mod shelf;

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;

use lictor_engine::Chooser;
use lictor_ir::{Choice, Guard, Program, Source};
use lictor_value::Value;

use arms::{Arms, Scratch};

pub use access::COMMON;
pub use holds::holds;

/// With fewer definitions on shelves trying each is as fast.
const FEW: usize = 8;

/// A chooser for the choices of one program.
pub struct Index {
    program: Arc<Program>,
    /// By choice; `None` where trying every arm is as good.
    choices: Box<[Option<Arms>]>,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Index({} of {} choices)", self.indexed(), self.choices.len())
    }
}

impl Index {
    /// An index of the program's choices; `None` where none is worth one. Takes time and memory in proportion to the
    /// guards, but for sorting.
    pub fn new(program: &Arc<Program>) -> Option<Self> {
        Index::without(program, &HashSet::new())
    }

    /// The same without some choices, whose arms are known before they are asked for.
    pub fn without(program: &Arc<Program>, known: &HashSet<u32>) -> Option<Self> {
        let arms = |(id, choice): (u32, &Choice)| if known.contains(&id) { None } else { indexed(program, choice) };
        let choices: Box<[_]> = (0..).zip(&program.choices).map(arms).collect();
        choices.iter().any(Option::is_some).then(|| Index { program: Arc::clone(program), choices })
    }

    /// How many choices have shelves.
    pub fn indexed(&self) -> usize {
        self.choices.iter().flatten().count()
    }
}

/// A choice's arms, where that pays.
fn indexed(program: &Program, choice: &Choice) -> Option<Arms> {
    if choice.arms.len() < FEW {
        return None;
    }
    let guards: Vec<&Guard> = choice.arms.iter().map(|arm| &arm.guard).collect();
    let arms = Arms::new(&guards, program.constants())?;
    (guards.len() - arms.always() >= FEW).then_some(arms)
}

impl Chooser for Index {
    fn sources(&self, choice: u32) -> Option<&[Source]> {
        self.choices[choice as usize].as_ref().map(Arms::sources)
    }

    fn candidates(&self, choice: u32, values: &[Value<'_>], scratch: &mut (dyn Any + Send), found: &mut Vec<u32>) {
        let Some(arms) = &self.choices[choice as usize] else { return };
        let choice = &self.program.choices[choice as usize];
        let mut none = Scratch::default();
        let scratch = scratch.downcast_mut::<Scratch>().unwrap_or(&mut none);
        let guard = |arm: u32| &choice.arms[arm as usize].guard;
        arms.find(guard, values, self.program.constants(), scratch, found);
    }

    fn scratch(&self) -> Box<dyn Any + Send> {
        Box::new(Scratch::default())
    }
}
