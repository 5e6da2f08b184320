//! Deprecated builtins: v1 modules may not call them, and v0 modules only where the compiler is not strict. Queries may.

use lictor_syntax::{Code, Span};

use crate::front::analysis::Stage;
use crate::front::draft::{Body, Callee, Literal, LiteralKind, Rule, Term, TermKind};
use crate::front::report::Report;
use crate::front::vars::walk_terms;

/// Reports each deprecated builtin that a definition calls. Its calls stand in literals of their own.
pub(crate) fn rule(rule: &Rule, report: &mut Report) {
    for branch in &rule.branches {
        for (at, name) in calls(&branch.body) {
            let message = format!("deprecated built-in function calls in expression: {name}");
            report.add(Stage::Deprecated, Code::Type, rule.file, at, message);
        }
    }
}

fn calls(body: &Body) -> Vec<(Span, &'static str)> {
    let mut found = vec![];
    // OPA does not look into the body of an `every`.
    for literal in body.iter().filter(|literal| !matches!(literal.kind, LiteralKind::Every { .. })) {
        let (at, own) = (literal.at, own_call(literal).map(std::ptr::from_ref));
        walk_terms(literal, &mut |term| {
            if let TermKind::Call(call) = &term.kind
                && let Callee::Builtin(builtin) = call.callee
                && builtin.deprecated
            {
                let at = if own == Some(std::ptr::from_ref(term)) { at } else { term.at };
                found.push((at, builtin.name));
            }
            false
        });
    }
    found
}

/// The call that a literal is.
fn own_call(literal: &Literal) -> Option<&Term> {
    match &literal.kind {
        LiteralKind::Term(term) => Some(term),
        LiteralKind::Unify { right, .. } => Some(right),
        _ => None,
    }
}
