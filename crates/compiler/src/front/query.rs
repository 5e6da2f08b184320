//! Queries: which expressions and variables a row shows.

use lictor_syntax::{Name, Source, Span};

use crate::front::draft::{
    Body, Callee, From, INPUT, Literal, LiteralKind, Operand, TemplatePart, Term, TermKind, Var, Vars,
};
use crate::front::tree::Tree;
use crate::front::vars::{SAFETY, VarSet};
use crate::hash::Map;
use crate::hir;

/// What a query shows, before it is ordered.
pub(crate) struct Shown {
    /// Each literal's place, and the variable that captures its value.
    captures: Vec<(Span, Option<Var>)>,
    /// Whether a single literal without iteration shows `false`.
    pub(crate) shows_false: bool,
}

/// Gives each expression of a query a variable for its value. A value must not be false, unless the query is one literal
/// that does not iterate.
pub(crate) fn capture(body: &mut Body, vars: &mut Vars, tree: &Tree) -> Shown {
    let checks = body.len() > 1 || body.iter().any(iterates);
    let mut captures = vec![];
    let mut tests = vec![];
    for literal in body.iter_mut() {
        let LiteralKind::Term(term) = &mut literal.kind else {
            captures.push((literal.at, None));
            continue;
        };
        let takes_output = match &term.kind {
            TermKind::Call(call) => match call.callee {
                Callee::Builtin(builtin) => builtin.args.len() == call.args.len(),
                Callee::Function(node) => tree.node(node).arity == call.args.len(),
                Callee::Unknown => false,
            },
            _ => true,
        };
        if literal.negated || !takes_output {
            captures.push((literal.at, None));
            continue;
        }
        // OPA's own variable for it is a wildcard, and its messages say so.
        let var = vars.named(&Name::from("_"));
        let at = term.at;
        let right = std::mem::replace(term, Term::var(INPUT, at));
        let from = match right.kind {
            TermKind::Call(_) => From::Output,
            _ => From::Unification,
        };
        literal.kind = LiteralKind::Unify { left: Term::var(var, at), right, from };
        captures.push((literal.at, Some(var)));
        if checks {
            let kind = LiteralKind::Term(Term::var(var, at));
            tests.push(Literal { kind, negated: false, with: vec![], generated: true, at: literal.at });
        }
    }
    body.extend(tests);
    let shows_false = !checks && captures.iter().any(|(_, var)| var.is_some());
    Shown { captures, shows_false }
}

/// Whether a literal has a reference with a variable as key, or a relation, outside comprehensions.
fn iterates(literal: &Literal) -> bool {
    let body = |body: &Body| body.iter().any(iterates);
    let operand = |operand: &Operand| body(&operand.body);
    match &literal.kind {
        LiteralKind::Term(it) => term(it),
        LiteralKind::Unify { left, right, .. } | LiteralKind::Assign(left, right) => term(left) || term(right),
        LiteralKind::Some(terms) | LiteralKind::Print(terms) => terms.iter().any(term),
        LiteralKind::SomeIn { key, value, domain } => key.iter().chain([value, domain]).any(term),
        LiteralKind::Every { domain, body: inner, .. } => term(domain) || body(inner),
        LiteralKind::Not(it) => operand(it),
        LiteralKind::And(left, right) | LiteralKind::Or(left, right) => operand(left) || operand(right),
        LiteralKind::Printed(_) => false,
    }
}

fn term(it: &Term) -> bool {
    match &it.kind {
        TermKind::Scalar(_) | TermKind::Var(_) | TermKind::Comprehension(_) => false,
        TermKind::Ref(terms) => terms.iter().skip(1).any(|key| key.as_var().is_some()) || terms.iter().any(term),
        TermKind::Call(call) => {
            matches!(call.callee, Callee::Builtin(builtin) if builtin.relation) || call.args.iter().any(term)
        }
        TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().any(term),
        TermKind::Object(pairs) => pairs.iter().any(|(key, value)| term(key) || term(value)),
        TermKind::Template(parts) => parts.iter().any(|part| match part {
            TemplatePart::Expression(literal) => iterates(literal),
            _ => false,
        }),
    }
}

/// Makes the query.
pub(crate) fn lower(
    name: Name,
    source: &Source,
    body: &Body,
    vars: &Vars,
    shown: &Shown,
    lowered: (Vec<hir::Literal>, Vec<Name>, Map<Var, hir::LocalId>),
) -> hir::Query {
    let (literals, locals, ids) = lowered;
    let mut bindings: Vec<(Name, hir::LocalId)> = vec![];
    let top: VarSet = SAFETY.body(body);
    for var in top.iter() {
        let info = vars.info(var);
        if var <= crate::front::draft::DATA || info.wildcard || info.name.is_empty() {
            continue;
        }
        if let Some(local) = ids.get(&var) {
            bindings.push((info.name.clone(), *local));
        }
    }
    bindings.sort();
    let mut expressions = vec![];
    for (at, literal) in body.iter().enumerate().filter(|(_, literal)| !literal.generated) {
        let capture = shown.captures.iter().find(|(span, _)| *span == literal.at).and_then(|(_, var)| *var);
        expressions.push(hir::QueryExpression {
            text: Name::from(literal.at.of(source.text())),
            span: literal.at,
            position: source.position(literal.at.start),
            literal: at as u32,
            value: capture.and_then(|var| ids.get(&var)).copied(),
        });
    }
    hir::Query { name, root: 0, body: literals, bindings, expressions, locals, shows_false: shown.shows_false }
}
