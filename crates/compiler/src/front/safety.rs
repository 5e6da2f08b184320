//! Safety: each body in an order in which every literal finds its inputs bound, or an error for each variable that no
//! order can bind.
//!
//! The passes are OPA's: literals are taken in source order as soon as what they need is bound, again and again until
//! nothing changes, so a literal that had to wait lands after all that the earlier pass took. Then the same inside each
//! closure, with what stands before it as bound. (OPA, `v1/ast/compile.go`, documents it as "minimal re-ordering".)

use std::cell::LazyCell;
use std::collections::BTreeSet;

use lictor_syntax::{Code, Name, Span};

use crate::front::analysis::Stage;
use crate::front::draft::{
    Body, Callee, DATA, From, INPUT, Literal, LiteralKind, Rule, TemplatePart, Term, TermKind, Var, Vars,
};
use crate::front::report::Report;
use crate::front::unify::{is_base_safe, unify};
use crate::front::vars::{ALL, KEYS, NEEDED, OUTPUT, SAFETY, VarSet, each_term, walk_terms};
use crate::hash::Map;

/// What stays unbound in one literal.
#[derive(Clone, Debug)]
struct Unsafe {
    at: Span,
    /// The left side of an assignment.
    assigned: VarSet,
    vars: VarSet,
}

/// Checks that a definition's heads use only what its bodies bind.
pub(crate) fn head(rule: &Rule, shared: &dyn Fn(&Rule, Span) -> String, report: &mut Report) {
    for (number, branch) in rule.branches.iter().enumerate() {
        let mut known = NEEDED.body(&branch.body);
        rule.args.iter().flatten().for_each(|arg| known.add(&ALL.term(arg)));
        let mut missing: Vec<(Var, Span)> = vec![];
        let mut see = |var: Var, at: Span| {
            if !known.contains(var) && !missing.iter().any(|(seen, _)| *seen == var) {
                missing.push((var, at));
            }
        };
        if number == 0 {
            rule.path.iter().skip(rule.package + 1).chain(&rule.key).for_each(|term| ALL.walk_term(term, &mut see));
        }
        branch.value.iter().for_each(|term| ALL.walk_term(term, &mut see));
        for (var, at) in missing {
            if !rule.vars.is_generated(var) {
                let message = format!("var {} is unsafe{}", rule.vars.name(var), shared(rule, branch.at));
                report.add(Stage::HeadSafety, Code::UnsafeVar, rule.file, at, message);
            }
        }
    }
}

/// Orders the bodies of a definition.
pub(crate) fn rule(rule: &mut Rule, shared: &dyn Fn(&Rule, Span) -> String, report: &mut Report) {
    let mut safe = VarSet::from([INPUT, DATA]);
    rule.args.iter().flatten().for_each(|arg| safe.add(&ALL.term(arg)));
    for number in 0..rule.branches.len() {
        let scope = shared(rule, rule.branches[number].at);
        let unsafe_ = order(&mut rule.branches[number].body, Globals { outer: None, own: &safe });
        errors(unsafe_, &rule.vars, rule.file, &scope, report);
    }
}

/// Orders the body of a query.
pub(crate) fn query(body: &mut Body, vars: &Vars, file: u32, report: &mut Report) {
    let unsafe_ = order(body, Globals { outer: None, own: &VarSet::from([INPUT, DATA]) });
    errors(unsafe_, vars, file, "", report);
}

/// Variables that are bound outside a body: its own scope's, and those of the scopes around it.
#[derive(Clone, Copy)]
struct Globals<'a> {
    outer: Option<&'a Globals<'a>>,
    own: &'a VarSet,
}

impl Globals<'_> {
    fn contains(&self, var: Var) -> bool {
        let mut scope = Some(self);
        std::iter::from_fn(|| {
            let here = scope?;
            scope = here.outer;
            Some(here)
        })
        .any(|scope| scope.own.contains(var))
    }
}

/// Puts a body and the closures in it in order; gives what stays unbound. Literals that could not be placed stay at the end.
fn order(body: &mut Body, globals: Globals<'_>) -> Vec<Unsafe> {
    let body_vars = SAFETY.body(body);
    // Where everything is bound outside, the literals stand in an order already.
    let (count, found) = match body_vars.iter().all(|var| globals.contains(var)) {
        true => (body.len(), vec![]),
        false => order_literals(body, &body_vars, globals),
    };
    let mut closures = Closures { outer: globals, globals: VarSet::new(), found };
    for at in 0..count {
        if let Some(previous) = at.checked_sub(1) {
            closures.globals.add(&SAFETY.literal(&body[previous]));
        }
        closures.literal(&mut body[at]);
    }
    closures.found
}

/// Puts the literals of a body in order; gives how many could be placed, and what stays unbound in the others.
fn order_literals(body: &mut Body, body_vars: &VarSet, globals: Globals<'_>) -> (usize, Vec<Unsafe>) {
    let mut safe: VarSet = body_vars.iter().filter(|var| globals.contains(*var)).collect();
    let direct: Vec<VarSet> = body.iter().map(|literal| SAFETY.literal(literal)).collect();
    let closures: Vec<VarSet> = body
        .iter()
        .map(|literal| {
            let mut vars = closure_vars(literal).in_both(body_vars);
            vars.retain(|var| !globals.contains(var));
            vars
        })
        .collect();
    let mut missing: Vec<VarSet> = direct.iter().map(|vars| vars.without(&safe)).collect();
    // Which literals mention a variable: once it is bound, they are looked at again. One that stands behind the binding
    // literal is so in the same pass.
    let mentions = LazyCell::new(|| {
        let mut mentions: Map<Var, Vec<usize>> = Map::default();
        for (at, literal) in body.iter().enumerate() {
            for var in ALL.literal(literal).iter() {
                mentions.entry(var).or_default().push(at);
            }
        }
        mentions
    });
    let mut taken: Vec<usize> = vec![];
    let mut is_taken = vec![false; body.len()];
    let mut pass: BTreeSet<usize> = (0..body.len()).collect();
    let mut is_first = true;
    while !pass.is_empty() {
        let mut next_pass = BTreeSet::new();
        while let Some(at) = pass.pop_first() {
            let literal = &body[at];
            let outputs = outputs(literal, &safe);
            let mut blocked = false;
            let unbound = closures[at].without(&safe);
            if !unbound.is_empty() {
                if unbound == outputs {
                    // It closes over its own result.
                    continue;
                }
                blocked = !unbound.is_subset(&outputs);
                missing[at] = unbound;
            } else if !closures[at].is_empty() {
                missing[at] = direct[at].without(&safe);
            }
            missing[at].take(&outputs);
            missing[at].take(&safe);
            let ready = direct[at].iter().all(|var| outputs.contains(var) || safe.contains(var));
            if missing[at].is_empty() && !blocked && ready {
                taken.push(at);
                is_taken[at] = true;
                // None waits yet, and those behind it are to come.
                let in_turn = is_first && taken.len() == at + 1;
                for var in outputs.iter() {
                    if safe.insert(var) && !in_turn {
                        let waiting = mentions.get(&var).into_iter().flatten().filter(|other| !is_taken[**other]);
                        for other in waiting {
                            if *other > at {
                                pass.insert(*other)
                            } else {
                                next_pass.insert(*other)
                            };
                        }
                    }
                }
            }
        }
        pass = next_pass;
        is_first = false;
    }
    let open: Vec<usize> = (0..body.len()).filter(|at| !is_taken[*at]).collect();
    let mut found: Vec<Unsafe> = vec![];
    for at in &open {
        let literal = &body[*at];
        found.push(Unsafe { at: literal.at, assigned: assigned(literal), vars: std::mem::take(&mut missing[*at]) });
    }
    taken.extend(&open);
    let mut literals: Vec<Option<Literal>> = body.drain(..).map(Some).collect();
    body.extend(taken.iter().filter_map(|at| literals.get_mut(*at).and_then(Option::take)));
    (body.len() - open.len(), found)
}

fn assigned(literal: &Literal) -> VarSet {
    match &literal.kind {
        LiteralKind::Unify { left, from: From::Assignment, .. } => ALL.term(left),
        _ => VarSet::new(),
    }
}

/// Orders the closures of literals that are in order.
struct Closures<'a> {
    outer: Globals<'a>,
    globals: VarSet,
    found: Vec<Unsafe>,
}

impl Closures<'_> {
    fn literal(&mut self, literal: &mut Literal) {
        let (at, assigned) = (literal.at, assigned(literal));
        let mut own = VarSet::new();
        match &mut literal.kind {
            LiteralKind::Term(term) => self.term(term, &mut own),
            LiteralKind::Unify { left, right, .. } => {
                self.term(left, &mut own);
                self.term(right, &mut own);
            }
            LiteralKind::Every { key, value, body, .. } => {
                self.globals.extend(key.iter().chain([&*value]).copied());
                self.body(body, &VarSet::new(), &mut own);
            }
            LiteralKind::Not(operand) => self.body(&mut operand.body, &VarSet::new(), &mut own),
            LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
                self.body(&mut left.body, &VarSet::new(), &mut own);
                self.body(&mut right.body, &VarSet::new(), &mut own);
            }
            LiteralKind::Printed(args) => {
                for (var, body) in args {
                    self.body(body, &VarSet::from([*var]), &mut own);
                }
            }
            LiteralKind::Assign(..) | LiteralKind::Some(_) | LiteralKind::SomeIn { .. } | LiteralKind::Print(_) => {}
        }
        for with in &mut literal.with {
            self.term(&mut with.value, &mut own);
        }
        if !own.is_empty() {
            self.found.push(Unsafe { at, assigned, vars: own });
        }
    }

    fn body(&mut self, body: &mut Body, heads: &VarSet, own: &mut VarSet) {
        let globals = Globals { outer: Some(&self.outer), own: &self.globals };
        let known = SAFETY.body(body);
        own.extend(heads.iter().filter(|var| !known.contains(*var) && !globals.contains(*var)));
        self.found.extend(order(body, globals));
    }

    fn term(&mut self, term: &mut Term, own: &mut VarSet) {
        match &mut term.kind {
            TermKind::Scalar(_) | TermKind::Var(_) => {}
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) => {
                terms.iter_mut().for_each(|term| self.term(term, own));
            }
            TermKind::Call(call) => call.args.iter_mut().for_each(|term| self.term(term, own)),
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key, own);
                    self.term(value, own);
                }
            }
            TermKind::Comprehension(it) => {
                let mut heads = ALL.term(&it.value);
                it.key.iter().for_each(|key| heads.add(&ALL.term(key)));
                self.body(&mut it.body, &heads, own);
            }
            TermKind::Template(parts) => {
                for part in parts {
                    match part {
                        TemplatePart::Body(var, body) => self.body(body, &VarSet::from([*var]), own),
                        TemplatePart::Plain(term) => self.term(term, own),
                        TemplatePart::Text(_) | TemplatePart::Expression(_) => {}
                    }
                }
            }
        }
    }
}

/// The variables that a literal's closures mention.
fn closure_vars(literal: &Literal) -> VarSet {
    let mut found = VarSet::new();
    match &literal.kind {
        LiteralKind::Every { body, .. } => found.add(&ALL.body(body)),
        LiteralKind::Not(operand) => found.add(&ALL.body(&operand.body)),
        LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
            found.add(&ALL.body(&left.body));
            found.add(&ALL.body(&right.body));
        }
        LiteralKind::Printed(args) => {
            for (var, body) in args {
                found.insert(*var);
                found.add(&ALL.body(body));
            }
        }
        _ => {}
    }
    let mut see = |term: &Term| match &term.kind {
        TermKind::Comprehension(_) => {
            found.add(&ALL.term(term));
            true
        }
        TermKind::Template(parts) => {
            for part in parts {
                if let TemplatePart::Body(var, body) = part {
                    found.insert(*var);
                    found.add(&ALL.body(body));
                }
            }
            false
        }
        _ => false,
    };
    match &literal.kind {
        LiteralKind::Every { domain, .. } => each_term(domain, &mut see),
        LiteralKind::Not(_) | LiteralKind::And(..) | LiteralKind::Or(..) | LiteralKind::Printed(_) => {}
        _ => walk_terms(literal, &mut see),
    }
    found
}

/// The variables that a body binds where those in `safe` are bound.
pub(crate) fn body_outputs(body: &[Literal], safe: &VarSet) -> VarSet {
    let mut all = safe.clone();
    for literal in body {
        let more = outputs(literal, &all);
        all.add(&more);
    }
    all.without(safe)
}

/// The variables that a literal binds where those in `safe` are bound.
pub(crate) fn outputs(literal: &Literal, safe: &VarSet) -> VarSet {
    if literal.negated || literal.with.iter().any(|with| !NEEDED.with(with).is_subset(safe)) {
        return VarSet::new();
    }
    match &literal.kind {
        LiteralKind::Term(term) => {
            if let TermKind::Call(call) = &term.kind
                && matches!(call.callee, Callee::Unknown)
            {
                return VarSet::new();
            }
            let mut found = VarSet::new();
            reference_outputs(term, safe, &mut found);
            // Before `functions`: a last argument too many takes the result.
            if let TermKind::Call(call) = &term.kind
                && let Some((output, inputs)) = call.args.split_last()
                && call.arity == Some(inputs.len())
            {
                let needed = inputs.iter().fold(VarSet::new(), |mut needed, arg| {
                    needed.add(&OUTPUT.term(arg));
                    needed
                });
                if needed.iter().all(|var| found.contains(var) || safe.contains(var)) {
                    found.add(&OUTPUT.term(output));
                }
            }
            found
        }
        LiteralKind::Unify { left, right, from } => match (&right.kind, from) {
            (TermKind::Call(call), From::Output | From::Stage) => {
                if matches!(call.callee, Callee::Unknown) {
                    return VarSet::new();
                }
                let mut found = VarSet::new();
                reference_outputs(right, safe, &mut found);
                reference_outputs(left, safe, &mut found);
                let mut inputs = VarSet::new();
                call.args.iter().for_each(|arg| inputs.add(&OUTPUT.term(arg)));
                if !inputs.iter().all(|var| found.contains(var) || safe.contains(var)) {
                    return VarSet::new();
                }
                found.add(&OUTPUT.term(left));
                found
            }
            _ => unified(literal, safe),
        },
        LiteralKind::Every { domain, .. } => {
            let mut found = VarSet::new();
            reference_outputs(domain, safe, &mut found);
            found
        }
        LiteralKind::Print(args) => {
            let mut found = VarSet::new();
            args.iter().for_each(|arg| reference_outputs(arg, safe, &mut found));
            found
        }
        // Before `locals`: what the stages after it see as an equation.
        LiteralKind::Assign(..) | LiteralKind::Some(_) | LiteralKind::SomeIn { .. } => VarSet::new(),
        LiteralKind::Not(_) | LiteralKind::And(..) | LiteralKind::Or(..) | LiteralKind::Printed(_) => VarSet::new(),
    }
}

/// The variables that an equation binds where those in `safe` are bound.
pub(crate) fn unified(literal: &Literal, safe: &VarSet) -> VarSet {
    let LiteralKind::Unify { left, right, from } = &literal.kind else { return VarSet::new() };
    let mut known = VarSet::new();
    reference_outputs(left, safe, &mut known);
    reference_outputs(right, safe, &mut known);
    // Only what the equation mentions matters.
    let left_vars = ALL.term(left);
    known.add(&left_vars.in_both(safe));
    known.add(&ALL.term(right).in_both(safe));
    if *from == From::Assignment {
        // An assignment never binds backwards.
        known.take(&left_vars);
    }
    let bound = unify(&known, left, right);
    known.add(&bound);
    known.without(safe)
}

/// The variables in brackets of references whose bases are bound; closures left out.
fn reference_outputs(term: &Term, safe: &VarSet, found: &mut VarSet) {
    each_term(term, &mut |term| match &term.kind {
        TermKind::Comprehension(_) | TermKind::Template(_) => true,
        TermKind::Ref(terms) => {
            if !terms.first().is_some_and(|base| is_base_safe(base, safe)) {
                return true;
            }
            terms.iter().skip(1).for_each(|key| found.add(&KEYS.term(key)));
            false
        }
        _ => false,
    });
}

/// The variables of an operand without braces (or a `not` without) that must come from outside: all of a single
/// literal's; of several literals' those that nothing among them binds, or that only one mentions.
pub(crate) fn needed_from_outside(body: &Body) -> VarSet {
    let occurrences: Vec<VarSet> = body.iter().map(|literal| NEEDED.literal(literal)).collect();
    let all: VarSet = occurrences.iter().flatten().collect();
    if body.len() <= 1 {
        return all;
    }
    let is_call = |right: &Term, from: &From| {
        matches!(right.kind, TermKind::Call(_)) && matches!(from, From::Output | From::Stage)
    };
    let mut safe = all.clone();
    safe.extend([INPUT, DATA]);
    for literal in body {
        if let LiteralKind::Unify { left, right, from } = &literal.kind
            && !is_call(right, from)
        {
            for var in [left, right].into_iter().filter_map(Term::as_var) {
                safe.remove(var);
            }
        }
    }
    let mut bound = VarSet::new();
    loop {
        let before = bound.len();
        for literal in body {
            if let LiteralKind::Unify { right, from, .. } = &literal.kind
                && !is_call(right, from)
            {
                let more = unified(literal, &safe);
                bound.add(&more);
                safe.add(&more);
            }
        }
        if bound.len() == before {
            break;
        }
    }
    for literal in body {
        if let LiteralKind::Unify { left, right, from } = &literal.kind
            && is_call(right, from)
        {
            bound.add(&OUTPUT.term(left));
        }
    }
    let mut literals: Map<Var, usize> = Map::default();
    occurrences.iter().flatten().for_each(|var| *literals.entry(var).or_default() += 1);
    all.iter().filter(|var| !bound.contains(*var) || literals.get(var) == Some(&1)).collect()
}

/// Words that are keywords only where imported.
const FUTURE_KEYWORDS: [&str; 7] = ["in", "every", "contains", "if", "and", "or", "not"];

fn errors(found: Vec<Unsafe>, vars: &Vars, file: u32, scope: &str, report: &mut Report) {
    let mut places: Vec<(Var, Span)> = vec![];
    let mut assigned: Vec<Name> = vec![];
    for it in &found {
        assigned.extend(it.assigned.iter().map(|var| vars.name(var).clone()).filter(|name| !name.is_empty()));
        for var in it.vars.iter() {
            match places.iter_mut().find(|(seen, _)| *seen == var) {
                Some((_, at)) => *at = (*at).min(it.at),
                None => places.push((var, it.at)),
            }
        }
    }
    let is_assigned = |var: Var| assigned.contains(vars.name(var));
    let others = places.iter().any(|(var, _)| !vars.is_generated(*var) && !is_assigned(*var));
    let mut reported = false;
    // What has no name comes last of all at one place.
    places.sort_by_key(|(var, at)| (at.start, &**vars.name(*var) == "_"));
    for (var, at) in &places {
        if vars.is_generated(*var) || (others && is_assigned(*var)) {
            continue;
        }
        reported = true;
        let name = vars.name(*var);
        let hint = match FUTURE_KEYWORDS.contains(&&**name) {
            true => format!(" (hint: `import future.keywords.{name}` to import a future keyword)"),
            false => String::new(),
        };
        report.add(Stage::BodySafety, Code::UnsafeVar, file, *at, format!("var {name} is unsafe{scope}{hint}"));
    }
    if reported {
        return;
    }
    let mut seen = VarSet::new();
    let mut found = found;
    found.sort_by_key(|it| it.at);
    for it in &found {
        let before = seen.len();
        seen.extend(it.vars.iter().filter(|var| vars.is_generated(*var)));
        if seen.len() > before {
            report.add(Stage::BodySafety, Code::UnsafeVar, file, it.at, format!("expression is unsafe{scope}"));
        }
    }
}
