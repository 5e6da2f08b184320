//! Lowering: the draft, resolved and ordered, becomes [`hir`](crate::hir). Definitions are gathered to rules, locals are
//! numbered without gaps, terms without variables become constants.

use std::sync::Arc;

use lictor_syntax::{Name, Source, Span, parallel};

use crate::front::draft::{
    self, Body, Callee, DATA, From, INPUT, LiteralKind, Rule, TemplatePart, TermKind, Var, Vars,
};
use crate::front::tree::{NodeId, Tree};
use crate::hash::Map;
use crate::hir::{self, At, Constant, LocalId, RuleId, RuleKind};

/// The names among constants.
pub(crate) fn names(path: &[Constant]) -> Vec<Name> {
    let name = |key: &Constant| match key {
        Constant::String(name) => Some(name.clone()),
        _ => None,
    };
    path.iter().filter_map(name).collect()
}

/// Rules, gathered from definitions.
pub(crate) struct Groups {
    /// Path, kind and definitions of each.
    pub(crate) all: Vec<Group>,
    /// The group of each definition.
    pub(crate) of_rule: Vec<usize>,
    /// The group of a node of the tree.
    pub(crate) of_node: Map<NodeId, usize>,
    nodes: Vec<hir::Node>,
    /// The group at each node.
    at_node: Vec<Option<usize>>,
}

/// The definitions of one rule.
pub(crate) struct Group {
    pub(crate) path: Vec<Name>,
    pub(crate) kind: RuleKind,
    pub(crate) rules: Vec<usize>,
}

impl Groups {
    /// Gathers all definitions: those at one path, and all below a path whose heads go on with variables.
    pub(crate) fn new(rules: &[Rule], tree: &Tree) -> Self {
        let mut groups = Groups {
            all: vec![],
            of_rule: vec![0; rules.len()],
            of_node: Map::default(),
            nodes: vec![hir::Node::default()],
            at_node: vec![None],
        };
        // Nodes of the tree that are still to be looked at, with the nodes that they become.
        let mut open = vec![(0, 0)];
        while let Some((at, becomes)) = open.pop() {
            let node = tree.node(at);
            let names_only = node.children.keys().all(|key| matches!(key, Constant::String(_)));
            let ground = node.rules.iter().filter_map(|n| rules.get(*n)).all(crate::front::conflicts::is_ground);
            if ground && names_only {
                if let Some(first) = node.rules.first().and_then(|number| rules.get(*number)) {
                    let kind = match &first.args {
                        Some(args) => RuleKind::Function(args.len().min(usize::from(u16::MAX)) as u16),
                        None if first.key.is_some() => RuleKind::Set,
                        None => RuleKind::Complete,
                    };
                    groups.gather(at, becomes, kind, node.rules.clone(), tree);
                }
                for (key, child) in &node.children {
                    let Constant::String(name) = key else { continue };
                    let new = groups.nodes.len();
                    let mut path = groups.nodes.get(becomes).map(|node| node.path.clone()).unwrap_or_default();
                    path.push(name.clone());
                    groups.nodes.push(hir::Node { path, ..hir::Node::default() });
                    groups.at_node.push(None);
                    if let Some(parent) = groups.nodes.get_mut(becomes) {
                        parent.children.push((name.clone(), new as hir::NodeId));
                    }
                    open.push((*child, new));
                }
            } else {
                // Those with variables in their path first: the one that OPA blames for a conflict comes later.
                let all = tree.below(at).iter().flat_map(|below| tree.node(*below).rules.clone()).collect();
                groups.gather(at, becomes, RuleKind::Object, all, tree);
            }
        }
        groups
    }

    fn gather(&mut self, at: NodeId, becomes: usize, kind: RuleKind, rules: Vec<usize>, tree: &Tree) {
        let number = self.all.len();
        for rule in &rules {
            if let Some(slot) = self.of_rule.get_mut(*rule) {
                *slot = number;
            }
        }
        for below in tree.below(at) {
            self.of_node.insert(below, number);
        }
        if let Some(slot) = self.at_node.get_mut(becomes) {
            *slot = Some(number);
        }
        self.all.push(Group { path: names(&tree.node(at).path), kind, rules });
    }
}

/// Makes the unit: `order` names the groups callee first, `uses` what each asks for; `size` is how long the text is.
pub(crate) fn unit(
    files: Vec<Arc<Source>>,
    rules: &[Rule],
    groups: Groups,
    order: &[usize],
    uses: &[Vec<usize>],
    size: usize,
) -> (hir::Unit, Ids) {
    let mut ids = vec![0; groups.all.len()];
    for (id, group) in order.iter().enumerate() {
        if let Some(slot) = ids.get_mut(*group) {
            *slot = id as RuleId;
        }
    }
    let functions = groups.of_node.iter().map(|(node, group)| (*node, ids[*group])).collect();
    let ids_of = Ids { functions };
    let mut unit = hir::Unit { files, nodes: groups.nodes, ..hir::Unit::default() };
    for (node, group) in unit.nodes.iter_mut().zip(&groups.at_node) {
        node.rule = group.map(|group| ids[group]);
    }
    let numbers: Vec<usize> = (0..rules.len()).collect();
    let definitions = parallel::map(&numbers, size, |number| {
        let group = groups.all.get(*groups.of_rule.get(*number)?)?;
        Some(definition(rules.get(*number)?, group, &ids_of))
    });
    let mut definitions: Vec<Option<hir::Definition>> = definitions;
    for number in order {
        let Some(group) = groups.all.get(*number) else { continue };
        let mut made = hir::Rule {
            path: group.path.clone(),
            kind: group.kind,
            definitions: vec![],
            default: None,
            uses: uses.get(*number).into_iter().flatten().map(|used| ids[*used]).collect(),
            root: 0,
        };
        made.uses.sort_unstable();
        for number in &group.rules {
            let Some(rule) = rules.get(*number) else { continue };
            let Some(definition) = definitions.get_mut(*number).and_then(Option::take) else { continue };
            if !rule.default {
                made.definitions.push(definition);
            } else if group.kind != RuleKind::Object {
                // Below a rule with variables in its path a default is never used.
                made.default = Some(Box::new(definition));
            }
        }
        unit.rules.push(made);
    }
    (unit, ids_of)
}

/// The ids of functions.
pub(crate) struct Ids {
    functions: Map<NodeId, RuleId>,
}

fn definition(rule: &Rule, group: &Group, ids: &Ids) -> hir::Definition {
    let mut lower = Lower::new(rule.file, &rule.vars, ids, false);
    let args = rule.args.iter().flatten().map(|arg| lower.term(arg)).collect();
    let below = if group.kind == RuleKind::Object { group.path.len() } else { rule.path.len() };
    let path = rule.path.iter().skip(below).map(|term| lower.term(term)).collect();
    let mut branches = rule.branches.iter();
    let main = branches.next();
    let body = main.map(|main| lower.body(&main.body)).unwrap_or_default();
    let value = main.and_then(|main| main.value.as_ref());
    let head = match (&rule.key, value) {
        (Some(key), None) => hir::Head::Member(lower.term(key)),
        (_, Some(value)) => hir::Head::Value(lower.term(value)),
        (None, None) => hir::Head::Value(lower.truth(rule.head_at)),
    };
    let elses = branches
        .map(|branch| {
            let body = lower.body(&branch.body);
            let value = match &branch.value {
                Some(value) => lower.term(value),
                None => lower.truth(branch.at),
            };
            hir::Branch { at: lower.at(branch.at), value, body }
        })
        .collect();
    let at = lower.at(rule.at);
    hir::Definition { at, args, path, head, body, elses, locals: lower.names }
}

/// What a query's draft becomes: its body, the locals' names, and for each literal as written where it stands.
pub(crate) fn query(
    body: &Body,
    vars: &Vars,
    file: u32,
    ids: &Ids,
) -> (Vec<hir::Literal>, Vec<Name>, Map<Var, LocalId>) {
    let mut lower = Lower::new(file, vars, ids, true);
    let body = lower.body(body);
    (body, lower.names, lower.locals)
}

struct Lower<'a> {
    file: u32,
    vars: &'a Vars,
    ids: &'a Ids,
    /// Whether `==` stays a call, as it does in queries.
    equal_is_call: bool,
    locals: Map<Var, LocalId>,
    names: Vec<Name>,
}

impl<'a> Lower<'a> {
    fn new(file: u32, vars: &'a Vars, ids: &'a Ids, equal_is_call: bool) -> Self {
        Lower { file, vars, ids, equal_is_call, locals: Map::default(), names: vec![] }
    }

    fn at(&self, span: Span) -> At {
        At { file: self.file, span }
    }

    fn truth(&self, span: Span) -> hir::Term {
        hir::Term { kind: hir::TermKind::Constant(Constant::Bool(true)), at: self.at(span) }
    }

    fn local(&mut self, var: Var) -> LocalId {
        if let Some(local) = self.locals.get(&var) {
            return *local;
        }
        let local = self.names.len() as LocalId;
        self.names.push(self.vars.name(var).clone());
        self.locals.insert(var, local);
        local
    }

    fn body(&mut self, body: &Body) -> Vec<hir::Literal> {
        body.iter().map(|literal| self.literal(literal)).collect()
    }

    fn literal(&mut self, literal: &draft::Literal) -> hir::Literal {
        let at = self.at(literal.at);
        let with = literal.with.iter().filter_map(|with| self.with(with)).collect();
        let kind = self.condition(literal);
        if literal.negated {
            // What is replaced is replaced for the whole of it.
            let inner = hir::Literal { kind, with: vec![], at };
            return hir::Literal { kind: hir::LiteralKind::Not { body: vec![inner], whole: false }, with, at };
        }
        hir::Literal { kind, with, at }
    }

    fn condition(&mut self, literal: &draft::Literal) -> hir::LiteralKind {
        match &literal.kind {
            LiteralKind::Term(term) => match &term.kind {
                TermKind::Call(call)
                    if !self.equal_is_call
                        && matches!(call.callee, Callee::Builtin(builtin) if builtin.name == "equal")
                        && call.args.len() == 2 =>
                {
                    let mut sides = call.args.iter().map(|arg| self.term(arg)).collect::<Vec<_>>().into_iter();
                    match (sides.next(), sides.next()) {
                        (Some(left), Some(right)) => hir::LiteralKind::Unify(left, right),
                        _ => hir::LiteralKind::Term(self.term(term)),
                    }
                }
                _ => hir::LiteralKind::Term(self.term(term)),
            },
            LiteralKind::Unify { left, right, from: From::SomeIn { keyed } } => {
                let TermKind::Ref(terms) = &right.kind else {
                    return hir::LiteralKind::Unify(self.term(left), self.term(right));
                };
                let (key, base) = match terms.split_last() {
                    Some((key, base)) => (keyed.then(|| self.term(key)), base),
                    None => (None, &[][..]),
                };
                let domain = match base {
                    [base] if !matches!(base.as_var(), Some(INPUT | DATA)) => self.term(base),
                    _ => self.term(&draft::Term { kind: TermKind::Ref(base.to_vec()), at: right.at }),
                };
                hir::LiteralKind::SomeIn { key, value: self.term(left), domain }
            }
            LiteralKind::Unify { left, right, .. } | LiteralKind::Assign(left, right) => {
                hir::LiteralKind::Unify(self.term(left), self.term(right))
            }
            LiteralKind::Every { key, value, domain, body } => {
                let domain = self.term(domain);
                let (key, value) = (key.map(|key| self.local(key)), self.local(*value));
                hir::LiteralKind::Every { key, value, domain, body: self.body(body) }
            }
            LiteralKind::Not(operand) => {
                hir::LiteralKind::Not { body: self.body(&operand.body), whole: operand.explicit }
            }
            LiteralKind::And(left, right) => hir::LiteralKind::And(self.body(&left.body), self.body(&right.body)),
            LiteralKind::Or(left, right) => hir::LiteralKind::Or(self.body(&left.body), self.body(&right.body)),
            LiteralKind::Printed(args) => {
                hir::LiteralKind::Print(args.iter().map(|(var, body)| self.printed(*var, body)).collect())
            }
            LiteralKind::Print(args) => hir::LiteralKind::Print(args.iter().map(|arg| self.term(arg)).collect()),
            // Gone after `locals`, unless there were errors.
            LiteralKind::Some(_) | LiteralKind::SomeIn { .. } => hir::LiteralKind::And(vec![], vec![]),
        }
    }

    /// An argument of `print`: its term, or where that needs literals of its own, each member of the set they give.
    fn printed(&mut self, var: Var, body: &Body) -> hir::Term {
        if let [literal] = &**body
            && let LiteralKind::Unify { left, right, .. } = &literal.kind
            && left.as_var() == Some(var)
            && literal.with.is_empty()
        {
            return self.term(right);
        }
        let at = self.at(body.first().map(|literal| literal.at).unwrap_or_default());
        let value = hir::Term { kind: hir::TermKind::Local(self.local(var)), at };
        let it = hir::Comprehension { kind: hir::ComprehensionKind::Set, value, key: None, body: self.body(body) };
        let set = hir::Term { kind: hir::TermKind::Comprehension(Box::new(it)), at };
        let member = self.names.len() as LocalId;
        self.names.push(Name::from(""));
        let key = hir::Term { kind: hir::TermKind::Local(member), at };
        hir::Term { kind: hir::TermKind::Ref(hir::Base::Term(Box::new(set)), vec![key]), at }
    }

    fn callee(&self, callee: Callee) -> hir::Callee {
        match callee {
            Callee::Builtin(builtin) => hir::Callee::Builtin(builtin),
            Callee::Function(node) => {
                hir::Callee::Function(self.ids.functions.get(&node).copied().unwrap_or(RuleId::MAX))
            }
            // Reported by `functions`: such a unit is not planned.
            Callee::Unknown => hir::Callee::Function(RuleId::MAX),
        }
    }

    fn with(&mut self, with: &draft::With) -> Option<hir::With> {
        let target = match with.target_function.map(|callee| self.callee(callee)) {
            Some(hir::Callee::Builtin(builtin)) => {
                // Both are gone by the time they could be replaced.
                if matches!(builtin.name, "equal" | "print") && !self.equal_is_call {
                    return None;
                }
                hir::WithTarget::Builtin(builtin)
            }
            Some(hir::Callee::Function(rule)) => hir::WithTarget::Function(rule),
            None => {
                let TermKind::Ref(terms) = &with.target.kind else { return None };
                let path = terms.iter().skip(1).filter_map(draft::Term::as_constant).collect();
                match terms.first().and_then(draft::Term::as_var) {
                    Some(INPUT) => hir::WithTarget::Input(path),
                    _ => hir::WithTarget::Data(path),
                }
            }
        };
        let value = match with.function.map(|callee| self.callee(callee)) {
            Some(hir::Callee::Builtin(builtin)) => hir::WithValue::Builtin(builtin),
            Some(hir::Callee::Function(rule)) => hir::WithValue::Function(rule),
            None => hir::WithValue::Term(self.term(&with.value)),
        };
        Some(hir::With { target, value })
    }

    fn terms(&mut self, terms: &[draft::Term]) -> Vec<hir::Term> {
        terms.iter().map(|term| self.term(term)).collect()
    }

    fn term(&mut self, term: &draft::Term) -> hir::Term {
        let at = self.at(term.at);
        if let Some(constant) = term.as_constant() {
            return hir::Term { kind: hir::TermKind::Constant(constant), at };
        }
        let kind = match &term.kind {
            TermKind::Scalar(scalar) => hir::TermKind::Constant(scalar.clone()),
            TermKind::Var(var) => hir::TermKind::Local(self.local(*var)),
            TermKind::Ref(terms) => {
                let keys = terms.get(1..).unwrap_or_default();
                let base = match terms.first() {
                    Some(base) if base.as_var() == Some(INPUT) => hir::Base::Input,
                    Some(base) if base.as_var() == Some(DATA) => hir::Base::Data,
                    Some(base) => hir::Base::Term(Box::new(self.term(base))),
                    None => hir::Base::Data,
                };
                match base {
                    hir::Base::Term(base) if keys.is_empty() => return *base,
                    base => hir::TermKind::Ref(base, self.terms(keys)),
                }
            }
            TermKind::Call(call) => hir::TermKind::Call(self.callee(call.callee), self.terms(&call.args)),
            TermKind::Array(items) => hir::TermKind::Array(self.terms(items)),
            TermKind::Set(items) => hir::TermKind::Set(self.terms(items)),
            TermKind::Object(pairs) => {
                hir::TermKind::Object(pairs.iter().map(|(k, v)| (self.term(k), self.term(v))).collect())
            }
            TermKind::Comprehension(it) => {
                let body = self.body(&it.body);
                let key = it.key.as_ref().map(|key| self.term(key));
                let value = self.term(&it.value);
                hir::TermKind::Comprehension(Box::new(hir::Comprehension { kind: it.kind, value, key, body }))
            }
            TermKind::Template(parts) => {
                hir::TermKind::Template(parts.iter().map(|part| self.part(part, term.at)).collect())
            }
        };
        hir::Term { kind, at }
    }

    fn part(&mut self, part: &TemplatePart, at: Span) -> hir::TemplatePart {
        match part {
            TemplatePart::Text(text) => hir::TemplatePart::Text(text.clone()),
            TemplatePart::Body(var, body) => {
                let body = self.body(body);
                hir::TemplatePart::Expression(body, self.local(*var))
            }
            TemplatePart::Plain(term) => {
                let at = self.at(at);
                let local = self.names.len() as LocalId;
                self.names.push(Name::from(""));
                let left = hir::Term { kind: hir::TermKind::Local(local), at };
                let kind = hir::LiteralKind::Unify(left, self.term(term));
                hir::TemplatePart::Expression(vec![hir::Literal { kind, with: vec![], at }], local)
            }
            // Gone after `templates`, unless there were errors.
            TemplatePart::Expression(_) => hir::TemplatePart::Text(Name::from("")),
        }
    }
}
