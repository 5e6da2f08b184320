//! `# METADATA` blocks: which comments make one, and what it stands before.

use crate::ast::*;

/// Finds the blocks among a module's comments and what they stand before.
pub(crate) fn attach(module: &mut Module) {
    let source = std::sync::Arc::clone(&module.source);
    let place = |comment: &Comment| source.position(comment.span.start);
    let begins = |comment: &Comment| place(comment).1 == 1 && comment.text.trim().starts_with("METADATA");
    let comments = &module.comments;
    let mut at = 0;
    while at < comments.len() {
        let first = at;
        at += 1;
        if !begins(&comments[first]) {
            continue;
        }
        while at < comments.len() {
            let ((row, column), (before, _)) = (place(&comments[at]), place(&comments[at - 1]));
            if column != 1 || row != before + 1 || begins(&comments[at]) {
                break;
            }
            at += 1;
        }
        let lines: Vec<&str> = comments[first + 1..at]
            .iter()
            .map(|comment| comment.text.strip_prefix(' ').unwrap_or(&comment.text))
            .collect();
        let span = comments[first].span.to(comments[at - 1].span);
        let target = target(module, span.end);
        module.annotations.push(Annotations { yaml: lines.join("\n").into(), span, target });
    }
}

/// What comes first after a place.
fn target(module: &Module, end: u32) -> AnnotationTarget {
    let package = (module.package.span.start, AnnotationTarget::Package);
    let imports = module.imports.iter().map(|import| (import.span.start, AnnotationTarget::Import));
    let rules = module.rules.iter().enumerate().map(|(at, rule)| (rule.span.start, AnnotationTarget::Rule(at)));
    let after = std::iter::once(package).chain(imports).chain(rules).filter(|(start, _)| *start >= end);
    after.min_by_key(|(start, _)| *start).map_or(AnnotationTarget::Nothing, |(_, target)| target)
}
