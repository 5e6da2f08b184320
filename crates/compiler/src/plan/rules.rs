//! Rules, functions and queries to routines.
//!
//! A complete rule is left at its first solution where nothing else could come (one constant, or one definition without
//! loops); otherwise each solution is settled with those before it. A partial rule is one builder around all bodies.

use std::cell::Cell;
use std::collections::HashSet;

use lictor_ir::{Act, Guard, Kind, Routine, RoutineKind, Slot, Source, Test};

use super::builder::{Builder, Load, Scope};
use super::code::{Assembled, Label};
use super::groups::asks_in_literal;
use super::guards::{guard, guard_of};
use super::solutions::{Bound, body_loops, gives_many, locals_of_body, locals_of_definition, locals_of_term};
use super::{Failure, Outcome, Shared, path_text};
use crate::hir::{
    At, Base, Constant, Definition, Document, Head, Literal, LiteralKind, LocalId, Query, Rule, RuleKind, Term,
    TermKind,
};

/// A routine and its code.
pub(super) struct Planned {
    pub(super) routine: Routine,
    pub(super) code: Assembled,
    /// The guards of a rule's definitions, where each has one and nothing else gives it a value.
    pub(super) screen: Option<Guards>,
}

/// Guards of all definitions of a rule.
pub(super) enum Guards {
    Own(Vec<Guard>),
    /// Those of the choice that its code begins with.
    Choice(u32),
}

/// Plans a rule or function.
pub(super) fn plan_rule(shared: &mut Shared<'_>, id: u32) -> Outcome<Planned> {
    let unit = shared.unit;
    let rule = &unit.rules[id as usize];
    let args = match rule.kind {
        RuleKind::Function(args) => args,
        _ => 0,
    };
    let at = rule.definitions.first().or(rule.default.as_deref()).map(|d| d.at).unwrap_or_default();
    let mock = shared.mock_of_function(id);
    let mut builder = Builder::new(shared, rule.root, at, args);
    match rule.kind {
        RuleKind::Complete | RuleKind::Function(_) => builder.complete(rule, args)?,
        RuleKind::Set => builder.partial(rule, Kind::Set { indexed: false })?,
        RuleKind::Object => {
            let flat = builder.shared.is_flat_object(id);
            builder.partial(rule, if flat { Kind::Object } else { Kind::Tree })?;
        }
    }
    let memo = matches!(rule.kind, RuleKind::Function(_))
        && rule.definitions.iter().any(|d| {
            let bound = bound_by_args(d);
            body_loops(&d.body, &bound) || d.elses.iter().any(|branch| body_loops(&branch.body, &bound))
        });
    let kind = if matches!(rule.kind, RuleKind::Function(_)) { RoutineKind::Function } else { RoutineKind::Rule };
    let screen = builder.screen(rule);
    let mut planned = builder.finish(path_text(&rule.path), kind, args);
    planned.screen = screen;
    planned.routine.memo = memo;
    planned.routine.mock = mock;
    Ok(planned)
}

/// Plans a query: an array of rows, each an array of its bindings and then its expressions.
pub(super) fn plan_query(shared: &mut Shared<'_>, query: &Query) -> Outcome<Planned> {
    let at = query.body.first().map(|literal| literal.at).unwrap_or_default();
    let mut b = Builder::new(shared, query.root, at, 0);
    b.start_definition(query.locals.len(), 0);
    locals_of_body(&query.body, &mut |local| b.count_use(local));
    query.bindings.iter().for_each(|(_, local)| b.count_use(*local));
    query.expressions.iter().filter_map(|e| e.value).for_each(|local| b.count_use(local));
    let rows = b.gather(Kind::Array, None, |b| {
        b.body(&query.body)?;
        let columns =
            query.bindings.iter().map(|(_, local)| Some(*local)).chain(query.expressions.iter().map(|e| e.value));
        let n = query.bindings.len() + query.expressions.len();
        let first = b.slots(n.max(1))?;
        for (i, column) in columns.enumerate() {
            let dst = first + i as Slot;
            match column {
                Some(local) => {
                    let slot = b.bound(local).ok_or_else(|| Failure::unsafe_local(b.at))?;
                    b.copy(slot, dst);
                }
                None => {
                    let k = b.shared.constants.id(&Constant::Bool(true));
                    b.just(Act::Const { dst, k });
                }
            }
        }
        let v = b.slot()?;
        b.just(Act::Array { dst: v, first, n: n as u16 });
        b.just(Act::Emit { v });
        Ok(())
    })?;
    b.just(Act::Return { v: rows });
    Ok(b.finish((*query.name).into(), RoutineKind::Query, 0))
}

/// Plans what is at a path below `data`: a whole node, a part of a rule's value, base data.
pub(super) fn plan_document(shared: &mut Shared<'_>, document: &Document) -> Outcome<Planned> {
    let mut b = Builder::new(shared, document.root, At::default(), 0);
    let keys: Vec<Term> = document
        .path
        .iter()
        .map(|name| Term { kind: TermKind::Constant(Constant::String(name.clone())), at: At::default() })
        .collect();
    let end = b.code.label();
    let scope = b.open(end);
    let v = b.document(&keys, None)?;
    b.just(Act::Return { v });
    b.close(scope);
    b.code.bind(end);
    b.just(Act::Undefined);
    Ok(b.finish((*document.name).into(), RoutineKind::Query, 0))
}

/// Plans a call whose arguments are constants: a rule without a name, so that it is evaluated once.
fn plan_call(shared: &mut Shared<'_>, function: u32, args: &[Term], at: At) -> Outcome<Planned> {
    let rule = &shared.unit.rules[function as usize];
    let (root, name) = (rule.root, path_text(&rule.path));
    let mut b = Builder::new(shared, root, at, 0);
    let end = b.code.label();
    let scope = b.open(end);
    let first = b.row(args)?;
    b.emit(Act::Func { first, routine: function });
    b.just(Act::Return { v: first });
    b.close(scope);
    b.code.bind(end);
    b.just(Act::Undefined);
    Ok(b.finish(name, RoutineKind::Rule, 0))
}

fn bound_by_args(definition: &Definition) -> Bound {
    let mut bound = Bound::default();
    definition.args.iter().for_each(|arg| {
        locals_of_term(arg, &mut |local| {
            bound.insert(local);
        });
    });
    bound
}

/// The constant that a term is.
fn constant(term: &Term) -> Option<&Constant> {
    match &term.kind {
        TermKind::Constant(constant) => Some(constant),
        _ => None,
    }
}

/// Up to here all definitions are tried in turn.
const FEW: usize = 5;

/// A choice in the making.
struct Choosing {
    it: u8,
    id: u32,
    arms: Vec<(Guard, Label)>,
    /// How many definitions are written.
    tried: Cell<usize>,
    /// Where a definition that fails goes.
    next: Label,
    /// Where there are no more definitions.
    none: Label,
}

/// A branch of a definition: its body and what it gives.
struct Choice<'t> {
    at: At,
    value: &'t Term,
    body: &'t [Literal],
    /// Whether another solution of the body may give another value.
    many: bool,
}

fn branches(definition: &Definition, as_opa: bool) -> Vec<Choice<'_>> {
    let bound = bound_by_args(definition);
    let (Head::Value(value) | Head::Member(value)) = &definition.head;
    let first = (definition.at, value, &definition.body[..]);
    let elses = definition.elses.iter().map(|branch| (branch.at, &branch.value, &branch.body[..]));
    std::iter::once(first)
        .chain(elses)
        .map(|(at, value, body)| {
            // OPA looks for all solutions, whatever they give.
            let many = if as_opa { body_loops(body, &bound) } else { gives_many(body, value, &bound) };
            Choice { at, value, body, many }
        })
        .collect()
}

impl Builder<'_, '_> {
    /// The value of a call whose arguments are constants; `None` where they are not, or the function may be replaced.
    pub(super) fn constant_call(&mut self, function: u32, args: &[Term]) -> Outcome<Option<Slot>> {
        let plain = !self.shared.traced && !self.shared.strict && self.shared.mock_of_function(function).is_none();
        let constants = args.iter().map(|arg| constant(arg).map(|constant| self.shared.constants.id(constant)));
        let Some(constants) = constants.collect::<Option<Vec<u32>>>().filter(|args| plain && !args.is_empty()) else {
            return Ok(None);
        };
        let key = (function, constants);
        let routine = match self.shared.constant_calls.get(&key) {
            Some(routine) => *routine,
            None => {
                let planned = plan_call(self.shared, function, args, self.at)?;
                let routine = self.shared.new_routine();
                self.shared.grown.push((routine, planned));
                self.shared.constant_calls.insert(key, routine);
                routine
            }
        };
        self.load(Load::Rule(routine)).map(Some)
    }

    /// The finished routine.
    pub(super) fn finish(self, name: Box<str>, kind: RoutineKind, args: u16) -> Planned {
        let (slots, loops) = self.needs();
        let routine = Routine { name, kind, start: 0, slots, loops, args, memo: false, mock: None };
        Planned { routine, code: self.code.assemble(), screen: None }
    }

    /// Notes that a local is written somewhere.
    pub(super) fn count_use(&mut self, local: LocalId) {
        let at = local as usize;
        if self.uses.len() <= at {
            self.uses.resize(at + 1, 0);
        }
        self.uses[at] += 1;
    }

    fn definition(&mut self, definition: &Definition, keep: u32) {
        self.at = definition.at;
        self.start_definition(definition.locals.len(), keep);
        locals_of_definition(definition, &mut |local| self.count_use(local));
    }

    /// Begins to choose among a rule's definitions, where that pays: there are many, and some have guards.
    fn start_choice(&mut self, rule: &Rule) -> Outcome<Option<Choosing>> {
        if rule.definitions.len() < FEW || self.shared.traced {
            return Ok(None);
        }
        let mut guards = vec![];
        for definition in &rule.definitions {
            self.definition(definition, 0);
            guards.push(guard(self.shared, self.root, definition, &self.uses));
        }
        if guards.iter().filter(|guard| !guard.atoms.is_empty()).count() < 2 {
            return Ok(None);
        }
        let (it, id) = (self.next_loop()?, self.shared.new_choice());
        let arms = guards.into_iter().map(|guard| (guard, self.code.label())).collect();
        let choosing = Choosing { it, id, arms, tried: 0.into(), next: self.code.label(), none: self.code.label() };
        self.emit_to(Act::Choose { it, choice: id }, choosing.none);
        Ok(Some(choosing))
    }

    /// The guards of a rule's definitions, where it has nothing to say unless one of them holds.
    fn screen(&mut self, rule: &Rule) -> Option<Guards> {
        if rule.default.is_some() || matches!(rule.kind, RuleKind::Function(_)) {
            return None;
        }
        if let Some((choice, arms)) = self.code.choices.first() {
            return arms.iter().all(|(guard, _)| !guard.atoms.is_empty()).then_some(Guards::Choice(*choice));
        }
        let mut guards = vec![];
        for definition in &rule.definitions {
            self.definition(definition, 0);
            let guard = guard(self.shared, self.root, definition, &self.uses);
            if guard.atoms.is_empty() {
                return None;
            }
            guards.push(guard);
        }
        Some(Guards::Own(guards))
    }

    /// Begins a definition; gives where it fails to.
    fn start_arm(&mut self, definition: &Definition, keep: u32, choice: Option<&Choosing>) -> Label {
        self.definition(definition, keep);
        match choice {
            None => self.code.label(),
            Some(choice) => {
                let arm = choice.tried.replace(choice.tried.get() + 1);
                if let Some((_, label)) = choice.arms.get(arm) {
                    self.code.bind(*label);
                }
                choice.next
            }
        }
    }

    /// Asks first what can be told of a definition, where a literal in front of it may raise: OPA's index leaves such
    /// definitions out before it evaluates anything.
    fn look_ahead(&mut self, definition: &Definition) -> Outcome<()> {
        let raises = definition.body.iter().position(|literal| asks_in_literal(literal, true));
        let (Some(raises), false) = (raises, self.shared.strict || self.shared.traced) else { return Ok(()) };
        // An `else` is tried where the body fails, and what prints does so first.
        let prints = |literal: &Literal| matches!(literal.kind, LiteralKind::Print(_));
        if !definition.elses.is_empty() || definition.body.iter().any(prints) {
            return Ok(());
        }
        let before = guard_of(self.shared, self.root, definition, &definition.body[..raises], &self.uses).atoms.len();
        let all = guard_of(self.shared, self.root, definition, &definition.body, &self.uses).atoms;
        for atom in all.iter().skip(before).filter(|atom| !atom.negated) {
            let load = match atom.source {
                Source::Input(path) => Load::Input(path),
                Source::Data(path) => Load::Data(path),
                Source::Argument(_) | Source::Below(..) => continue,
            };
            match atom.test {
                Test::Defined => drop(self.load(load)?),
                Test::Truthy => {
                    let a = self.load(load)?;
                    self.emit(Act::Holds { a });
                }
                Test::Equal(k) => {
                    let (a, b) = (self.load(load)?, self.load(Load::Const(k))?);
                    self.emit(Act::Eq { a, b });
                }
                _ => {}
            }
        }
        let mut paths = vec![];
        for literal in definition.body[raises..].iter().filter(|literal| literal.with.is_empty()) {
            self.paths_of_literal(literal, &mut paths);
            if let LiteralKind::SomeIn { domain, .. } = &literal.kind {
                self.input_paths(domain, &mut paths);
            }
        }
        for path in paths {
            self.load(Load::Input(path))?;
        }
        Ok(())
    }

    /// The constant paths of `input` that a literal needs, as far as OPA's rule index asks for them.
    fn paths_of_literal(&mut self, literal: &Literal, paths: &mut Vec<u32>) {
        match &literal.kind {
            LiteralKind::Term(term) => self.input_paths(term, paths),
            LiteralKind::Unify(a, b) => {
                self.input_paths(a, paths);
                self.input_paths(b, paths);
            }
            LiteralKind::Every { domain, .. } => self.input_paths(domain, paths),
            _ => {}
        }
    }

    /// Loads what a definition needs of `input`, as OPA's rule index does before anything is evaluated that could raise.
    pub(super) fn load_needed(&mut self, definition: &Definition, body: &[Literal]) -> Outcome<()> {
        let mut paths = vec![];
        body.iter().filter(|literal| literal.with.is_empty()).for_each(|it| self.paths_of_literal(it, &mut paths));
        // The value of an `else` is not that of the definition.
        if std::ptr::eq(body, &*definition.body) {
            let (Head::Value(head) | Head::Member(head)) = &definition.head;
            definition.path.iter().chain([head]).for_each(|term| self.input_paths(term, &mut paths));
        }
        for path in paths {
            self.load(Load::Input(path))?;
        }
        Ok(())
    }

    /// The constant paths of `input` that a term needs, closures left out.
    fn input_paths(&mut self, term: &Term, paths: &mut Vec<u32>) {
        match &term.kind {
            TermKind::Ref(Base::Input, keys) => {
                let steps = self.string_steps(keys);
                if steps.len() == keys.len() {
                    paths.push(self.shared.constants.path(&steps));
                }
            }
            TermKind::Array(items) | TermKind::Set(items) | TermKind::Call(_, items) => {
                items.iter().for_each(|item| self.input_paths(item, paths));
            }
            TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                self.input_paths(key, paths);
                self.input_paths(value, paths);
            }),
            _ => {}
        }
    }

    fn end_arm(&mut self, scope: Scope, next: Label, choice: Option<&Choosing>) {
        self.jump(self.fail);
        self.close(scope);
        match choice {
            None => self.code.bind(next),
            Some(_) => self.jump(next),
        }
    }

    fn end_choice(&mut self, choice: Option<Choosing>) {
        let Some(Choosing { it, id, arms, next, none, .. }) = choice else { return };
        self.code.bind(next);
        self.just(Act::NextChoice { it, choice: id });
        self.code.bind(none);
        self.code.choices.push((id, arms));
        self.end_loop();
    }

    fn complete(&mut self, rule: &Rule, args: u16) -> Outcome<()> {
        let definitions: Vec<_> =
            rule.definitions.iter().map(|d| (d, branches(d, self.shared.as_opa.is_some()))).collect();
        let mut values = definitions.iter().flat_map(|(_, branches)| branches.iter().map(|b| constant(b.value)));
        let first = values.next().flatten();
        let one_constant = first.is_some() && values.all(|value| value == first);
        let one_constant = one_constant && self.shared.as_opa.is_none_or(|as_opa| as_opa.early_exit);
        let at_once =
            one_constant || definitions.len() == 1 && definitions.iter().all(|(_, b)| b.iter().all(|b| !b.many));
        let result = if at_once {
            None
        } else {
            let dst = self.slot()?;
            self.just(Act::Clear { dst });
            Some(dst)
        };
        let keep = self.taken();
        let choice = self.start_choice(rule)?;
        for (definition, branches) in &definitions {
            let next = self.start_arm(definition, keep, choice.as_ref());
            let scope = self.open(next);
            for (arg, slot) in definition.args.iter().zip(0..args) {
                self.match_pattern(arg, slot)?;
            }
            self.look_ahead(definition)?;
            self.chain(definition, branches, result)?;
            self.end_arm(scope, next, choice.as_ref());
        }
        self.end_choice(choice);
        let none = self.code.label();
        if let Some(a) = result {
            self.emit_to(Act::Known { a }, none);
            self.just(Act::Return { v: a });
        }
        self.code.bind(none);
        match &rule.default {
            None => self.just(Act::Undefined),
            Some(default) => {
                self.definition(default, keep);
                let never = self.code.label();
                let scope = self.open(never);
                for (arg, slot) in default.args.iter().zip(0..args) {
                    self.match_pattern(arg, slot)?;
                }
                // Empty, unless literals stay in pieces.
                self.body(&default.body)?;
                let (Head::Value(value) | Head::Member(value)) = &default.head;
                let v = self.value(value)?;
                self.pass(default.at);
                self.just(Act::Return { v });
                self.close(scope);
                self.code.bind(never);
                self.just(Act::Undefined);
            }
        }
        Ok(())
    }

    /// A definition's branches: the first that gives a value ends the definition.
    fn chain(&mut self, definition: &Definition, branches: &[Choice<'_>], result: Option<Slot>) -> Outcome<()> {
        let done = self.fail;
        for (i, branch) in branches.iter().enumerate() {
            let last = i + 1 == branches.len();
            let next = self.code.label();
            // Of a branch with several solutions it is known only behind them whether the chain ends there.
            let held = match result {
                Some(_) if branch.many && !last => {
                    let dst = self.slot()?;
                    self.just(Act::Clear { dst });
                    Some(dst)
                }
                _ => None,
            };
            let scope = self.open(next);
            self.index_of(definition, branch.body)?;
            self.body(branch.body)?;
            let v = self.from(branch.at, |b| b.value(branch.value))?;
            self.pass(branch.at);
            self.at = if i == 0 { definition.at } else { branch.at };
            match result {
                None => self.just(Act::Return { v }),
                Some(dst) => {
                    self.just(Act::Settle { dst, v });
                    held.into_iter().for_each(|dst| self.just(Act::Move { dst, src: v }));
                    self.jump(if branch.many { self.fail } else { done });
                }
            }
            self.close(scope);
            self.code.bind(next);
            if let Some(a) = held {
                let more = self.code.label();
                self.emit_to(Act::Known { a }, more);
                self.jump(done);
                self.code.bind(more);
            }
        }
        Ok(())
    }

    /// What there is of definitions that never hold: the set at a constant path, or the object below which keys are looked
    /// for. Where a path leads through another definition's object, OPA evaluates that one, and there is only what holds.
    fn empty(&mut self, rule: &Rule) -> Outcome<()> {
        let keys = |definition: &Definition| definition.path.iter().map_while(constant).cloned().collect::<Vec<_>>();
        let places: HashSet<Vec<Constant>> = rule.definitions.iter().map(keys).collect();
        let mut made = HashSet::new();
        for definition in &rule.definitions {
            let mut own = keys(definition);
            let leaf_set = own.len() == definition.path.len() && matches!(definition.head, Head::Member(_));
            if own.len() == definition.path.len() && !leaf_set {
                own.pop();
            }
            let n = own.len();
            if n == 0 || (0..n).any(|n| places.contains(&own[..n])) || !made.insert(own) {
                continue;
            }
            let first = self.slots(n + 1)?;
            for (i, term) in definition.path[..n].iter().enumerate() {
                self.value_in(term, first + i as Slot)?;
            }
            self.just(Act::Clear { dst: first + n as Slot });
            self.just(Act::EmitAt { first, n: n as u16, leaf_set });
        }
        Ok(())
    }

    fn partial(&mut self, rule: &Rule, kind: Kind) -> Outcome<()> {
        self.just(Act::Begin { kind });
        if kind == Kind::Tree {
            self.empty(rule)?;
        }
        let choice = self.start_choice(rule)?;
        for definition in &rule.definitions {
            let next = self.start_arm(definition, 0, choice.as_ref());
            let scope = self.open(next);
            self.look_ahead(definition)?;
            self.index_of(definition, &definition.body)?;
            self.body(&definition.body)?;
            self.pass(definition.at);
            self.at = definition.at;
            let (Head::Value(value) | Head::Member(value)) = &definition.head;
            match kind {
                Kind::Tree => {
                    let n = definition.path.len();
                    let first = self.slots(n + 1)?;
                    for (i, term) in definition.path.iter().chain([value]).enumerate() {
                        self.value_in(term, first + i as Slot)?;
                    }
                    let leaf_set = matches!(definition.head, Head::Member(_));
                    self.just(Act::EmitAt { first, n: n as u16, leaf_set });
                }
                Kind::Object => {
                    let Some(key) = definition.path.first() else { return Err(Failure::unsafe_local(self.at)) };
                    let (k, v) = (self.value(key)?, self.value(value)?);
                    self.just(Act::EmitEntry { k, v });
                }
                _ => {
                    let v = self.value(value)?;
                    self.just(Act::Emit { v });
                }
            }
            self.end_arm(scope, next, choice.as_ref());
        }
        self.end_choice(choice);
        let dst = self.slot()?;
        self.just(Act::Finish { dst });
        self.just(Act::Return { v: dst });
        Ok(())
    }
}
