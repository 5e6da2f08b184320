//! Needles: the arms that look for a piece of a text, by one automaton for all of them.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;
use lictor_value::Value;

use super::node::{Building, Entry, Group, Search};

/// What an automaton may take: it has a state for each byte of its needles, and with each state the needles that end
/// there, of which there are at most as many as the longest needle has bytes.
const MOST: usize = 1 << 24;
/// Needles are never cut shorter than this.
const SHORTEST: usize = 16;

/// Groups by needle.
pub(super) struct Needles {
    automaton: AhoCorasick,
    groups: Vec<Group>,
}

impl Needles {
    /// `None` where the automaton would be too large.
    pub(super) fn new(needles: Vec<(u32, Entry)>, building: &mut Building<'_>, depth: usize) -> Option<Self> {
        let constants = building.constants;
        let text = |constant: u32| constants[constant as usize].as_bytes().unwrap_or_default();
        let total: usize = needles.iter().map(|(constant, _)| text(*constant).len()).sum();
        // What begins like a needle may contain it: the guard is tested on arrival.
        let longest = (MOST / total.max(1)).max(SHORTEST);
        let mut numbers: HashMap<&[u8], usize> = HashMap::new();
        let mut texts: Vec<&[u8]> = Vec::new();
        let mut entries: Vec<Vec<Entry>> = Vec::new();
        for (constant, entry) in needles {
            let text = text(constant);
            let text = &text[..text.len().min(longest)];
            let number = *numbers.entry(text).or_insert_with(|| {
                texts.push(text);
                entries.push(vec![]);
                entries.len() - 1
            });
            entries[number].push(entry);
        }
        let automaton = AhoCorasick::new(texts).ok()?;
        let groups = entries.into_iter().map(|entries| building.group(entries, depth)).collect();
        Some(Needles { automaton, groups })
    }

    pub(super) fn find(&self, text: &[u8], search: &mut Search<'_, '_>) {
        for needle in self.automaton.find_overlapping_iter(text) {
            self.groups[needle.pattern().as_usize()].find_once(search);
        }
    }
}

/// What a needle may look like to the index: its text.
pub(super) fn is_empty(constant: u32, constants: &[Value<'_>]) -> bool {
    constants[constant as usize].as_bytes().is_none_or(<[u8]>::is_empty)
}
