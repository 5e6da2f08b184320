//! Terms as OPA writes them in messages.

use crate::ast::*;
use crate::json::Json;

/// A reference as OPA writes it.
pub fn reference_text(terms: &[Term]) -> String {
    let is_name = |text: &str| {
        !text.is_empty()
            && !text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
    };
    let mut out = String::new();
    for (at, term) in terms.iter().enumerate() {
        match &term.kind {
            TermKind::Var(name) if at == 0 => out.push_str(name),
            TermKind::String(name) if is_name(name) => {
                out.push('.');
                out.push_str(name);
            }
            TermKind::String(name) => out.push_str(&format!("[{}]", Json::String(name.clone()))),
            TermKind::Var(name) | TermKind::Number(name) => out.push_str(&format!("[{name}]")),
            TermKind::Bool(it) => out.push_str(&format!("[{it}]")),
            TermKind::Null => out.push_str("[null]"),
            _ => out.push_str("[..]"),
        }
    }
    out
}
