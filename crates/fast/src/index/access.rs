//! The access atom of each arm: the one by which it is found.
//!
//! The one that is likely to fail is chosen, by what the guards themselves show: a place that is compared with 50,000
//! constants is an identifier, with two it is an enumeration; a long needle is rarer than a short one; half of all bounds
//! hold.

use std::collections::{HashMap, HashSet};

use lictor_ir::{Atom, Choice, Source, Test};
use lictor_value::Value;

/// The places that a choice's guards look at.
pub(super) struct Places {
    pub(super) sources: Vec<Source>,
    /// Of each arm, where its atoms begin in `of_atoms`.
    pub(super) starts: Vec<u32>,
    /// Of each atom, the position of its source.
    pub(super) of_atoms: Vec<u16>,
}

/// Arms by the place of their access atom.
pub(super) struct Accesses<'c> {
    pub(super) by_place: Vec<Vec<(u32, &'c Test)>>,
    /// Arms without one.
    pub(super) always: Vec<u32>,
}

impl Places {
    /// `None` where there are too many.
    pub(super) fn of(choice: &Choice) -> Option<Self> {
        let mut places = Places { sources: vec![], starts: vec![], of_atoms: vec![] };
        let mut known: HashMap<Source, u16> = HashMap::new();
        for arm in &choice.arms {
            places.starts.push(u32::try_from(places.of_atoms.len()).ok()?);
            for atom in &arm.guard.atoms {
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

/// Chooses an access atom for each arm.
pub(super) fn choose<'c>(choice: &'c Choice, places: &Places, constants: &[Value<'_>]) -> Accesses<'c> {
    let mut looked_for: HashMap<(u16, Kind), HashSet<u32>> = HashMap::new();
    let atoms = |arm: usize| {
        let places = &places.of_atoms[places.starts[arm] as usize..];
        choice.arms[arm].guard.atoms.iter().zip(places.iter().copied())
    };
    for (atom, place) in (0..choice.arms.len()).flat_map(atoms).filter(|(atom, _)| !atom.negated) {
        if let Some((kind, ids)) = kind(&atom.test) {
            looked_for.entry((place, kind)).or_default().extend(ids);
        }
    }
    let probability = |atom: &Atom, place: u16| {
        if atom.negated {
            return None;
        }
        if let Some((kind, ids)) = kind(&atom.test) {
            let all = looked_for.get(&(place, kind)).map_or(0, HashSet::len);
            return Some(ids.len() as f64 / (all + 1) as f64);
        }
        match &atom.test {
            Test::Contains(id) => {
                let length = constants[*id as usize].as_bytes().unwrap_or_default().len();
                Some(0.5f64.powi(i32::try_from(length).unwrap_or(i32::MAX)))
            }
            Test::Above { .. } | Test::Below { .. } => Some(0.5),
            _ => None,
        }
    };
    let mut accesses = Accesses { by_place: vec![vec![]; places.sources.len()], always: vec![] };
    for arm in 0..choice.arms.len() {
        let likely = atoms(arm).filter_map(|(atom, place)| Some((probability(atom, place)?, atom, place)));
        match likely.min_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((_, atom, place)) => accesses.by_place[usize::from(place)].push((arm as u32, &atom.test)),
            None => accesses.always.push(arm as u32),
        }
    }
    accesses
}
