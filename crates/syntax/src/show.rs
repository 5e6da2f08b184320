//! Terms as OPA writes them in messages.

use crate::ast::*;

/// A reference as OPA writes it.
pub(crate) fn reference(terms: &[Term]) -> String {
    let mut out = String::new();
    for (at, term) in terms.iter().enumerate() {
        match &term.kind {
            TermKind::Var(name) if at == 0 => out.push_str(name),
            TermKind::String(name) => {
                out.push('.');
                out.push_str(name);
            }
            _ => out.push_str("[..]"),
        }
    }
    out
}
