//! The rule tree as OPA sees it: each definition at the constant prefix of its head's path.
//!
//! Built from the heads alone, before names are resolved, since resolving needs to know which rules there are. Keys may
//! be any constant (`p[1] := 2`); the tree of [`hir`](crate::hir) has names only and is made from this one by `lower`.

use std::collections::BTreeMap;

use lictor_syntax::{Module, Name, ast};

use crate::hir::Constant;

/// A node: its position in [`Tree`].
pub(crate) type NodeId = u32;

/// A tree of definitions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// The node of each definition.
    of_rule: Vec<NodeId>,
}

/// A node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    /// The keys from `data` to here.
    pub(crate) path: Vec<Constant>,
    /// The definitions whose heads' constant prefix ends here: modules by name, then as written.
    pub(crate) rules: Vec<usize>,
    /// The nodes below.
    pub(crate) children: BTreeMap<Constant, NodeId>,
    /// How many arguments the first definition takes: 0 where it is no function.
    pub(crate) arity: usize,
    /// Whether the first definition is one of a function.
    pub(crate) function: bool,
    /// Whether a package ends here.
    pub(crate) package: bool,
}

impl Tree {
    /// The tree of all definitions, numbered through all modules in order.
    pub(crate) fn new(modules: &[&Module]) -> Self {
        let mut tree = Tree { nodes: vec![Node::default()], of_rule: vec![] };
        for module in modules {
            let package = tree.reach(0, module.package.path.iter().cloned().map(Constant::String));
            tree.nodes[package as usize].package = true;
            for rule in &module.rules {
                let at = tree.reach(package, ground_prefix(&rule.head.reference));
                let node = &mut tree.nodes[at as usize];
                if node.rules.is_empty() {
                    node.arity = rule.head.args.as_ref().map_or(0, Vec::len);
                    node.function = rule.head.args.is_some();
                }
                node.rules.push(tree.of_rule.len());
                tree.of_rule.push(at);
            }
        }
        tree
    }

    /// The node that keys lead to, made where it is not there.
    fn reach(&mut self, from: NodeId, keys: impl IntoIterator<Item = Constant>) -> NodeId {
        keys.into_iter().fold(from, |at, key| match self.child(at, &key) {
            Some(child) => child,
            None => {
                let child = self.nodes.len() as NodeId;
                let path = self.node(at).path.iter().chain([&key]).cloned().collect();
                self.nodes.push(Node { path, ..Node::default() });
                self.nodes[at as usize].children.insert(key, child);
                child
            }
        })
    }

    /// The node of a definition.
    pub(crate) fn of_rule(&self, rule: usize) -> NodeId {
        self.of_rule[rule]
    }

    /// A node.
    pub(crate) fn node(&self, at: NodeId) -> &Node {
        &self.nodes[at as usize]
    }

    /// The child of a node.
    pub(crate) fn child(&self, at: NodeId, key: &Constant) -> Option<NodeId> {
        self.node(at).children.get(key).copied()
    }

    /// The node at a path of names below `data`.
    pub(crate) fn find(&self, path: &[Name]) -> Option<NodeId> {
        path.iter().try_fold(0, |at, name| self.child(at, &Constant::String(name.clone())))
    }

    /// The nodes from one down, parents first, by the order of their keys.
    pub(crate) fn below(&self, at: NodeId) -> Vec<NodeId> {
        let mut found = vec![];
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            found.push(at);
            open.extend(self.node(at).children.values().rev());
        }
        found
    }
}

/// The constant terms that a head's reference begins with; its first term is the rule's name.
pub(crate) fn ground_prefix(reference: &[ast::Term]) -> Vec<Constant> {
    let name = |term: &ast::Term| match &term.kind {
        ast::TermKind::Var(name) | ast::TermKind::String(name) => Some(Constant::String(name.clone())),
        _ => None,
    };
    let mut path: Vec<Constant> = reference.first().and_then(name).into_iter().collect();
    path.extend(reference.iter().skip(1).map_while(constant));
    path
}

/// The constant that a term of the syntax tree is.
pub(crate) fn constant(term: &ast::Term) -> Option<Constant> {
    Some(match &term.kind {
        ast::TermKind::Null => Constant::Null,
        ast::TermKind::Bool(it) => Constant::Bool(*it),
        ast::TermKind::Number(it) => Constant::Number(it.clone()),
        ast::TermKind::String(it) => Constant::String(it.clone()),
        ast::TermKind::Array(items) => Constant::Array(items.iter().map(constant).collect::<Option<_>>()?),
        ast::TermKind::Set(items) => Constant::Set(items.iter().map(constant).collect::<Option<_>>()?),
        ast::TermKind::Object(pairs) => {
            let pair = |(k, v): &(ast::Term, ast::Term)| Some((constant(k)?, constant(v)?));
            Constant::Object(pairs.iter().map(pair).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}
