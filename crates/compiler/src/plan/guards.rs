//! Guards: what must hold for a definition to be worth trying, read from the literals at the top of its body.
//!
//! A guard is a necessary condition, and a conservative one: a literal that is not understood adds nothing. Names given to
//! paths (`x := input.user.role`) are seen through. Nothing is read from inside a comprehension or an `every`, from a
//! literal with `with`, or from an operand that a `with` of the program replaces.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use lictor_ir::{Atom, ConstId, Guard, Source, Test};
use lictor_value::Builtin;

use super::shared::Shared;
use crate::hir::{Base, Callee, Constant, Definition, Head, Literal, LiteralKind, LocalId, NodeId, Term, TermKind};

/// Where a path begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Root {
    Input,
    Data,
    Argument(u16),
}

/// A place that guards can look at: a root and constant names below it.
#[derive(Clone, PartialEq, Eq)]
struct Spot {
    root: Root,
    steps: Vec<u32>,
}

/// Reads one definition.
struct Reader<'s, 'u> {
    shared: &'s mut Shared<'u>,
    data: NodeId,
    /// Names of places.
    names: HashMap<LocalId, Spot, FixedState>,
    /// How often each local is written in the definition.
    uses: &'s [u32],
    atoms: Vec<Atom>,
}

/// The guard of a definition; `uses` says how often each of its locals is written.
pub(super) fn guard(shared: &mut Shared<'_>, data: NodeId, definition: &Definition, uses: &[u32]) -> Guard {
    guard_of(shared, data, definition, &definition.body, uses)
}

/// The guard as far as a part of the body at its beginning says it.
pub(super) fn guard_of(
    shared: &mut Shared<'_>,
    data: NodeId,
    definition: &Definition,
    body: &[Literal],
    uses: &[u32],
) -> Guard {
    // Branches of an `else` chain are tried where the first fails: the first's condition says nothing of them.
    if !definition.elses.is_empty() || definition.body.iter().any(|l| matches!(l.kind, LiteralKind::Print(_))) {
        return Guard::default();
    }
    let mut reader = Reader { shared, data, names: HashMap::default(), uses, atoms: vec![] };
    for (arg, slot) in definition.args.iter().zip(0..) {
        let spot = Spot { root: Root::Argument(slot), steps: vec![] };
        match &arg.kind {
            TermKind::Constant(constant) => {
                let k = reader.shared.constants.id(constant);
                reader.atom(&spot, Test::Equal(k));
            }
            TermKind::Local(local) => {
                reader.names.entry(*local).or_insert(spot);
            }
            _ => {}
        }
    }
    for literal in body {
        if !literal.with.is_empty() {
            if reader.shared.strict {
                break;
            }
            continue;
        }
        let understood = reader.literal(literal);
        if reader.shared.strict && !understood {
            // What comes behind it may not be skipped: it may raise.
            break;
        }
    }
    let (Head::Value(head) | Head::Member(head)) = &definition.head;
    if !reader.shared.strict
        && body.len() == definition.body.len()
        && matches!(head.kind, TermKind::Ref(..))
        && let Some(spot) = reader.spot(head)
    {
        reader.atom(&spot, Test::Defined);
    }
    Guard { atoms: reader.atoms }
}

impl Reader<'_, '_> {
    /// Adds what a literal says; whether it was understood, and so cannot raise.
    fn literal(&mut self, literal: &Literal) -> bool {
        match &literal.kind {
            LiteralKind::Term(term) => match self.test(term) {
                Some((spot, test)) => {
                    self.atom(&spot, test);
                    true
                }
                None => false,
            },
            LiteralKind::Unify(a, b) => self.unify(a, b),
            LiteralKind::SomeIn { key: None, value, domain } => match (&value.kind, self.spot(domain)) {
                (TermKind::Constant(constant), Some(spot)) => {
                    let k = self.shared.constants.id(constant);
                    self.atom(&spot, Test::HasElement(k));
                    true
                }
                _ => false,
            },
            LiteralKind::Not(body) => self.not(body),
            _ => false,
        }
    }

    fn atom(&mut self, spot: &Spot, test: Test) {
        let source = self.source(spot);
        self.atoms.push(Atom { source, negated: false, test });
    }

    fn source(&mut self, spot: &Spot) -> Source {
        let path = |reader: &mut Self| reader.shared.constants.path(&spot.steps);
        match spot.root {
            Root::Input => Source::Input(path(self)),
            Root::Data => Source::Data(path(self)),
            Root::Argument(slot) if spot.steps.is_empty() => Source::Argument(slot),
            Root::Argument(slot) => Source::Below(slot, path(self)),
        }
    }

    fn unify(&mut self, a: &Term, b: &Term) -> bool {
        if let Some((spot, test)) = self.equal(a, b) {
            self.atom(&spot, test);
            return true;
        }
        for (name, place) in [(a, b), (b, a)] {
            if let (TermKind::Local(local), Some(spot)) = (&name.kind, self.spot(place)) {
                self.atom(&spot, Test::Defined);
                // A local that had a value is compared here; either name will do from now on.
                self.names.entry(*local).or_insert(spot);
                return true;
            }
        }
        false
    }

    /// The negation of one literal whose test says exactly what it says.
    fn not(&mut self, body: &[Literal]) -> bool {
        let [literal] = body else { return false };
        let test = match &literal.kind {
            _ if !literal.with.is_empty() => None,
            LiteralKind::Term(term) => self.test(term),
            LiteralKind::Unify(a, b) => self.equal(a, b),
            _ => None,
        };
        let Some((spot, test)) = test else { return false };
        let source = self.source(&spot);
        self.atoms.push(Atom { source, negated: true, test });
        true
    }

    /// What a term as a condition asks of one place.
    fn test(&mut self, term: &Term) -> Option<(Spot, Test)> {
        if let TermKind::Call(Callee::Builtin(builtin), args) = &term.kind {
            let [a, b] = &args[..] else { return None };
            return self.call(builtin, a, b);
        }
        Some((self.spot(term)?, Test::Truthy))
    }

    fn call(&mut self, builtin: &'static Builtin, a: &Term, b: &Term) -> Option<(Spot, Test)> {
        if self.shared.mock_of_builtin(builtin).is_some() {
            return None;
        }
        match builtin.name {
            "equal" => self.equal(a, b),
            "neq" => {
                let (spot, k, _) = self.with_constant(a, b)?;
                Some((spot, Test::NotEqual(k)))
            }
            "lt" | "lte" | "gt" | "gte" => {
                let (spot, bound, swapped) = self.with_constant(a, b)?;
                let inclusive = matches!(builtin.name, "lte" | "gte");
                let below = matches!(builtin.name, "lt" | "lte") != swapped;
                Some((spot, if below { Test::Below { bound, inclusive } } else { Test::Above { bound, inclusive } }))
            }
            "internal.member_2" => self.member(a, b),
            // Strict evaluation raises where the operand is no string.
            "startswith" | "endswith" | "contains" if !self.shared.strict => {
                let (spot, TermKind::Constant(constant @ Constant::String(_))) = (self.spot(a)?, &b.kind) else {
                    return None;
                };
                let k = self.shared.constants.id(constant);
                Some((
                    spot,
                    match builtin.name {
                        "startswith" => Test::StartsWith(k),
                        "endswith" => Test::EndsWith(k),
                        _ => Test::Contains(k),
                    },
                ))
            }
            _ => None,
        }
    }

    fn member(&mut self, item: &Term, of: &Term) -> Option<(Spot, Test)> {
        if let TermKind::Constant(item) = &item.kind {
            let spot = self.spot(of)?;
            return Some((spot, Test::HasElement(self.shared.constants.id(item))));
        }
        let (spot, TermKind::Constant(of)) = (self.spot(item)?, &of.kind) else { return None };
        let items: Vec<&Constant> = match of {
            Constant::Array(items) | Constant::Set(items) => items.iter().collect(),
            Constant::Object(pairs) => pairs.iter().map(|(_, value)| value).collect(),
            _ => return None,
        };
        Some((spot, Test::OneOf(items.into_iter().map(|item| self.shared.constants.id(item)).collect())))
    }

    /// `place == constant` either way, or `path[_] == constant`.
    fn equal(&mut self, a: &Term, b: &Term) -> Option<(Spot, Test)> {
        if let Some((spot, k, _)) = self.with_constant(a, b) {
            return Some((spot, Test::Equal(k)));
        }
        for (elements, constant) in [(a, b), (b, a)] {
            if let (TermKind::Ref(base, keys), TermKind::Constant(constant)) = (&elements.kind, &constant.kind)
                && let Some((last, keys)) = keys.split_last()
                && matches!(last.kind, TermKind::Local(local) if self.is_wildcard(local))
                && let Some(spot) = self.reference(base, keys)
            {
                return Some((spot, Test::HasElement(self.shared.constants.id(constant))));
            }
        }
        None
    }

    fn is_wildcard(&self, local: LocalId) -> bool {
        self.uses.get(local as usize).is_some_and(|uses| *uses == 1)
    }

    /// A place and a constant in either order; whether the constant came first.
    fn with_constant(&mut self, a: &Term, b: &Term) -> Option<(Spot, ConstId, bool)> {
        let (place, constant, swapped) = match (&a.kind, &b.kind) {
            (_, TermKind::Constant(constant)) => (a, constant, false),
            (TermKind::Constant(constant), _) => (b, constant, true),
            _ => return None,
        };
        let spot = self.spot(place)?;
        Some((spot, self.shared.constants.id(constant), swapped))
    }

    /// The place that a term is, if it is one.
    fn spot(&mut self, term: &Term) -> Option<Spot> {
        match &term.kind {
            TermKind::Local(local) => self.names.get(local).cloned(),
            TermKind::Ref(base, keys) => self.reference(base, keys),
            _ => None,
        }
    }

    fn reference(&mut self, base: &Base, keys: &[Term]) -> Option<Spot> {
        let mut spot = match base {
            Base::Input => Spot { root: Root::Input, steps: vec![] },
            Base::Data => {
                self.is_base_data(keys).then_some(())?;
                Spot { root: Root::Data, steps: vec![] }
            }
            Base::Term(term) => self.spot(term)?,
        };
        for key in keys {
            let TermKind::Constant(Constant::String(name)) = &key.kind else { return None };
            spot.steps.push(self.shared.constants.name(name));
        }
        Some(spot)
    }

    /// Whether no rule stands at, above or below a path.
    fn is_base_data(&self, keys: &[Term]) -> bool {
        let nodes = &self.shared.unit.nodes;
        let Some(mut node) = nodes.get(self.data as usize) else { return true };
        for key in keys {
            let TermKind::Constant(Constant::String(name)) = &key.kind else { return false };
            let Some((_, child)) = node.children.iter().find(|(child, _)| child == name) else {
                return node.rule.is_none();
            };
            node = &nodes[*child as usize];
        }
        false
    }
}
