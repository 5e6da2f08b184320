//! Hoisting: nested calls, bases that are no variables, head terms that need evaluation and values of `with` become
//! literals of their own in front of (heads: behind) the literal that uses them.
//!
//! This is what gives the order of evaluation its meaning: what stands in a literal of its own is ordered by `safety`
//! like any other and is outside an old `not`. `lower` nests again what need not stand alone.

use crate::front::draft::{Body, Comprehension, Literal, LiteralKind, Rule, TemplatePart, Term, TermKind, Vars, With};

/// Hoists within a definition.
pub(crate) fn rule(rule: &mut Rule) {
    let mut vars = std::mem::take(&mut rule.vars);
    for (number, branch) in rule.branches.iter_mut().enumerate() {
        let mut body = self::body(std::mem::take(&mut branch.body), &mut vars);
        if number == 0 {
            // Non-scalar, non-variable terms of the path stand in the body.
            for term in rule.path.iter_mut().skip(rule.package + 1) {
                if !matches!(term.kind, TermKind::Var(_) | TermKind::Scalar(_)) {
                    head_term(term, &mut body, &mut vars);
                    bind(term, &mut body, &mut vars);
                }
            }
            let args = rule.args.iter_mut().flatten();
            for term in args.chain(&mut rule.key) {
                head_term(term, &mut body, &mut vars);
            }
        }
        branch.value.iter_mut().for_each(|term| head_term(term, &mut body, &mut vars));
        let args = rule.args.iter_mut().flatten().filter(|_| number == 0);
        let key = rule.key.iter_mut().filter(|_| number == 0);
        for term in key.chain(&mut branch.value).chain(args) {
            if term.requires_evaluation() {
                bind(term, &mut body, &mut vars);
            }
        }
        branch.body = body;
    }
    rule.vars = vars;
}

/// Hoists within a query.
pub(crate) fn query(body: &mut Body, vars: &mut Vars) {
    *body = self::body(std::mem::take(body), vars);
}

fn head_term(term: &mut Term, body: &mut Body, vars: &mut Vars) {
    self::term(term, body, vars);
}

/// Puts a variable in a term's place and `variable = term` at the end of a body.
fn bind(term: &mut Term, body: &mut Body, vars: &mut Vars) {
    let var = vars.generate();
    let at = term.at;
    let value = std::mem::replace(term, Term::var(var, at));
    body.push(Literal::bind(var, value));
}

fn body(body: Body, vars: &mut Vars) -> Body {
    let mut out = Vec::with_capacity(body.len());
    for it in body {
        literal(it, &mut out, vars);
    }
    out
}

fn literal(mut it: Literal, out: &mut Body, vars: &mut Vars) {
    for with in &mut it.with {
        replacement(with, out, vars);
    }
    let mut front = vec![];
    match &mut it.kind {
        LiteralKind::Term(inner) => match &mut inner.kind {
            TermKind::Call(call) => call.args.iter_mut().for_each(|arg| term(arg, &mut front, vars)),
            _ => term(inner, &mut front, vars),
        },
        LiteralKind::Unify { left, right, .. } => {
            term(left, &mut front, vars);
            term(right, &mut front, vars);
        }
        LiteralKind::Every { domain, body, .. } => {
            let at = domain.at;
            let var = vars.generate();
            let value = std::mem::replace(domain, Term::var(var, at));
            let mut bound = Literal::bind(var, value);
            if let LiteralKind::Unify { right, .. } = &mut bound.kind {
                term(right, &mut front, vars);
            }
            front.push(bound);
            *body = self::body(std::mem::take(body), vars);
        }
        LiteralKind::Not(operand) => operand.body = body(std::mem::take(&mut operand.body), vars),
        LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
            left.body = body(std::mem::take(&mut left.body), vars);
            right.body = body(std::mem::take(&mut right.body), vars);
        }
        LiteralKind::Printed(args) => {
            for (_, inner) in args {
                *inner = body(std::mem::take(inner), vars);
            }
        }
        LiteralKind::Assign(..) | LiteralKind::Some(_) | LiteralKind::SomeIn { .. } | LiteralKind::Print(_) => {}
    }
    for literal in &mut front {
        literal.with.clone_from(&it.with);
    }
    out.append(&mut front);
    out.push(it);
}

/// The value of a `with` is computed in front of everything that the `with` covers.
fn replacement(with: &mut With, out: &mut Body, vars: &mut Vars) {
    if with.function.is_some() {
        return;
    }
    term(&mut with.value, out, vars);
    if with.value.requires_evaluation() {
        bind(&mut with.value, out, vars);
    }
}

/// Hoists out of a term, innermost first.
fn term(it: &mut Term, out: &mut Body, vars: &mut Vars) {
    let at = it.at;
    match &mut it.kind {
        TermKind::Scalar(_) | TermKind::Var(_) => {}
        TermKind::Call(call) => {
            call.args.iter_mut().for_each(|arg| term(arg, out, vars));
            bind(it, out, vars);
        }
        TermKind::Ref(terms) => {
            terms.iter_mut().for_each(|part| term(part, out, vars));
            if let Some(base) = terms.first_mut()
                && !matches!(base.kind, TermKind::Var(_) | TermKind::Ref(_) | TermKind::Scalar(_))
            {
                bind(base, out, vars);
            }
        }
        TermKind::Array(items) | TermKind::Set(items) => items.iter_mut().for_each(|item| term(item, out, vars)),
        TermKind::Object(pairs) => {
            for (key, value) in pairs {
                term(key, out, vars);
                term(value, out, vars);
            }
        }
        TermKind::Comprehension(inner) => comprehension(inner, vars),
        TermKind::Template(parts) => {
            for part in parts {
                if let TemplatePart::Body(_, inner) = part {
                    *inner = body(std::mem::take(inner), vars);
                }
            }
            let var = vars.generate();
            let value = std::mem::replace(it, Term::var(var, at));
            out.push(Literal::bind(var, value));
        }
    }
}

fn comprehension(it: &mut Comprehension, vars: &mut Vars) {
    let mut inner = body(std::mem::take(&mut it.body), vars);
    it.key.iter_mut().for_each(|key| term(key, &mut inner, vars));
    term(&mut it.value, &mut inner, vars);
    for head in it.key.iter_mut().chain([&mut it.value]) {
        if head.requires_evaluation() {
            bind(head, &mut inner, vars);
        }
    }
    it.body = inner;
}
