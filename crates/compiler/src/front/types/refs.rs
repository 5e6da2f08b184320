//! References: each key may be one, and what is reached is no function. Variables among the keys get the type of keys.

use std::rc::Rc;

use lictor_syntax::{Span, nearest};

use super::check::{Check, Problem};
use super::details::{self, Keys};
use super::kind::{Kind, Maybe, keys, select, show, unifies, values};
use super::tree::Tree;
use crate::front::draft::{Body, DATA, INPUT, Literal, LiteralKind, TemplatePart, Term, TermKind, Var};
use crate::front::text;
use crate::hir::Constant;

impl Check<'_> {
    /// The type of what a reference reaches.
    pub(super) fn reference(&mut self, terms: &[Term]) -> Maybe {
        let (base, tail) = terms.split_first()?;
        let base = base.as_var()?;
        if base != DATA && base != INPUT {
            let kind = self.var(base)?;
            return select_path(Some(kind), tail);
        }
        self.layers().find_map(|layer| in_layer(layer, base, tail)).unwrap_or_else(|| Some(Kind::any()))
    }

    /// The type of what is at a path below `data`.
    pub(super) fn path(&self, path: &[Constant]) -> Maybe {
        let at = |layer: &Rc<Tree>| {
            let data = layer.children.get(&root_key(DATA))?;
            path.iter().try_fold(data, |node, key| node.children.get(key)).and_then(|node| node.kind.clone())
        };
        self.layers().find_map(at)
    }

    /// Looks at each reference in a literal, the bodies of `every`, `not`, `and` and `or` included, comprehensions left
    /// out.
    pub(super) fn references(&mut self, literal: &Literal, found: &mut Vec<Problem>) {
        match &literal.kind {
            LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => {
                call.args.iter().for_each(|arg| self.references_of(arg, found));
            }
            LiteralKind::Term(term) => self.references_of(term, found),
            LiteralKind::Unify { left, right, .. } => {
                match &right.kind {
                    TermKind::Call(call) => call.args.iter().for_each(|arg| self.references_of(arg, found)),
                    _ => self.references_of(right, found),
                }
                self.references_of(left, found);
            }
            LiteralKind::Every { domain, body, .. } => {
                self.references_of(domain, found);
                self.references_inside(body, found);
            }
            LiteralKind::Not(operand) => self.references_inside(&operand.body, found),
            LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
                self.references_inside(&left.body, found);
                self.references_inside(&right.body, found);
            }
            LiteralKind::Assign(..)
            | LiteralKind::Some(_)
            | LiteralKind::SomeIn { .. }
            | LiteralKind::Print(_)
            | LiteralKind::Printed(_) => {}
        }
    }

    fn references_inside(&mut self, body: &Body, found: &mut Vec<Problem>) {
        let outer = std::mem::replace(&mut self.inside, true);
        body.iter().for_each(|literal| self.references(literal, found));
        self.inside = outer;
    }

    fn references_of(&mut self, term: &Term, found: &mut Vec<Problem>) {
        match &term.kind {
            TermKind::Scalar(_) | TermKind::Var(_) | TermKind::Comprehension(_) => {}
            TermKind::Ref(terms) => {
                let problem = match self.reference(terms) {
                    have @ Some(Kind::Function(_)) => Some(self.no_value(terms, terms.len(), terms.len() - 1, &have)),
                    _ => self.check_reference(terms),
                };
                found.extend(problem);
                terms.iter().skip(1).for_each(|key| self.references_of(key, found));
            }
            TermKind::Array(items) | TermKind::Set(items) => {
                items.iter().for_each(|item| self.references_of(item, found));
            }
            TermKind::Call(call) => call.args.iter().for_each(|arg| self.references_of(arg, found)),
            TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                self.references_of(key, found);
                self.references_of(value, found);
            }),
            TermKind::Template(parts) => parts.iter().for_each(|part| {
                if let TemplatePart::Plain(term) = part {
                    self.references_of(term, found);
                }
            }),
        }
    }

    fn check_reference(&mut self, terms: &[Term]) -> Option<Problem> {
        let base = terms.first()?;
        match base.as_var() {
            Some(root @ (DATA | INPUT)) => {
                let mut number = 0;
                while let Some(layer) = self.layer(number) {
                    if let Some(answer) = self.check_document(&layer, root, terms) {
                        return answer;
                    }
                    number += 1;
                }
                self.check_below(Some(Kind::any()), terms, 1)
            }
            Some(var) => {
                let kind = self.var(var).unwrap_or_else(|| {
                    self.set_var(var, Kind::any());
                    Kind::any()
                });
                self.check_below(Some(kind), terms, 1)
            }
            None => self.check_below(Some(Kind::any()), terms, 1),
        }
    }

    /// Goes down a tree of documents; `None` where it ends before the reference does, and another layer must answer.
    fn check_document(&mut self, layer: &Tree, root: Var, terms: &[Term]) -> Option<Option<Problem>> {
        let mut node = layer.children.get(&root_key(root))?;
        for (at, key) in terms.iter().enumerate().skip(1) {
            if node.kind.is_some() {
                return Some(self.check_below(node.kind.clone(), terms, at));
            }
            self.spend(1)?;
            let named = match &key.kind {
                TermKind::Scalar(Constant::String(_)) => true,
                TermKind::Scalar(_) | TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_) => false,
                // Whatever else it is, OPA has put it into a variable.
                _ => {
                    let of_keys = keys(&self.extent(node));
                    let known = if self.inside && key.as_var().is_none() { None } else { self.term(key) };
                    match (known, key.as_var()) {
                        (None, Some(var)) => self.set_maybe(var, of_keys),
                        (known @ Some(_), _) if !unifies(&of_keys, &known) => {
                            let keys = Keys { have: known, want: of_keys, one_of: children(node) };
                            return Some(Some(self.undefined(terms, at, keys)));
                        }
                        _ => {}
                    }
                    true
                }
            };
            if at <= 2 && !named {
                let keys = Keys { have: self.term(key), want: Some(Kind::String), one_of: children(node) };
                return Some(Some(self.undefined(terms, at, keys)));
            }
            match key.as_constant().and_then(|key| node.children.get(&key)) {
                Some(child) => node = child,
                None => return None,
            }
        }
        Some(None)
    }

    /// Checks the keys from a place on against the type of what is in front of them.
    fn check_below(&mut self, mut kind: Maybe, terms: &[Term], from: usize) -> Option<Problem> {
        for (at, key) in terms.iter().enumerate().skip(from) {
            if kind.as_ref().is_some_and(Kind::is_empty_collection) {
                return self.check_empty(kind, terms, at, key);
            }
            let Some(of_keys) = keys(&kind) else {
                return Some(match kind {
                    Some(Kind::Function(_)) => self.no_value(terms, self.reach(terms, at), at - 1, &kind),
                    _ => self.unkeyed(terms, at - 1, &kind),
                });
            };
            let of_keys = Some(of_keys);
            match &key.kind {
                TermKind::Var(var) => match self.var(*var) {
                    Some(known) if !unifies(&Some(known.clone()), &of_keys) => {
                        let keys = Keys { have: Some(known), want: of_keys, one_of: fixed_keys(&kind) };
                        return Some(self.undefined(terms, at, keys));
                    }
                    Some(_) => {}
                    None => self.set_maybe(*var, of_keys),
                },
                TermKind::Ref(_) | TermKind::Comprehension(_) | TermKind::Template(_) if !self.inside => {
                    let known = self.term(key);
                    if known.is_some() && !unifies(&known, &of_keys) {
                        let keys = Keys { have: known, want: of_keys, one_of: fixed_keys(&kind) };
                        return Some(self.undefined(terms, at, keys));
                    }
                }
                TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_) if !self.fit(key, &of_keys, false) => {
                    let keys = Keys { have: self.term(key), want: of_keys, one_of: vec![] };
                    return Some(self.undefined(terms, at, keys));
                }
                TermKind::Scalar(constant) => {
                    let below = select(&kind, constant);
                    if below.is_none() {
                        let keys = Keys { have: None, want: of_keys, one_of: fixed_keys(&kind) };
                        return Some(self.undefined(terms, at, keys));
                    }
                    kind = below;
                    continue;
                }
                _ => {}
            }
            kind = values(&kind);
        }
        None
    }

    /// Nothing is at any key of an empty collection; to go through it is no mistake.
    fn check_empty(&mut self, kind: Maybe, terms: &[Term], at: usize, key: &Term) -> Option<Problem> {
        match &key.kind {
            TermKind::Scalar(_) => return Some(self.undefined(terms, at, Keys::default())),
            TermKind::Var(var) => match (self.var(*var), keys(&kind)) {
                (None, _) => self.set_var(*var, Kind::any()),
                (Some(known), Some(of_keys)) if !unifies(&Some(known.clone()), &Some(of_keys.clone())) => {
                    let keys = Keys { have: Some(known), want: Some(of_keys), one_of: vec![] };
                    return Some(self.undefined(terms, at, keys));
                }
                _ => {}
            },
            TermKind::Ref(_) | TermKind::Comprehension(_) | TermKind::Template(_) if !self.inside => {
                let known = self.term(key);
                let of_keys = keys(&kind);
                if known.is_some() && of_keys.is_some() && !unifies(&known, &of_keys) {
                    let keys = Keys { have: known, want: of_keys, one_of: vec![] };
                    return Some(self.undefined(terms, at, keys));
                }
            }
            _ => {}
        }
        None
    }

    /// How much of a reference to a function is named: all of it, but for a variable that a stage put at its end.
    fn reach(&self, terms: &[Term], at: usize) -> usize {
        let made = |term: &Term| term.as_var().is_some_and(|var| self.vars.is_generated(var));
        if terms.last().is_some_and(made) { (terms.len() - 1).max(at) } else { terms.len() }
    }

    /// There is no such key in what a reference reaches.
    fn undefined(&self, terms: &[Term], at: usize, keys: Keys) -> Problem {
        let message = format!("undefined ref: {}", self.written(terms));
        let hint = terms.get(at).and_then(|key| suggestion(key, &keys));
        let details = Some(details::no_key(&self.all_restored(terms), at, &keys, self.vars));
        Problem { at: place(terms), message, hint, details, vague: false }
    }

    /// What a reference reaches has no keys at all.
    fn unkeyed(&self, terms: &[Term], at: usize, have: &Maybe) -> Problem {
        let message = format!("undefined ref: {}", self.written(terms));
        let reached = self.written(&terms[..=at]);
        let hint = Some(format!("{reached} is of type {}, which has no keys", show(have)));
        let details = Some(details::no_keys(&self.all_restored(terms), at, have, self.vars));
        Problem { at: place(terms), message, hint, details, vague: false }
    }

    fn no_value(&self, terms: &[Term], end: usize, at: usize, have: &Maybe) -> Problem {
        let message = format!("function {} used as reference, not called", self.written(&terms[..end]));
        let details = Some(details::no_keys(&self.all_restored(terms), at, have, self.vars));
        Problem { at: place(terms), message, hint: None, details, vague: false }
    }

    /// A reference as it was written: what a stage put into variables of its own stands in their place.
    pub(super) fn written(&self, terms: &[Term]) -> String {
        text::reference(&self.all_restored(terms), self.vars)
    }

    fn all_restored(&self, terms: &[Term]) -> Vec<Term> {
        terms.iter().map(|term| self.restored(term)).collect()
    }
}

fn place(terms: &[Term]) -> Span {
    terms.first().map(|base| base.at).unwrap_or_default()
}

/// The keys of a node of documents.
fn children(node: &Tree) -> Vec<Constant> {
    node.children.keys().cloned().collect()
}

/// The keys that values of a type are known to have.
fn fixed_keys(of: &Maybe) -> Vec<Constant> {
    let mut keys: Vec<Constant> = match of {
        Some(Kind::Object(it)) => it.fixed.iter().map(|(key, _)| key.clone()).collect(),
        Some(Kind::Any(it)) => it.of.iter().flat_map(|kind| fixed_keys(&Some(kind.clone()))).collect(),
        _ => vec![],
    };
    keys.sort();
    keys.dedup();
    keys
}

/// How many keys a hint lists.
const LISTED: usize = 12;

/// What a key may have been meant to be.
fn suggestion<'k>(key: &Term, keys: &'k Keys) -> Option<String> {
    let name = |key: &'k Constant| match key {
        Constant::String(name) => Some(&**name),
        _ => None,
    };
    let names: Vec<&str> = keys.one_of.iter().filter_map(name).collect();
    let key = key.as_string()?;
    if let Some(near) = nearest(key, names.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let more = if names.len() > LISTED { ", .." } else { "" };
    let shown = names.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| format!("its keys are {shown}{more}"))
}

/// What a layer of documents says of a reference; `None` where another one must.
fn in_layer(layer: &Tree, root: Var, tail: &[Term]) -> Option<Maybe> {
    let mut node = layer.children.get(&root_key(root))?;
    for (at, key) in tail.iter().enumerate() {
        let rest = &tail[at..];
        if node.kind.is_some() {
            // Definitions below one with variables in its path have types of their own.
            match key.as_constant().and_then(|key| node.children.get(&key)) {
                Some(child) => node = child,
                None => return Some(select_path(node.kind.clone(), rest)),
            }
            continue;
        }
        match key.as_constant() {
            None => return Some(select_path(node.extent(), rest)),
            Some(key) => node = node.children.get(&key)?,
        }
    }
    Some(node.extent())
}

/// The key of a root in a tree of documents.
pub(super) fn root_key(root: Var) -> Constant {
    thread_local! {
        static KEYS: [Constant; 2] = ["input", "data"].map(|name| Constant::String(name.into()));
    }
    KEYS.with(|[input, data]| if root == INPUT { input.clone() } else { data.clone() })
}

/// The type of what keys lead to.
fn select_path(mut kind: Maybe, path: &[Term]) -> Maybe {
    for key in path {
        kind.as_ref()?;
        kind = match &key.kind {
            TermKind::Scalar(constant) => select(&kind, constant),
            _ if kind.as_ref().is_some_and(Kind::is_empty_collection) => return Some(Kind::any()),
            _ => values(&kind),
        };
    }
    kind
}
