//! Comprehensions that group: built once as a table from keys to results, then looked up.
//!
//! ```text
//! totals[g] := n if { some r in input.rows; g := r.g; n := count([s | some s in input.rows; s.g == g]) }
//! ```
//!
//! All that the comprehension takes from the loop around it is one side of `s.g == g`. So one pass over the rows gives
//! each `g` its array, and the rule takes time linear in the rows, not quadratic. OPA calls this the comprehension index
//! (`v1/ast/compile.go`); there the side from outside must be a variable, here it may be anything that the loop gives.
//!
//! The table is a routine of its own, remembered like a rule's value and dropped like one by a `with`. The pass meets
//! elements that nobody asks for: where that could raise an error that asking one by one does not, nothing is grouped.

use lictor_ir::{Act, Kind, RoutineKind};

use super::Outcome;
use super::builder::{Builder, Load};
use super::solutions::{Bound, body_loops, locals_of_literal, locals_of_term, term_loops};
use crate::hir::{
    Base, Callee, Comprehension, ComprehensionKind, Constant, Literal, LiteralKind, TemplatePart, Term, TermKind,
};

/// A comprehension taken apart: in place of each equality with something from outside, its own side.
struct Grouping<'t> {
    inner: &'t Comprehension,
    parts: Vec<Part<'t>>,
}

enum Part<'t> {
    Literal(&'t Literal),
    /// The side from inside, which is a key of the table, and the side from outside, which asks for it.
    Key(&'t Term, &'t Term),
}

impl Builder<'_, '_> {
    /// The value of a comprehension that groups; `None` where it does not, or where it is evaluated only once.
    pub(super) fn grouped(&mut self, inner: &Comprehension) -> Outcome<Option<lictor_ir::Slot>> {
        if self.shared.strict || self.shared.traced || self.shared.trying || !self.is_repeated() {
            return Ok(None);
        }
        let Some(grouping) = self.grouping(inner) else { return Ok(None) };
        let Some(routine) = self.table(&grouping)? else { return Ok(None) };
        let dst = self.slot()?;
        let (absent, found) = (self.code.label(), self.code.label());
        let of = self.load(Load::Rule(routine))?;
        let scope = self.open(absent);
        let outside: Vec<&Term> = grouping.keys().map(|(_, outside)| outside).collect();
        let key = self.key(&outside)?;
        self.emit(Act::Get { dst, of, key });
        self.jump(found);
        self.close(scope);
        self.code.bind(absent);
        let empty = match inner.kind {
            ComprehensionKind::Set => Constant::Set(vec![]),
            _ => Constant::Array(vec![]),
        };
        let k = self.shared.constants.id(&empty);
        self.just(Act::Const { dst, k });
        self.code.bind(found);
        self.written_here(dst);
        Ok(Some(dst))
    }

    /// One key as it is, several as an array.
    fn key(&mut self, terms: &[&Term]) -> Outcome<lictor_ir::Slot> {
        if let [one] = terms {
            return self.value(one);
        }
        let first = self.slots(terms.len())?;
        for (term, dst) in terms.iter().zip(first..) {
            self.value_in(term, dst)?;
        }
        let dst = self.slot()?;
        self.just(Act::Array { dst, first, n: terms.len() as u16 });
        Ok(dst)
    }

    /// Takes a comprehension apart, if nothing from outside is left in it but sides of equalities.
    fn grouping<'t>(&self, inner: &'t Comprehension) -> Option<Grouping<'t>> {
        if inner.kind == ComprehensionKind::Object {
            return None;
        }
        let mut outer = Bound::default();
        let mut see = |local| {
            if self.bound(local).is_some() {
                outer.insert(local);
            }
        };
        inner.body.iter().for_each(|literal| locals_of_literal(literal, &mut see));
        locals_of_term(&inner.value, &mut see);
        let is_outer = |term: &Term| {
            let (mut any, mut all) = (false, true);
            locals_of_term(term, &mut |local| {
                any |= outer.contains(&local);
                all &= outer.contains(&local);
            });
            any && all
        };
        let mut parts = vec![];
        for literal in &inner.body {
            parts.push(match self.equality(literal) {
                Some((inside, outside)) if is_outer(outside) && !touches_term(inside, &outer) => {
                    Part::Key(inside, outside)
                }
                Some((outside, inside)) if is_outer(outside) && !touches_term(inside, &outer) => {
                    Part::Key(inside, outside)
                }
                _ if touches(literal, &outer) => return None,
                _ => Part::Literal(literal),
            });
        }
        let grouping = Grouping { inner, parts };
        let fits = !touches_term(&inner.value, &outer)
            && grouping.keys().next().is_some()
            && grouping.keys().all(|(_, outside)| !term_loops(outside, &outer))
            && grouping.loops()
            && !grouping.may_raise();
        fits.then_some(grouping)
    }

    /// The two sides of a literal that is an equality and nothing else.
    fn equality<'t>(&self, literal: &'t Literal) -> Option<(&'t Term, &'t Term)> {
        match &literal.kind {
            _ if !literal.with.is_empty() => None,
            LiteralKind::Unify(a, b) => Some((a, b)),
            LiteralKind::Term(Term { kind: TermKind::Call(Callee::Builtin(builtin), args), .. })
                if builtin.name == "equal" =>
            {
                match &args[..] {
                    [a, b] => Some((a, b)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The routine that makes the table; `None` where its body cannot be evaluated without what comes from outside.
    fn table(&mut self, grouping: &Grouping<'_>) -> Outcome<Option<u32>> {
        // First without grouping what is inside: so nesting costs no more than its depth times its size.
        self.shared.trying = true;
        let tables = self.shared.tables;
        let withs = self.shared.withs.len();
        let tried = self.table_routine(grouping);
        self.shared.trying = false;
        self.shared.tables = tables;
        self.shared.withs.truncate(withs);
        if tried.is_err() {
            return Ok(None);
        }
        let planned = self.table_routine(grouping)?;
        let id = self.shared.new_routine();
        self.shared.grown.push((id, planned));
        Ok(Some(id))
    }

    fn table_routine(&mut self, grouping: &Grouping<'_>) -> Outcome<super::rules::Planned> {
        let (root, at, locals) = (self.root, self.at, self.local_count());
        let mut b = Builder::new(self.shared, root, at, 0);
        b.start_definition(locals, 0);
        let inner = grouping.inner;
        for part in &grouping.parts {
            match part {
                Part::Literal(literal) => locals_of_literal(literal, &mut |local| b.count_use(local)),
                Part::Key(inside, _) => locals_of_term(inside, &mut |local| b.count_use(local)),
            }
        }
        locals_of_term(&inner.value, &mut |local| b.count_use(local));
        let kind = if inner.kind == ComprehensionKind::Set { Kind::GroupSets } else { Kind::Groups };
        let table = b.gather(kind, None, |b| {
            let mut keys = vec![];
            for part in &grouping.parts {
                match part {
                    Part::Literal(literal) => b.body(std::slice::from_ref(literal))?,
                    Part::Key(inside, _) => keys.push(b.value(inside)?),
                }
            }
            let v = b.value(&inner.value)?;
            let k = match &keys[..] {
                [one] => *one,
                _ => {
                    let first = b.slots(keys.len())?;
                    keys.iter().zip(first..).for_each(|(key, dst)| b.copy(*key, dst));
                    let dst = b.slot()?;
                    b.just(Act::Array { dst, first, n: keys.len() as u16 });
                    dst
                }
            };
            b.just(Act::EmitPair { k, v });
            Ok(())
        })?;
        b.just(Act::Return { v: table });
        Ok(b.finish("groups".into(), RoutineKind::Rule, 0))
    }
}

impl<'t> Grouping<'t> {
    fn keys(&self) -> impl Iterator<Item = (&'t Term, &'t Term)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Key(inside, outside) => Some((*inside, *outside)),
            Part::Literal(_) => None,
        })
    }

    /// Whether there is more than one solution to find.
    fn loops(&self) -> bool {
        let none = Bound::default();
        body_loops(&self.inner.body, &none) || self.keys().any(|(inside, _)| term_loops(inside, &none))
    }

    /// Whether evaluating what nobody asks for may raise: a rule or a function may, where it is asked after a key is
    /// known.
    fn may_raise(&self) -> bool {
        let first = self.parts.iter().position(|part| matches!(part, Part::Key(..))).unwrap_or(0);
        let mut asks = false;
        for (at, part) in self.parts.iter().enumerate() {
            let strict = at > first;
            match part {
                Part::Literal(literal) => asks |= !literal.with.is_empty() || asks_in_literal(literal, strict),
                Part::Key(inside, _) => asks |= asks_in(inside, strict),
            }
        }
        asks || asks_in(&self.inner.value, true)
    }
}

/// Whether a term calls a function, or where `rules` says so asks for anything below `data`.
pub(super) fn asks_in(term: &Term, rules: bool) -> bool {
    match &term.kind {
        TermKind::Constant(_) | TermKind::Local(_) => false,
        TermKind::Ref(base, keys) => {
            let base = match base {
                Base::Input => false,
                Base::Data => rules,
                Base::Term(term) => asks_in(term, rules),
            };
            base || keys.iter().any(|key| asks_in(key, rules))
        }
        TermKind::Array(items) | TermKind::Set(items) => items.iter().any(|item| asks_in(item, rules)),
        TermKind::Object(pairs) => pairs.iter().any(|(key, value)| asks_in(key, rules) || asks_in(value, rules)),
        TermKind::Call(Callee::Function(_), _) => true,
        TermKind::Call(Callee::Builtin(_), args) => args.iter().any(|arg| asks_in(arg, rules)),
        // A key may come twice in an object.
        TermKind::Comprehension(inner) => {
            inner.kind == ComprehensionKind::Object
                || asks_in(&inner.value, rules)
                || inner.body.iter().any(|literal| asks_in_literal(literal, rules))
        }
        TermKind::Template(parts) => parts.iter().any(|part| match part {
            TemplatePart::Text(_) => false,
            TemplatePart::Expression(body, _) => body.iter().any(|literal| asks_in_literal(literal, rules)),
        }),
    }
}

pub(super) fn asks_in_literal(literal: &Literal, rules: bool) -> bool {
    match &literal.kind {
        LiteralKind::Term(term) => asks_in(term, rules),
        LiteralKind::Unify(a, b) => asks_in(a, rules) || asks_in(b, rules),
        LiteralKind::SomeIn { key, value, domain } => {
            key.iter().chain([value, domain]).any(|term| asks_in(term, rules))
        }
        LiteralKind::Every { domain, body, .. } => {
            asks_in(domain, rules) || body.iter().any(|literal| asks_in_literal(literal, rules))
        }
        LiteralKind::Not { body, .. } => body.iter().any(|literal| asks_in_literal(literal, rules)),
        LiteralKind::And(a, b) | LiteralKind::Or(a, b) => {
            a.iter().chain(b).any(|literal| asks_in_literal(literal, rules))
        }
        LiteralKind::Print(_) => true,
    }
}

fn touches(literal: &Literal, outer: &Bound) -> bool {
    let mut found = false;
    locals_of_literal(literal, &mut |local| found |= outer.contains(&local));
    found
}

fn touches_term(term: &Term, outer: &Bound) -> bool {
    let mut found = false;
    locals_of_term(term, &mut |local| found |= outer.contains(&local));
    found
}
