//! Lookups: groups of arms by a constant's value, and by the beginnings or endings of texts.

use hashbrown::HashTable;
use lictor_value::{Value, hash, order};

use super::node::{Building, Entry, Group, Search};

/// Groups by a constant's value.
#[derive(Default)]
pub(super) struct Lookup {
    table: HashTable<(u32, Group)>,
}

/// A lookup in the making: the entries of each constant.
#[derive(Default)]
pub(super) struct LookupEntries {
    table: HashTable<(u32, Vec<Entry>)>,
}

impl LookupEntries {
    pub(super) fn add(&mut self, constant: u32, entry: Entry, constants: &[Value<'_>]) {
        self.add_value(constants[constant as usize], constant, entry, |id| constants[id as usize]);
    }

    /// The same where a constant stands for a part of it.
    fn add_value<'v>(&mut self, value: Value<'v>, constant: u32, entry: Entry, part: impl Fn(u32) -> Value<'v>) {
        let known = self.table.entry(
            spread(hash(value)),
            |(id, _)| order(part(*id), value).is_eq(),
            |(id, _)| spread(hash(part(*id))),
        );
        let (_, entries) = known.or_insert_with(|| (constant, vec![])).into_mut();
        // Of several equal constants of one arm one is enough.
        if entries.last().is_none_or(|last| last.arm != entry.arm) {
            entries.push(entry);
        }
    }

    pub(super) fn build(self, building: &mut Building<'_>, depth: usize) -> Lookup {
        let constants = building.constants;
        self.build_parts(building, depth, |id| constants[id as usize])
    }

    fn build_parts<'v>(self, building: &mut Building<'_>, depth: usize, part: impl Fn(u32) -> Value<'v>) -> Lookup {
        let mut table = HashTable::with_capacity(self.table.len());
        for (constant, entries) in self.table {
            let group = building.group(entries, depth);
            table.insert_unique(spread(hash(part(constant))), (constant, group), |(id, _)| spread(hash(part(*id))));
        }
        Lookup { table }
    }
}

impl Lookup {
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The group of a value.
    #[inline]
    pub(super) fn group(&self, value: Value<'_>, constants: &[Value<'_>]) -> Option<&Group> {
        if self.table.is_empty() {
            return None;
        }
        let is = |(id, _): &(u32, Group)| order(constants[*id as usize], value).is_eq();
        self.table.find(spread(hash(value)), is).map(|(_, group)| group)
    }
}

/// A table looks at both ends of a hash of 64 bits.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Which end of a text.
#[derive(Clone, Copy)]
pub(super) enum End {
    First,
    Last,
}

impl End {
    fn of(self, text: &[u8], length: usize) -> &[u8] {
        match self {
            End::First => &text[..length],
            End::Last => &text[text.len() - length..],
        }
    }
}

/// Most lengths that are probed.
const LENGTHS: usize = 24;

/// Groups by the beginnings, or endings, of texts: one probe for each length that there is. Where there are too many
/// lengths, longer texts are put with the beginnings that they have: guards are tested on arrival.
pub(super) struct Affixes {
    /// Of each length, ascending, the groups by text.
    by_length: Vec<(usize, HashTable<(u32, Group)>)>,
    ends: Ends,
}

/// Which outermost bytes the affixes have, so that most texts need no probe: a set of bits by their hash.
struct Ends {
    /// How many bytes are looked at, at most eight.
    width: usize,
    /// A power of two of words, some sixteen bits for each affix.
    bits: Vec<u64>,
}

impl Ends {
    /// Those of affixes, of which the shortest has so many bytes.
    fn new(affixes: &[&[u8]], end: End, shortest: usize) -> Self {
        let width = shortest.min(size_of::<u64>());
        let mut ends = Ends { width, bits: vec![0; affixes.len().div_ceil(4).next_power_of_two()] };
        for affix in affixes {
            let bit = ends.bit(affix, end);
            ends.bits[bit / 64] |= 1 << (bit % 64);
        }
        ends
    }

    /// The bit of a text that has `width` bytes.
    #[inline]
    fn bit(&self, text: &[u8], end: End) -> usize {
        let mut word = [0; size_of::<u64>()];
        word[..self.width].copy_from_slice(end.of(text, self.width));
        let hash = u64::from_le_bytes(word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> 32) as usize & (64 * self.bits.len() - 1)
    }

    /// Whether an affix may begin, or end, as the text does.
    #[inline]
    fn may_be_of(&self, text: &[u8], end: End) -> bool {
        text.len() >= self.width && {
            let bit = self.bit(text, end);
            self.bits[bit / 64] >> (bit % 64) & 1 == 1
        }
    }
}

impl Affixes {
    pub(super) fn new(affixes: Vec<(u32, Entry)>, end: End, building: &mut Building<'_>, depth: usize) -> Self {
        let constants = building.constants;
        let text = |id: u32| constants[id as usize].as_bytes().unwrap_or_default();
        let mut lengths: Vec<usize> = affixes.iter().map(|(id, _)| text(*id).len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let step = lengths.len().div_ceil(LENGTHS).max(1);
        let texts: Vec<&[u8]> = affixes.iter().map(|(id, _)| text(*id)).collect();
        let ends = Ends::new(&texts, end, lengths.first().copied().unwrap_or_default());
        let mut by_length: Vec<(usize, LookupEntries)> =
            lengths.into_iter().step_by(step).map(|length| (length, LookupEntries::default())).collect();
        for (constant, entry) in affixes {
            let length = text(constant).len();
            let at = by_length.partition_point(|(kept, _)| *kept <= length) - 1;
            let (length, entries) = &mut by_length[at];
            let part = |id: u32| Value::str(end.of(text(id), *length));
            entries.add_value(part(constant), constant, entry, part);
        }
        let build = |(length, entries): (usize, LookupEntries)| {
            let part = |id: u32| Value::str(end.of(text(id), length));
            (length, entries.build_parts(building, depth, part).table)
        };
        Affixes { by_length: by_length.into_iter().map(build).collect(), ends }
    }

    pub(super) fn find(&self, text: &[u8], end: End, search: &mut Search<'_, '_>) {
        if self.by_length.is_empty() || !self.ends.may_be_of(text, end) {
            return;
        }
        for (length, table) in self.by_length.iter().take_while(|(length, _)| *length <= text.len()) {
            let part = end.of(text, *length);
            let constants = search.constants;
            let is = |(id, _): &(u32, Group)| {
                constants[*id as usize].as_bytes().is_some_and(|known| end.of(known, *length) == part)
            };
            if let Some((_, group)) = table.find(spread(hash(Value::str(part))), is) {
                group.find(search);
            }
        }
    }
}
