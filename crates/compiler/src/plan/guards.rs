//! Guards: what must hold for a definition to be worth trying, read from the literals at the top of its body.
//!
//! A guard is a necessary condition, and a conservative one: a literal that is not understood adds nothing. Names given to
//! paths (`x := input.user.role`), to elements (`some x in input.roles`) and to constants are seen through, rules that are
//! nothing but a constant or a path too, and a rule of one definition (`is_request if input.request`) says what its body says.
//! Nothing is read from inside a comprehension or an `every`, from a literal with `with`, or
//! from an operand that a `with` of the program replaces.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use lictor_ir::{Atom, ConstId, Guard, Source, Test, Types};
use lictor_value::Builtin;

use super::shared::Shared;
use super::solutions::locals_of_definition;
use crate::hir::{
    Base, Callee, Constant, Definition, Head, Literal, LiteralKind, LocalId, NodeId, Rule, RuleKind, Term, TermKind,
};

/// Most items of a collection that is not written in the definition itself.
const SHARED: usize = 64;

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
struct Reader<'s, 'u, 'd> {
    shared: &'s mut Shared<'u>,
    data: NodeId,
    /// Names of places.
    names: HashMap<LocalId, Spot, FixedState>,
    /// Names of elements of what is at places.
    elements: HashMap<LocalId, Spot, FixedState>,
    /// Names of constants.
    constants: HashMap<LocalId, &'d Constant, FixedState>,
    /// How often each local is written in the definition.
    uses: &'s [u32],
    /// Whether nothing may be skipped that could raise.
    cautious: bool,
    atoms: Vec<Atom>,
    /// How many rules more are seen through.
    through: u32,
}

/// Rules are seen through one within the other so often.
const DEEPEST: u32 = 4;

/// The guard of a definition; `uses` says how often each of its locals is written.
pub(super) fn guard(shared: &mut Shared<'_>, data: NodeId, definition: &Definition, uses: &[u32]) -> Guard {
    if !definition.elses.is_empty() {
        return Guard::default();
    }
    let through = if shared.strict { 0 } else { DEEPEST };
    let cautious = shared.strict;
    read(shared, data, definition, &definition.body, uses, through, cautious)
}

/// The guard as far as a part of the body at its beginning says it by itself, as OPA's rule index reads it: without what other
/// rules say.
pub(super) fn guard_of<'u: 'd, 'd>(
    shared: &mut Shared<'u>,
    data: NodeId,
    definition: &'d Definition,
    body: &'d [Literal],
    uses: &[u32],
) -> Guard {
    // Branches of an `else` chain are tried where the first fails: the first's condition says nothing of them.
    if !definition.elses.is_empty() {
        return Guard::default();
    }
    let cautious = shared.strict;
    branch_guard(shared, data, definition, body, uses, cautious)
}

/// The same of one branch of a definition, which says nothing of its other branches.
pub(super) fn branch_guard<'u: 'd, 'd>(
    shared: &mut Shared<'u>,
    data: NodeId,
    definition: &'d Definition,
    body: &'d [Literal],
    uses: &[u32],
    cautious: bool,
) -> Guard {
    read(shared, data, definition, body, uses, 0, cautious)
}

fn read<'u: 'd, 'd>(
    shared: &mut Shared<'u>,
    data: NodeId,
    definition: &'d Definition,
    body: &'d [Literal],
    uses: &[u32],
    through: u32,
    cautious: bool,
) -> Guard {
    if definition.body.iter().any(|l| matches!(l.kind, LiteralKind::Print(_))) {
        return Guard::default();
    }
    let (names, elements, constants) = (HashMap::default(), HashMap::default(), HashMap::default());
    let mut reader = Reader { shared, data, names, elements, constants, uses, cautious, atoms: vec![], through };
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
            if reader.cautious {
                break;
            }
            continue;
        }
        let understood = reader.literal(literal);
        if reader.cautious && !understood {
            // What comes behind it may not be skipped: it may raise.
            break;
        }
    }
    let (Head::Value(head) | Head::Member(head)) = &definition.head;
    if !reader.cautious
        && std::ptr::eq(body, &*definition.body)
        && matches!(head.kind, TermKind::Ref(..))
        && let Some(spot) = reader.spot(head)
    {
        reader.atom(&spot, Test::Defined);
    }
    Guard { atoms: reader.atoms }
}

/// How often each local of a definition is written.
fn uses_of(definition: &Definition) -> Vec<u32> {
    let mut uses = vec![0; definition.locals.len()];
    locals_of_definition(definition, &mut |local| {
        if uses.len() <= local as usize {
            uses.resize(local as usize + 1, 0);
        }
        uses[local as usize] += 1;
    });
    uses
}

impl<'u: 'd, 'd> Reader<'_, 'u, 'd> {
    /// Adds what a literal says; whether it was understood, and so cannot raise.
    fn literal(&mut self, literal: &'d Literal) -> bool {
        match &literal.kind {
            LiteralKind::Term(Term { kind: TermKind::Ref(Base::Data, keys), .. }) if self.helper(keys).is_some() => {
                let atoms = self.inside(keys, |inner, body| {
                    body.iter().filter(|literal| literal.with.is_empty()).for_each(|literal| {
                        inner.literal(literal);
                    });
                    Some(std::mem::take(&mut inner.atoms))
                });
                self.atoms.extend(atoms.into_iter().flatten());
                true
            }
            LiteralKind::Term(term) => match self.test(term).or_else(|| self.element(term)) {
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
                (TermKind::Local(local), Some(spot)) => {
                    self.elements.insert(*local, spot);
                    true
                }
                _ => false,
            },
            LiteralKind::Not { body, .. } => self.not(body),
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

    fn unify(&mut self, a: &'d Term, b: &'d Term) -> bool {
        if let Some((spot, test)) = self.equal(a, b).or_else(|| self.equal_element(a, b)) {
            self.atom(&spot, test);
            return true;
        }
        for (name, place) in [(a, b), (b, a)] {
            if let (TermKind::Local(local), Some(constant)) = (&name.kind, self.constant(place)) {
                self.constants.insert(*local, constant);
                return true;
            }
            if let (TermKind::Local(local), Some(spot)) = (&name.kind, self.any_element(place)) {
                self.elements.insert(*local, spot);
                return true;
            }
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
    fn not(&mut self, body: &'d [Literal]) -> bool {
        let [literal] = body else { return false };
        let Some((spot, test)) = self.exact(literal) else { return false };
        let source = self.source(&spot);
        self.atoms.push(Atom { source, negated: true, test });
        true
    }

    /// The test that says exactly what a literal says.
    fn exact(&mut self, literal: &'d Literal) -> Option<(Spot, Test)> {
        match &literal.kind {
            _ if !literal.with.is_empty() => None,
            LiteralKind::Term(Term { kind: TermKind::Ref(Base::Data, keys), .. }) if self.helper(keys).is_some() => {
                self.inside(keys, |inner, body| match body {
                    [literal] => inner.exact(literal),
                    _ => None,
                })
            }
            LiteralKind::Term(term) => self.test(term),
            LiteralKind::Unify(a, b) => self.equal(a, b),
            _ => None,
        }
    }

    /// The rule that keys below `data` lead to with the first so many of them, if rules are seen through here.
    fn rule_at(&self, keys: &[Term]) -> Option<(&'u Rule, usize)> {
        if self.through == 0 || self.shared.replaces_data {
            return None;
        }
        let unit = self.shared.unit;
        let mut node = unit.nodes.get(self.data as usize)?;
        for (taken, key) in (1..).zip(keys) {
            let TermKind::Constant(Constant::String(name)) = &key.kind else { return None };
            let at = node.children.binary_search_by(|(child, _)| child.cmp(name)).ok()?;
            node = &unit.nodes[node.children[at].1 as usize];
            if let Some(rule) = node.rule {
                return Some((&unit.rules[rule as usize], taken));
            }
        }
        None
    }

    /// The only definition of a rule that is seen through.
    fn only(rule: &'u Rule) -> Option<&'u Definition> {
        match &rule.definitions[..] {
            [definition] if rule.kind == RuleKind::Complete && definition.elses.is_empty() => Some(definition),
            _ => None,
        }
    }

    /// The definition that says all about whether a rule's value is there and not `false`.
    fn helper(&self, keys: &[Term]) -> Option<(&'u Rule, &'u Definition)> {
        let (rule, taken) = self.rule_at(keys)?;
        let definition = Self::only(rule).filter(|_| taken == keys.len())?;
        let constant = |definition: &Definition, wanted: bool| match &definition.head {
            Head::Value(Term { kind: TermKind::Constant(constant), .. }) => {
                (*constant != Constant::Bool(false)) == wanted
            }
            _ => false,
        };
        let default = rule.default.as_deref().is_none_or(|default| constant(default, false));
        let prints = definition.body.iter().any(|literal| matches!(literal.kind, LiteralKind::Print(_)));
        (constant(definition, true) && default && !prints).then_some((rule, definition))
    }

    /// Reads the body of a helper with names of its own.
    fn inside<T>(
        &mut self,
        keys: &[Term],
        read: impl FnOnce(&mut Reader<'_, 'u, 'u>, &'u [Literal]) -> Option<T>,
    ) -> Option<T> {
        let (rule, definition) = self.helper(keys)?;
        let uses = uses_of(definition);
        read(&mut self.inner(rule, &uses), &definition.body)
    }

    fn inner<'a>(&'a mut self, rule: &Rule, uses: &'a [u32]) -> Reader<'a, 'u, 'u> {
        Reader {
            shared: &mut *self.shared,
            data: rule.root,
            names: HashMap::default(),
            elements: HashMap::default(),
            constants: HashMap::default(),
            uses,
            atoms: vec![],
            cautious: self.cautious,
            through: self.through - 1,
        }
    }

    /// The place that a rule stands for which is nothing but its name, and how many keys led to the rule.
    fn alias(&mut self, keys: &[Term]) -> Option<(Spot, usize)> {
        let (rule, taken) = self.rule_at(keys)?;
        let definition = Self::only(rule).filter(|definition| definition.body.is_empty() && rule.default.is_none())?;
        let Head::Value(head) = &definition.head else { return None };
        matches!(head.kind, TermKind::Ref(..)).then_some(())?;
        Some((self.inner(rule, &[]).spot(head)?, taken))
    }

    /// What a term as a condition asks of one place.
    fn test(&mut self, term: &'d Term) -> Option<(Spot, Test)> {
        if let TermKind::Call(Callee::Builtin(builtin), args) = &term.kind {
            return match &args[..] {
                [a] if self.shared.mock_of_builtin(builtin).is_none() => {
                    Some((self.spot(a)?, Test::Is(Types::asked_by(builtin.name)?)))
                }
                [a, b] => self.call(builtin, a, b),
                _ => None,
            };
        }
        Some((self.spot(term)?, Test::Truthy))
    }

    fn call(&mut self, builtin: &'static Builtin, a: &'d Term, b: &'d Term) -> Option<(Spot, Test)> {
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
            "startswith" | "endswith" | "contains" if !self.cautious => {
                let (spot, constant @ Constant::String(_)) = (self.spot(a)?, self.constant(b)?) else { return None };
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

    fn member(&mut self, item: &'d Term, of: &'d Term) -> Option<(Spot, Test)> {
        if let Some(item) = self.constant(item) {
            let spot = self.spot(of)?;
            return Some((spot, Test::HasElement(self.shared.constants.id(item))));
        }
        let (spot, known) = (self.spot(item)?, self.constant(of)?);
        let items: Vec<&Constant> = match known {
            Constant::Array(items) | Constant::Set(items) => items.iter().collect(),
            Constant::Object(pairs) => pairs.iter().map(|(_, value)| value).collect(),
            _ => return None,
        };
        // What many definitions share is not written out for each.
        if items.len() > SHARED && !matches!(of.kind, TermKind::Constant(_)) {
            return None;
        }
        Some((spot, Test::OneOf(items.into_iter().map(|item| self.shared.constants.id(item)).collect())))
    }

    /// `place == constant` either way, or `path[_] == constant`.
    fn equal(&mut self, a: &'d Term, b: &'d Term) -> Option<(Spot, Test)> {
        if let Some((spot, k, _)) = self.with_constant(a, b) {
            return Some((spot, Test::Equal(k)));
        }
        for (elements, constant) in [(a, b), (b, a)] {
            if let Some(constant) = self.constant(constant)
                && let Some(spot) = self.any_element(elements)
            {
                return Some((spot, Test::HasElement(self.shared.constants.id(constant))));
            }
        }
        None
    }

    /// The place of `place[_]`.
    fn any_element(&mut self, term: &'d Term) -> Option<Spot> {
        let TermKind::Ref(base, keys) = &term.kind else { return None };
        let (last, keys) = keys.split_last()?;
        matches!(last.kind, TermKind::Local(local) if self.is_wildcard(local)).then_some(())?;
        self.reference(base, keys)
    }

    /// What a condition on an element's name asks of the place of all elements. It is no more than necessary, so it says
    /// nothing below `not`.
    fn element(&mut self, term: &'d Term) -> Option<(Spot, Test)> {
        match &term.kind {
            TermKind::Call(Callee::Builtin(builtin), args)
                if builtin.name == "equal" && self.shared.mock_of_builtin(builtin).is_none() =>
            {
                let [a, b] = &args[..] else { return None };
                self.equal_element(a, b)
            }
            _ => None,
        }
    }

    fn equal_element(&mut self, a: &'d Term, b: &'d Term) -> Option<(Spot, Test)> {
        [(a, b), (b, a)].into_iter().find_map(|(name, constant)| {
            let TermKind::Local(local) = &name.kind else { return None };
            let spot = self.elements.get(local)?.clone();
            let k = self.constant(constant)?;
            Some((spot, Test::HasElement(self.shared.constants.id(k))))
        })
    }

    /// The constant that a term is: itself, by a local's name, or by the name of a rule that is nothing but a constant.
    fn constant(&self, term: &'d Term) -> Option<&'d Constant> {
        match &term.kind {
            TermKind::Constant(constant) => Some(constant),
            TermKind::Local(local) => self.constants.get(local).copied(),
            TermKind::Ref(Base::Data, keys) if !self.shared.replaces_data => self.constant_rule(keys),
            _ => None,
        }
    }

    fn constant_rule(&self, keys: &[Term]) -> Option<&'u Constant> {
        let unit = self.shared.unit;
        let mut node = unit.nodes.get(self.data as usize)?;
        for key in keys {
            let TermKind::Constant(Constant::String(name)) = &key.kind else { return None };
            let at = node.children.binary_search_by(|(child, _)| child.cmp(name)).ok()?;
            node = &unit.nodes[node.children[at].1 as usize];
        }
        let rule = &unit.rules[node.rule? as usize];
        match &rule.definitions[..] {
            [Definition { head: Head::Value(Term { kind: TermKind::Constant(constant), .. }), body, .. }]
                if rule.kind == RuleKind::Complete && body.is_empty() =>
            {
                Some(constant)
            }
            _ => None,
        }
    }

    fn is_wildcard(&self, local: LocalId) -> bool {
        self.uses.get(local as usize).is_some_and(|uses| *uses == 1)
    }

    /// A place and a constant in either order; whether the constant came first.
    fn with_constant(&mut self, a: &'d Term, b: &'d Term) -> Option<(Spot, ConstId, bool)> {
        let (place, constant, swapped) = match (self.constant(a), self.constant(b)) {
            (_, Some(constant)) => (a, constant, false),
            (Some(constant), _) => (b, constant, true),
            _ => return None,
        };
        let spot = self.spot(place)?;
        Some((spot, self.shared.constants.id(constant), swapped))
    }

    /// The place that a term is, if it is one.
    fn spot(&mut self, term: &'d Term) -> Option<Spot> {
        match &term.kind {
            TermKind::Local(local) => self.names.get(local).cloned(),
            TermKind::Ref(base, keys) => self.reference(base, keys),
            _ => None,
        }
    }

    fn reference(&mut self, base: &'d Base, mut keys: &'d [Term]) -> Option<Spot> {
        let mut spot = match base {
            Base::Input => Spot { root: Root::Input, steps: vec![] },
            Base::Data => match self.alias(keys) {
                Some((spot, taken)) => {
                    keys = &keys[taken..];
                    spot
                }
                None => {
                    self.is_base_data(keys).then_some(())?;
                    Spot { root: Root::Data, steps: vec![] }
                }
            },
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
            let Ok(at) = node.children.binary_search_by(|(child, _)| child.cmp(name)) else {
                return node.rule.is_none();
            };
            node = &nodes[node.children[at].1 as usize];
        }
        false
    }
}
