//! From nodes to values, as Go's package `yaml` 3 decodes them: aliases are followed, merge keys merged.
//!
//! A few nodes can stand for a great deal by way of aliases, so Go counts what it decodes, and so does this: a value of
//! which nearly all comes of aliases is refused before it grows.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use lictor_value::text::lossy;

use super::data::{Data, Key, Mapping, go_syntax};
use super::error::{Error, plain};
use super::node::{Content, Id, Tree};
use super::scalar::{self, Scalar};
use crate::encoding;

type Step<T> = Result<T, Error>;

/// How deeply a value may nest, its aliases followed.
const MAX_DEPTH: usize = lictor_value::json::MAX_DEPTH;

/// How many faults of one kind are told.
const TOLD: usize = 100;

/// Up to so many decoded nodes 99 in 100 may come of aliases, from [`MANY`] on 10 in 100.
const FEW: f64 = 400_000.0;
const MANY: f64 = 4_000_000.0;

/// The value of a stream's first document; null where there is none.
pub(super) fn decode(tree: &Tree) -> Step<Data<'_>> {
    let Some(root) = tree.root else { return Ok(Data::Null) };
    let mut decoder = Decoder {
        tree,
        // The document counts as well.
        decoded: 1,
        of_aliases: 0,
        within_aliases: 0,
        open: HashSet::new(),
        merged: None,
        faults: Vec::new(),
        depth: 0,
    };
    let data = decoder.any(root)?;
    if decoder.faults.is_empty() { Ok(data.unwrap_or(Data::Null)) } else { Err(Error::Types(decoder.faults)) }
}

/// The key of a JSON object that a scalar would become; `None` for what is no scalar and for scalars that become none.
pub(super) fn key_text(tree: &Tree, id: Id) -> Option<String> {
    let data = scalar_data(tree, id).ok()?;
    Some(Key::of(&data)?.to_json()?.into_owned())
}

/// The value of a scalar.
fn scalar_data(tree: &Tree, id: Id) -> Step<Data<'_>> {
    let node = &tree.nodes[id];
    let Content::Scalar(text) = &node.content else { return Err(plain("not a scalar")) };
    if node.tag == scalar::BINARY {
        let Some(bytes) = encoding::decode_standard(text.as_bytes()) else {
            return Err(plain("!!binary value contains invalid base64 data"));
        };
        let mut clean = Vec::new();
        lictor_value::text::write_utf8(&bytes, &mut clean);
        return Ok(Data::Text(Cow::Owned(lossy(&clean).into_owned())));
    }
    Ok(match scalar::resolve(&node.tag, text).map_err(plain)? {
        Scalar::Null => Data::Null,
        Scalar::Bool(bool) => Data::Bool(bool),
        Scalar::Int(int) => Data::Int(int),
        Scalar::Unsigned(int) => Data::Unsigned(int),
        Scalar::Float(float) => Data::Float(float),
        Scalar::Timestamp(text) => Data::Timestamp(text),
        Scalar::Text => Data::Text(Cow::Borrowed(text)),
    })
}

struct Decoder<'t> {
    tree: &'t Tree,
    decoded: u32,
    of_aliases: u32,
    within_aliases: u32,
    /// The aliases that are being followed.
    open: HashSet<Id>,
    /// Within a merge, the keys that are taken.
    merged: Option<HashSet<Key<'t>>>,
    /// Faults that are told together.
    faults: Vec<String>,
    depth: usize,
}

impl<'t> Decoder<'t> {
    /// Counts a node before it is decoded.
    fn count(&mut self) -> Step<()> {
        self.decoded = self.decoded.saturating_add(1);
        if self.within_aliases > 0 {
            self.of_aliases += 1;
        }
        let (decoded, of_aliases) = (f64::from(self.decoded), f64::from(self.of_aliases));
        let allowed = 0.99 - 0.89 * ((decoded - FEW) / (MANY - FEW)).clamp(0.0, 1.0);
        if self.of_aliases > 100 && self.decoded > 1000 && of_aliases / decoded > allowed {
            return Err(plain("document contains excessive aliasing"));
        }
        if self.depth >= MAX_DEPTH { Err(Error::TooDeep) } else { Ok(()) }
    }

    /// Follows an alias.
    fn follow<T>(&mut self, id: Id, then: impl FnOnce(&mut Self, Id) -> Step<T>) -> Step<T> {
        let Content::Alias(name, target) = &self.tree.nodes[id].content else { return then(self, id) };
        if !self.open.insert(id) {
            return Err(plain(format!("anchor '{name}' value contains itself")));
        }
        self.within_aliases += 1;
        self.depth += 1;
        let done = then(self, *target);
        self.depth -= 1;
        self.within_aliases -= 1;
        self.open.remove(&id);
        done
    }

    /// A value of any type; `None` where a fault was noted.
    fn any(&mut self, id: Id) -> Step<Option<Data<'t>>> {
        self.count()?;
        let tree = self.tree;
        match &tree.nodes[id].content {
            Content::Alias(..) => self.follow(id, |decoder, target| decoder.any(target)),
            Content::Scalar(_) => scalar_data(tree, id).map(Some),
            Content::Sequence(items) => {
                let mut data = Vec::with_capacity(items.len());
                self.depth += 1;
                for item in items {
                    data.extend(self.any(*item)?);
                }
                self.depth -= 1;
                Ok(Some(Data::Sequence(data)))
            }
            Content::Mapping(pairs) => {
                if !self.has_unique_keys(pairs) {
                    return Ok(None);
                }
                let text = |pair: &[Id]| matches!(tree.tag(pair[0]), scalar::STRING | scalar::MERGE);
                let of_text = pairs.chunks_exact(2).all(text);
                let mut mapping = Mapping { of_text, entries: HashMap::with_capacity(pairs.len() / 2) };
                self.fill(pairs, &mut mapping)?;
                Ok(Some(Data::Mapping(mapping)))
            }
        }
    }

    /// Notes keys that stand twice, as they are written: each with all before it.
    fn has_unique_keys(&mut self, pairs: &'t [Id]) -> bool {
        let nodes = &self.tree.nodes;
        let written = |key: Id| match &nodes[key].content {
            Content::Scalar(text) => (0, &text[..]),
            Content::Alias(name, _) => (1, &name[..]),
            Content::Sequence(_) => (2, ""),
            Content::Mapping(_) => (3, ""),
        };
        let mut alike: HashMap<_, Vec<Id>> = HashMap::with_capacity(pairs.len() / 2);
        for pair in pairs.chunks_exact(2) {
            alike.entry(written(pair[0])).or_default().push(pair[0]);
        }
        if alike.len() * 2 == pairs.len() {
            return true;
        }
        for pair in pairs.chunks_exact(2) {
            let others = alike.get(&written(pair[0])).into_iter().flatten();
            for other in others.skip_while(|other| **other != pair[0]).skip(1) {
                if self.faults.len() >= TOLD {
                    return false;
                }
                let (line, first) = (nodes[*other].line, nodes[pair[0]].line);
                let key = go_syntax(&Data::Text(Cow::Borrowed(written(pair[0]).1)));
                self.faults.push(format!("line {line}: mapping key {key} already defined at line {first}"));
            }
        }
        false
    }

    /// Puts the pairs of a mapping into another one, which may be its own.
    fn fill(&mut self, pairs: &'t [Id], into: &mut Mapping<'t>) -> Step<()> {
        let mut merged = self.merged.take();
        let mut merge = None;
        self.depth += 1;
        for pair in pairs.chunks_exact(2) {
            if self.is_merge(pair[0]) {
                merge = Some(pair[1]);
                continue;
            }
            let key = if into.of_text { self.text(pair[0])?.map(Data::Text) } else { self.any(pair[0])? };
            let Some(data) = key else { continue };
            let key = Key::of(&data);
            match (&mut merged, &key) {
                (Some(_), None) => {
                    let kind =
                        if matches!(data, Data::Sequence(_)) { "[]interface {}" } else { "map[string]interface {}" };
                    return Err(plain(format!("runtime error: hash of unhashable type {kind}")));
                }
                (Some(merged), Some(key)) => {
                    if !merged.insert(key.clone()) {
                        continue;
                    }
                }
                (None, _) => {}
            }
            let Some(key) = key else { return Err(plain(format!("invalid map key: {}", go_syntax(&data)))) };
            if let Some(value) = self.any(pair[1])? {
                into.entries.insert(key, value);
            }
        }
        self.depth -= 1;
        self.merged = merged;
        match merge {
            Some(merge) => self.merge(pairs, merge, into),
            None => Ok(()),
        }
    }

    fn is_merge(&self, id: Id) -> bool {
        let node = &self.tree.nodes[id];
        node.tag == scalar::MERGE && matches!(&node.content, Content::Scalar(text) if text == "<<")
    }

    /// A key as text, as which any scalar but null will do.
    fn text(&mut self, id: Id) -> Step<Option<Cow<'t, str>>> {
        self.count()?;
        let tree = self.tree;
        let node = &tree.nodes[id];
        match &node.content {
            Content::Alias(..) => self.follow(id, |decoder, target| decoder.text(target)),
            Content::Scalar(text) => Ok(match scalar_data(tree, id)? {
                Data::Null => None,
                Data::Text(text) => Some(text),
                _ => Some(Cow::Borrowed(&text[..])),
            }),
            Content::Sequence(_) | Content::Mapping(_) => {
                if self.faults.len() < TOLD {
                    // A collection has no text; one with the tag of another type shows that.
                    let text = if matches!(&node.tag[..], scalar::SEQUENCE | scalar::MAPPING) { "" } else { " ``" };
                    self.faults.push(format!("line {}: cannot unmarshal {}{text} into string", node.line, node.tag));
                }
                Ok(None)
            }
        }
    }

    /// Merges what a merge key names into a mapping, the keys of which come first.
    fn merge(&mut self, pairs: &'t [Id], merge: Id, into: &mut Mapping<'t>) -> Step<()> {
        let outermost = self.merged.is_none();
        if outermost {
            let mut taken = HashSet::new();
            for pair in pairs.chunks_exact(2) {
                taken.extend(self.any(pair[0])?.as_ref().and_then(Key::of));
            }
            self.merged = Some(taken);
        }
        let tree = self.tree;
        match &tree.nodes[merge].content {
            Content::Sequence(items) => {
                for item in items {
                    self.merge_one(*item, into)?;
                }
            }
            _ => self.merge_one(merge, into)?,
        }
        if outermost {
            self.merged = None;
        }
        Ok(())
    }

    fn merge_one(&mut self, id: Id, into: &mut Mapping<'t>) -> Step<()> {
        let tree = self.tree;
        let target = match &tree.nodes[id].content {
            Content::Alias(_, target) => *target,
            _ => id,
        };
        let Content::Mapping(pairs) = &tree.nodes[target].content else {
            return Err(plain("map merge requires map or sequence of maps as the value"));
        };
        self.count()?;
        if target != id {
            self.count()?;
        }
        self.follow(id, |decoder, _| if decoder.has_unique_keys(pairs) { decoder.fill(pairs, into) } else { Ok(()) })
    }
}
