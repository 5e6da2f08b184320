//! What the grammar's actions build: nodes of the tree from their parts. What a part alone can show to be wrong (an
//! escape, a number, the head of a reference) is noted here and parsing goes on.

use crate::ast::*;
use crate::number;
use crate::order;
use crate::span::Span;
use crate::token::Token;
use crate::unescape::{Fault, unescape, unescape_raw};

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
