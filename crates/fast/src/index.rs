//! The index: which of many definitions can hold, in time that follows those few.
//!
//! Each definition has a guard, a conjunction of atoms over places ([`lictor_ir::Guard`]). One atom of each, the one that
//! is likely to fail, decides where the definition is put: in a [`shelf`] of that atom's place. An event's values lead to
//! what is on the shelves; the other atoms are tested on arrival. What has no atom that a shelf can hold is always tested.
//!
//! | atom | kept | found by |
//! |---|---|---|
//! | `==`, `in {..}`, constant in a collection | by value | one probe, or one an element |
//! | `<`, `<=`, `>`, `>=` | sorted by bound | a binary search: what holds is a prefix |
//! | both a lower and an upper bound at one place | sorted, with a tree of maxima | two searches, and log a hit |
//! | `startswith`, `endswith` | by text | one probe a length |
//! | `contains` | an automaton | one step a byte |
//! | a place alone, `not` a place, `!=` | a list each | whether there is a value, and whether it is `false` |
//!
//! Many definitions in one place of a shelf get shelves of their own, by the rest of their guards: [`node`].
//!
//! The order of values is Rego's, across types: `"5" > 5`. Numbers compare exactly.

mod access;
mod bounds;
pub(crate) mod holds;
mod lookup;
mod needles;
mod node;
mod shelf;

use std::any::Any;
use std::sync::Arc;

use lictor_engine::Chooser;
use lictor_ir::{Choice, Program, Source};
use lictor_value::Value;

use access::Places;
use node::{Building, Entry, Marks, Node, Search};

/// With fewer definitions on shelves trying each is as fast.
const FEW: usize = 8;

/// A chooser for the choices of one program.
pub struct Index {
    program: Arc<Program>,
    /// By choice; `None` where trying every arm is as good.
    choices: Box<[Option<Indexed>]>,
}

/// A choice with its shelves.
struct Indexed {
    places: Places,
    root: Node,
}

/// One session's working memory.
#[derive(Default)]
struct Scratch {
    marks: Marks,
    hits: Vec<u32>,
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
        let choices: Box<[_]> = program.choices.iter().map(|choice| Indexed::new(program, choice)).collect();
        choices.iter().any(Option::is_some).then(|| Index { program: Arc::clone(program), choices })
    }

    /// How many choices have shelves.
    pub fn indexed(&self) -> usize {
        self.choices.iter().flatten().count()
    }
}

/// How often the constants of a choice may stand in nodes below the first.
const COPIES: usize = 4;

impl Indexed {
    fn new(program: &Program, choice: &Choice) -> Option<Self> {
        if choice.arms.len() < FEW {
            return None;
        }
        let places = Places::of(choice)?;
        let atoms = choice.arms.iter().flat_map(|arm| &arm.guard.atoms);
        let budget = COPIES * atoms.map(access::constants).sum::<usize>();
        let mut building = Building { choice, places: &places, constants: program.constants(), groups: 0, budget };
        let entries: Vec<Entry> = (0..choice.arms.len() as u32).map(Entry::new).collect();
        let root = Node::new(&entries, &mut building, 0)?;
        (choice.arms.len() - root.always.len() >= FEW).then_some(Indexed { places, root })
    }

    /// Whether the guard of an arm holds.
    fn holds(&self, choice: &Choice, arm: u32, constants: &[Value<'_>], values: &[Value<'_>]) -> bool {
        let places = &self.places.of_atoms[self.places.starts[arm as usize] as usize..];
        let atoms = &choice.arms[arm as usize].guard.atoms;
        atoms.iter().zip(places).all(|(atom, place)| holds::holds(atom, values[usize::from(*place)], constants))
    }
}

impl Chooser for Index {
    fn sources(&self, choice: u32) -> Option<&[Source]> {
        self.choices[choice as usize].as_ref().map(|indexed| &indexed.places.sources[..])
    }

    fn candidates(&self, choice: u32, values: &[Value<'_>], scratch: &mut (dyn Any + Send), found: &mut Vec<u32>) {
        let Some(indexed) = &self.choices[choice as usize] else { return };
        let choice = &self.program.choices[choice as usize];
        let constants = self.program.constants();
        let mut none = Scratch::default();
        let Scratch { marks, hits } = scratch.downcast_mut::<Scratch>().unwrap_or(&mut none);
        marks.begin();
        hits.clear();
        indexed.root.find(&mut Search { values, constants, marks, hits });
        let holds = |arm: &u32| indexed.holds(choice, *arm, constants, values);
        hits.retain(holds);
        hits.sort_unstable();
        // An arm is found once for each element that it looks for.
        hits.dedup();
        let mut hits = hits.iter().copied().peekable();
        for arm in indexed.root.always.iter().filter(|arm| holds(arm)) {
            while let Some(hit) = hits.next_if(|hit| hit < arm) {
                found.push(hit);
            }
            found.push(*arm);
        }
        found.extend(hits);
    }

    fn scratch(&self) -> Box<dyn Any + Send> {
        Box::new(Scratch::default())
    }
}
