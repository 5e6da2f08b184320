//! What all routines of a program share while they are planned: constants, call sites, mocks, nodes, `with`s.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use lictor_ir::{Call, Mark, Mock, Node, Target};
use lictor_value::{Arena, Builtin, Registry};

use super::constants::{Constants, value};
use super::part::Site;
use super::rules::Planned;
use super::{PlanOptions, Traced};
use crate::hir::{
    Definition, Document, Head, Literal, LiteralKind, NodeId, RuleId, RuleKind, TemplatePart, Term, TermKind, Unit,
    WithTarget, WithValue,
};

type Map<K, V> = HashMap<K, V, FixedState>;

/// What a `with` replaces; what it makes stale is found when linking.
pub(super) struct WithPlan {
    pub(super) targets: Vec<Target>,
    pub(super) mocks: Vec<Mock>,
}

/// See [`Traced::AsOpa`].
#[derive(Clone, Copy)]
pub(super) struct AsOpa {
    pub(super) index: bool,
    pub(super) early_exit: bool,
}

/// See the module.
pub(super) struct Shared<'u> {
    pub(super) unit: &'u Unit,
    pub(super) registry: &'u Registry,
    pub(super) strict: bool,
    pub(super) constants: Constants,
    pub(super) calls: Vec<Call>,
    pub(super) withs: Vec<WithPlan>,
    pub(super) nodes: Vec<Node>,
    /// The node of the tree that each document is.
    pub(super) node_of: Vec<NodeId>,
    pub(super) tables: u32,
    pub(super) choices: u32,
    /// Routines that came up while others were planned.
    pub(super) grown: Vec<(u32, Planned)>,
    /// The routines of calls whose arguments are constants.
    pub(super) constant_calls: Map<(RuleId, Vec<u32>), u32>,
    /// Whether a plan is only tried.
    pub(super) trying: bool,
    /// Whether some `with` replaces a part of `data`.
    pub(super) replaces_data: bool,
    /// Whether literals are marked.
    pub(super) traced: bool,
    /// Whether what is evaluated is what OPA evaluates: `None` where it is not.
    pub(super) as_opa: Option<AsOpa>,
    pub(super) marks: Vec<Mark>,
    routines: u32,
    call_ids: Map<Site, u32>,
    node_ids: Map<NodeId, u32>,
    mocked_functions: Map<RuleId, u32>,
    mocked_builtins: Map<&'static str, u32>,
}

impl<'u> Shared<'u> {
    pub(super) fn new(unit: &'u Unit, registry: &'u Registry, options: &PlanOptions) -> Self {
        let mut shared = Shared {
            unit,
            registry,
            strict: options.strict_builtin_errors,
            constants: Constants::default(),
            calls: vec![],
            withs: vec![],
            nodes: vec![],
            node_of: vec![],
            tables: 0,
            choices: 0,
            grown: vec![],
            constant_calls: Map::default(),
            trying: false,
            replaces_data: false,
            traced: options.traced.is_some(),
            as_opa: match options.traced {
                Some(Traced::AsOpa { index, early_exit }) => Some(AsOpa { index, early_exit }),
                _ => None,
            },
            marks: vec![],
            routines: unit.rules.len() as u32,
            call_ids: Map::default(),
            node_ids: Map::default(),
            mocked_functions: Map::default(),
            mocked_builtins: Map::default(),
        };
        for rule in &unit.rules {
            rule.definitions.iter().chain(rule.default.as_deref()).for_each(|d| shared.find_mocks(d));
        }
        unit.queries.iter().for_each(|query| shared.mocks_of_body(&query.body));
        shared
    }

    /// Whether a rule is an object from one key to a value in each definition.
    pub(super) fn is_flat_object(&self, rule: RuleId) -> bool {
        let rule = &self.unit.rules[rule as usize];
        let flat = |d: &Definition| d.path.len() == 1 && matches!(d.head, Head::Value(_));
        matches!(rule.kind, RuleKind::Object) && rule.definitions.iter().all(flat)
    }

    fn find_mocks(&mut self, definition: &Definition) {
        definition.args.iter().chain(&definition.path).for_each(|term| self.mocks_of_term(term));
        let (Head::Value(head) | Head::Member(head)) = &definition.head;
        self.mocks_of_term(head);
        self.mocks_of_body(&definition.body);
        for branch in &definition.elses {
            self.mocks_of_term(&branch.value);
            self.mocks_of_body(&branch.body);
        }
    }

    fn mocks_of_body(&mut self, body: &[Literal]) {
        for literal in body {
            for with in &literal.with {
                let next = (self.mocked_functions.len() + self.mocked_builtins.len()) as u32;
                match &with.target {
                    WithTarget::Function(rule) => {
                        self.mocked_functions.entry(*rule).or_insert(next);
                    }
                    WithTarget::Builtin(builtin) if !matches!(builtin.name, "equal" | "eq" | "print") => {
                        self.mocked_builtins.entry(builtin.name).or_insert(next);
                    }
                    WithTarget::Data(_) => self.replaces_data = true,
                    _ => {}
                }
                if let WithValue::Term(term) = &with.value {
                    self.mocks_of_term(term);
                }
            }
            match &literal.kind {
                LiteralKind::Term(term) => self.mocks_of_term(term),
                LiteralKind::Unify(a, b) => [a, b].iter().for_each(|term| self.mocks_of_term(term)),
                LiteralKind::SomeIn { key, value, domain } => {
                    key.iter().chain([value, domain]).for_each(|term| self.mocks_of_term(term));
                }
                LiteralKind::Every { domain, body, .. } => {
                    self.mocks_of_term(domain);
                    self.mocks_of_body(body);
                }
                LiteralKind::Not { body, .. } => self.mocks_of_body(body),
                LiteralKind::And(a, b) | LiteralKind::Or(a, b) => {
                    self.mocks_of_body(a);
                    self.mocks_of_body(b);
                }
                LiteralKind::Print(terms) => terms.iter().for_each(|term| self.mocks_of_term(term)),
            }
        }
    }

    fn mocks_of_term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Constant(_) | TermKind::Local(_) => {}
            TermKind::Ref(base, keys) => {
                if let crate::hir::Base::Term(term) = base {
                    self.mocks_of_term(term);
                }
                keys.iter().for_each(|key| self.mocks_of_term(key));
            }
            TermKind::Array(items) | TermKind::Set(items) | TermKind::Call(_, items) => {
                items.iter().for_each(|item| self.mocks_of_term(item));
            }
            TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                self.mocks_of_term(key);
                self.mocks_of_term(value);
            }),
            TermKind::Comprehension(inner) => {
                inner.key.iter().chain([&inner.value]).for_each(|term| self.mocks_of_term(term));
                self.mocks_of_body(&inner.body);
            }
            TermKind::Template(parts) => parts.iter().for_each(|part| {
                if let TemplatePart::Expression(body, _) = part {
                    self.mocks_of_body(body);
                }
            }),
        }
    }

    /// The number of a function that some `with` replaces.
    pub(super) fn mock_of_function(&self, rule: RuleId) -> Option<u32> {
        self.mocked_functions.get(&rule).copied()
    }

    /// The number of a builtin that some `with` replaces.
    pub(super) fn mock_of_builtin(&self, builtin: &Builtin) -> Option<u32> {
        self.mocked_builtins.get(builtin.name).copied()
    }

    /// The call site of a builtin with these arguments. Sites differ only in what is prepared from constants.
    pub(super) fn call(&mut self, builtin: &'static Builtin, args: &[Term]) -> u32 {
        let constants: Vec<Option<u32>> = match builtin.prepare {
            None => vec![],
            Some(_) => args
                .iter()
                .map(|arg| match &arg.kind {
                    TermKind::Constant(constant) => Some(self.constants.id(constant)),
                    _ => None,
                })
                .collect(),
        };
        let mock = self.mock_of_builtin(builtin);
        self.site(builtin, constants, mock)
    }

    /// A call site of the builtin itself, whatever replaces it.
    pub(super) fn plain_call(&mut self, builtin: &'static Builtin) -> u32 {
        self.site(builtin, vec![], None)
    }

    fn site(&mut self, builtin: &'static Builtin, constants: Vec<Option<u32>>, mock: Option<u32>) -> u32 {
        let key = (builtin.name, constants, mock);
        if let Some(id) = self.call_ids.get(&key) {
            return *id;
        }
        let constants = &key.1;
        let prepared = builtin.prepare.filter(|_| constants.iter().any(Option::is_some)).and_then(|prepare| {
            let arena = Arena::default();
            let of = |id: u32| Some(value(&arena, self.constants.get(id)?));
            let args: Vec<_> = constants.iter().map(|id| id.and_then(of)).collect();
            prepare(&args)
        });
        let id = self.calls.len() as u32;
        self.calls.push(Call { builtin, prepared: prepared.map(Arc::new), mock });
        self.call_ids.insert(key, id);
        id
    }

    /// What tells call sites apart, by id.
    pub(super) fn sites(&mut self) -> Vec<Site> {
        let mut sites: Vec<(Site, u32)> = std::mem::take(&mut self.call_ids).into_iter().collect();
        sites.sort_unstable_by_key(|(_, id)| *id);
        sites.into_iter().map(|(site, _)| site).collect()
    }

    /// How many functions and builtins some `with` replaces.
    pub(super) fn mocks(&self) -> u32 {
        (self.mocked_functions.len() + self.mocked_builtins.len()) as u32
    }

    /// The id of a new routine; rules have the ids that they have in the unit.
    pub(super) fn new_routine(&mut self) -> u32 {
        self.routines += 1;
        self.routines - 1
    }

    /// A new choice.
    pub(super) fn new_choice(&mut self) -> u32 {
        self.choices += 1;
        self.choices - 1
    }

    /// A new jump table.
    pub(super) fn new_table(&mut self) -> u32 {
        self.tables += 1;
        self.tables - 1
    }

    /// Whether a function stands at a node.
    pub(super) fn is_function(&self, node: NodeId) -> bool {
        let rule = self.unit.nodes[node as usize].rule;
        rule.is_some_and(|rule| matches!(self.unit.rules[rule as usize].kind, RuleKind::Function(_)))
    }

    /// The path of a node as constants.
    pub(super) fn node_steps(&mut self, node: NodeId) -> Vec<u32> {
        self.unit.nodes[node as usize].path.iter().map(|name| self.constants.name(name)).collect()
    }

    /// The path of a node.
    pub(super) fn node_path(&mut self, node: NodeId) -> u32 {
        let steps = self.node_steps(node);
        self.constants.path(&steps)
    }

    /// The document of a node and all below it.
    pub(super) fn node(&mut self, node: NodeId) -> u32 {
        if let Some(id) = self.node_ids.get(&node) {
            return *id;
        }
        let here = &self.unit.nodes[node as usize];
        let mut children = vec![];
        if here.rule.is_none() {
            for (name, child) in &here.children {
                if !self.is_function(*child) {
                    children.push((self.constants.name(name), self.node(*child)));
                }
            }
        }
        let only_functions = !here.children.is_empty() && children.is_empty();
        let path = self.node_path(node);
        let id = self.nodes.len() as u32;
        self.nodes.push(Node { path, rule: here.rule, children, only_functions });
        self.node_of.push(node);
        self.node_ids.insert(node, id);
        id
    }

    /// The rule or function's value that a document is, if it is just that.
    pub(super) fn rule_at(&self, document: &Document) -> Option<RuleId> {
        let mut node = self.unit.nodes.get(document.root as usize)?;
        for name in &document.path {
            let at = node.children.binary_search_by(|(child, _)| child.cmp(name)).ok()?;
            node = self.unit.nodes.get(node.children[at].1 as usize)?;
        }
        node.rule.filter(|rule| !matches!(self.unit.rules[*rule as usize].kind, RuleKind::Function(_)))
    }
}
