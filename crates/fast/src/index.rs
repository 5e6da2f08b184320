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
//! | `startswith`, `endswith` | by text | one probe a length |
//! | `contains` | an automaton | one step a byte |
//!
//! The order of values is Rego's, across types: `"5" > 5`. Numbers compare exactly.

mod access;
mod holds;
mod shelf;

use std::any::Any;
use std::sync::Arc;

use lictor_engine::Chooser;
use lictor_ir::{Choice, Program, Source};
use lictor_value::Value;

use access::Places;
use shelf::{Marks, Shelf};

/// With fewer definitions trying each is as fast.
const FEW: usize = 8;

/// A chooser for the choices of one program.
pub struct Index {
    program: Arc<Program>,
    /// By choice; `None` where trying every arm is as good.
    choices: Box<[Option<Indexed>]>,
}

/// A choice with its shelves.
struct Indexed {
    sources: Vec<Source>,
    shelves: Vec<Shelf>,
    /// Arms on no shelf.
    always: Vec<u32>,
    /// Of each arm, where its atoms' places begin in `places`.
    starts: Vec<u32>,
    /// Of each atom, its source's position.
    places: Vec<u16>,
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

impl Indexed {
    fn new(program: &Program, choice: &Choice) -> Option<Self> {
        if choice.arms.len() < FEW {
            return None;
        }
        let constants = program.constants();
        let places = Places::of(choice)?;
        let accesses = access::choose(choice, &places, constants);
        let mut indexed = Indexed {
            sources: places.sources,
            shelves: vec![],
            always: vec![],
            starts: vec![],
            places: places.of_atoms,
        };
        indexed.starts = places.starts;
        let mut marks = 0;
        for (place, access) in accesses.by_place.into_iter().enumerate() {
            if !access.is_empty() {
                indexed.shelves.push(Shelf::new(place, &access, constants, &mut marks)?);
            }
        }
        indexed.always = accesses.always;
        // Where nearly everything is tested anyway, the index only adds to it.
        (indexed.always.len() * 2 <= choice.arms.len()).then_some(indexed)
    }

    /// Whether the guard of an arm holds.
    fn holds(&self, choice: &Choice, arm: u32, constants: &[Value<'_>], values: &[Value<'_>]) -> bool {
        let places = &self.places[self.starts[arm as usize] as usize..];
        let atoms = &choice.arms[arm as usize].guard.atoms;
        atoms.iter().zip(places).all(|(atom, place)| holds::holds(atom, values[usize::from(*place)], constants))
    }
}

impl Chooser for Index {
    fn sources(&self, choice: u32) -> Option<&[Source]> {
        self.choices[choice as usize].as_ref().map(|indexed| &indexed.sources[..])
    }

    fn candidates(&self, choice: u32, values: &[Value<'_>], scratch: &mut (dyn Any + Send), found: &mut Vec<u32>) {
        let Some(indexed) = &self.choices[choice as usize] else { return };
        let choice = &self.program.choices[choice as usize];
        let constants = self.program.constants();
        let start = found.len();
        let mut none = Marks::default();
        let marks = scratch.downcast_mut::<Marks>().unwrap_or(&mut none);
        marks.begin();
        for shelf in &indexed.shelves {
            shelf.find(values[shelf.place()], constants, marks, found);
        }
        found.extend_from_slice(&indexed.always);
        let mut kept = start;
        for at in start..found.len() {
            let arm = found[at];
            if indexed.holds(choice, arm, constants, values) {
                found[kept] = arm;
                kept += 1;
            }
        }
        found.truncate(kept);
        if kept - start > 1 {
            found[start..].sort_unstable();
            // An arm is found once for each element that it looks for.
            let mut last = start;
            for at in start + 1..kept {
                if found[at] != found[last] {
                    last += 1;
                    found[last] = found[at];
                }
            }
            found.truncate(last + 1);
        }
    }

    fn scratch(&self) -> Box<dyn Any + Send> {
        Box::new(Marks::default())
    }
}
