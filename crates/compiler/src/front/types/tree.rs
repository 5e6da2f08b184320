//! The types of documents: a tree by path, as the rule tree is, with a type where a rule stands.

use std::collections::BTreeMap;

use super::kind::{Kind, Maybe, merge, or};
use crate::hir::Constant;

/// A node, and all below it.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub(super) kind: Maybe,
    pub(super) children: BTreeMap<Constant, Tree>,
}

impl Tree {
    /// Puts a type in place of what is at a path.
    pub(super) fn put(&mut self, path: &[Constant], kind: Kind) {
        let mut at = self;
        for key in path {
            at = at.children.entry(key.clone()).or_default();
        }
        at.kind = Some(kind);
    }

    /// Adds the type of a definition: it is merged with that of others, above and below too.
    pub(super) fn insert(&mut self, path: &[Constant], kind: Kind) {
        let mut at = self;
        for (depth, key) in path.iter().enumerate() {
            at = at.children.entry(key.clone()).or_default();
            let rest = &path[depth + 1..];
            if !rest.is_empty()
                && let Some(Kind::Object(_)) = &at.kind
            {
                at.kind = Some(with_path(at.kind.take(), rest, Some(kind.clone())));
            }
        }
        let is_object = matches!(kind, Kind::Object(_));
        at.kind = merge(at.kind.take(), Some(kind));
        if is_object && !at.children.is_empty() {
            let mut leaves = vec![];
            at.children.iter().for_each(|(key, child)| child.leaves(&mut vec![key.clone()], &mut leaves));
            for (path, kind) in leaves {
                if let Some(Kind::Object(_)) = &at.kind {
                    at.kind = Some(with_path(at.kind.take(), &path, kind));
                }
            }
        }
    }

    fn leaves(&self, path: &mut Vec<Constant>, found: &mut Vec<(Vec<Constant>, Maybe)>) {
        if self.kind.is_some() {
            found.push((path.clone(), self.kind.clone()));
            return;
        }
        for (key, child) in &self.children {
            path.push(key.clone());
            child.leaves(path, found);
            path.pop();
        }
    }

    /// The type of the node as a value: its own, or an object of what is below it.
    pub(super) fn extent(&self) -> Maybe {
        if self.kind.is_some() {
            return self.kind.clone();
        }
        let scalar = |key: &Constant| matches!(key, Constant::String(_) | Constant::Number(_) | Constant::Bool(_));
        let children = self.children.iter().filter(|(key, _)| scalar(key));
        let fixed = children.map(|(key, child)| (key.clone(), child.extent())).collect();
        // Base data may stand there, too.
        Some(Kind::object(fixed, Some((Some(Kind::String), Some(Kind::any())))))
    }
}

/// An object's type with another value at a path: its keys count as any of their type.
fn with_path(object: Maybe, path: &[Constant], kind: Maybe) -> Kind {
    let (fixed, rest) = match &object {
        Some(Kind::Object(it)) => (it.fixed.clone(), it.rest.clone()),
        _ => (vec![], None),
    };
    let Some((key, below)) = path.split_first() else { return Kind::object(fixed, rest) };
    let value = if below.is_empty() { kind } else { Some(with_path(None, below, kind)) };
    let (keys, values) = rest.unwrap_or_default();
    Kind::object(fixed, Some((or(keys, Some(Kind::of(key))), or(values, value))))
}
