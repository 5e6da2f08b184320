//! What OPA changes in a tree before it is a value, for the sake of documents that were read before YAML 1.2: dates without
//! a tag are text, of keys that stand twice the last value counts, and merge keys may stand twice.

use std::borrow::Cow;
use std::collections::HashMap;

use super::decode;
use super::node::{Content, Id, Node, Tree};
use super::scalar;

/// Changes a tree.
pub(super) fn normalize(tree: &mut Tree) {
    // Parents come first, so a date that is a key still is one when its mapping looks at its keys.
    for id in 0..tree.nodes.len() {
        if let Content::Mapping(pairs) = &mut tree.nodes[id].content {
            let pairs = std::mem::take(pairs);
            let pairs = collapse_merges(tree, pairs);
            tree.nodes[id].content = Content::Mapping(last_values(tree, pairs));
        }
        let node = &mut tree.nodes[id];
        if node.implicit && node.tag == scalar::TIMESTAMP {
            node.tag = Cow::Borrowed(scalar::STRING);
        }
    }
}

fn is_merge(tree: &Tree, id: Id) -> bool {
    let node = &tree.nodes[id];
    matches!(node.content, Content::Scalar(_)) && node.tag == scalar::MERGE
}

/// `<<: [a, b]` for `<<: a` and `<<: b`.
fn collapse_merges(tree: &mut Tree, pairs: Vec<Id>) -> Vec<Id> {
    let mut merged = Vec::new();
    let mut first = None;
    for (at, pair) in pairs.chunks_exact(2).enumerate() {
        if is_merge(tree, pair[0]) {
            first.get_or_insert(at);
            match &tree.nodes[pair[1]].content {
                Content::Sequence(items) => merged.extend_from_slice(items),
                _ => merged.push(pair[1]),
            }
        }
    }
    if merged.len() < 2 {
        return pairs;
    }
    let mut kept = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.chunks_exact(2).enumerate() {
        if Some(at) == first {
            let line = tree.nodes[pair[1]].line;
            let content = Content::Sequence(std::mem::take(&mut merged));
            let tag = Cow::Borrowed(scalar::SEQUENCE);
            tree.nodes.push(Node { content, tag, implicit: false, line });
            kept.extend([pair[0], tree.nodes.len() - 1]);
        } else if !is_merge(tree, pair[0]) {
            kept.extend_from_slice(pair);
        }
    }
    kept
}

/// Each key once, where it first stood, with the value that it last had.
fn last_values(tree: &Tree, pairs: Vec<Id>) -> Vec<Id> {
    let mut places = HashMap::with_capacity(pairs.len() / 2);
    let mut kept: Vec<Id> = Vec::with_capacity(pairs.len());
    for pair in pairs.chunks_exact(2) {
        let known = match decode::key_text(tree, pair[0]) {
            Some(text) if !is_merge(tree, pair[0]) => {
                let place = kept.len() + 1;
                Some(*places.entry(text).or_insert(place)).filter(|known| *known < place)
            }
            _ => None,
        };
        match known {
            Some(known) => kept[known] = pair[1],
            None => kept.extend_from_slice(pair),
        }
    }
    kept
}
