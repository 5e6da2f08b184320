//! Which variables an equation binds, given those that are bound.

use std::collections::BTreeMap;

use crate::front::draft::{Term, TermKind, Var};
use crate::front::vars::{NEEDED, PATTERN, VarSet};
use crate::hir::ComprehensionKind;

/// The variables that `left = right` binds where those in `safe` are bound.
pub(crate) fn unify(safe: &VarSet, left: &Term, right: &Term) -> VarSet {
    let mut unifier = Unifier { safe, unified: VarSet::new(), unknown: BTreeMap::new() };
    unifier.pair(left, right);
    unifier.unified
}

/// Whether a reference's base is bound.
pub(crate) fn is_base_safe(base: &Term, safe: &VarSet) -> bool {
    match base.as_var() {
        Some(var) => safe.contains(var),
        None => NEEDED.term(base).is_subset(safe),
    }
}

struct Unifier<'a> {
    safe: &'a VarSet,
    unified: VarSet,
    /// What a variable waits for: it is bound once all of these are.
    unknown: BTreeMap<Var, VarSet>,
}

/// What matters of a term's kind here.
enum Shape<'a> {
    Var(Var),
    /// An array.
    Array(&'a [Term]),
    /// An object.
    Object(&'a [(Term, Term)]),
    /// A reference or call, and whether it can be evaluated.
    Evaluated(bool),
    Comprehension(ComprehensionKind),
    Other,
}

impl Unifier<'_> {
    fn shape<'t>(&self, term: &'t Term) -> Shape<'t> {
        match &term.kind {
            TermKind::Var(var) => Shape::Var(*var),
            TermKind::Array(items) => Shape::Array(items),
            TermKind::Object(pairs) => Shape::Object(pairs),
            TermKind::Ref(terms) => Shape::Evaluated(terms.first().is_some_and(|base| is_base_safe(base, self.safe))),
            TermKind::Call(_) => Shape::Evaluated(NEEDED.term(term).is_subset(self.safe)),
            TermKind::Comprehension(it) => Shape::Comprehension(it.kind),
            TermKind::Scalar(_) | TermKind::Set(_) | TermKind::Template(_) => Shape::Other,
        }
    }

    fn is_safe(&self, var: Var) -> bool {
        self.safe.contains(var) || self.unified.contains(var)
    }

    fn pair(&mut self, left: &Term, right: &Term) {
        match (self.shape(left), self.shape(right)) {
            (Shape::Var(a), Shape::Var(b)) => {
                if self.is_safe(b) {
                    self.mark(a);
                } else if self.is_safe(a) {
                    self.mark(b);
                } else {
                    self.unknown.entry(a).or_default().insert(b);
                    self.unknown.entry(b).or_default().insert(a);
                }
            }
            (Shape::Var(var), Shape::Array(_) | Shape::Object(_)) => self.whole(var, right),
            (Shape::Array(_) | Shape::Object(_), Shape::Var(var)) => self.whole(var, left),
            (Shape::Var(_), Shape::Evaluated(false)) | (Shape::Evaluated(false), _) => {}
            (Shape::Var(var), _) | (_, Shape::Var(var)) => self.mark(var),
            (Shape::Evaluated(true) | Shape::Comprehension(ComprehensionKind::Array), Shape::Array(_)) => {
                self.mark_all(right);
            }
            (Shape::Evaluated(true) | Shape::Comprehension(ComprehensionKind::Object), Shape::Object(_)) => {
                self.mark_all(right);
            }
            (Shape::Array(_), Shape::Comprehension(_) | Shape::Evaluated(true)) => self.mark_all(left),
            (Shape::Object(_), Shape::Evaluated(true)) => self.mark_all(left),
            (Shape::Array(a), Shape::Array(b)) if a.len() == b.len() => {
                a.iter().zip(b).for_each(|(a, b)| self.pair(a, b));
            }
            (Shape::Object(a), Shape::Object(b)) if a.len() == b.len() => {
                for (key, value) in a {
                    if let Some((_, other)) = b.iter().find(|(other, _)| same_key(key, other)) {
                        self.pair(value, other);
                    }
                }
            }
            _ => {}
        }
    }

    fn mark_all(&mut self, term: &Term) {
        for var in PATTERN.term(term).iter() {
            self.mark(var);
        }
    }

    fn mark(&mut self, var: Var) {
        // A list rather than recursion: what one variable settles may settle others.
        let mut open = vec![var];
        while let Some(var) = open.pop() {
            self.unified.insert(var);
            open.extend(self.unknown.remove(&var).iter().flatten());
            let mut settled = vec![];
            for (waiting, dependencies) in &mut self.unknown {
                if dependencies.remove(var) && dependencies.is_empty() {
                    settled.push(*waiting);
                }
            }
            for waiting in settled {
                self.unknown.remove(&waiting);
                open.push(waiting);
            }
        }
    }

    fn whole(&mut self, var: Var, pattern: &Term) {
        if self.is_safe(var) {
            self.mark_all(pattern);
            return;
        }
        let waits: Vec<Var> = PATTERN.term(pattern).iter().filter(|v| !self.is_safe(*v)).collect();
        if waits.is_empty() {
            self.mark(var);
        } else {
            self.unknown.entry(var).or_default().extend(waits);
        }
    }
}

/// Whether two keys of object patterns are one: the same constant, or the same variable.
fn same_key(a: &Term, b: &Term) -> bool {
    match (a.as_constant(), b.as_constant()) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a.as_var().is_some() && a.as_var() == b.as_var(),
        _ => false,
    }
}
