//! What the grammar's actions build: nodes of the tree from their parts. What a part alone can show to be wrong (an
//! escape, a number, the head of a reference) is noted here and parsing goes on.
//!
//! Terms are here, literals and statements in files of their own.

mod literals;
mod statements;

use crate::ast::*;
use crate::number;
use crate::order;
use crate::span::Span;
use crate::token::Token;
use crate::unescape::{Fault, unescape, unescape_raw};

pub(crate) use literals::*;
pub(crate) use statements::*;

/// A parse error of LALRPOP over our tokens.
pub(crate) type ParseError<'s> = lalrpop_util::ParseError<u32, Token<'s>, std::convert::Infallible>;

/// What is wrong, before it becomes a diagnostic.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// OPA's words.
    pub(crate) message: String,
    /// The place.
    pub(crate) span: Span,
    /// What to do.
    pub(crate) hints: Vec<String>,
    /// Whether it is of interest only where all else is right: what reads like no rule often is one misspelt.
    pub(crate) late: bool,
}

impl Wrong {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Wrong { message: message.into(), span, hints: vec![], late: false }
    }

    /// The same, of interest only where all else is right.
    pub(crate) fn late(self) -> Self {
        Wrong { late: true, ..self }
    }
}

/// What actions share.
pub(crate) struct Tree<'s> {
    /// Whether `not` has its newer meaning.
    pub(crate) not_bodies: bool,
    /// Whether there are template strings.
    pub(crate) templates: bool,
    /// The names so far.
    pub(crate) names: Names<'s>,
    /// What was wrong in the nodes.
    pub(crate) wrong: Vec<Wrong>,
    /// What the grammar did not accept and went on after.
    pub(crate) unexpected: Vec<ParseError<'s>>,
}

/// Names that were met: each is one text, however often it is written.
#[derive(Default)]
pub(crate) struct Names<'s> {
    known: foldhash::HashMap<&'s str, Name>,
}

impl<'s> Names<'s> {
    fn of(&mut self, text: &'s str) -> Name {
        self.known.entry(text).or_insert_with(|| text.into()).clone()
    }
}

/// What one parse gives.
pub(crate) enum Top {
    /// A statement of a module.
    Statement(Statement),
    /// A query.
    Query(Body),
}

/// An operator by the name of its builtin, and how tightly it binds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operator(pub(crate) &'static str, pub(crate) u8);

/// An operator and what stands behind it.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) operator: Operator,
    pub(crate) place: Span,
    pub(crate) right: Term,
}

/// What continues a term.
pub(crate) enum Suffix {
    /// `.name` or `[index]`, and where it ends.
    Segment(Term, u32),
    /// `(arguments)`, and where it ends.
    Call(Vec<Term>, u32),
}

/// A part of a template as it is written.
pub(crate) enum Part<'s> {
    Text(&'s str, Span),
    RawText(&'s str, Span),
    Expression(Literal),
}

pub(crate) fn raw_string((span, text): (Span, &str)) -> Term {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    // OPA drops nothing from a raw string but its quotes.
    Term { kind: TermKind::String(inner.into()), span }
}

pub(crate) fn call(function: Term, args: Vec<Term>, operator: bool, span: Span) -> Term {
    Term { kind: TermKind::Call(Box::new(Call { function, args, operator })), span }
}

/// A set; equal members stand in it once.
pub(crate) fn set((span, members): (Span, Vec<Term>)) -> Term {
    let mut members: Vec<Term> = members;
    order::dedup(&mut members);
    Term { kind: TermKind::Set(members), span }
}

/// An object. Equal keys are kept: OPA's tree has them, and the last one's value wins.
pub(crate) fn object((span, entries): (Span, Vec<(Term, Term)>)) -> Term {
    Term { kind: TermKind::Object(entries), span }
}

/// OPA's name for a kind of term.
pub(crate) fn kind_name(kind: &TermKind) -> &'static str {
    match kind {
        TermKind::Null => "null",
        TermKind::Bool(_) => "boolean",
        TermKind::Number(_) => "number",
        TermKind::String(_) => "string",
        TermKind::Var(name) if matches!(&**name, "input" | "data") => "ref",
        TermKind::Var(_) => "var",
        TermKind::Ref(..) => "ref",
        TermKind::Call(_) => "call",
        TermKind::Array(_) => "array",
        TermKind::Set(_) => "set",
        TermKind::Object(_) => "object",
        TermKind::ArrayComprehension(..) => "arraycomprehension",
        TermKind::SetComprehension(..) => "setcomprehension",
        TermKind::ObjectComprehension(..) => "objectcomprehension",
        TermKind::Template(_) => "templatestring",
    }
}

fn reference(head: Term, segments: Vec<Term>, span: Span) -> Term {
    if segments.is_empty() {
        return Term { span, ..head };
    }
    Term { kind: TermKind::Ref(Box::new(head), segments), span }
}

impl<'s> Tree<'s> {
    pub(crate) fn new(dialect: Dialect, names: Names<'s>) -> Self {
        Tree { not_bodies: dialect.not, templates: dialect.templates, names, wrong: vec![], unexpected: vec![] }
    }

    pub(crate) fn var(&mut self, (span, name): (Span, &'s str)) -> Term {
        Term { kind: TermKind::Var(self.names.of(name)), span }
    }

    pub(crate) fn field(&mut self, (span, name): (Span, &'s str)) -> Suffix {
        Suffix::Segment(Term { kind: TermKind::String(self.names.of(name)), span }, span.end)
    }

    pub(crate) fn infix(&mut self, operator: &'static str, (left, place, right): (Term, Span, Term)) -> Term {
        let span = left.span.to(right.span);
        call(self.var((place, operator)), vec![left, right], true, span)
    }

    /// `a + b * c == d`: operators that bind tighter first, of one level from the left.
    pub(crate) fn operations(&mut self, first: Term, rest: Vec<Operation>) -> Term {
        let mut open: Vec<(Term, Operator, Span)> = vec![];
        let mut last = first;
        for Operation { operator, place, right } in rest {
            while let Some((left, before, at)) = open.pop_if(|(_, before, _)| before.1 >= operator.1) {
                last = self.infix(before.0, (left, at, last));
            }
            open.push((last, operator, place));
            last = right;
        }
        while let Some((left, before, at)) = open.pop() {
            last = self.infix(before.0, (left, at, last));
        }
        last
    }

    /// `v in xs`, `k, v in xs`.
    pub(crate) fn member(&mut self, args: Vec<Term>, place: Span) -> Term {
        let name = if args.len() == 3 { "member_3" } else { "member_2" };
        let span = args.iter().fold(args.first().map_or(place, |first| first.span), |span, arg| span.to(arg.span));
        let segment = Term { kind: TermKind::String(self.names.of(name)), span: place };
        let internal = self.var((place, "internal"));
        let function = Term { kind: TermKind::Ref(Box::new(internal), vec![segment]), span: place };
        call(function, args, true, span)
    }

    /// `-x` is `0 - x`.
    pub(crate) fn negative(&mut self, place: Span, term: Term) -> Term {
        let zero = Term { kind: TermKind::Number(self.names.of("0")), span: place };
        self.infix("minus", (zero, place, term))
    }

    pub(crate) fn wrong(&mut self, span: Span, message: impl Into<String>) {
        self.wrong.push(Wrong::new(span, message));
    }

    /// The same where the term may stand in parentheses: these make a document's name a reference, which is no head of one.
    pub(crate) fn continued(&mut self, start: u32, base: Term, suffixes: Vec<Suffix>) -> Term {
        let document = matches!(&base.kind, TermKind::Var(name) if matches!(&**name, "input" | "data"));
        if document && start < base.span.start && !suffixes.is_empty() {
            self.wrong(base.span, "illegal ref (head cannot be ref)");
        }
        self.suffixed(base, suffixes)
    }

    /// A term and what continues it: references and calls, from left to right.
    pub(crate) fn suffixed(&mut self, base: Term, suffixes: Vec<Suffix>) -> Term {
        if suffixes.is_empty() {
            return base;
        }
        if !matches!(
            base.kind,
            TermKind::Var(_)
                | TermKind::Call(_)
                | TermKind::Array(_)
                | TermKind::Set(_)
                | TermKind::Object(_)
                | TermKind::ArrayComprehension(..)
                | TermKind::SetComprehension(..)
                | TermKind::ObjectComprehension(..)
        ) {
            self.wrong(base.span, format!("illegal ref (head cannot be {})", kind_name(&base.kind)));
        }
        let start = base.span.start;
        let mut end = base.span.end;
        let mut head = base;
        let mut segments = vec![];
        for suffix in suffixes {
            match suffix {
                Suffix::Segment(segment, to) => {
                    end = to;
                    segments.push(segment);
                }
                Suffix::Call(args, to) => {
                    let function = reference(head, std::mem::take(&mut segments), Span { start, end });
                    end = to;
                    let span = Span { start, end };
                    head = match &function.kind {
                        TermKind::Var(name) if args.is_empty() && &**name == "set" => {
                            Term { kind: TermKind::Set(vec![]), span }
                        }
                        _ => call(function, args, false, span),
                    };
                }
            }
        }
        reference(head, segments, Span { start, end })
    }

    pub(crate) fn number(&mut self, (span, text): (Span, &str), minus: Option<Span>) -> Term {
        if let Some(fault) = number::fault(text) {
            self.wrong(span, fault);
        }
        // `.5` is legal; its value's text is not.
        let zero = if text.starts_with('.') { "0" } else { "" };
        let sign = if minus.is_some() { "-" } else { "" };
        let span = minus.map_or(span, |minus| minus.to(span));
        let text = match (sign, zero) {
            ("", "") => text.into(),
            _ => format!("{sign}{zero}{text}").into(),
        };
        Term { kind: TermKind::Number(text), span }
    }

    pub(crate) fn string(&mut self, (span, text): (Span, &str)) -> Term {
        let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
        let value = self.unescaped(inner, text, span, false);
        Term { kind: TermKind::String(value), span }
    }

    fn unescaped(&mut self, inner: &str, written: &str, span: Span, template: bool) -> Name {
        if !inner.contains('\\') {
            return inner.into();
        }
        match unescape(inner, template) {
            Ok(text) => text.into(),
            Err(fault) => {
                let what = if template { "template-string part" } else { "string literal" };
                let message = match fault {
                    Fault::Escape => "illegal escape sequence".to_owned(),
                    Fault::Literal => format!("illegal {what}: {written}"),
                };
                self.wrong(span, message);
                inner.into()
            }
        }
    }

    pub(crate) fn template(&mut self, raw: bool, parts: Vec<Part<'_>>, span: Span) -> Term {
        if !self.templates {
            self.wrong(span, "template strings are not supported by current capabilities");
        }
        let mut out = Vec::with_capacity(parts.len());
        for part in parts {
            out.push(match part {
                Part::Text(text, part) => {
                    // OPA's place of a text is where the quote or brace in front of it is.
                    let before = if part.start == span.start + 2 { 2 } else { 1 };
                    let place = Span { start: part.start.saturating_sub(before), ..part };
                    TemplatePart::Text(self.unescaped(text, text, place, true), part)
                }
                Part::RawText(text, span) => TemplatePart::Text(unescape_raw(text).into(), span),
                Part::Expression(literal) => {
                    self.check_template(&literal);
                    TemplatePart::Expression(literal)
                }
            });
        }
        Term { kind: TermKind::Template(Template { parts: out, raw }), span }
    }

    fn check_template(&mut self, literal: &Literal) {
        let message = match &literal.kind {
            _ if literal.negated => "unexpected negation ('not') in template-string expression",
            LiteralKind::Some(_) | LiteralKind::SomeIn { .. } => "unexpected 'some' in template-string expression",
            LiteralKind::Every { .. } => "unexpected 'every' in template-string expression",
            LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => match &call.function.kind {
                TermKind::Var(name) if &**name == "eq" => "unexpected unification ('=') in template-string expression",
                TermKind::Var(name) if &**name == "assign" => {
                    "unexpected assignment (':=') in template-string expression"
                }
                _ => return,
            },
            _ => return,
        };
        self.wrong(literal.span, message);
    }
}

#[cfg(test)]
mod tests {
    use crate::{Version, module_to_json, parse_module, tree_to_text};

    #[test]
    fn operators_that_bind_tighter_come_first_and_those_of_one_level_from_the_left() {
        let tree = |value: &str| {
            let module = parse_module("a.rego", &format!("package a\n\np := {value}\n"), Version::V1).tree.unwrap();
            tree_to_text(&module_to_json(&module))
        };
        for (flat, grouped) in [
            ("a - b - c * d / e | f & g + h == i", "((((a - b) - ((c * d) / e)) | (f & (g + h))) == i)"),
            ("a < b | c - d > e % f", "((a < (b | (c - d))) > (e % f))"),
            ("-a - -1 * b & c & d", "((((-a) - ((-1) * b)) & c) & d)"),
        ] {
            assert_eq!(tree(flat), tree(grouped), "{flat}");
        }
        assert_ne!(tree("a - (b - c)"), tree("a - b - c"));
    }
}
