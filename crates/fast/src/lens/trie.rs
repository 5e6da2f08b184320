//! The paths as a trie, matched backwards from a key's closing quote.
//!
//! A key is met at its end: the colon after it. Its last two bytes choose a bucket, its last eight are compared at once,
//! and most keys that are on no path are done with after the first look.

use std::collections::{BTreeMap, BTreeSet};

use lictor_ir::{Program, Reads};
use lictor_value::{Arena, Object, Value, json};

use super::parts::Parts;

/// Number of buckets in a node's key table.
const BUCKETS: usize = 64;

/// No node: nothing at or below this place is read.
pub(super) const NONE: u16 = u16::MAX;

/// A set of paths.
pub(super) struct Trie {
    pub(super) nodes: Vec<Node>,
    /// The objects of which only some keys are read.
    pub(super) parts: Vec<Parts>,
    /// The ids of paths that are no program's.
    pub(super) also: Vec<u32>,
    /// One past the largest path id.
    ids: usize,
}

/// What is at a place that paths lead to or through.
pub(super) struct Node {
    /// The path that ends here.
    pub(super) id: Option<u32>,
    /// Whether nothing that is in an array or object here is part of its value.
    pub(super) emptied: bool,
    /// Every path at or below this place: its value goes when a key turns up again.
    pub(super) below: Vec<u32>,
    pub(super) edges: Vec<Edge>,
    /// The first edge (index + 1) whose key is in the bucket; 0 for none.
    table: [u16; BUCKETS],
}

/// A key that leads on.
pub(super) struct Edge {
    key: Box<[u8]>,
    child: u16,
    /// The last eight bytes of the key with its opening quote, and which of them count.
    tail: u64,
    tail_mask: u64,
    /// The next edge of the bucket (index + 1).
    next: u16,
}

/// A key of one byte takes its opening quote along.
#[inline(always)]
fn bucket(last: u8, before: u8) -> usize {
    (usize::from(last) ^ usize::from(before).wrapping_mul(11)) % BUCKETS
}

impl Trie {
    /// The paths of all `reads`, and those of `also`, which are read as wholes; `None` where one is empty, has a key with a
    /// quote, a backslash or U+FFFD, or there are too many.
    pub(super) fn new(program: &Program, reads: &[&Reads], also: &[&[&str]]) -> Option<Self> {
        let constants = program.constants();
        let mut trie = Trie { nodes: vec![Node::new()], parts: vec![], also: vec![], ids: 0 };
        let mut whole: BTreeSet<u32> = reads.iter().flat_map(|reads| &reads.paths).copied().collect();
        let all: BTreeSet<u32> = reads.iter().flat_map(|reads| reads.all()).collect();
        for id in all {
            let keys = &program.paths[id as usize].0;
            let keys = keys.iter().map(|key| constants[*key as usize].as_text()).collect::<Option<Vec<_>>>()?;
            trie.insert(id, &keys, !whole.contains(&id))?;
        }
        for (keys, own) in also.iter().zip(u32::try_from(program.paths.len()).ok()?..) {
            let known = trie.place(keys).and_then(|place| trie.nodes[place].id);
            let id = known.unwrap_or(own);
            trie.insert(id, keys, false)?;
            trie.also.push(id);
            whole.insert(id);
        }
        let mut parts: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for part in reads.iter().flat_map(|reads| &reads.parts).filter(|part| !whole.contains(&part.path)) {
            parts.entry(part.path).or_default().extend(&part.below);
        }
        trie.parts = parts.into_iter().map(|(path, below)| Parts::new(program, path, below)).collect();
        // What is in others comes before them.
        trie.parts.sort_by_key(|parts| std::cmp::Reverse(program.paths[parts.path() as usize].0.len()));
        Some(trie)
    }

    fn insert(&mut self, id: u32, keys: &[&str], emptied: bool) -> Option<()> {
        if keys.is_empty() && !emptied || keys.iter().any(|key| key.contains(['"', '\\', char::REPLACEMENT_CHARACTER]))
        {
            return None;
        }
        let mut places = vec![0];
        for key in keys {
            let at = places[places.len() - 1];
            let child = match self.nodes[at].child(key.as_bytes()) {
                Some(child) => child,
                None => {
                    let child = u16::try_from(self.nodes.len()).ok().filter(|child| *child != NONE)?;
                    self.nodes.push(Node::new());
                    self.nodes[at].add(key.as_bytes(), child);
                    child
                }
            };
            places.push(usize::from(child));
        }
        for place in &places {
            let below = &mut self.nodes[*place].below;
            if !below.contains(&id) {
                below.push(id);
            }
        }
        let last = &mut self.nodes[places[places.len() - 1]];
        (last.id, last.emptied) = (Some(id), emptied);
        self.ids = self.ids.max(id as usize + 1);
        Some(())
    }

    /// The node at some keys.
    fn place(&self, keys: &[&str]) -> Option<usize> {
        keys.iter().try_fold(0, |at, key| self.nodes[at].child(key.as_bytes()).map(usize::from))
    }

    /// One past the largest path id.
    pub(super) fn ids(&self) -> usize {
        self.ids
    }
}

impl Node {
    fn new() -> Node {
        Node { id: None, emptied: false, below: vec![], edges: vec![], table: [0; BUCKETS] }
    }

    fn add(&mut self, key: &[u8], child: u16) {
        let mut next = 0;
        if let [.., last] = key {
            let before = if key.len() > 1 { key[key.len() - 2] } else { b'"' };
            let first = &mut self.table[bucket(*last, before)];
            next = *first;
            *first = self.edges.len() as u16 + 1;
        }
        let (mut tail, mut tail_mask) = (0, 0);
        for (i, byte) in key.iter().rev().chain(b"\"").take(8).enumerate() {
            tail |= u64::from(*byte) << (56 - i * 8);
            tail_mask |= 0xff << (56 - i * 8);
        }
        self.edges.push(Edge { key: key.into(), child, tail, tail_mask, next });
    }

    /// What stands for an array or object here: an empty one; `None` where it is read.
    #[inline(always)]
    pub(super) fn emptied(&self, object: bool) -> Option<Value<'static>> {
        self.emptied.then(|| if object { Value::object(&Object::EMPTY) } else { Value::array(&[]) })
    }

    /// The child of a whole key without escapes.
    pub(super) fn child(&self, key: &[u8]) -> Option<u16> {
        self.edges.iter().find(|edge| *edge.key == *key).map(|edge| edge.child)
    }

    /// The child of a key with its quotes, which may have escapes; `None` where it is no string.
    #[inline(never)]
    pub(super) fn child_quoted(&self, quoted: &[u8]) -> Option<Option<u16>> {
        let [b'"', raw @ .., b'"'] = quoted else { return None };
        if !raw.contains(&b'\\') {
            return Some(self.child(raw));
        }
        // Few keys have escapes, and a key is short.
        let arena = Arena::default();
        let key = json::parse(&arena, quoted).ok()?;
        Some(key.as_bytes().and_then(|key| self.child(key)))
    }

    /// The child of the key that ends right before `end`, where its closing quote stands. Only for texts without
    /// backslashes, where every quote delimits.
    #[inline(always)]
    pub(super) fn child_ending_at(&self, text: &[u8], end: usize) -> Option<u16> {
        let head = &text[..end];
        let Some(tail) = head.last_chunk::<8>() else {
            let open = head.iter().rposition(|byte| *byte == b'"')?;
            return self.child(&head[open + 1..]);
        };
        let [.., before, last] = *tail;
        if last == b'"' {
            return self.child(b"");
        }
        let tail = u64::from_le_bytes(*tail);
        let mut next = self.table[bucket(last, before)];
        while next != 0 {
            let edge = &self.edges[usize::from(next) - 1];
            if tail & edge.tail_mask == edge.tail
                && let Some(open) = end.checked_sub(edge.key.len() + 1)
                && text[open] == b'"'
                && (edge.key.len() < 8 || text[open + 1..end] == *edge.key)
            {
                return Some(edge.child);
            }
            next = edge.next;
        }
        None
    }
}
