//! Literals: expressions with `not` and `with`, declarations and `every`, and what binds them together.

use crate::ast::*;
use crate::span::Span;
use crate::token::Token;

use super::{Tree, kind_name};

pub(crate) fn literal(kind: LiteralKind, span: Span) -> Literal {
    Literal { negated: false, kind, with: vec![], span }
}

/// The place of the first `print` of an operand that does nothing else.
fn only_prints(operand: &Literal) -> Option<Span> {
    let prints = |literal: &Literal| match &literal.kind {
        LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) if !literal.negated => {
            matches!(&call.function.kind, TermKind::Var(name) if &**name == "print")
        }
        _ => false,
    };
    match &operand.kind {
        LiteralKind::Body(body) if !operand.negated => {
            body.first().filter(|_| body.iter().all(prints)).map(|first| first.span)
        }
        _ => prints(operand).then_some(operand.span),
    }
}

/// Whether a term begins with a brace.
fn begins_with_brace(term: &Term) -> bool {
    match &term.kind {
        TermKind::Object(_) | TermKind::SetComprehension(..) | TermKind::ObjectComprehension(..) => true,
        TermKind::Set(members) => !members.is_empty(),
        TermKind::Ref(base, _) => begins_with_brace(base) && base.span.start == term.span.start,
        TermKind::Call(call) => {
            call.args.first().is_some_and(|first| first.span.start == term.span.start && begins_with_brace(first))
        }
        _ => false,
    }
}

pub(crate) fn braced(negated: bool, body: Body, span: Span) -> Literal {
    Literal { negated, ..literal(LiteralKind::Body(body), span) }
}

/// `not (a and b)`
pub(crate) fn not_group(inner: Literal, span: Span) -> Literal {
    braced(true, vec![Literal { span, ..inner }], span)
}

impl<'s> Tree<'s> {
    /// `a and b`, `a or b`
    pub(crate) fn logic(
        &mut self,
        kind: fn(Box<(Literal, Literal)>) -> LiteralKind,
        left: Literal,
        right: Literal,
    ) -> Literal {
        let span = left.span.to(right.span);
        let value = match &left.kind {
            LiteralKind::Term(term) => term.span.start == left.span.start && begins_with_brace(term),
            _ => false,
        };
        let at = left.span;
        let prints: Vec<Span> = [&left, &right].into_iter().filter_map(only_prints).collect();
        let kind = kind(Box::new((left, right)));
        for at in prints {
            let word = if matches!(kind, LiteralKind::And(_)) { "and" } else { "or" };
            let hint = "`print` produces no value and always succeeds, so the operand can never fail; move it out of \
                        the operand, or add an expression that can fail";
            self.wrong(at, format!("operand of `{word}` cannot consist only of calls to `print` (hint: {hint})"));
        }
        if value {
            let word = if matches!(kind, LiteralKind::And(_)) { "and" } else { "or" };
            let hint = "wrap the operand in parentheses to keep the value";
            self.wrong(
                at,
                format!("operand of `{word}` cannot begin with `{{` unless the braces hold a body (hint: {hint})"),
            );
        }
        literal(kind, span)
    }

    /// Stands for a literal that could not be read.
    pub(crate) fn recovered(
        &mut self,
        recovery: lalrpop_util::ErrorRecovery<u32, Token<'s>, std::convert::Infallible>,
        span: Span,
    ) -> Literal {
        self.unexpected.push(recovery.error);
        literal(LiteralKind::Term(Term { kind: TermKind::Bool(true), span }), span)
    }

    pub(crate) fn operand(&mut self, negated: bool, term: Term, span: Span) -> Literal {
        if negated && self.not_bodies {
            return braced(true, vec![literal(LiteralKind::Term(term), span)], span);
        }
        Literal { negated, ..literal(LiteralKind::Term(term), span) }
    }

    pub(crate) fn with(&mut self, mut literal: Literal, with: Vec<With>) -> Literal {
        for with in &with {
            if let Some(token) = first_token(&with.target) {
                self.wrong(with.target.span, format!("unexpected {token}: expected ident"));
            } else if !matches!(with.target.kind, TermKind::Var(_) | TermKind::Ref(..)) {
                self.wrong(with.target.span, "expected with target path");
            }
        }
        literal.span = with.last().map_or(literal.span, |last| literal.span.to(last.span));
        literal.with.extend(with);
        literal
    }

    pub(crate) fn some(&mut self, names: Vec<Term>, span: Span, with: Vec<With>) -> Literal {
        if let Some(term) = names.iter().find(|term| !matches!(term.kind, TermKind::Var(_))) {
            match (&term.kind, first_token(term)) {
                (TermKind::Call(call), _) if call.operator => {
                    self.wrong(term.span, "expected `x in xs` or `x, y in xs` expression");
                }
                (TermKind::Ref(head, segments), None) => {
                    let next = head.span.end;
                    let dotted = segments
                        .first()
                        .is_some_and(|first| matches!(first.kind, TermKind::String(_)) && first.span.start == next + 1);
                    let token = if dotted { "." } else { "[" };
                    let at = Span { start: next, end: next + 1 };
                    self.wrong(at, format!(r"unexpected {token} token: expected \n or ; or }}"));
                }
                (_, Some(token)) => self.wrong(term.span, format!("unexpected {token}: expected var")),
                _ => self.wrong(term.span, "expected var"),
            }
        }
        self.with(literal(LiteralKind::Some(names), span), with)
    }

    pub(crate) fn some_in(
        &mut self,
        names: Vec<Term>,
        word: Span,
        domain: Term,
        span: Span,
        with: Vec<With>,
    ) -> Literal {
        let Some((key, value)) = pair(names) else {
            self.wrong(word, r"unexpected in keyword: expected \n or ; or }");
            return literal(LiteralKind::Some(vec![]), span);
        };
        self.with(literal(LiteralKind::SomeIn { key, value, word, domain }, span), with)
    }

    /// OPA tells what it found only where it reached: the names of an `every` at the brace of its body.
    pub(crate) fn every(
        &mut self,
        names: Vec<Term>,
        domain: Term,
        (braces, body): (Span, Body),
        span: Span,
        with: Vec<With>,
    ) -> Literal {
        let comma = names.first().map_or(span, |first| Span { start: first.span.end, end: first.span.end + 1 });
        let Some((key, value)) = pair(names) else {
            self.wrong(comma, "unexpected , token: expected `x[, y] in xs { ... }` expression");
            return literal(LiteralKind::Some(vec![]), span);
        };
        let brace = Span { start: braces.start, end: braces.start + 1 };
        if key.as_ref().is_some_and(|key| kind_name(&key.kind) != "var") {
            self.wrong(brace, "unexpected { token: expected key to be a variable");
        } else if kind_name(&value.kind) != "var" {
            self.wrong(brace, "unexpected { token: expected value to be a variable");
        }
        self.with(literal(LiteralKind::Every { key, value, domain, body }, span), with)
    }
}

/// `x` or `k, x`
fn pair(mut names: Vec<Term>) -> Option<(Option<Term>, Term)> {
    let value = names.pop()?;
    let key = names.pop();
    names.is_empty().then_some((key, value))
}

/// The token that a term begins with, where it is no name.
fn first_token(term: &Term) -> Option<&'static str> {
    match &term.kind {
        TermKind::Null => Some("null keyword"),
        TermKind::Bool(true) => Some("true keyword"),
        TermKind::Bool(false) => Some("false keyword"),
        TermKind::Number(_) => Some("number token"),
        TermKind::String(_) => Some("string token"),
        TermKind::Array(_) | TermKind::ArrayComprehension(..) => Some("[ token"),
        TermKind::Set(members) if members.is_empty() => None,
        TermKind::Set(_) | TermKind::Object(_) | TermKind::SetComprehension(..) | TermKind::ObjectComprehension(..) => {
            Some("{ token")
        }
        TermKind::Template(_) => Some("template-string-part token"),
        TermKind::Ref(head, _) => first_token(head),
        TermKind::Var(_) | TermKind::Call(_) => None,
    }
}
