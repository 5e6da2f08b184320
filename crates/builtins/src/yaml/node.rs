//! The nodes of a YAML document, as they were written.

use std::borrow::Cow;

/// The number of a node in its tree. A parent's is less than its children's.
pub(super) type Id = usize;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Scalar(String),
    Sequence(Vec<Id>),
    /// Keys and values in turn.
    Mapping(Vec<Id>),
    /// The name, and the node that had it when the alias was read.
    Alias(String, Id),
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    /// The tag in its short form, `!!str`; empty for aliases.
    pub(super) tag: Cow<'static, str>,
    /// It is a plain scalar whose tag follows from its text.
    pub(super) implicit: bool,
    /// From 1.
    pub(super) line: usize,
}

/// A stream's nodes.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// The node of the first document.
    pub(super) root: Option<Id>,
}

impl Tree {
    /// The tag that says what the node is: that of its target for an alias.
    pub(super) fn tag(&self, id: Id) -> &str {
        match &self.nodes[id].content {
            Content::Alias(_, target) => &self.nodes[*target].tag,
            _ => &self.nodes[id].tag,
        }
    }
}
