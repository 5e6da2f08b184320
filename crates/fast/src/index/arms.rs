//! Arms: guards arranged so that the few that can hold of some values are found without asking the others.

use lictor_ir::{Atom, Guard, Source};
use lictor_value::Value;

use super::access::{self, Places};
use super::holds;
use super::node::{Building, Entry, Marks, Node, Search};

/// How often the constants of all guards may stand in nodes below the first.
const COPIES: usize = 4;

/// Guards on shelves, each by its number: an *arm*.
pub(crate) struct Arms {
    places: Places,
    root: Node,
}

/// One session's working memory.
#[derive(Default)]
pub(crate) struct Scratch {
    marks: Marks,
    hits: Vec<u32>,
}

impl Arms {
    /// Takes time and memory in proportion to the guards, but for sorting. `None` where there are too many places, or an
    /// automaton would be too large.
    pub(crate) fn new(guards: &[&Guard], constants: &[Value<'_>]) -> Option<Self> {
        let places = Places::of(guards)?;
        let atoms = guards.iter().flat_map(|guard| &guard.atoms);
        let budget = COPIES * atoms.map(access::constants).sum::<usize>();
        let mut building = Building { guards, places: &places, constants, groups: 0, budget };
        let entries: Vec<Entry> = (0..u32::try_from(guards.len()).ok()?).map(Entry::new).collect();
        let root = Node::new(&entries, &mut building, 0)?;
        Some(Arms { places, root })
    }

    /// What the guards look at, each place once.
    pub(crate) fn sources(&self) -> &[Source] {
        &self.places.sources
    }

    /// How many arms are found only by trying them.
    pub(crate) fn always(&self) -> usize {
        self.root.always.len()
    }

    /// Adds the arms that can hold of the values at [`Arms::sources`], ascending. `guard` gives the guard of each.
    pub(crate) fn find<'g>(
        &self,
        guard: impl Fn(u32) -> &'g Guard,
        values: &[Value<'_>],
        constants: &[Value<'_>],
        scratch: &mut Scratch,
        found: &mut Vec<u32>,
    ) {
        let Scratch { marks, hits } = scratch;
        marks.begin();
        hits.clear();
        self.root.find(&mut Search { values, constants, marks, hits });
        // The last atoms first: in front stand those that most events fulfil, such as for whom a policy is.
        let holds = |arm: &u32| {
            let places = &self.places.of_atoms[self.places.starts[*arm as usize] as usize..];
            let atoms: &[Atom] = &guard(*arm).atoms;
            let mut both = atoms.iter().zip(&places[..atoms.len()]).rev();
            both.all(|(atom, place)| holds::holds(atom, values[usize::from(*place)], constants))
        };
        hits.retain(holds);
        hits.sort_unstable();
        // An arm is found once for each element that it looks for.
        hits.dedup();
        let mut hits = hits.iter().copied().peekable();
        for arm in self.root.always.iter().filter(|arm| holds(arm)) {
            while let Some(hit) = hits.next_if(|hit| hit < arm) {
                found.push(hit);
            }
            found.push(*arm);
        }
        found.extend(hits);
    }
}
