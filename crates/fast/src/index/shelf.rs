//! A shelf: the arms that are found by the value at one place.

use std::cmp::Ordering;

use aho_corasick::AhoCorasick;
use hashbrown::HashTable;
use lictor_ir::Test;
use lictor_value::{Value, View, hash, order};

/// The arms found by the value at a place, by kind of test.
pub(super) struct Shelf {
    place: usize,
    equal: Lookup,
    element: Lookup,
    above: Bounds,
    below: Bounds,
    prefix: Affixes,
    suffix: Affixes,
    needles: Option<Needles>,
}

/// Which needles were found already; one session's working memory.
#[derive(Default)]
pub(super) struct Marks {
    stamps: Vec<u32>,
    now: u32,
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

    /// Marks a needle; whether it was new.
    fn mark(&mut self, needle: usize) -> bool {
        if self.stamps.len() <= needle {
            self.stamps.resize(needle + 1, 0);
        }
        std::mem::replace(&mut self.stamps[needle], self.now) != self.now
    }
}

impl Shelf {
    /// `marks` counts the needles of all shelves; `None` where an automaton would be too large.
    pub(super) fn new(place: usize, arms: &[(u32, &Test)], constants: &[Value<'_>], marks: &mut usize) -> Option<Self> {
        let mut shelf = Shelf {
            place,
            equal: Lookup::default(),
            element: Lookup::default(),
            above: Bounds::default(),
            below: Bounds::default(),
            prefix: Affixes::default(),
            suffix: Affixes::default(),
            needles: None,
        };
        let mut needles: Vec<(u32, u32)> = Vec::new();
        for (arm, test) in arms {
            let text = |id: &u32| constants[*id as usize].as_bytes().unwrap_or_default();
            match test {
                Test::Equal(id) => shelf.equal.add(*id, *arm, constants),
                Test::OneOf(ids) => ids.iter().for_each(|id| shelf.equal.add(*id, *arm, constants)),
                Test::HasElement(id) => shelf.element.add(*id, *arm, constants),
                Test::Above { bound, inclusive } => shelf.above.bounds.push((*bound, *inclusive, *arm)),
                Test::Below { bound, inclusive } => shelf.below.bounds.push((*bound, *inclusive, *arm)),
                Test::StartsWith(id) => shelf.prefix.add(*id, text(id).len(), *arm, constants),
                Test::EndsWith(id) => shelf.suffix.add(*id, text(id).len(), *arm, constants),
                // Every string has an empty beginning and contains an empty string.
                Test::Contains(id) if text(id).is_empty() => shelf.prefix.add(*id, 0, *arm, constants),
                Test::Contains(id) => needles.push((*id, *arm)),
                Test::Defined | Test::Truthy | Test::NotEqual(_) => {}
            }
        }
        shelf.above.sort(constants, order);
        shelf.below.sort(constants, |a, b| order(b, a));
        if !needles.is_empty() {
            shelf.needles = Some(Needles::new(&needles, constants, marks)?);
        }
        Some(shelf)
    }

    /// The place whose value is looked at.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// Adds the arms whose access atom holds of a value.
    pub(super) fn find(&self, value: Value<'_>, constants: &[Value<'_>], marks: &mut Marks, found: &mut Vec<u32>) {
        if value.is_absent() {
            return;
        }
        self.equal.find(value, constants, found);
        if !self.element.is_empty() {
            let elements = match value.view() {
                View::Array(items) => items,
                View::Set(set) => set.items(),
                View::Object(object) => object.vals(),
                _ => &[],
            };
            elements.iter().for_each(|element| self.element.find(*element, constants, found));
        }
        self.above.find(value, constants, order, found);
        self.below.find(value, constants, |a, b| order(b, a), found);
        if let Some(text) = value.as_bytes() {
            self.prefix.find(text.len(), |length| &text[..length], constants, found);
            self.suffix.find(text.len(), |length| &text[text.len() - length..], constants, found);
            if let Some(needles) = &self.needles {
                needles.find(text, marks, found);
            }
        }
    }
}

/// Arms by a constant's value.
#[derive(Default)]
struct Lookup {
    table: HashTable<(u32, Vec<u32>)>,
}

impl Lookup {
    fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    fn add(&mut self, constant: u32, arm: u32, constants: &[Value<'_>]) {
        let value = |id: u32| constants[id as usize];
        let entry = self.table.entry(
            spread(hash(value(constant))),
            |(id, _)| order(value(*id), value(constant)).is_eq(),
            |(id, _)| spread(hash(value(*id))),
        );
        let (_, arms) = entry.or_insert_with(|| (constant, vec![])).into_mut();
        // Of several equal constants of one arm one is enough.
        if arms.last() != Some(&arm) {
            arms.push(arm);
        }
    }

    #[inline]
    fn find(&self, value: Value<'_>, constants: &[Value<'_>], found: &mut Vec<u32>) {
        if self.table.is_empty() {
            return;
        }
        let is = |(id, _): &(u32, Vec<u32>)| order(constants[*id as usize], value).is_eq();
        if let Some((_, arms)) = self.table.find(spread(hash(value)), is) {
            found.extend_from_slice(arms);
        }
    }
}

/// A table looks at both ends of a hash of 64 bits.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Bounds, sorted so that those that hold of a value come before those that do not: constant, whether it is itself
/// enough, arm.
#[derive(Default)]
struct Bounds {
    bounds: Vec<(u32, bool, u32)>,
}

type Compare = fn(Value<'_>, Value<'_>) -> Ordering;

impl Bounds {
    fn sort(&mut self, constants: &[Value<'_>], compare: Compare) {
        self.bounds.sort_by(|a, b| {
            compare(constants[a.0 as usize], constants[b.0 as usize]).then(b.1.cmp(&a.1)).then(a.2.cmp(&b.2))
        });
    }

    fn find(&self, value: Value<'_>, constants: &[Value<'_>], compare: Compare, found: &mut Vec<u32>) {
        let holding =
            self.bounds.partition_point(|(bound, inclusive, _)| match compare(constants[*bound as usize], value) {
                Ordering::Less => true,
                Ordering::Equal => *inclusive,
                Ordering::Greater => false,
            });
        found.extend(self.bounds[..holding].iter().map(|(_, _, arm)| *arm));
    }
}

/// Beginnings or endings: by text, one probe for each length that there is.
#[derive(Default)]
struct Affixes {
    lookup: Lookup,
    lengths: Vec<usize>,
}

impl Affixes {
    fn add(&mut self, constant: u32, length: usize, arm: u32, constants: &[Value<'_>]) {
        if let Err(at) = self.lengths.binary_search(&length) {
            self.lengths.insert(at, length);
        }
        self.lookup.add(constant, arm, constants);
    }

    fn find<'t>(&self, length: usize, part: impl Fn(usize) -> &'t [u8], constants: &[Value<'_>], found: &mut Vec<u32>) {
        for length in self.lengths.iter().take_while(|affix| **affix <= length) {
            self.lookup.find(Value::str(part(*length)), constants, found);
        }
    }
}

/// Needles: one automaton for all.
struct Needles {
    automaton: AhoCorasick,
    /// Of each needle, its arms.
    arms: Vec<Vec<u32>>,
    /// The first needle's mark.
    first: usize,
}

impl Needles {
    fn new(needles: &[(u32, u32)], constants: &[Value<'_>], marks: &mut usize) -> Option<Self> {
        let mut numbers: std::collections::HashMap<&[u8], usize> = std::collections::HashMap::new();
        let mut texts: Vec<&[u8]> = Vec::new();
        let mut arms: Vec<Vec<u32>> = Vec::new();
        for (constant, arm) in needles {
            let text = constants[*constant as usize].as_bytes().unwrap_or_default();
            let number = *numbers.entry(text).or_insert_with(|| {
                texts.push(text);
                arms.push(vec![]);
                arms.len() - 1
            });
            arms[number].push(*arm);
        }
        let automaton = AhoCorasick::new(texts).ok()?;
        let first = *marks;
        *marks += arms.len();
        Some(Needles { automaton, arms, first })
    }

    fn find(&self, text: &[u8], marks: &mut Marks, found: &mut Vec<u32>) {
        for needle in self.automaton.find_overlapping_iter(text) {
            let number = needle.pattern().as_usize();
            if marks.mark(self.first + number) {
                found.extend_from_slice(&self.arms[number]);
            }
        }
    }
}
