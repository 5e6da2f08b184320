//! A shelf: the arms that are found by the value at one place.

use lictor_ir::{Atom, Test};
use lictor_value::View;

use super::bounds::{Bound, Bounds, Side};
use super::lookup::{Affixes, End, Lookup, LookupEntries};
use super::needles::{self, Needles};
use super::node::{Building, Entry, Search};
use super::ranges::{Range, Ranges};

/// The arms found by the value at a place, by kind of test.
pub(super) struct Shelf {
    place: usize,
    equal: Lookup,
    element: Lookup,
    above: Bounds,
    below: Bounds,
    ranges: Ranges,
    prefix: Affixes,
    suffix: Affixes,
    needles: Option<Needles>,
    defined: Vec<u32>,
    truthy: Vec<u32>,
    /// Where the value is `false` or there is none.
    not_truthy: Vec<u32>,
}

/// What to put on a shelf.
#[derive(Default)]
pub(super) struct ToShelve<'c> {
    pub(super) atoms: Vec<(Entry, &'c Atom)>,
    pub(super) ranges: Vec<Range>,
}

impl Shelf {
    /// `None` where an automaton would be too large.
    pub(super) fn new(place: usize, what: ToShelve<'_>, building: &mut Building<'_>, depth: usize) -> Option<Self> {
        let constants = building.constants;
        let (mut equal, mut element) = (LookupEntries::default(), LookupEntries::default());
        let (mut above, mut below) = (vec![], vec![]);
        let (mut prefixes, mut suffixes, mut pieces) = (vec![], vec![], vec![]);
        let (mut defined, mut truthy, mut not_truthy) = (vec![], vec![], vec![]);
        for (entry, atom) in what.atoms {
            match &atom.test {
                Test::Truthy if atom.negated => not_truthy.push(entry.arm),
                Test::Truthy => truthy.push(entry.arm),
                Test::Defined | Test::NotEqual(_) | Test::Is(_) => defined.push(entry.arm),
                Test::Equal(id) => equal.add(*id, entry, constants),
                Test::OneOf(ids) => ids.iter().for_each(|id| equal.add(*id, entry, constants)),
                Test::HasElement(id) => element.add(*id, entry, constants),
                Test::Above { bound, inclusive } => {
                    above.push((Bound { constant: *bound, inclusive: *inclusive }, entry.arm));
                }
                Test::Below { bound, inclusive } => {
                    below.push((Bound { constant: *bound, inclusive: *inclusive }, entry.arm));
                }
                Test::StartsWith(id) => prefixes.push((*id, entry)),
                Test::EndsWith(id) => suffixes.push((*id, entry)),
                // Every string has an empty beginning and contains an empty string.
                Test::Contains(id) if needles::is_empty(*id, constants) => prefixes.push((*id, entry)),
                Test::Contains(id) => pieces.push((*id, entry)),
            }
        }
        let needles = match pieces.is_empty() {
            true => None,
            false => Some(Needles::new(pieces, building, depth)?),
        };
        Some(Shelf {
            place,
            equal: equal.build(building, depth),
            element: element.build(building, depth),
            above: Bounds::new(above, constants, Side::Lower),
            below: Bounds::new(below, constants, Side::Upper),
            ranges: Ranges::new(what.ranges, constants),
            prefix: Affixes::new(prefixes, End::First, building, depth),
            suffix: Affixes::new(suffixes, End::Last, building, depth),
            needles,
            defined,
            truthy,
            not_truthy,
        })
    }

    /// Adds the arms whose access atom holds.
    pub(super) fn find(&self, search: &mut Search<'_, '_>) {
        let value = search.values[self.place];
        if value.is_absent() {
            search.hits.extend_from_slice(&self.not_truthy);
            return;
        }
        search.hits.extend_from_slice(if value.holds() { &self.truthy } else { &self.not_truthy });
        search.hits.extend_from_slice(&self.defined);
        let constants = search.constants;
        if let Some(group) = self.equal.group(value, constants) {
            group.find(search);
        }
        if !self.element.is_empty() {
            let elements = match value.view() {
                View::Array(items) => items,
                View::Set(set) => set.items(),
                View::Object(object) => object.vals(),
                _ => &[],
            };
            for group in elements.iter().filter_map(|element| self.element.group(*element, constants)) {
                group.find_once(search);
            }
        }
        self.above.find(value, constants, search.hits);
        self.below.find(value, constants, search.hits);
        self.ranges.find(value, constants, search.hits);
        if let Some(text) = value.as_bytes() {
            self.prefix.find(text, End::First, search);
            self.suffix.find(text, End::Last, search);
            if let Some(needles) = &self.needles {
                needles.find(text, search);
            }
        }
    }
}
