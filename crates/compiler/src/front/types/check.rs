//! Literals: what each says of types, and whether that can be.
//!
//! Going through a body in its order, each literal gives types to the variables that it is the first to mention, and must
//! fit what is known of the others. Documented in OPA as the type checker (`v1/ast/check.go`).

use std::rc::Rc;

use lictor_syntax::{Details, Span};
use lictor_value::Builtin;

use super::Types;
use super::details::{self, Wanted};
use super::kind::{Kind, Maybe, is_unknown, keys, or, select, show, unifies, values};
use super::refs::root_key;
use super::tree::Tree;
use crate::front::draft::{
    Body, Call, Callee, Comprehension, DATA, From, INPUT, Literal, LiteralKind, TemplatePart, Term, TermKind, Var,
    Vars, With,
};
use crate::front::text;
use crate::hash::Map;
use crate::hir::{ComprehensionKind, Constant};

/// What cannot be.
pub(super) struct Problem {
    pub(super) at: Span,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) details: Option<Details>,
    /// Whether it may only follow from another: a type was not known.
    pub(super) vague: bool,
}

/// Checks the bodies of one branch.
pub(super) struct Check<'a> {
    pub(super) vars: &'a Vars,
    types: &'a Types<'a>,
    /// Documents that `with` replaces, innermost last.
    pub(super) overlays: Vec<Rc<Tree>>,
    /// Whether `==` is a call, as it is in queries.
    equal_is_call: bool,
    /// Whether it looks into the body of an `every`, `not`, `and` or `or`, where OPA gives no types to variables.
    pub(super) inside: bool,
    /// Types of variables: of the branch, and of each comprehension around what is being checked.
    scopes: Vec<Map<Var, Kind>>,
    /// What a stage put into a variable of its own.
    made: Map<Var, &'a Term>,
    /// Comprehensions that were checked, by their address.
    seen: Map<*const Comprehension, Maybe>,
}

impl<'a> Check<'a> {
    pub(super) fn new(vars: &'a Vars, types: &'a Types<'a>, equal_is_call: bool) -> Self {
        Check {
            vars,
            types,
            overlays: vec![],
            equal_is_call,
            inside: false,
            scopes: vec![Map::default()],
            made: Map::default(),
            seen: Map::default(),
        }
    }

    /// Layers of documents, the one that answers first being first.
    pub(super) fn layers(&self) -> impl Iterator<Item = &Rc<Tree>> {
        self.overlays.iter().rev().chain([&self.types.documents])
    }

    /// One of them.
    pub(super) fn layer(&self, number: usize) -> Option<Rc<Tree>> {
        self.layers().nth(number).cloned()
    }

    /// Takes from what the whole check may cost; `None` when nothing is left.
    pub(super) fn spend(&self, cost: u64) -> Option<()> {
        self.types.spend(cost)
    }

    pub(super) fn extent(&self, node: &Tree) -> Maybe {
        self.spend(node.children.len() as u64)?;
        node.extent()
    }

    pub(super) fn var(&self, var: Var) -> Maybe {
        self.scopes.iter().rev().find_map(|scope| scope.get(&var)).cloned()
    }

    pub(super) fn set_var(&mut self, var: Var, kind: Kind) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(var, kind);
        }
    }

    pub(super) fn set_maybe(&mut self, var: Var, kind: Maybe) {
        if let Some(kind) = kind {
            self.set_var(var, kind);
        }
    }

    /// Checks a body; what is wrong with it.
    pub(super) fn body(&mut self, body: &'a Body) -> Vec<Problem> {
        let mut found = vec![];
        for literal in body {
            if self.spend(1).is_none() {
                break;
            }
            self.note(literal);
            self.literal(literal, &mut found);
        }
        found
    }

    fn note(&mut self, literal: &'a Literal) {
        if let LiteralKind::Unify { left, right, from: From::Stage } = &literal.kind
            && literal.generated
            && let Some(var) = left.as_var()
        {
            self.made.insert(var, right);
        }
    }

    fn literal(&mut self, literal: &'a Literal, found: &mut Vec<Problem>) {
        let overlays = self.overlays.len();
        self.replace(&literal.with);
        let before = found.len();
        self.closures(literal, found);
        self.references(literal, found);
        // What stands in the places of operands is wrong by itself.
        let follows = found.len() > before
            && matches!(&literal.kind, LiteralKind::Unify { right, .. } if !matches!(right.kind, TermKind::Call(_)));
        if let Some(problem) = self.expression(literal)
            && !(problem.vague && follows)
        {
            found.push(problem);
        }
        self.overlays.truncate(overlays);
    }

    /// The documents that a literal sees.
    fn replace(&mut self, with: &'a [With]) {
        for with in with {
            let TermKind::Ref(target) = &with.target.kind else { continue };
            let Some(root @ (DATA | INPUT)) = target.first().and_then(Term::as_var) else { continue };
            if let Some(tree) = self.types.dependents(with, self.vars) {
                self.overlays.push(tree);
            }
            if with.target_function.is_some() {
                continue;
            }
            let replaced = self.reference(target);
            let value = self.term(&with.value);
            let kind = match (&replaced, &value) {
                (Some(_), Some(_)) => or(replaced, value),
                _ => None,
            };
            let mut tree = Tree::default();
            let path: Vec<Constant> =
                [root_key(root)].into_iter().chain(target.iter().skip(1).map_while(Term::as_constant)).collect();
            tree.put(&path, kind.unwrap_or_else(Kind::any));
            self.overlays.push(Rc::new(tree));
        }
    }

    /// Checks the comprehensions of a literal, wherever they stand in it.
    fn closures(&mut self, literal: &'a Literal, found: &mut Vec<Problem>) {
        match &literal.kind {
            LiteralKind::Term(term) => self.closures_of(term, found),
            LiteralKind::Unify { left, right, .. } | LiteralKind::Assign(left, right) => {
                self.closures_of(left, found);
                self.closures_of(right, found);
            }
            LiteralKind::Every { domain, body, .. } => {
                self.closures_of(domain, found);
                body.iter().for_each(|literal| self.closures(literal, found));
            }
            LiteralKind::Not(operand) => operand.body.iter().for_each(|literal| self.closures(literal, found)),
            LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
                left.body.iter().chain(&right.body).for_each(|literal| self.closures(literal, found));
            }
            LiteralKind::Printed(args) => {
                for (_, body) in args {
                    self.closed(body, found);
                }
            }
            LiteralKind::Some(_) | LiteralKind::SomeIn { .. } | LiteralKind::Print(_) => {}
        }
    }

    fn closures_of(&mut self, term: &'a Term, found: &mut Vec<Problem>) {
        match &term.kind {
            TermKind::Scalar(_) | TermKind::Var(_) => {}
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) => {
                terms.iter().for_each(|term| self.closures_of(term, found));
            }
            TermKind::Call(call) => call.args.iter().for_each(|term| self.closures_of(term, found)),
            TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                self.closures_of(key, found);
                self.closures_of(value, found);
            }),
            TermKind::Comprehension(it) => {
                let (kind, problems) = self.comprehension(it);
                self.seen.insert(std::ptr::from_ref(&**it), kind);
                found.extend(problems);
            }
            TermKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Body(_, body) = part {
                        self.closed(body, found);
                    }
                }
            }
        }
    }

    fn closed(&mut self, body: &'a Body, found: &mut Vec<Problem>) {
        self.scopes.push(Map::default());
        found.extend(self.body(body));
        self.scopes.pop();
    }

    fn comprehension(&mut self, it: &'a Comprehension) -> (Maybe, Vec<Problem>) {
        self.scopes.push(Map::default());
        let problems = self.body(&it.body);
        let kind = problems.is_empty().then(|| {
            let value = self.term(&it.value);
            match it.kind {
                ComprehensionKind::Array => Kind::array(vec![], value),
                ComprehensionKind::Set => Kind::set(value),
                ComprehensionKind::Object => {
                    let key = it.key.as_ref().and_then(|key| self.term(key));
                    Kind::object(vec![], Some((key, value)))
                }
            }
        });
        self.scopes.pop();
        (kind, problems)
    }

    /// The type of a term.
    pub(super) fn term(&mut self, term: &Term) -> Maybe {
        match &term.kind {
            TermKind::Scalar(constant) => Some(Kind::of(constant)),
            TermKind::Var(var) => self.var(*var),
            TermKind::Ref(terms) => self.reference(terms),
            TermKind::Call(_) => None,
            TermKind::Array(items) => {
                let fixed = items.iter().map(|item| self.operand(item)).collect();
                Some(Kind::array(fixed, None))
            }
            TermKind::Set(items) => {
                let of = items.iter().fold(None, |of, item| or(of, self.operand(item)));
                Some(Kind::set(of))
            }
            TermKind::Object(pairs) => {
                let (mut fixed, mut rest) = (vec![], None);
                for (key, value) in pairs {
                    let kind = self.operand(value);
                    match key.as_constant() {
                        Some(key) => fixed.push((key, kind)),
                        None => rest = Some((self.operand(key), kind)),
                    }
                }
                Some(Kind::object(fixed, rest))
            }
            TermKind::Comprehension(it) => self.seen.get(&std::ptr::from_ref(&**it)).cloned().flatten(),
            TermKind::Template(_) => Some(Kind::String),
        }
    }

    /// The type of a term in an operand's place. There a reference stands in a literal of its own, in OPA; one that is
    /// wrong was reported, and may be anything.
    fn operand(&mut self, term: &Term) -> Maybe {
        match &term.kind {
            TermKind::Ref(_) => self.term(term).or_else(|| Some(Kind::any())),
            _ => self.term(term),
        }
    }

    /// Checks what a literal says itself.
    fn expression(&mut self, literal: &Literal) -> Option<Problem> {
        if let Some(problem) = self.replaced_functions(&literal.with) {
            return Some(problem);
        }
        match &literal.kind {
            LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => self.call(call, None, literal.at),
            LiteralKind::Unify { left, right: Term { kind: TermKind::Call(call), .. }, .. } => {
                self.call(call, Some(left), literal.at)
            }
            LiteralKind::Unify { left, right, .. } => self.equal(left, right, literal.at),
            _ => None,
        }
    }

    fn replaced_functions(&mut self, with: &[With]) -> Option<Problem> {
        for with in with {
            let (Some(target), Some(value)) = (with.target_function, with.function) else { continue };
            let (wanted, given) = (self.signature(target), self.signature(value));
            let (Some(Kind::Function(a)), Some(Kind::Function(b))) = (&wanted, &given) else { continue };
            // Arities were compared before.
            if a.args.len() == b.args.len() && !unifies(&wanted, &given) {
                let name = match &with.target.kind {
                    TermKind::Ref(terms) => self.written(terms),
                    _ => text::term(&with.target, self.vars),
                };
                let hint = Some(format!("have: {}, want: {}", list(&b.args), list(&a.args)));
                let details = Some(details::arguments(&b.args, &self.wanted(target, &a.args)));
                let message = format!("{name}: arity mismatch");
                return Some(Problem { at: with.at, message, hint, details, vague: b.args.iter().any(is_unknown) });
            }
        }
        None
    }

    /// What a callee wants, by name where it has names.
    fn wanted(&self, callee: Callee, kinds: &[Maybe]) -> Vec<Wanted> {
        match callee {
            Callee::Builtin(builtin) => {
                let operands = builtin.args.iter().chain([&builtin.result]).take(kinds.len());
                operands.map(|operand| Wanted::operand(builtin, operand)).collect()
            }
            _ => kinds.iter().cloned().map(Wanted::bare).collect(),
        }
    }

    fn signature(&mut self, callee: Callee) -> Maybe {
        match callee {
            Callee::Builtin(builtin) => Some(self.types.declared(builtin)),
            Callee::Function(node) => self.path(&self.types.nodes.node(node).path),
            Callee::Unknown => None,
        }
    }

    fn equal(&mut self, a: &Term, b: &Term, at: Span) -> Option<Problem> {
        let (of_a, of_b) = (self.term(a), self.term(b));
        if self.unify(a, &of_a, b, &of_b) {
            return None;
        }
        let hint = Some(format!("left: {}, right: {}", show(&of_a), show(&of_b)));
        let vague = is_unknown(&of_a) || is_unknown(&of_b);
        let details = Some(details::mismatch(&of_a, &of_b));
        Some(Problem { at, message: "match error".into(), hint, details, vague })
    }

    fn call(&mut self, call: &Call, output: Option<&Term>, at: Span) -> Option<Problem> {
        let builtin = match call.callee {
            Callee::Builtin(builtin) => builtin.name,
            _ => "",
        };
        match (builtin, &call.args[..], output) {
            ("equal", [a, b], None) if !self.equal_is_call => return self.equal(a, b, at),
            ("internal.member_2", [item, of], _) => {
                let of = self.operand(of);
                if let Some(problem) = self.member(item, values(&of), at) {
                    return Some(problem);
                }
            }
            ("internal.member_3", [key, item, of], _) => {
                let of = self.operand(of);
                if let Some(within) = values(&of) {
                    let problem = self.member(key, keys(&of), at).or_else(|| self.member(item, Some(within), at));
                    if problem.is_some() {
                        return problem;
                    }
                }
            }
            _ => {}
        }
        let Some(Kind::Function(function)) = self.signature(call.callee) else { return None };
        let mut wanted = function.args.clone();
        wanted.extend(function.result.is_some().then(|| function.result.clone()));
        let given: Vec<&Term> = call.args.iter().chain(output).collect();
        let before: Vec<Maybe> = given.iter().map(|arg| self.operand(arg)).collect();
        for (at_arg, arg) in given.iter().enumerate() {
            let (Some(want), Some(have)) = (wanted.get(at_arg), before.get(at_arg)) else { break };
            let clash = !is_unknown(have) && !unifies(have, want);
            if clash || !self.fit(arg, want, false) {
                let have: Vec<Maybe> = if clash { before } else { given.iter().map(|arg| self.operand(arg)).collect() };
                let message = format!("{}: invalid argument(s)", self.name(call));
                let vague = have.iter().any(is_unknown);
                let hint = Some(format!("have: {}, want: {}", list(&have), list(&wanted)));
                let details = Some(details::arguments(&have, &self.wanted(call.callee, &wanted)));
                return Some(Problem { at, message, hint, details, vague });
            }
        }
        None
    }

    /// Whether a term can be found in a collection of such values: `x in xs`.
    fn member(&mut self, term: &Term, of: Maybe, at: Span) -> Option<Problem> {
        if is_unknown(&of) {
            return None;
        }
        let have = self.operand(term);
        let clash = !is_unknown(&have) && !unifies(&have, &of);
        if !clash && self.fit(term, &of, false) {
            return None;
        }
        let hint = Some(format!("left: {}, right: {}", show(&have), show(&of)));
        let details = Some(details::mismatch(&have, &of));
        Some(Problem { at, message: "match error".into(), hint, details, vague: is_unknown(&have) })
    }

    fn name(&self, call: &Call) -> String {
        match call.callee {
            Callee::Builtin(Builtin { name, .. }) => (*name).to_owned(),
            _ => text::function(call, self.vars),
        }
    }

    /// Two terms are equal: variables of either get the type of the other.
    fn unify(&mut self, a: &Term, of_a: &Maybe, b: &Term, of_b: &Maybe) -> bool {
        match (is_unknown(of_a), is_unknown(of_b)) {
            (true, false) => return self.fit(a, of_b, false),
            (false, true) => return self.fit(b, of_a, false),
            (false, false) => return unifies(of_a, of_b),
            (true, true) => {}
        }
        match (&a.kind, &b.kind) {
            (TermKind::Array(x), TermKind::Array(y)) => {
                return x.len() == y.len() && x.iter().zip(y).all(|(x, y)| self.unify_parts(x, y));
            }
            (TermKind::Object(x), TermKind::Object(y)) => {
                return x.len() == y.len()
                    && x.iter().all(|(key, value)| {
                        let Some(key) = key.as_constant() else { return false };
                        let other = y.iter().find(|(other, _)| other.as_constant().as_ref() == Some(&key));
                        other.is_some_and(|(_, other)| self.unify_parts(value, other))
                    });
            }
            (TermKind::Array(_) | TermKind::Object(_), TermKind::Var(_)) => return self.unify_structure(a, b),
            (TermKind::Var(_), TermKind::Var(_) | TermKind::Array(_) | TermKind::Object(_)) => {
                let (from, to) = if matches!(b.kind, TermKind::Var(_)) { (a, b) } else { (b, a) };
                return self.unify_structure(from, to);
            }
            (TermKind::Var(_), TermKind::Ref(_)) => return self.fit(a, &Some(Kind::any()), false),
            (TermKind::Ref(_), TermKind::Var(_)) => return self.fit(b, &Some(Kind::any()), false),
            (TermKind::Array(_) | TermKind::Object(_), _) => return false,
            _ => {}
        }
        match (&a.kind, &b.kind) {
            (TermKind::Var(_), _) if of_a.is_none() && of_b.is_some() => self.fit(a, of_b, false),
            (_, TermKind::Var(_)) if of_b.is_none() && of_a.is_some() => self.fit(b, of_a, false),
            _ => false,
        }
    }

    fn unify_parts(&mut self, a: &Term, b: &Term) -> bool {
        let (of_a, of_b) = (self.term(a), self.term(b));
        self.unify(a, &of_a, b, &of_b)
    }

    fn unify_structure(&mut self, from: &Term, to: &Term) -> bool {
        self.fit(from, &Some(Kind::any()), false) && {
            let kind = self.term(from);
            self.fit(to, &kind, false)
        }
    }

    /// A term is of a type: variables without one get it. `either` adds it to the one that they have.
    pub(super) fn fit(&mut self, term: &Term, kind: &Maybe, either: bool) -> bool {
        match &term.kind {
            TermKind::Array(items) => match kind {
                Some(Kind::Array(it)) => {
                    (items.len() == it.fixed.len() || it.rest.is_some())
                        && items
                            .iter()
                            .enumerate()
                            .all(|(at, item)| self.fit(item, it.fixed.get(at).unwrap_or(&it.rest), either))
                }
                _ => self.fit_any(term, kind),
            },
            TermKind::Object(pairs) => match kind {
                Some(Kind::Object(it)) => {
                    let open = it.rest.as_ref().is_some_and(|(_, value)| value.is_some());
                    (pairs.len() == it.fixed.len() || open)
                        && pairs.iter().all(|(key, value)| match key.as_constant() {
                            Some(key) => {
                                let child = select(kind, &key);
                                child.is_some() && self.fit(value, &child, either)
                            }
                            None => {
                                self.fit(value, &Some(Kind::any()), either);
                                true
                            }
                        })
                }
                _ => self.fit_any(term, kind),
            },
            TermKind::Set(items) => match kind {
                Some(Kind::Set(it)) => items.iter().all(|item| self.fit(item, &it.of, either)),
                _ => self.fit_any(term, kind),
            },
            TermKind::Var(var) => {
                let known = self.var(*var);
                match known {
                    Some(_) if !either => unifies(&known, kind),
                    _ => {
                        self.set_maybe(*var, if either { or(known, kind.clone()) } else { kind.clone() });
                        true
                    }
                }
            }
            // OPA has put these into variables.
            TermKind::Ref(_) | TermKind::Comprehension(_) | TermKind::Template(_) if either => true,
            TermKind::Scalar(_) | TermKind::Ref(_) | TermKind::Comprehension(_) | TermKind::Template(_) => {
                let known = self.operand(term);
                known.is_none() || unifies(&known, kind)
            }
            TermKind::Call(_) => true,
        }
    }

    /// A collection is one of several types.
    fn fit_any(&mut self, term: &Term, kind: &Maybe) -> bool {
        let Some(Kind::Any(any)) = kind else { return false };
        if !any.of.is_empty() {
            // Each is tried: all may give types to variables.
            let fits: Vec<bool> = any.of.iter().map(|one| self.fit(term, &Some(one.clone()), true)).collect();
            return fits.contains(&true);
        }
        let one = Some(Kind::any());
        match &term.kind {
            TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|item| {
                self.fit(item, &one, true);
            }),
            TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                self.fit(key, &one, true);
                self.fit(value, &one, true);
            }),
            _ => {}
        }
        true
    }

    /// A term with what a stage put into variables of its own in their place.
    pub(super) fn restored(&self, term: &Term) -> Term {
        let list = |terms: &[Term]| terms.iter().map(|term| self.restored(term)).collect();
        let kind = match &term.kind {
            TermKind::Var(var) => match self.made.get(var) {
                Some(made) => return self.restored(made),
                None => return term.clone(),
            },
            TermKind::Ref(terms) => TermKind::Ref(list(terms)),
            TermKind::Array(items) => TermKind::Array(list(items)),
            TermKind::Set(items) => TermKind::Set(list(items)),
            TermKind::Object(pairs) => {
                TermKind::Object(pairs.iter().map(|(key, value)| (self.restored(key), self.restored(value))).collect())
            }
            TermKind::Call(call) => TermKind::Call(Box::new(Call { args: list(&call.args), ..(**call).clone() })),
            _ => return term.clone(),
        };
        Term { kind, at: term.at }
    }
}

fn list(kinds: &[Maybe]) -> String {
    format!("({})", kinds.iter().map(show).collect::<Vec<_>>().join(", "))
}
