//! Builtins that may not be called: those that whoever builds the policy holds for unsafe, anywhere, and deprecated ones in
//! v1 modules, and in v0 modules where the compiler is strict. Queries may call deprecated ones.

use lictor_syntax::{Code, Span};
use lictor_value::{Builtin, Registry};

use crate::front::analysis::Stage;
use crate::front::draft::{Body, Callee, Literal, LiteralKind, Rule, Term, TermKind};
use crate::front::report::Report;
use crate::front::vars::walk_terms;

/// Reports each unsafe builtin that a definition calls, and each deprecated one where those are refused. Its calls stand in
/// literals of their own.
pub(crate) fn rule(rule: &Rule, registry: &Registry, deprecated: bool, report: &mut Report) {
    for branch in &rule.branches {
        unsafe_calls(&branch.body, registry, rule.file, report);
        for (at, builtin) in calls(&branch.body).into_iter().filter(|(_, builtin)| deprecated && builtin.deprecated) {
            let message = format!("deprecated built-in function calls in expression: {}", builtin.name);
            report.add(Stage::Deprecated, Code::Type, rule.file, at, message);
        }
    }
}

/// Reports each unsafe builtin that a query calls.
pub(crate) fn query(body: &Body, registry: &Registry, file: u32, report: &mut Report) {
    unsafe_calls(body, registry, file, report);
}

fn unsafe_calls(body: &Body, registry: &Registry, file: u32, report: &mut Report) {
    for (at, builtin) in calls(body).into_iter().filter(|(_, builtin)| registry.is_unsafe(builtin.name)) {
        let message = format!("unsafe built-in function calls in expression: {}", builtin.name);
        report.add(Stage::Unsafe, Code::Type, file, at, message);
    }
}

/// The builtins that a body calls, and where.
fn calls(body: &Body) -> Vec<(Span, &'static Builtin)> {
    let mut found = vec![];
    // OPA does not look into the body of an `every`.
    for literal in body.iter().filter(|literal| !matches!(literal.kind, LiteralKind::Every { .. })) {
        let (at, own) = (literal.at, own_call(literal).map(std::ptr::from_ref));
        walk_terms(literal, &mut |term| {
            if let TermKind::Call(call) = &term.kind
                && let Callee::Builtin(builtin) = call.callee
            {
                let at = if own == Some(std::ptr::from_ref(term)) { at } else { term.at };
                found.push((at, builtin));
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
