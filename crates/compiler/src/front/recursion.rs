//! Recursion: which rule asks for which, no rule needs itself, and an order with callees first.
//!
//! A reference reaches every rule that it may select: one that stops above rules, all below; one with a key that is known
//! only when evaluated, every child that may match. A key that is one of finitely many constants, bound in the body in
//! front of it, reaches only those. `with` cuts nothing.

use std::collections::{BTreeSet, VecDeque};

use lictor_syntax::{Code, parallel};

use crate::front::analysis::Stage;
use crate::front::conflicts::path_text;
use crate::front::draft::{Branch, Callee, DATA, Literal, LiteralKind, Rule, Term, TermKind, Var};
use crate::front::origins;
use crate::front::report::Report;
use crate::front::text;
use crate::front::tree::{NodeId, Tree};
use crate::front::vars::{ALL, VarSet, each_term, walk_terms};
use crate::hash::Map;
use crate::hir::Constant;

/// What definitions ask for.
pub(crate) struct Graph {
    /// For each definition and each of its branches, what it asks for.
    branches: Vec<Vec<Vec<Edge>>>,
}

/// That a branch asks for a definition.
struct Edge {
    /// The definition.
    to: usize,
    /// Whether it does so whatever variables hold; otherwise the reference that may.
    dynamic: Option<Dynamic>,
}

/// A reference that selects a definition only if its variables hold certain values.
#[derive(Clone)]
struct Dynamic {
    /// As written.
    reference: Vec<Term>,
    /// With the keys that can only be one constant replaced.
    narrowed: Vec<Term>,
    /// Which literal of the body it stands in.
    literal: usize,
    bound: VarSet,
}

/// How many constant references one reference is narrowed to at most.
const MAX_EXPANSION: usize = 64;

/// Finds what asks for what; `size` is how long the text of the definitions is.
pub(crate) fn graph(rules: &[Rule], tree: &Tree, size: usize) -> Graph {
    let branches = |rule: &Rule| {
        let edges = |(number, branch): (usize, &Branch)| edges(rule, number, branch, rules, tree);
        rule.branches.iter().enumerate().map(edges).collect()
    };
    Graph { branches: parallel::map(rules, size, branches) }
}

/// Calls `see` with the keys of each reference into `data` within a literal.
fn references(literal: &Literal, tree: &Tree, see: &mut dyn FnMut(&[Term])) {
    walk_terms(literal, &mut |term| {
        data_keys(term, tree, see);
        false
    });
}

fn data_keys(term: &Term, tree: &Tree, see: &mut dyn FnMut(&[Term])) {
    match &term.kind {
        TermKind::Ref(terms) if terms.first().and_then(Term::as_var) == Some(DATA) => {
            see(terms.get(1..).unwrap_or_default());
        }
        TermKind::Call(call) => {
            if let Callee::Function(node) = call.callee {
                let scalar = |key: &Constant| Term { kind: TermKind::Scalar(key.clone()), at: term.at };
                let keys: Vec<Term> = tree.node(node).path.iter().map(scalar).collect();
                see(&keys);
            }
        }
        _ => {}
    }
}

fn edges(rule: &Rule, number: usize, branch: &Branch, rules: &[Rule], tree: &Tree) -> Vec<Edge> {
    let mut found: Map<usize, Edge> = Map::default();
    let mut bindings: Option<Vec<(usize, Var, Vec<Constant>)>> = None;
    let mut see = |keys: &[Term], literal: usize| {
        if keys.iter().all(|key| key.as_constant().is_some()) {
            for to in selected(keys, rules, tree) {
                found.insert(to, Edge { to, dynamic: None });
            }
            return;
        }
        let bindings = bindings.get_or_insert_with(|| constant_bindings(&branch.body));
        let known: Map<Var, &[Constant]> =
            bindings.iter().filter(|(at, ..)| *at < literal).map(|(_, var, values)| (*var, &**values)).collect();
        let expanded = expand(keys, &known);
        let narrowed = match &*expanded {
            [one] => one.clone(),
            _ => keys.to_vec(),
        };
        let bound = bound_before(rule, number, branch, literal);
        for keys_of in &expanded {
            for to in selected(keys_of, rules, tree) {
                let Some(target) = rules.get(to) else { continue };
                if selects(&narrowed, target, &bound, None) {
                    found.insert(to, Edge { to, dynamic: None });
                } else {
                    let (reference, narrowed, bound) = (keys.to_vec(), narrowed.clone(), bound.clone());
                    let dynamic = Some(Dynamic { reference, narrowed, literal, bound });
                    found.entry(to).or_insert(Edge { to, dynamic });
                }
            }
        }
    };
    for (at, literal) in branch.body.iter().enumerate() {
        references(literal, tree, &mut |keys| see(keys, at));
    }
    let mut heads: Vec<&Term> = branch.value.iter().collect();
    if number == 0 {
        heads.extend(rule.args.iter().flatten().chain(&rule.key));
    }
    for head in heads {
        each_term(head, &mut |term| {
            data_keys(term, tree, &mut |keys| see(keys, branch.body.len()));
            false
        });
    }
    let mut edges: Vec<Edge> = found.into_values().collect();
    edges.sort_by_key(|edge| edge.to);
    edges
}

/// The definitions that a reference into `data` may select.
pub(crate) fn selected(keys: &[Term], rules: &[Rule], tree: &Tree) -> BTreeSet<usize> {
    let keys: Vec<Option<Constant>> = keys.iter().map(Term::as_constant).collect();
    let mut found = BTreeSet::new();
    let mut open: Vec<(NodeId, usize)> = vec![(0, 0)];
    while let Some((at, depth)) = open.pop() {
        let Some(key) = keys.get(depth) else {
            found.extend(tree.below(at).iter().flat_map(|below| &tree.node(*below).rules));
            continue;
        };
        let children: Vec<NodeId> = match key {
            Some(key) => tree.child(at, key).into_iter().collect(),
            None => tree.node(at).children.values().copied().collect(),
        };
        for child in children {
            let meets = |rule: &&usize| rules.get(**rule).is_some_and(|rule| may_meet(rule, &keys, depth + 1));
            found.extend(tree.node(child).rules.iter().filter(meets));
            open.push((child, depth + 1));
        }
    }
    found
}

/// Whether a definition's path and a reference may meet from a depth on.
fn may_meet(rule: &Rule, keys: &[Option<Constant>], from: usize) -> bool {
    rule.path.iter().zip(keys).skip(from).all(|(term, key)| match (term.as_constant(), key) {
        (Some(a), Some(b)) => a == *b,
        _ => true,
    })
}

/// The variables that may have a value where a literal is evaluated.
fn bound_before(rule: &Rule, number: usize, branch: &Branch, literal: usize) -> VarSet {
    let mut bound = VarSet::new();
    rule.args.iter().flatten().for_each(|arg| bound.add(&ALL.term(arg)));
    if number == 0 {
        rule.path.iter().chain(&rule.key).for_each(|term| bound.add(&ALL.term(term)));
    }
    branch.value.iter().for_each(|term| bound.add(&ALL.term(term)));
    branch.body.iter().take(literal).for_each(|literal| bound.add(&ALL.literal(literal)));
    bound
}

/// Whether a reference selects a definition whatever its variables hold. Collects the keys that must hold a certain
/// value for it.
fn selects(keys: &[Term], rule: &Rule, bound: &VarSet, mut conditions: Option<&mut Vec<usize>>) -> bool {
    let mut always = true;
    for (at, (key, term)) in keys.iter().zip(&rule.path).enumerate() {
        let Some(wanted) = term.as_constant() else { continue };
        if let Some(var) = key.as_var()
            && !bound.contains(var)
            && keys.iter().filter(|key| key.as_var() == Some(var)).count() == 1
        {
            continue;
        }
        match key.as_constant() {
            Some(key) if key == wanted => {}
            Some(_) => return false,
            None => {
                always = false;
                match &mut conditions {
                    Some(conditions) => conditions.push(at),
                    None => return false,
                }
            }
        }
    }
    always
}

/// Variables that a body binds to one of finitely many constants, each with the literal that does; in order. What the
/// binding reads must be bound before it.
fn constant_bindings(body: &[Literal]) -> Vec<(usize, Var, Vec<Constant>)> {
    let mut found: Vec<(usize, Var, Vec<Constant>)> = vec![];
    let mut known: Map<Var, Vec<Constant>> = Map::default();
    for (at, literal) in body.iter().enumerate() {
        let LiteralKind::Unify { left, right, .. } = &literal.kind else { continue };
        if literal.negated || !literal.with.is_empty() {
            continue;
        }
        let binding = [(left, right), (right, left)]
            .into_iter()
            .find_map(|(side, other)| Some((side.as_var()?, values_of(other, &known)?)));
        if let Some((var, values)) = binding
            && !known.contains_key(&var)
        {
            known.insert(var, values.clone());
            found.push((at, var, values));
        }
    }
    found
}

/// The constants that a term may be.
fn values_of<V: AsRef<[Constant]>>(term: &Term, known: &Map<Var, V>) -> Option<Vec<Constant>> {
    match &term.kind {
        TermKind::Var(var) => known.get(var).map(|values| values.as_ref().to_vec()),
        TermKind::Ref(terms) => {
            let (base, keys) = terms.split_first()?;
            let mut values = values_of(base, known)?;
            for key in keys {
                let mut next = vec![];
                for value in &values {
                    match key.as_constant() {
                        Some(key) => next.extend(member(value, &key)),
                        None => next.extend(members(value)?),
                    }
                }
                if next.len() > MAX_EXPANSION {
                    return None;
                }
                values = next;
            }
            Some(values)
        }
        _ => term.as_constant().map(|constant| vec![constant]),
    }
}

fn member(value: &Constant, key: &Constant) -> Option<Constant> {
    match (value, key) {
        (Constant::Array(items), Constant::Number(number)) => items.get(number.parse::<usize>().ok()?).cloned(),
        (Constant::Set(items), key) => items.contains(key).then(|| key.clone()),
        (Constant::Object(pairs), key) => pairs.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone()),
        _ => None,
    }
}

/// The members of a collection: items, or values of an object.
pub(crate) fn members(value: &Constant) -> Option<Vec<Constant>> {
    match value {
        Constant::Array(items) | Constant::Set(items) => Some(items.clone()),
        Constant::Object(pairs) => Some(pairs.iter().map(|(_, value)| value.clone()).collect()),
        _ => None,
    }
}

/// The references that one may be, keys that are one of finitely many constants replaced.
fn expand(keys: &[Term], known: &Map<Var, &[Constant]>) -> Vec<Vec<Term>> {
    let mut all = vec![keys.to_vec()];
    for (at, key) in keys.iter().enumerate() {
        if known.is_empty() || key.as_constant().is_some() {
            continue;
        }
        let Some(values) = values_of(key, known).filter(|values| !values.is_empty()) else { continue };
        if all.len() * values.len() > MAX_EXPANSION {
            continue;
        }
        let mut next = Vec::with_capacity(all.len() * values.len());
        for prefix in &all {
            for value in &values {
                let mut narrowed = prefix.clone();
                if let Some(slot) = narrowed.get_mut(at) {
                    *slot = Term { kind: TermKind::Scalar(value.clone()), at: key.at };
                }
                next.push(narrowed);
            }
        }
        all = next;
    }
    all
}

impl Graph {
    /// What a definition asks for.
    pub(crate) fn uses(&self, rule: usize) -> impl Iterator<Item = usize> {
        self.branches.get(rule).into_iter().flatten().flatten().map(|edge| edge.to)
    }

    /// Reports each definition and branch that needs itself.
    pub(crate) fn check(&self, rules: &[Rule], report: &mut Report) {
        let suspects = self.cyclic();
        for (number, rule) in rules.iter().enumerate() {
            if !suspects.contains(&number) {
                continue;
            }
            for (branch, at) in rule.branches.iter().map(|branch| branch.at).enumerate() {
                let at = if branch == 0 { rule.at } else { at };
                let (path, certain) = match self.path(number, branch, true) {
                    Some(path) => (path, true),
                    None => match self.path(number, branch, false) {
                        Some(path) => (path, false),
                        None => continue,
                    },
                };
                let name = |number: &usize| rules.get(*number).map(path_text).unwrap_or_default();
                let steps: Vec<String> =
                    std::iter::once(number).chain(path.iter().map(|(to, _)| *to)).map(|n| name(&n)).collect();
                let steps = steps.join(" -> ");
                let message = if certain {
                    format!("rule {} is recursive: {steps}", name(&number))
                } else {
                    let cause = self.cause(number, &path, rules);
                    format!("rule {} may be recursive: {steps}{cause}", name(&number))
                };
                report.add(Stage::Recursion, Code::Recursion, rule.file, at, message);
            }
        }
    }

    /// The definitions that lie on a cycle: strongly connected components of more than one, and loops of one.
    fn cyclic(&self) -> BTreeSet<usize> {
        let edges = |rule: usize| self.uses(rule).collect::<Vec<_>>();
        let mut found = BTreeSet::new();
        for component in components(self.branches.len(), &edges) {
            let one = component.len() == 1;
            for rule in component {
                if !one || self.uses(rule).any(|to| to == rule) {
                    found.insert(rule);
                }
            }
        }
        found
    }

    /// The shortest way from a branch back to its definition: each step's definition with the branch it leaves from.
    fn path(&self, rule: usize, branch: usize, certain: bool) -> Option<Vec<(usize, (usize, usize))>> {
        let mut came: Map<(usize, usize), (usize, usize)> = Map::default();
        let mut open = VecDeque::from([(rule, branch)]);
        while let Some(at) = open.pop_front() {
            for edge in self.branches.get(at.0)?.get(at.1)? {
                if certain && edge.dynamic.is_some() {
                    continue;
                }
                if edge.to == rule {
                    let mut path = vec![(rule, at)];
                    let mut back = at;
                    while back != (rule, branch) {
                        let from = *came.get(&back)?;
                        path.push((back.0, from));
                        back = from;
                    }
                    path.reverse();
                    return Some(path);
                }
                for next in 0..self.branches.get(edge.to).map_or(0, Vec::len) {
                    let next = (edge.to, next);
                    if next != (rule, branch) && !came.contains_key(&next) {
                        came.insert(next, at);
                        open.push_back(next);
                    }
                }
            }
        }
        None
    }

    /// Which reference closes a cycle that is only possible, and when it would.
    fn cause(&self, rule: usize, path: &[(usize, (usize, usize))], rules: &[Rule]) -> String {
        for (step, (to, from)) in path.iter().enumerate() {
            let edges = self.branches.get(from.0).and_then(|branches| branches.get(from.1));
            let Some(edge) = edges.into_iter().flatten().find(|edge| edge.to == *to) else { continue };
            let (Some(dynamic), Some(target), Some(source)) = (&edge.dynamic, rules.get(*to), rules.get(from.0)) else {
                continue;
            };
            let keys: Vec<Term> = dynamic.reference.iter().take(target.path.len()).cloned().collect();
            let root = Term::var(DATA, source.at);
            let reference: Vec<Term> = std::iter::once(root).chain(keys.iter().cloned()).collect();
            let mut out = format!(" ({}", text::reference(&reference, &source.vars));
            if step > 0 {
                out.push_str(&format!(" in {}", path_text(source)));
            }
            let mut conditions = vec![];
            selects(&dynamic.narrowed, target, &dynamic.bound, Some(&mut conditions));
            let origins = origins::find(source, from.1, dynamic.literal);
            out.push_str(&when(&keys, &conditions, source, target, &origins));
            out.push(')');
            return out;
        }
        let _ = rule;
        String::new()
    }
}

/// How many conditions a message spells out.
const MAX_CONDITIONS: usize = 2;

fn when(keys: &[Term], at: &[usize], source: &Rule, target: &Rule, origins: &origins::Origins) -> String {
    let name = path_text(target);
    let vague = format!(" could refer to {name}");
    let mut conditions: Vec<(&Term, Constant)> = vec![];
    for at in at {
        let (Some(key), Some(value)) = (keys.get(*at), target.path.get(*at).and_then(Term::as_constant)) else {
            return vague;
        };
        let shown = text::term(key, &source.vars);
        match conditions.iter().find(|(seen, _)| text::term(seen, &source.vars) == shown) {
            None => conditions.push((key, value)),
            Some((_, same)) if *same == value => {}
            Some(_) => return vague,
        }
    }
    if conditions.is_empty() || conditions.len() > MAX_CONDITIONS {
        return vague;
    }
    if conditions.iter().any(|(key, value)| origins.excludes(key, value)) {
        return vague;
    }
    let spelled: Vec<String> = conditions
        .iter()
        .map(|(key, value)| {
            let note = origins.note(key, source).map(|note| format!(" ({note})")).unwrap_or_default();
            format!("{} is {}{note}", text::term(key, &source.vars), text::constant(value))
        })
        .collect();
    format!(" refers to {name} if {}", spelled.join(" and "))
}

/// The strongly connected components of a graph, callee first (Tarjan), with a stack of its own.
pub(crate) fn components(count: usize, edges: &dyn Fn(usize) -> Vec<usize>) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut index = vec![UNSEEN; count];
    let mut low = vec![0; count];
    let mut on_stack = vec![false; count];
    let mut stack = vec![];
    let mut found = vec![];
    let mut next = 0;
    // A node, its edges, and how many of them were followed.
    let mut frames = vec![];
    for start in 0..count {
        if index[start] != UNSEEN {
            continue;
        }
        frames.push((start, edges(start), 0));
        index[start] = next;
        low[start] = next;
        next += 1;
        stack.push(start);
        on_stack[start] = true;
        while let Some((at, targets, followed)) = frames.last_mut() {
            let at = *at;
            if let Some(to) = targets.get(*followed).copied() {
                *followed += 1;
                if to >= count {
                    continue;
                }
                if index[to] == UNSEEN {
                    index[to] = next;
                    low[to] = next;
                    next += 1;
                    stack.push(to);
                    on_stack[to] = true;
                    frames.push((to, edges(to), 0));
                } else if on_stack[to] {
                    low[at] = low[at].min(index[to]);
                }
                continue;
            }
            frames.pop();
            if let Some((parent, ..)) = frames.last() {
                low[*parent] = low[*parent].min(low[at]);
            }
            if low[at] == index[at] {
                let mut component = vec![];
                while let Some(member) = stack.pop() {
                    on_stack[member] = false;
                    component.push(member);
                    if member == at {
                        break;
                    }
                }
                found.push(component);
            }
        }
    }
    found
}
