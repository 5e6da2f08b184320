//! Nesting: what `hoist` put in literals of its own goes back into the literal that uses it, where that changes nothing.
//!
//! It would change something where the literal is an old `not` (then references and comprehensions come out of it too),
//! where a loop would change its place among other loops, or where a pattern would hold something to compute. In
//! `x := f(y)` nothing is left over; in `not f(g(y))` the call of `g` stays in front.

use crate::front::draft::{Body, Callee, From, Literal, LiteralKind, Rule, TemplatePart, Term, TermKind, Var, Vars};
use crate::front::vars::{ALL, KEYS, Look, NEEDED, VarSet};
use crate::hash::Map;

/// Nests within a definition.
pub(crate) fn rule(rule: &mut Rule) {
    in_rule(rule, false);
}

/// Nests nothing within a definition: what operands still hold gets literals of its own, as in OPA.
pub(crate) fn flat(rule: &mut Rule) {
    in_rule(rule, true);
}

fn in_rule(rule: &mut Rule, flat: bool) {
    let mut vars = std::mem::take(&mut rule.vars);
    let mut args = VarSet::new();
    rule.args.iter().flatten().for_each(|arg| args.add(&ALL.term(arg)));
    for (number, branch) in rule.branches.iter_mut().enumerate() {
        let mut heads: Vec<&mut Term> = vec![];
        if number == 0 {
            heads.extend(rule.path.iter_mut().skip(rule.package + 1).chain(&mut rule.key));
        }
        heads.extend(&mut branch.value);
        let mut others = VarSet::new();
        rule.args.iter().flatten().for_each(|arg| others.add(&ALL.term(arg)));
        let mut stage = Nest { vars: &mut vars, bound: args.clone(), trail: vec![], equal_is_call: false, flat };
        stage.body(&mut branch.body, heads, &others);
    }
    rule.vars = vars;
}

/// Nests within a query.
pub(crate) fn query(body: &mut Body, vars: &mut Vars) {
    Nest { vars, bound: VarSet::new(), trail: vec![], equal_is_call: true, flat: false }.body(
        body,
        vec![],
        &VarSet::new(),
    );
}

struct Nest<'a> {
    vars: &'a mut Vars,
    bound: VarSet,
    /// What was added to `bound`, in order, to be taken back.
    trail: Vec<Var>,
    /// Whether `==` stays a call, as it does in queries.
    equal_is_call: bool,
    /// Whether nothing is nested.
    flat: bool,
}

/// What is bound at a place.
struct Known<'a> {
    bound: &'a VarSet,
    /// What parts that still wait mention.
    more: &'a More,
    own: Option<Var>,
}

impl Known<'_> {
    fn has_all(&self, vars: &VarSet) -> bool {
        vars.iter().all(|var| self.bound.contains(var) || self.more.0.contains_key(&var) || self.own == Some(var))
    }
}

/// In how many parts each variable is mentioned.
struct More(Map<Var, usize>);

impl More {
    fn of(parts: &[Part]) -> Self {
        let mut counts: Map<Var, usize> = Map::default();
        for part in parts {
            NEEDED.literal(&part.literal).iter().for_each(|var| *counts.entry(var).or_default() += 1);
        }
        More(counts)
    }

    fn forget(&mut self, part: &Part) {
        for var in NEEDED.literal(&part.literal).iter() {
            if let Some(count) = self.0.get_mut(&var) {
                *count -= 1;
                if *count == 0 {
                    self.0.remove(&var);
                }
            }
        }
    }
}

/// A part of another literal: `var = term`.
struct Part {
    var: Var,
    literal: Literal,
}

impl Nest<'_> {
    /// `kept` are variables that are used elsewhere too.
    fn body(&mut self, body: &mut Body, mut heads: Vec<&mut Term>, kept: &VarSet) {
        let mut uses: Map<Var, usize> = Map::default();
        let mut count = |var: Var, _| *uses.entry(var).or_default() += 1;
        ALL.walk_body(body, &mut count);
        heads.iter().for_each(|head| ALL.walk_term(head, &mut count));
        let mut out = Vec::with_capacity(body.len());
        let mut pending: Vec<Part> = vec![];
        for mut literal in body.drain(..) {
            self.closures(&mut literal);
            match part(&literal) {
                _ if self.flat => {
                    self.operands_out(&mut literal, &mut out);
                    out.push(literal);
                }
                Some(var) if self.vars.is_generated(var) && uses.get(&var) == Some(&2) && !kept.contains(var) => {
                    pending.push(Part { var, literal });
                }
                _ => {
                    self.flush(std::mem::take(&mut pending), &mut literal, &mut out);
                    self.push(literal, &mut out);
                }
            }
        }
        self.fold_heads(pending, &mut heads, &mut out);
        *body = out;
    }

    fn push(&mut self, mut literal: Literal, out: &mut Body) {
        if literal.negated {
            self.operands_out(&mut literal, out);
        }
        self.bind(&NEEDED.literal(&literal));
        out.push(literal);
    }

    /// Parts go into a literal as far as they may; the others come before it.
    fn flush(&mut self, mut parts: Vec<Part>, literal: &mut Literal, out: &mut Body) {
        let mut more = More::of(&parts);
        // Literals that stand alone, the last one first; parts go into the first of them.
        let mut alone: Vec<Literal> = vec![];
        while let Some(part) = parts.pop() {
            more.forget(&part);
            let target = alone.last_mut().unwrap_or(literal);
            if let Some(Part { literal, .. }) = self.fold(part, target, &more) {
                alone.push(literal);
            }
        }
        alone.into_iter().rev().for_each(|literal| self.push(literal, out));
    }

    fn fold_heads(&mut self, mut parts: Vec<Part>, heads: &mut [&mut Term], out: &mut Body) {
        let mut more = More::of(&parts);
        while let Some(last) = parts.pop() {
            more.forget(&last);
            let known = Known { bound: &self.bound, more: &more, own: None };
            let value = match &last.literal.kind {
                LiteralKind::Unify { right, .. } if last.literal.with.is_empty() => right.clone(),
                _ => Term::var(last.var, last.literal.at),
            };
            let folds = !loops(&value, &known) && value.as_var() != Some(last.var);
            if !(folds && heads.iter_mut().any(|head| substitute(head, last.var, &value))) {
                let Part { literal: mut alone, .. } = last;
                self.flush(parts, &mut alone, out);
                self.push(alone, out);
                return;
            }
        }
    }

    fn bind(&mut self, vars: impl IntoIterator<Item = Var>) {
        for var in vars {
            if self.bound.insert(var) {
                self.trail.push(var);
            }
        }
    }

    /// Forgets what was bound since the trail was so long.
    fn back_to(&mut self, mark: usize) {
        for var in self.trail.drain(mark..) {
            self.bound.remove(var);
        }
    }

    /// Puts a part into a literal; gives it back where that may not be.
    fn fold(&self, part: Part, literal: &mut Literal, more: &More) -> Option<Part> {
        let LiteralKind::Unify { right: value, .. } = &part.literal.kind else { return Some(part) };
        let same_with = part.literal.with.len() == literal.with.len()
            && part.literal.with.iter().zip(&literal.with).all(|(a, b)| a.at == b.at);
        let mut known = Known { bound: &self.bound, more, own: None };
        if literal.negated || !same_with || loops(value, &known) {
            return Some(part);
        }
        known.own = Some(part.var);
        let var = part.var;
        let folded = match &mut literal.kind {
            LiteralKind::Term(term) => (is_base(term, var) || !loops(term, &known)) && substitute(term, var, value),
            LiteralKind::Unify { left, right, from } => {
                let into = |side: &mut Term, other: &Term| {
                    if loops(other, &known) {
                        return false;
                    }
                    let computed = known.has_all(&NEEDED.term(side));
                    (side.as_var() == Some(var) || computed || is_base(side, var)) && substitute(side, var, value)
                };
                let call = matches!(right.kind, TermKind::Call(_));
                match from {
                    From::SomeIn { .. } => is_base(right, var) && substitute(right, var, value),
                    From::Output | From::Stage if call => !loops(right, &known) && into(right, left),
                    From::Assignment => into(right, left),
                    _ => into(right, left) || into(left, right),
                }
            }
            LiteralKind::Every { domain, .. } => substitute(domain, var, value),
            _ => false,
        };
        if folded { None } else { Some(part) }
    }

    /// Nests in the closures of a literal.
    fn closures(&mut self, literal: &mut Literal) {
        match &mut literal.kind {
            LiteralKind::Term(term) => self.term(term),
            LiteralKind::Unify { left, right, .. } => {
                self.term(left);
                self.term(right);
            }
            LiteralKind::Every { key, value, domain, body } => {
                self.term(domain);
                let inside: VarSet = key.iter().copied().chain([*value]).collect();
                self.inner(body, inside);
            }
            LiteralKind::Not(operand) => self.inner(&mut operand.body, VarSet::new()),
            LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
                self.inner(&mut left.body, VarSet::new());
                self.inner(&mut right.body, VarSet::new());
            }
            LiteralKind::Printed(args) => {
                for (var, body) in args {
                    self.kept(body, *var);
                }
            }
            LiteralKind::Assign(..) | LiteralKind::Some(_) | LiteralKind::SomeIn { .. } | LiteralKind::Print(_) => {}
        }
        literal.with.iter_mut().for_each(|with| self.term(&mut with.value));
    }

    fn inner(&mut self, body: &mut Body, more: VarSet) {
        let mark = self.trail.len();
        self.bind(&more);
        self.body(body, vec![], &VarSet::new());
        self.back_to(mark);
    }

    /// A body whose last literal binds a variable that stands outside it.
    fn kept(&mut self, body: &mut Body, var: Var) {
        let mark = self.trail.len();
        self.body(body, vec![], &VarSet::from([var]));
        self.back_to(mark);
    }

    fn term(&mut self, term: &mut Term) {
        match &mut term.kind {
            TermKind::Scalar(_) | TermKind::Var(_) => {}
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) => {
                terms.iter_mut().for_each(|term| self.term(term));
            }
            TermKind::Call(call) => call.args.iter_mut().for_each(|term| self.term(term)),
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key);
                    self.term(value);
                }
            }
            TermKind::Comprehension(it) => {
                let mark = self.trail.len();
                let heads = it.key.iter_mut().chain([&mut it.value]).collect();
                self.body(&mut it.body, heads, &VarSet::new());
                self.back_to(mark);
            }
            TermKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Body(var, body) = part {
                        self.kept(body, *var);
                    }
                }
            }
        }
    }

    /// References and comprehensions in operand places come out of an old `not`; the two sides of an equation, and a
    /// reference that is the literal, keep their own.
    fn operands_out(&mut self, literal: &mut Literal, out: &mut Body) {
        let mut front = vec![];
        match &mut literal.kind {
            LiteralKind::Unify { right: Term { kind: TermKind::Call(call), .. }, .. } => {
                call.args.iter_mut().for_each(|arg| self.operand_out(arg, &mut front));
            }
            LiteralKind::Unify { left, right, .. } => {
                self.side_out(left, &mut front);
                self.side_out(right, &mut front);
            }
            LiteralKind::Term(term) => match &mut term.kind {
                TermKind::Call(call) => {
                    let equation = !self.equal_is_call
                        && matches!(call.callee, Callee::Builtin(builtin) if builtin.name == "equal");
                    for arg in &mut call.args {
                        if equation {
                            self.side_out(arg, &mut front);
                        } else {
                            self.operand_out(arg, &mut front);
                        }
                    }
                }
                _ => self.side_out(term, &mut front),
            },
            _ => {}
        }
        for part in &mut front {
            part.with.clone_from(&literal.with);
        }
        out.append(&mut front);
    }

    fn side_out(&mut self, term: &mut Term, front: &mut Body) {
        match &mut term.kind {
            TermKind::Ref(terms) => terms.iter_mut().skip(1).for_each(|key| self.operand_out(key, front)),
            TermKind::Comprehension(_) => {}
            _ => self.operand_out(term, front),
        }
    }

    fn operand_out(&mut self, term: &mut Term, front: &mut Body) {
        match &mut term.kind {
            TermKind::Ref(terms) => {
                terms.iter_mut().skip(1).for_each(|key| self.operand_out(key, front));
                self.alone(term, front);
            }
            TermKind::Array(items) | TermKind::Set(items) => {
                items.iter_mut().for_each(|item| self.operand_out(item, front));
            }
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    self.operand_out(key, front);
                    self.operand_out(value, front);
                }
            }
            TermKind::Comprehension(_) | TermKind::Template(_) => self.alone(term, front),
            TermKind::Scalar(_) | TermKind::Var(_) | TermKind::Call(_) => {}
        }
    }

    fn alone(&mut self, term: &mut Term, front: &mut Body) {
        let var = self.vars.generate();
        let value = std::mem::replace(term, Term::var(var, term.at));
        front.push(Literal::bind(var, value));
    }
}

/// The variable of a literal that a stage made.
fn part(literal: &Literal) -> Option<Var> {
    match &literal.kind {
        LiteralKind::Unify { left, from: From::Stage, .. } if literal.generated && !literal.negated => left.as_var(),
        _ => None,
    }
}

/// Whether a term gives several values: an unbound variable among the keys of a reference, or a relation.
fn loops(term: &Term, known: &Known<'_>) -> bool {
    let mut found = false;
    crate::front::vars::each_term(term, &mut |term| {
        match &term.kind {
            TermKind::Comprehension(_) | TermKind::Template(_) => return true,
            TermKind::Ref(terms) => {
                let keys = Look { no_closures: true, ..KEYS };
                found |= terms.iter().skip(1).any(|key| !known.has_all(&keys.term(key)));
            }
            TermKind::Call(call) => {
                found |= matches!(call.callee, Callee::Builtin(builtin) if builtin.relation);
            }
            _ => {}
        }
        found
    });
    found
}

/// Whether a variable is the base of the reference that a term is.
fn is_base(term: &Term, var: Var) -> bool {
    match &term.kind {
        TermKind::Ref(terms) => terms.first().and_then(Term::as_var) == Some(var),
        _ => false,
    }
}

/// Puts a term in the place of a variable, closures left out; whether there was one.
fn substitute(term: &mut Term, var: Var, value: &Term) -> bool {
    match &mut term.kind {
        TermKind::Var(found) => {
            let same = *found == var;
            if same {
                *term = value.clone();
            }
            same
        }
        TermKind::Scalar(_) | TermKind::Comprehension(_) | TermKind::Template(_) => false,
        TermKind::Ref(terms) => {
            if terms.first().and_then(Term::as_var) == Some(var)
                && let TermKind::Ref(base) = &value.kind
            {
                // A reference into a reference is one reference.
                let keys = terms.split_off(1);
                *terms = base.clone();
                terms.extend(keys);
                return true;
            }
            terms.iter_mut().any(|term| substitute(term, var, value))
        }
        TermKind::Array(terms) | TermKind::Set(terms) => terms.iter_mut().any(|term| substitute(term, var, value)),
        TermKind::Call(call) => call.args.iter_mut().any(|term| substitute(term, var, value)),
        TermKind::Object(pairs) => {
            pairs.iter_mut().any(|(key, it)| substitute(key, var, value) || substitute(it, var, value))
        }
    }
}
