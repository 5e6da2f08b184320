//! Statements as they are written, before [`crate::head`] finds what OPA makes of them.

use crate::ast::{Body, Term};
use crate::span::Span;

/// A statement as its shape says; what OPA makes of it is [`crate::head`]'s to find.
pub(crate) enum Statement {
    Package(Term),
    Import(Term, Option<Term>),
    Rule(RuleSyntax),
}

/// A rule as it is written.
pub(crate) struct RuleSyntax {
    /// The place of `default`.
    pub(crate) default: Option<Span>,
    pub(crate) head: HeadSyntax,
    /// The place of `if`.
    pub(crate) if_: Option<Span>,
    /// The bodies, braces included in their spans.
    pub(crate) bodies: Vec<(Span, Body)>,
    pub(crate) elses: Vec<ElseSyntax>,
}

impl RuleSyntax {
    pub(crate) fn new(
        default: Option<Span>,
        head: HeadSyntax,
        if_: Option<Span>,
        bodies: Vec<(Span, Body)>,
        elses: Vec<ElseSyntax>,
    ) -> Self {
        RuleSyntax { default, head, if_, bodies, elses }
    }
}

/// A rule's head as it is written.
pub(crate) struct HeadSyntax {
    /// A variable, a reference or a call.
    pub(crate) name: Term,
    /// What stands after `contains`.
    pub(crate) key: Option<Term>,
    pub(crate) value: Option<Term>,
    pub(crate) assigned: bool,
}

impl HeadSyntax {
    pub(crate) fn new(name: Term) -> Self {
        HeadSyntax { name, key: None, value: None, assigned: false }
    }
}

/// An `else` as it is written.
pub(crate) struct ElseSyntax {
    /// The place of the word.
    pub(crate) word: Span,
    pub(crate) value: Option<Term>,
    pub(crate) assigned: bool,
    /// The body, and whether `if` stands before it.
    pub(crate) body: Option<(bool, Body)>,
    pub(crate) span: Span,
}

impl ElseSyntax {
    pub(crate) fn new(word: Span, value: Option<(bool, Term)>, body: Option<(bool, Body)>, span: Span) -> Self {
        let (assigned, value) = value.map_or((false, None), |(assigned, value)| (assigned, Some(value)));
        ElseSyntax { word, value, assigned, body, span }
    }
}
