//! The names that a body declares.

use lictor_syntax::{Name, ast};

use crate::hash::Set;

/// The names in a term.
pub(super) fn bound(term: &ast::Term, found: &mut Set<Name>) {
    match &term.kind {
        ast::TermKind::Var(name) => {
            found.insert(name.clone());
        }
        ast::TermKind::Array(items) | ast::TermKind::Set(items) => items.iter().for_each(|t| bound(t, found)),
        ast::TermKind::Object(pairs) => pairs.iter().for_each(|(k, v)| {
            bound(k, found);
            bound(v, found);
        }),
        ast::TermKind::Ref(base, keys) => {
            bound(base, found);
            keys.iter().for_each(|t| bound(t, found));
        }
        ast::TermKind::Call(call) => call.args.iter().for_each(|t| bound(t, found)),
        _ => {}
    }
}

/// The names that a body declares: by `:=` and `some`, also within `every`, `not`, `and` and `or`.
pub(super) fn declared(body: &ast::Body) -> Set<Name> {
    let mut found = Set::default();
    declared_in(body, &mut found);
    found
}

fn declared_in(body: &[ast::Literal], found: &mut Set<Name>) {
    for literal in body {
        match &literal.kind {
            ast::LiteralKind::Term(ast::Term { kind: ast::TermKind::Call(call), .. }) => {
                if let (ast::TermKind::Var(name), [left, _]) = (&call.function.kind, &*call.args)
                    && &**name == "assign"
                {
                    bound(left, found);
                }
            }
            ast::LiteralKind::Term(_) => {}
            ast::LiteralKind::Body(body) => declared_in(body, found),
            ast::LiteralKind::Some(terms) => terms.iter().for_each(|term| bound(term, found)),
            ast::LiteralKind::SomeIn { key, value, .. } => {
                key.iter().chain([value]).for_each(|term| bound(term, found));
            }
            ast::LiteralKind::Every { body, .. } => declared_in(body, found),
            ast::LiteralKind::And(sides) | ast::LiteralKind::Or(sides) => {
                declared_in(std::slice::from_ref(&sides.0), found);
                declared_in(std::slice::from_ref(&sides.1), found);
            }
        }
    }
}
