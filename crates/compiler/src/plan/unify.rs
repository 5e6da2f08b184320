//! Unification, compiled by what is bound: pairs of terms become bindings, tests of shape, and comparisons.
//!
//! At each point a local is either bound or not, so there is no unifier at run time. A pair that cannot be settled yet,
//! because neither side is known, waits for another pair of the same literal.

use lictor_ir::{Act, Slot};

use super::builder::Builder;
use super::{Failure, Outcome};
use crate::hir::{Base, Callee, Constant, LocalId, Term, TermKind};

/// A side of a pair.
#[derive(Clone, Copy)]
enum Side<'t> {
    Term(&'t Term),
    Constant(&'t Constant),
    Slot(Slot),
}

impl Builder<'_, '_> {
    /// Whether a pattern has a local that is not bound.
    pub(super) fn is_open(&self, term: &Term) -> bool {
        match &term.kind {
            TermKind::Local(local) => self.bound(*local).is_none(),
            TermKind::Array(items) | TermKind::Set(items) => items.iter().any(|item| self.is_open(item)),
            TermKind::Object(pairs) => pairs.iter().any(|(key, value)| self.is_open(key) || self.is_open(value)),
            _ => false,
        }
    }

    /// Whether a term's value can be had now: keys may still loop, and give the locals that its other parts need.
    pub(super) fn is_known(&self, term: &Term) -> bool {
        if let TermKind::Local(local) = term.kind {
            return self.bound(local).is_some();
        }
        let (mut needs, mut gives) = (vec![], vec![]);
        self.look(term, &mut needs, &mut gives);
        needs.iter().all(|local| gives.contains(local))
    }

    /// What is not bound: the locals that a term needs, and those that its keys give.
    pub(super) fn look(&self, term: &Term, needs: &mut Vec<LocalId>, gives: &mut Vec<LocalId>) {
        match &term.kind {
            TermKind::Local(local) if self.bound(*local).is_none() => needs.push(*local),
            TermKind::Constant(_) | TermKind::Local(_) | TermKind::Comprehension(_) | TermKind::Template(_) => {}
            TermKind::Ref(base, keys) => {
                if let Base::Term(term) = base {
                    self.look(term, needs, gives);
                }
                for key in keys {
                    let mut pattern = vec![];
                    self.look(key, &mut pattern, gives);
                    gives.append(&mut pattern);
                }
            }
            TermKind::Array(items) | TermKind::Set(items) | TermKind::Call(_, items) => {
                items.iter().for_each(|item| self.look(item, needs, gives));
            }
            TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                self.look(key, needs, gives);
                self.look(value, needs, gives);
            }),
        }
    }

    /// Both terms are equal; what is not bound is bound by it.
    pub(super) fn unify(&mut self, a: &Term, b: &Term) -> Outcome<()> {
        if self.unify_walk(a, b)? || self.unify_walk(b, a)? {
            return Ok(());
        }
        self.settle_pairs(vec![(Side::Term(a), Side::Term(b))])
    }

    /// The pattern and the value in `slot` are equal.
    pub(super) fn match_pattern(&mut self, pattern: &Term, slot: Slot) -> Outcome<()> {
        self.settle_pairs(vec![(Side::Term(pattern), Side::Slot(slot))])
    }

    /// `walk(x) = [path, value]`: no pair is built, and no path where nobody reads it.
    fn unify_walk(&mut self, walk: &Term, pattern: &Term) -> Outcome<bool> {
        let (TermKind::Call(Callee::Builtin(builtin), args), TermKind::Array(items)) = (&walk.kind, &pattern.kind)
        else {
            return Ok(false);
        };
        let ([of], [path, value], true) = (&args[..], &items[..], builtin.relation) else { return Ok(false) };
        let of = self.value(of)?;
        let path_slot = match path.kind {
            TermKind::Local(local) if self.is_wildcard(local) => None,
            _ => Some(self.slot()?),
        };
        let value_slot = self.slot()?;
        self.each_walk(of, path_slot, value_slot)?;
        let mut pairs = vec![(Side::Term(value), Side::Slot(value_slot))];
        pairs.extend(path_slot.map(|slot| (Side::Term(path), Side::Slot(slot))));
        self.settle_pairs(pairs)?;
        Ok(true)
    }

    fn settle_pairs<'t>(&mut self, mut pairs: Vec<(Side<'t>, Side<'t>)>) -> Outcome<()> {
        while !pairs.is_empty() {
            let mut waiting = vec![];
            let mut progress = false;
            // What binds nothing comes first: the same meaning, an earlier failure.
            let (tests, binds): (Vec<_>, Vec<_>) =
                pairs.drain(..).partition(|(a, b)| !self.is_open_side(*a) && !self.is_open_side(*b));
            for (a, b) in tests.into_iter().chain(binds) {
                progress |= self.pair(a, b, &mut waiting)?;
            }
            if !progress {
                return Err(Failure::unsafe_local(self.at));
            }
            pairs = waiting;
        }
        Ok(())
    }

    fn is_open_side(&self, side: Side<'_>) -> bool {
        matches!(side, Side::Term(term) if self.is_open(term))
    }

    fn side(&mut self, side: Side<'_>) -> Outcome<Slot> {
        match side {
            Side::Term(term) => self.value(term),
            Side::Constant(constant) => self.constant(constant),
            Side::Slot(slot) => Ok(slot),
        }
    }

    /// Settles a pair, or leaves it (or its parts) in `waiting`. Whether anything was done.
    fn pair<'t>(&mut self, a: Side<'t>, b: Side<'t>, waiting: &mut Vec<(Side<'t>, Side<'t>)>) -> Outcome<bool> {
        let open = (self.is_open_side(a), self.is_open_side(b));
        if open == (false, false) {
            return self.known_pair(a, b, waiting);
        }
        if let Some(parts) = self.parts(a, b) {
            match parts {
                Some(parts) => waiting.extend(parts),
                None => self.jump(self.fail),
            }
            return Ok(true);
        }
        let (open, other) = if open.0 { (a, b) } else { (b, a) };
        let Side::Term(pattern) = open else { return Ok(false) };
        match other {
            Side::Term(term) if !self.is_known(term) => {
                waiting.push((a, b));
                return Ok(false);
            }
            _ => {}
        }
        let slot = self.side(other)?;
        match &pattern.kind {
            // Its value's loops may have bound it: `x = xs[x]`.
            TermKind::Local(local) => match self.bound(*local) {
                Some(bound) => self.emit(Act::Eq { a: slot, b: bound }),
                None => self.bind_local(*local, slot),
            },
            TermKind::Array(items) => {
                self.emit(Act::Shape { a: slot, object: false, n: items.len() as u16 });
                let items: Vec<(usize, &Term)> = items.iter().enumerate().collect();
                let (open, known): (Vec<_>, Vec<_>) = items.into_iter().partition(|(_, item)| self.is_open(item));
                for (i, item) in known.into_iter().chain(open) {
                    match item.kind {
                        TermKind::Local(local) if self.bound(local).is_none() && self.is_wildcard(local) => continue,
                        _ => {}
                    }
                    let k = self.shared.constants.id(&Constant::Number(i.to_string().into()));
                    let part = self.field(slot, k)?;
                    self.match_now_or_later(item, part, waiting)?;
                }
            }
            TermKind::Object(pairs) => {
                self.emit(Act::Shape { a: slot, object: true, n: pairs.len() as u16 });
                let pairs: Vec<_> = pairs.iter().collect();
                let (open, known): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(_, value)| self.is_open(value));
                for (key, value) in known.into_iter().chain(open) {
                    let part = self.index(slot, std::slice::from_ref(key), None)?;
                    self.match_now_or_later(value, part, waiting)?;
                }
            }
            // An argument may be such a pattern: no set of values is one that holds a variable.
            TermKind::Set(_) => {
                self.bind_open(pattern, slot);
                self.jump(self.fail);
            }
            _ => {
                let value = self.value(pattern)?;
                self.emit(Act::Eq { a: slot, b: value });
            }
        }
        Ok(true)
    }

    /// Binds what is open in a pattern that never matches, for the code behind it, which is never reached.
    fn bind_open(&mut self, pattern: &Term, slot: Slot) {
        match &pattern.kind {
            TermKind::Local(local) if self.bound(*local).is_none() => self.bind_local(*local, slot),
            TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|item| self.bind_open(item, slot)),
            TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                self.bind_open(key, slot);
                self.bind_open(value, slot);
            }),
            _ => {}
        }
    }

    fn match_now_or_later<'t>(
        &mut self,
        pattern: &'t Term,
        slot: Slot,
        waiting: &mut Vec<(Side<'t>, Side<'t>)>,
    ) -> Outcome<()> {
        match &pattern.kind {
            TermKind::Local(local) if self.bound(*local).is_none() => self.bind_local(*local, slot),
            _ if !self.is_open(pattern) => {
                let value = self.value(pattern)?;
                self.emit(Act::Eq { a: slot, b: value });
            }
            _ => waiting.push((Side::Term(pattern), Side::Slot(slot))),
        }
        Ok(())
    }

    /// Nothing to bind.
    fn known_pair<'t>(&mut self, a: Side<'t>, b: Side<'t>, waiting: &mut Vec<(Side<'t>, Side<'t>)>) -> Outcome<bool> {
        if [a, b].iter().any(|side| matches!(side, Side::Term(term) if !self.is_known(term))) {
            waiting.push((a, b));
            return Ok(false);
        }
        let (a, b) = (self.side(a)?, self.side(b)?);
        self.emit(Act::Eq { a, b });
        Ok(true)
    }

    /// Two patterns part by part, `Some(None)` where they never match; `None` unless both are patterns.
    fn parts<'t>(&self, a: Side<'t>, b: Side<'t>) -> Option<Option<Vec<(Side<'t>, Side<'t>)>>> {
        fn items<'t>(side: Side<'t>) -> Option<Vec<Side<'t>>> {
            match side {
                Side::Term(Term { kind: TermKind::Array(items), .. }) => Some(items.iter().map(Side::Term).collect()),
                Side::Term(Term { kind: TermKind::Constant(Constant::Array(items)), .. })
                | Side::Constant(Constant::Array(items)) => Some(items.iter().map(Side::Constant).collect()),
                _ => None,
            }
        }
        if let (Some(a), Some(b)) = (items(a), items(b)) {
            return Some((a.len() == b.len()).then(|| a.into_iter().zip(b).collect()));
        }
        let (a, b) = (pairs_of(a)?, pairs_of(b)?);
        let parts = a.iter().map(|(key, value)| b.iter().find(|(k, _)| k == key).map(|(_, other)| (*value, *other)));
        Some(parts.collect::<Option<Vec<_>>>().filter(|parts| parts.len() == b.len()))
    }
}

/// The pairs of an object whose keys are all constants.
fn pairs_of(side: Side<'_>) -> Option<Vec<(&Constant, Side<'_>)>> {
    match side {
        Side::Term(Term { kind: TermKind::Object(pairs), .. }) => pairs
            .iter()
            .map(|(key, value)| match &key.kind {
                TermKind::Constant(constant) => Some((constant, Side::Term(value))),
                _ => None,
            })
            .collect(),
        Side::Term(Term { kind: TermKind::Constant(Constant::Object(pairs)), .. })
        | Side::Constant(Constant::Object(pairs)) => {
            Some(pairs.iter().map(|(key, value)| (key, Side::Constant(value))).collect())
        }
        _ => None,
    }
}
