//! Variables of a term that mean other ones, put in their place.

use super::Scope;
use crate::front::draft::{Body, DATA, INPUT, Literal, LiteralKind, TemplatePart, Term, TermKind};

/// Replaces variables throughout a term, closures included.
pub(super) fn rename(term: &mut Term, meanings: &Scope) {
    let body = |body: &mut Body| body.iter_mut().for_each(|literal| rename_literal(literal, meanings));
    match &mut term.kind {
        TermKind::Scalar(_) => {}
        TermKind::Var(var) => *var = meanings.get(var).map_or(*var, |known| known.meaning),
        TermKind::Ref(terms) => {
            let shadowed = match terms.first().and_then(Term::as_var) {
                Some(root @ (INPUT | DATA)) => {
                    meanings.get(&root).map(|known| known.meaning).filter(|meaning| *meaning != root)
                }
                _ => None,
            };
            if let (Some(meaning), 1) = (shadowed, terms.len()) {
                term.kind = TermKind::Var(meaning);
                return;
            }
            terms.iter_mut().for_each(|term| rename(term, meanings));
        }
        TermKind::Array(terms) | TermKind::Set(terms) => terms.iter_mut().for_each(|term| rename(term, meanings)),
        TermKind::Call(call) => call.args.iter_mut().for_each(|term| rename(term, meanings)),
        TermKind::Object(pairs) => {
            for (key, value) in pairs {
                rename(key, meanings);
                rename(value, meanings);
            }
        }
        TermKind::Comprehension(it) => {
            it.key.iter_mut().for_each(|term| rename(term, meanings));
            rename(&mut it.value, meanings);
            body(&mut it.body);
        }
        TermKind::Template(parts) => {
            for part in parts {
                match part {
                    TemplatePart::Text(_) => {}
                    TemplatePart::Expression(literal) => rename_literal(literal, meanings),
                    TemplatePart::Plain(term) => rename(term, meanings),
                    TemplatePart::Body(_, inner) => body(inner),
                }
            }
        }
    }
}

fn rename_literal(literal: &mut Literal, meanings: &Scope) {
    let body = |body: &mut Body| body.iter_mut().for_each(|literal| rename_literal(literal, meanings));
    match &mut literal.kind {
        LiteralKind::Term(term) => rename(term, meanings),
        LiteralKind::Unify { left, right, .. } | LiteralKind::Assign(left, right) => {
            rename(left, meanings);
            rename(right, meanings);
        }
        LiteralKind::Some(terms) | LiteralKind::Print(terms) => terms.iter_mut().for_each(|t| rename(t, meanings)),
        LiteralKind::SomeIn { key, value, domain } => {
            key.iter_mut().chain([value, domain]).for_each(|term| rename(term, meanings));
        }
        LiteralKind::Every { domain, body: inner, .. } => {
            rename(domain, meanings);
            body(inner);
        }
        LiteralKind::Not(operand) => body(&mut operand.body),
        LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
            body(&mut left.body);
            body(&mut right.body);
        }
        LiteralKind::Printed(args) => args.iter_mut().for_each(|(_, inner)| body(inner)),
    }
    for with in &mut literal.with {
        rename(&mut with.target, meanings);
        rename(&mut with.value, meanings);
    }
}
