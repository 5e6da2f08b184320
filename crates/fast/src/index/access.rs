//! The access atom of each arm: the one by which it is found.
//!
//! The one that is likely to fail is chosen, by what the guards themselves show: a place that is compared with 50,000
//! constants is an identifier, with two it is an enumeration; a long needle is rarer than a short one; half of all bounds
//! hold, and a range holds as often as other ranges' bounds lie in it.

use std::collections::{HashMap, HashSet};

use lictor_ir::{Atom, Guard, Source, Test};
use lictor_value::{Value, order};

use super::bounds::Bound;
use super::node::{Building, Entry};

/// The places that guards look at.
pub(super) struct Places {
    pub(super) sources: Vec<Source>,
    /// Of each guard, where its atoms begin in `of_atoms`.
    pub(super) starts: Vec<u32>,
    /// Of each atom, the position of its source.
    pub(super) of_atoms: Vec<u16>,
}

/// A place at which most events have what most guards ask for: an arm is found by it only where nothing tells more.
pub const COMMON: Source = Source::Argument(u16::MAX);

/// How an arm is found.
pub(super) enum Access {
    /// By an atom: the position of its place, and its own in the guard.
    Atom {
        place: u16,
        at: u16,
    },
    /// By both bounds at a place.
    Range {
        place: u16,
        lower: Bound,
        upper: Bound,
    },
    None,
}

/// Of longer guards just the first atoms are looked at.
const ATOMS: usize = 64;

impl Places {
    /// `None` where there are too many.
    pub(super) fn of(guards: &[&Guard]) -> Option<Self> {
        let mut places = Places { sources: vec![], starts: vec![], of_atoms: vec![] };
        let mut known: HashMap<Source, u16> = HashMap::new();
        for guard in guards {
            places.starts.push(u32::try_from(places.of_atoms.len()).ok()?);
            for atom in &guard.atoms {
                let next = u16::try_from(known.len()).ok()?;
                let place = *known.entry(atom.source).or_insert_with(|| {
                    places.sources.push(atom.source);
                    next
                });
                places.of_atoms.push(place);
            }
        }
        Some(places)
    }
}

/// The kinds of atoms that are kept apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Equal,
    Element,
    Prefix,
    Suffix,
}

/// The kind whose number of constants tells how rare each is.
fn kind(test: &Test) -> Option<(Kind, &[u32])> {
    Some(match test {
        Test::Equal(id) => (Kind::Equal, std::slice::from_ref(id)),
        Test::OneOf(ids) => (Kind::Equal, ids),
        Test::HasElement(id) => (Kind::Element, std::slice::from_ref(id)),
        Test::StartsWith(id) => (Kind::Prefix, std::slice::from_ref(id)),
        Test::EndsWith(id) => (Kind::Suffix, std::slice::from_ref(id)),
        _ => return None,
    })
}

/// How many constants an atom has.
pub(super) fn constants(atom: &Atom) -> usize {
    match &atom.test {
        Test::OneOf(ids) => ids.len(),
        _ => 1,
    }
}

/// The lower or upper bound that an atom is.
fn bound(atom: &Atom) -> Option<(End, Bound)> {
    match atom.test {
        _ if atom.negated => None,
        Test::Above { bound, inclusive } => Some((End::Lower, Bound { constant: bound, inclusive })),
        Test::Below { bound, inclusive } => Some((End::Upper, Bound { constant: bound, inclusive })),
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Lower,
    Upper,
}

/// What the guards show about the places.
struct Statistics<'c> {
    constants: &'c [Value<'c>],
    looked_for: HashMap<(u16, Kind), HashSet<u32>>,
    /// The bounds of ranges, ascending.
    bounds: HashMap<u16, Vec<Value<'c>>>,
}

impl Statistics<'_> {
    /// How likely an atom holds, as far as guards can tell; `None` for those that no shelf can hold.
    fn probability(&self, atom: &Atom, place: u16) -> Option<f64> {
        if atom.source == COMMON && !atom.negated {
            return Some(0.7);
        }
        if atom.negated {
            return (atom.test == Test::Truthy).then_some(0.6);
        }
        if let Some((kind, ids)) = kind(&atom.test) {
            let all = self.looked_for.get(&(place, kind)).map_or(0, HashSet::len);
            return Some(ids.len() as f64 / (all + 1) as f64);
        }
        Some(match &atom.test {
            Test::Contains(id) => {
                let length = self.constants[*id as usize].as_bytes().unwrap_or_default().len();
                0.5f64.powi(i32::try_from(length).unwrap_or(i32::MAX))
            }
            Test::Above { .. } | Test::Below { .. } => 0.5,
            Test::Truthy => 0.6,
            _ => 0.9,
        })
    }

    /// How likely a range holds: the share of all bounds at the place that lie in it.
    fn probability_of_range(&self, place: u16, lower: Bound, upper: Bound) -> f64 {
        let Some(bounds) = self.bounds.get(&place) else { return 1.0 };
        let before = |bound: Bound| {
            bounds.partition_point(|known| order(*known, self.constants[bound.constant as usize]).is_lt())
        };
        (before(upper).saturating_sub(before(lower)) + 1) as f64 / (bounds.len() + 1) as f64
    }
}

/// An entry's atoms that did not lead to where it is: position, place, atom.
fn atoms<'c>(entry: &Entry, building: &Building<'c>) -> impl Iterator<Item = (u16, u16, &'c Atom)> {
    let entry = *entry;
    let arm = entry.arm as usize;
    let places = &building.places.of_atoms[building.places.starts[arm] as usize..];
    let atoms = building.guards[arm].atoms.iter().take(ATOMS).zip(places).zip(0..);
    atoms.filter(move |(_, at)| !entry.is_settled(*at)).map(|((atom, place), at)| (at, *place, atom))
}

/// An entry's ranges: a place with its first lower and first upper bound.
fn ranges(entry: &Entry, building: &Building<'_>) -> Vec<(u16, Bound, Bound)> {
    let bounds = atoms(entry, building).filter_map(|(_, place, atom)| Some((place, bound(atom)?)));
    let bounds: Vec<(u16, (End, Bound))> = bounds.collect();
    let first = |place: u16, end: End| {
        bounds.iter().find(|(at, (which, _))| *at == place && *which == end).map(|(_, (_, bound))| *bound)
    };
    let mut ranges: Vec<(u16, Bound, Bound)> = vec![];
    for (place, _) in &bounds {
        if ranges.iter().all(|(known, ..)| known != place)
            && let Some((lower, upper)) = first(*place, End::Lower).zip(first(*place, End::Upper))
        {
            ranges.push((*place, lower, upper));
        }
    }
    ranges
}

/// Chooses how each arm is found.
pub(super) fn choose(entries: &[Entry], building: &Building<'_>) -> Vec<Access> {
    let constants = building.constants;
    let mut known = Statistics { constants, looked_for: HashMap::new(), bounds: HashMap::new() };
    for entry in entries {
        for (_, place, atom) in atoms(entry, building).filter(|(.., atom)| !atom.negated) {
            if let Some((kind, ids)) = kind(&atom.test) {
                known.looked_for.entry((place, kind)).or_default().extend(ids);
            }
        }
        for (place, lower, upper) in ranges(entry, building) {
            let both = [lower, upper].map(|bound| constants[bound.constant as usize]);
            known.bounds.entry(place).or_default().extend(both);
        }
    }
    known.bounds.values_mut().for_each(|bounds| bounds.sort_by(|a, b| order(*a, *b)));
    let access = |entry: &Entry| {
        let mut best = (f64::INFINITY, Access::None);
        for (at, place, atom) in atoms(entry, building) {
            if let Some(probability) = known.probability(atom, place).filter(|probability| *probability < best.0) {
                best = (probability, Access::Atom { place, at });
            }
        }
        for (place, lower, upper) in ranges(entry, building) {
            let probability = known.probability_of_range(place, lower, upper);
            if probability < best.0 {
                best = (probability, Access::Range { place, lower, upper });
            }
        }
        best.1
    };
    entries.iter().map(access).collect()
}
