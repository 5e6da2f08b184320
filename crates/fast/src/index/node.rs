//! A node: arms on shelves. Many arms in one place of a shelf are put on shelves of their own, by what their guards say
//! beyond what led there.

use lictor_ir::{Atom, Guard, Source, Test};
use lictor_value::Value;

use super::access::{self, Access, Places};
use super::bounds::Bound;
use super::holds::holds;
use super::ranges::Range;
use super::shelf::{Shelf, ToShelve};

/// How deep nodes nest.
pub(super) const DEPTH: usize = 3;
/// Up to here the arms of a group are tested one by one.
const FEW: usize = 16;

/// An arm on its way to a shelf.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) arm: u32,
    /// The atoms that led here, by their position in the arm's guard; [`Entry::NONE`] where there are fewer.
    settled: [u16; DEPTH],
}

impl Entry {
    const NONE: u16 = u16::MAX;

    pub(super) fn new(arm: u32) -> Self {
        Entry { arm, settled: [Entry::NONE; DEPTH] }
    }

    pub(super) fn is_settled(&self, atom: u16) -> bool {
        self.settled.contains(&atom)
    }
}

/// What is needed to build nodes.
pub(super) struct Building<'c> {
    pub(super) guards: &'c [&'c Guard],
    pub(super) places: &'c Places,
    pub(super) constants: &'c [Value<'c>],
    /// How many groups there are.
    pub(super) groups: u32,
    /// How many constants may still be put into nodes below the first.
    pub(super) budget: usize,
}

/// Looking for the arms that can hold of the values at the places.
pub(super) struct Search<'s, 'v> {
    pub(super) values: &'s [Value<'v>],
    pub(super) constants: &'s [Value<'v>],
    pub(super) marks: &'s mut Marks,
    pub(super) hits: &'s mut Vec<u32>,
}

/// Which groups were found already.
#[derive(Default)]
pub(super) struct Marks {
    stamps: Vec<u32>,
    now: u32,
}

/// Arms on shelves.
pub(super) struct Node {
    shelves: Vec<Shelf>,
    alone: Vec<Alone>,
    /// Arms on no shelf, ascending.
    pub(super) always: Vec<u32>,
}

/// An arm that shares its place with few others.
struct Alone {
    place: u16,
    arm: u32,
    /// What it asks of the value there.
    atom: Atom,
}

/// Up to here the arms at a place are tested one by one: a shelf asks as much before it looks anything up.
const ALONE: usize = 4;

/// The arms in one place of a shelf.
pub(super) struct Group {
    number: u32,
    arms: Arms,
}

enum Arms {
    List(Box<[u32]>),
    Node(Box<Node>),
}

impl Marks {
    /// Nothing was found yet.
    pub(super) fn begin(&mut self) {
        self.now = self.now.wrapping_add(1);
        if self.now == 0 {
            self.stamps.fill(0);
            self.now = 1;
        }
    }

    /// Marks a group; whether it was new.
    fn mark(&mut self, group: u32) -> bool {
        let group = group as usize;
        if self.stamps.len() <= group {
            self.stamps.resize(group + 1, 0);
        }
        std::mem::replace(&mut self.stamps[group], self.now) != self.now
    }
}

impl Building<'_> {
    /// The arms in one place of a shelf of a node at `depth`.
    pub(super) fn group(&mut self, entries: Vec<Entry>, depth: usize) -> Group {
        let number = self.groups;
        self.groups += 1;
        let list = || Arms::List(entries.iter().map(|entry| entry.arm).collect());
        let arms = match self.below(&entries, depth + 1) {
            Some(node) => Arms::Node(Box::new(node)),
            None => list(),
        };
        Group { number, arms }
    }

    /// A node of a group's arms, where that is better than testing them all.
    fn below(&mut self, entries: &[Entry], depth: usize) -> Option<Node> {
        if entries.len() <= FEW || depth >= DEPTH {
            return None;
        }
        // An arm stands in as many places as its access atom has constants.
        let guards = self.guards;
        let needed = entries.iter().flat_map(|entry| &guards[entry.arm as usize].atoms).map(access::constants).sum();
        self.budget = self.budget.checked_sub(needed)?;
        let node = Node::new(entries, self, depth)?;
        (node.always.len() * 2 <= entries.len()).then_some(node)
    }
}

impl Group {
    /// Adds the arms that can hold.
    #[inline]
    pub(super) fn find(&self, search: &mut Search<'_, '_>) {
        match &self.arms {
            Arms::List(arms) => search.hits.extend_from_slice(arms),
            Arms::Node(node) => {
                search.hits.extend_from_slice(&node.always);
                node.find(search);
            }
        }
    }

    /// The same for what may be found many times for one value.
    #[inline]
    pub(super) fn find_once(&self, search: &mut Search<'_, '_>) {
        if search.marks.mark(self.number) {
            self.find(search);
        }
    }
}

impl Node {
    /// `None` where an automaton would be too large.
    pub(super) fn new(entries: &[Entry], building: &mut Building<'_>, depth: usize) -> Option<Self> {
        let guards = building.guards;
        let mut by_place: Vec<(u16, ToShelve<'_>)> = vec![];
        let mut always = vec![];
        let mut put: Vec<(u16, Put<'_>)> = vec![];
        for (entry, access) in entries.iter().zip(access::choose(entries, building)) {
            match access {
                Access::None => always.push(entry.arm),
                Access::Atom { place, at } => {
                    let atom = &guards[entry.arm as usize].atoms[usize::from(at)];
                    let mut entry = *entry;
                    entry.settled[depth] = at;
                    put.push((place, Put::Atom(entry, atom)));
                }
                Access::Range { place, lower, upper } => {
                    put.push((place, Put::Range(Range { lower, upper, arm: entry.arm })));
                }
            }
        }
        put.sort_by_key(|(place, _)| *place);
        let (few, put): (Vec<_>, Vec<_>) = put.chunk_by(|(a, _), (b, _)| a == b).partition(|arms| few(arms));
        let alone = few.into_iter().flatten().map(|(place, what)| what.alone(*place)).collect();
        for (place, what) in put.into_iter().flatten() {
            let place = *place;
            if by_place.last().is_none_or(|(last, _)| *last != place) {
                by_place.push((place, ToShelve::default()));
            }
            let Some((_, shelf)) = by_place.last_mut() else { continue };
            match what {
                Put::Atom(entry, atom) => shelf.atoms.push((*entry, *atom)),
                Put::Range(range) => shelf.ranges.push(*range),
            }
        }
        let shelves = by_place.into_iter().map(|(place, what)| Shelf::new(usize::from(place), what, building, depth));
        Some(Node { shelves: shelves.collect::<Option<_>>()?, alone, always })
    }

    /// Adds the arms on shelves that can hold.
    pub(super) fn find(&self, search: &mut Search<'_, '_>) {
        for Alone { place, arm, atom } in &self.alone {
            if holds(atom, search.values[usize::from(*place)], search.constants) {
                search.hits.push(*arm);
            }
        }
        self.shelves.iter().for_each(|shelf| shelf.find(search));
    }
}

/// What goes to a shelf.
enum Put<'c> {
    Atom(Entry, &'c Atom),
    Range(Range),
}

/// Whether arms at one place need no shelf.
fn few(arms: &[(u16, Put<'_>)]) -> bool {
    let constants = |(_, what): &(u16, Put<'_>)| match what {
        Put::Atom(_, atom) => access::constants(atom),
        Put::Range(_) => 1,
    };
    arms.len() <= ALONE && arms.iter().map(constants).sum::<usize>() <= 2 * ALONE
}

impl Put<'_> {
    /// What is tested where there is no shelf.
    fn alone(&self, place: u16) -> Alone {
        match self {
            Put::Atom(entry, atom) => Alone { place, arm: entry.arm, atom: (*atom).clone() },
            // The other bound is tested on arrival.
            Put::Range(Range { lower: Bound { constant, inclusive }, arm, .. }) => {
                let test = Test::Above { bound: *constant, inclusive: *inclusive };
                Alone { place, arm: *arm, atom: Atom { source: Source::Argument(place), negated: false, test } }
            }
        }
    }
}
