//! What statements other than rules must be: packages, imports, and what is no statement at all.

use crate::ast::*;
use crate::layout::MAX_DEPTH;
use crate::span::Span;
use crate::token::{Spanned, Token};
use crate::tree::{HeadSyntax, RuleSyntax, Wrong, kind_name};

/// Whether a statement of the grammar may begin so.
pub(crate) fn begins(tokens: &[Spanned<'_>]) -> bool {
    matches!(tokens.first(), Some((_, Token::Ident(_) | Token::Default | Token::Package | Token::Import, _)))
}

/// Whether a statement of the grammar may be a query instead: it begins with a name.
pub(crate) fn may_be_query(tokens: &[Spanned<'_>]) -> bool {
    matches!(tokens.first(), Some((_, Token::Ident(_), _)))
}

/// The keyword that a statement uses as a rule's name.
pub(crate) fn keyword_as_name(tokens: &[Spanned<'_>]) -> Option<&'static str> {
    use Token::*;
    let word = |token: Token<'_>| match token {
        Every => Some("every"),
        If => Some("if"),
        In => Some("in"),
        Declare => Some("some"),
        As => Some("as"),
        Package => Some("package"),
        Import => Some("import"),
        Not => Some("not"),
        Both => Some("and"),
        Either => Some("or"),
        _ => None,
    };
    let at = |at: usize| tokens.get(at).map(|token| token.1);
    let first = at(0)?;
    if first == Default {
        return word(at(1)?);
    }
    let name = word(first)?;
    let follows = match (first, at(1)?) {
        (_, Assign | Unify) => true,
        (Not, If | Contains) => true,
        (Not, _) => false,
        (_, ParenOpen | Call | GroupOpen) => true,
        (Package | Import, _) => false,
        (_, If | Contains) => true,
        _ => false,
    };
    follows.then_some(name)
}

fn wrong(out: &mut Vec<Wrong>, span: Span, message: impl Into<String>) {
    out.push(Wrong::new(span, message));
}

/// The names of a path; a segment that is no string is noted as wrong.
fn names(term: &Term, out: &mut Vec<Wrong>) -> Option<(Vec<Name>, Vec<Span>)> {
    let (head, segments) = match &term.kind {
        TermKind::Ref(head, segments) => (&**head, &segments[..]),
        _ => (term, &[][..]),
    };
    let TermKind::Var(first) = &head.kind else {
        wrong(out, head.span, format!("unexpected {} token: expecting var", kind_name(&head.kind)));
        return None;
    };
    if segments.len() > MAX_DEPTH {
        wrong(out, term.span, "max parsing recursion depth exceeded");
        return None;
    }
    let mut path = vec![first.clone()];
    let mut spans = vec![head.span];
    for segment in segments {
        let TermKind::String(name) = &segment.kind else {
            wrong(out, segment.span, format!("unexpected {} token: expecting string", kind_name(&segment.kind)));
            return None;
        };
        path.push(name.clone());
        spans.push(segment.span);
    }
    Some((path, spans))
}

/// The package that a path names.
pub(crate) fn package(term: &Term, span: Span, out: &mut Vec<Wrong>) -> Option<Package> {
    let (path, segments) = names(term, out)?;
    Some(Package { path, segments, span })
}

/// An import, checked.
pub(crate) fn import(
    term: Term,
    alias: Option<Term>,
    span: Span,
    version: Version,
    out: &mut Vec<Wrong>,
) -> Option<Import> {
    let (path, segments) = names(&term, out)?;
    let (first, rest) = path.split_first()?;
    let last = path.last()?;
    if !matches!(&**first, "data" | "input" | "future" | "rego") {
        let kinds = "{data, future, input, rego}";
        let hint = "if this is unexpected, try updating OPA";
        let message = format!("unexpected import path, must begin with one of: {kinds}, got: {first} (hint: {hint})");
        out.push(Wrong::new(term.span, message));
        return None;
    }
    let alias_span = alias.as_ref().map_or(span, |alias| alias.span);
    let alias = match alias.map(|alias| alias.kind) {
        Some(TermKind::Var(name)) if matches!(&*name, "input" | "data") => {
            wrong(out, alias_span, format!("unexpected import alias, must not be a reserved name, got: {name}"));
            return None;
        }
        Some(TermKind::Var(name)) if is_keyword(&name, version) => {
            wrong(out, alias_span, format!("unexpected {name} keyword: expected var"));
            return None;
        }
        Some(TermKind::Var(name)) => Some(name),
        _ => None,
    };
    if alias.is_none() && &**first != "future" && is_keyword(last, version) {
        let place = match term.kind {
            TermKind::Ref(_, segments) => segments.last().map_or(term.span, |segment| segment.span),
            _ => term.span,
        };
        let hint = "import a different path or use an alias";
        let message = format!("unexpected import path, must not end with a keyword, got: {last} (hint: {hint})");
        out.push(Wrong::new(place, message));
        return None;
    }
    let known = ["and", "contains", "every", "if", "in", "not", "or"];
    let special = |kind: &str| format!("`{kind}` imports cannot be aliased");
    match (&**first, rest) {
        ("rego", [one]) if matches!(&**one, "v1" | "v2") && alias.is_some() => wrong(out, alias_span, special("rego")),
        ("rego", [one]) if matches!(&**one, "v1" | "v2") => {}
        ("rego", _) => {
            let message = format!("invalid import `{}`, must be one of: `rego.v1`, `rego.v2`", path.join("."));
            wrong(out, term.span, message);
        }
        ("future", [keywords, ..]) if &**keywords == "keywords" => match rest.get(1) {
            _ if alias.is_some() => wrong(out, alias_span, special("future")),
            Some(word) if rest.len() == 2 && !known.contains(&&**word) => {
                wrong(out, term.span, format!("unexpected keyword, must be one of [{}]", known.join(" ")));
            }
            _ => {}
        },
        ("future", _) => wrong(out, term.span, "invalid import, must be `future.keywords`"),
        _ => {}
    }
    Some(Import { path_span: term.span, path, segments, alias, alias_span, span })
}

/// Whether a version of the language reserves a word.
pub(crate) fn is_keyword(word: &str, version: Version) -> bool {
    match word {
        "as" | "default" | "else" | "false" | "import" | "package" | "not" | "null" | "true" | "with" | "some" => true,
        "if" | "contains" | "in" | "every" => version == Version::V1,
        _ => false,
    }
}

/// `a - b := 1` defines the function `minus`, as in OPA, which calls an operator by its builtin's name; but an operator right
/// behind a name ends the rule's name.
pub(crate) fn of_operator(body: &[Literal]) -> Option<Result<RuleSyntax, Wrong>> {
    let [Literal { negated: false, kind: LiteralKind::Term(Term { kind: TermKind::Call(bind), .. }), with, .. }] = body
    else {
        return None;
    };
    let TermKind::Var(binds) = &bind.function.kind else { return None };
    let ([name, value], true, "eq" | "assign") = (&bind.args[..], with.is_empty() && bind.operator, &**binds) else {
        return None;
    };
    let TermKind::Call(call) = &name.kind else { return None };
    let first = call.args.first().filter(|_| call.operator)?;
    let word = call.function.span;
    if matches!(first.kind, TermKind::Var(_)) && first.span.end == word.start {
        let operator = if let TermKind::Var(operator) = &call.function.kind { operator } else { "in" };
        return Some(Err(Wrong::new(word, format!("unexpected {operator} token"))));
    }
    let assigned = &**binds == "assign";
    let head = HeadSyntax { key: None, value: Some(value.clone()), assigned, ..HeadSyntax::new(name.clone()) };
    Some(Ok(RuleSyntax::new(None, head, None, vec![], vec![])))
}

/// Why a query that stands where a statement should is no rule, in OPA's words.
pub(crate) fn no_rule(body: &[Literal]) -> String {
    let [literal] = body else { return "multiple expressions cannot be used for rule head".into() };
    if !literal.with.is_empty() {
        return "expressions using with keyword cannot be used for rule head".into();
    }
    if literal.negated {
        return "negated expressions cannot be used for rule head".into();
    }
    match &literal.kind {
        LiteralKind::Some(_) | LiteralKind::SomeIn { .. } => "'some' declarations cannot be used for rule head".into(),
        LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => match (&call.function.kind, call.args.first()) {
            (TermKind::Var(name), Some(left)) if matches!(&**name, "eq" | "assign") => {
                format!("{} cannot be used for rule name", kind_name(&left.kind))
            }
            _ => "rule name conflicts with built-in function".into(),
        },
        LiteralKind::Term(term) => format!("{} cannot be used for rule name", kind_name(&term.kind)),
        _ => "expression cannot be used for rule head".into(),
    }
}
