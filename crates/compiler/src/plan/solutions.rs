//! How often a body can hold, told from its text: bodies without loops hold at most once.

use std::collections::HashSet;

use crate::hir::{
    Base, Callee, Definition, Head, Literal, LiteralKind, LocalId, TemplatePart, Term, TermKind, WithValue,
};

/// Locals that are bound at a point of a body.
pub(super) type Bound = HashSet<LocalId, foldhash::fast::FixedState>;

/// Calls `f` for each occurrence of a local in a term, closures included.
pub(super) fn locals_of_term(term: &Term, f: &mut (impl FnMut(LocalId) + ?Sized)) {
    match &term.kind {
        TermKind::Constant(_) => {}
        TermKind::Local(local) => f(*local),
        TermKind::Ref(base, keys) => {
            if let Base::Term(term) = base {
                locals_of_term(term, f);
            }
            keys.iter().for_each(|key| locals_of_term(key, f));
        }
        TermKind::Array(items) | TermKind::Set(items) | TermKind::Call(_, items) => {
            items.iter().for_each(|item| locals_of_term(item, f));
        }
        TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
            locals_of_term(key, f);
            locals_of_term(value, f);
        }),
        TermKind::Comprehension(inner) => {
            locals_of_body(&inner.body, f);
            inner.key.iter().for_each(|key| locals_of_term(key, f));
            locals_of_term(&inner.value, f);
        }
        TermKind::Template(parts) => parts.iter().for_each(|part| {
            if let TemplatePart::Expression(body, local) = part {
                locals_of_body(body, f);
                f(*local);
            }
        }),
    }
}

/// Calls `f` for each occurrence of a local in a term's closures.
pub(super) fn locals_of_closures(term: &Term, f: &mut (impl FnMut(LocalId) + ?Sized)) {
    match &term.kind {
        TermKind::Constant(_) | TermKind::Local(_) => {}
        TermKind::Ref(base, keys) => {
            if let Base::Term(term) = base {
                locals_of_closures(term, f);
            }
            keys.iter().for_each(|key| locals_of_closures(key, f));
        }
        TermKind::Array(items) | TermKind::Set(items) | TermKind::Call(_, items) => {
            items.iter().for_each(|item| locals_of_closures(item, f));
        }
        TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
            locals_of_closures(key, f);
            locals_of_closures(value, f);
        }),
        TermKind::Comprehension(_) | TermKind::Template(_) => locals_of_term(term, f),
    }
}

/// Calls `f` for each occurrence of a local in a body, closures included.
pub(super) fn locals_of_body(body: &[Literal], f: &mut (impl FnMut(LocalId) + ?Sized)) {
    body.iter().for_each(|literal| locals_of_literal(literal, f));
}

/// Calls `f` for each occurrence of a local in a literal, closures included.
pub(super) fn locals_of_literal(literal: &Literal, f: &mut (impl FnMut(LocalId) + ?Sized)) {
    for with in &literal.with {
        if let WithValue::Term(term) = &with.value {
            locals_of_term(term, f);
        }
    }
    match &literal.kind {
        LiteralKind::Term(term) => locals_of_term(term, f),
        LiteralKind::Unify(a, b) => {
            locals_of_term(a, f);
            locals_of_term(b, f);
        }
        LiteralKind::SomeIn { key, value, domain } => {
            key.iter().for_each(|key| locals_of_term(key, f));
            locals_of_term(value, f);
            locals_of_term(domain, f);
        }
        LiteralKind::Every { key, value, domain, body } => {
            key.iter().for_each(|key| f(*key));
            f(*value);
            locals_of_term(domain, f);
            locals_of_body(body, f);
        }
        LiteralKind::Not { body, .. } => locals_of_body(body, f),
        LiteralKind::And(a, b) | LiteralKind::Or(a, b) => {
            locals_of_body(a, f);
            locals_of_body(b, f);
        }
        LiteralKind::Print(terms) => terms.iter().for_each(|term| locals_of_term(term, f)),
    }
}

/// Calls `f` for each occurrence of a local in a definition.
pub(super) fn locals_of_definition(definition: &Definition, f: &mut (impl FnMut(LocalId) + ?Sized)) {
    definition.args.iter().chain(&definition.path).for_each(|term| locals_of_term(term, f));
    let (Head::Value(head) | Head::Member(head)) = &definition.head;
    locals_of_term(head, f);
    locals_of_body(&definition.body, f);
    for branch in &definition.elses {
        locals_of_term(&branch.value, f);
        locals_of_body(&branch.body, f);
    }
}

/// Whether a pattern has a local that is not bound.
fn is_open(term: &Term, bound: &Bound) -> bool {
    match &term.kind {
        TermKind::Local(local) => !bound.contains(local),
        TermKind::Array(items) | TermKind::Set(items) => items.iter().any(|item| is_open(item, bound)),
        TermKind::Object(pairs) => pairs.iter().any(|(key, value)| is_open(key, bound) || is_open(value, bound)),
        _ => false,
    }
}

/// Whether evaluating a term may loop: a key that is not bound, or a relation.
pub(super) fn term_loops(term: &Term, bound: &Bound) -> bool {
    match &term.kind {
        TermKind::Constant(_) | TermKind::Local(_) | TermKind::Comprehension(_) | TermKind::Template(_) => false,
        TermKind::Ref(base, keys) => {
            matches!(base, Base::Term(term) if term_loops(term, bound))
                || keys.iter().any(|key| is_open(key, bound) || term_loops(key, bound))
        }
        TermKind::Array(items) | TermKind::Set(items) => items.iter().any(|item| term_loops(item, bound)),
        TermKind::Object(pairs) => pairs.iter().any(|(key, value)| term_loops(key, bound) || term_loops(value, bound)),
        TermKind::Call(callee, args) => {
            matches!(callee, Callee::Builtin(builtin) if builtin.relation)
                || args.iter().any(|arg| term_loops(arg, bound))
        }
    }
}

/// Whether a literal may hold more than once.
pub(super) fn literal_loops(literal: &Literal, bound: &Bound) -> bool {
    let with = literal.with.iter().any(|with| matches!(&with.value, WithValue::Term(term) if term_loops(term, bound)));
    with || match &literal.kind {
        LiteralKind::Term(term) => term_loops(term, bound),
        LiteralKind::Unify(a, b) => term_loops(a, bound) || term_loops(b, bound),
        LiteralKind::SomeIn { key, domain, .. } => {
            key.as_ref().is_none_or(|key| is_open(key, bound)) || term_loops(domain, bound)
        }
        LiteralKind::Every { domain, .. } => term_loops(domain, bound),
        LiteralKind::Not { .. } | LiteralKind::And(..) | LiteralKind::Or(..) | LiteralKind::Print(_) => false,
    }
}

/// Whether a body, left at its first solution, may leave out another value of `head`: it loops, and the head depends on
/// what a loop binds.
pub(super) fn gives_many(body: &[Literal], head: &Term, bound: &Bound) -> bool {
    let mut bound = bound.clone();
    let mut body = body.iter();
    let loops = body.any(|literal| {
        let loops = literal_loops(literal, &bound);
        if !loops {
            locals_of_literal(literal, &mut |local| {
                bound.insert(local);
            });
        }
        loops
    });
    if !loops {
        return term_loops(head, &bound);
    }
    // What the head needs was bound in front of the first loop, or else it may differ.
    let mut fixed = true;
    locals_of_term(head, &mut |local| fixed &= bound.contains(&local));
    !fixed || term_loops(head, &bound)
}

/// Whether a body may hold more than once.
pub(super) fn body_loops(body: &[Literal], bound: &Bound) -> bool {
    let mut bound = bound.clone();
    body.iter().any(|literal| {
        let loops = literal_loops(literal, &bound);
        locals_of_literal(literal, &mut |local| {
            bound.insert(local);
        });
        loops
    })
}
