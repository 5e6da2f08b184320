//! Where OPA says that heads and expressions stand: what coverage is counted by.
//!
//! Mostly that is where they are written. An operator's operands in parentheses make it begin at the first operand and end as
//! many characters later as it has with all parentheses; and all that stands behind an `else if` without braces is the whole
//! `else`, with those after it.

use std::collections::HashSet;

use lictor_syntax::{Literal, LiteralKind, Module, Rule, Source, Span, Term, TermKind};
use lictor_value::Registry;

use super::coverage::Range;
use super::walk::Walk;

/// The places of a module.
pub(super) struct Places<'m> {
    source: &'m Source,
    /// Literals of all bodies, those in closures too. `some` declares and is not counted.
    pub(super) literals: Vec<Span>,
    /// Calls that are written as operators.
    operators: HashSet<Span>,
    /// Bodies without braces behind `else`, and what stands for them.
    bare: Vec<(Span, Span)>,
    /// What OPA does not evaluate on its own: calls in template strings, and what replaces a builtin.
    uncounted: HashSet<Span>,
    registry: Registry,
}

/// The places that a definition's giving a value covers.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) head: Span,
    /// The body where none is written: OPA evaluates `true` there, unless the head has something to evaluate.
    pub(super) body: Option<Span>,
    /// Whether it has not.
    pub(super) constant: bool,
}

/// The branches of a definition: each by its whole place.
pub(super) fn parts(rule: &Rule) -> Vec<(Span, Part)> {
    let head = &rule.head;
    let constant = head.reference.iter().chain(&head.key).chain(&head.value).all(is_constant);
    let body = match (&rule.body, rule.default) {
        (_, true) => Some(Span { start: rule.span.start, end: rule.span.start + "default".len() as u32 }),
        (Some(_), _) => None,
        (None, _) => match &head.value {
            Some(value) => Some(value.span),
            None => head.reference.iter().map(|term| term.span).reduce(Span::to),
        },
    };
    let part = Part { head: head.span, body, constant };
    let elses = rule.elses.iter().map(|other| {
        let word = other.span.start + "else".len() as u32;
        let end = other.value.as_ref().map_or(word, |value| value.span.end);
        let head = Span { start: other.span.start, end };
        let constant = other.value.iter().all(is_constant);
        (other.span, Part { head, body: other.body.is_none().then_some(head), constant })
    });
    std::iter::once((rule.span, part)).chain(elses).collect()
}

impl<'m> Places<'m> {
    pub(super) fn of(module: &'m Module) -> Self {
        let (source, registry) = (&*module.source, lictor_builtins::registry());
        let mut places = Places {
            source,
            literals: vec![],
            operators: HashSet::new(),
            bare: vec![],
            uncounted: HashSet::new(),
            registry,
        };
        for rule in &module.rules {
            let head = &rule.head;
            head.reference.iter().chain(head.args.iter().flatten()).for_each(|term| places.term(term));
            head.key.iter().chain(&head.value).for_each(|term| places.term(term));
            rule.body.iter().for_each(|body| places.body(body));
            for other in &rule.elses {
                other.value.iter().for_each(|term| places.term(term));
                let Some(body) = &other.body else { continue };
                if let [literal] = &body[..]
                    && !source.text()[..literal.span.start as usize].trim_end().ends_with('{')
                {
                    let last = rule.elses.last().map_or(other.span, |last| last.span);
                    places.bare.push((literal.span, other.span.to(last)));
                }
                places.body(body);
            }
        }
        places
    }

    /// Where OPA says that something stands.
    pub(super) fn range(&self, span: Span) -> Range {
        let inside = |(bare, _): &&(Span, Span)| bare.start <= span.start && span.end <= bare.end;
        if let Some((_, whole)) = self.bare.iter().find(inside) {
            return self.plain(*whole);
        }
        if !self.operators.contains(&span) {
            return self.plain(span);
        }
        let whole = with_parentheses(self.source.text(), span);
        let start = self.source.position(span.start);
        let end = match whole.rsplit_once('\n') {
            None => (start.0, start.1 + whole.chars().count() as u32),
            Some((before, last)) => {
                let rows = before.matches('\n').count() as u32 + 1;
                (start.0 + rows, last.chars().count() as u32 + 1)
            }
        };
        Range { start, end, kinds: vec![] }
    }

    /// As it is written, up to the last parenthesis that it opens.
    fn plain(&self, span: Span) -> Range {
        let text = self.source.text();
        let mut end = span.end as usize;
        for _ in 0..unmatched(span.of(text)).1 {
            end = text[end..].find(')').map_or(end, |at| end + at + 1);
        }
        Range { start: self.source.position(span.start), end: self.source.position(end as u32), kinds: vec![] }
    }

    /// Whether what is evaluated at a place counts.
    pub(super) fn counts(&self, span: Span) -> bool {
        !self.uncounted.contains(&span)
    }

    /// Whether the call that begins a case is written at a place, and was not put there.
    pub(super) fn is_written(&self, span: Span) -> bool {
        span.of(self.source.text()).starts_with("internal.test_case")
    }
}

impl Walk for Places<'_> {
    fn literal(&mut self, literal: &Literal) {
        let declares = matches!(literal.kind, LiteralKind::Some(_) | LiteralKind::SomeIn { .. });
        let put_there = begins_case(literal) && !self.is_written(literal.span);
        if !(declares || put_there) {
            self.literals.push(literal.span);
        }
        for with in &literal.with {
            if self.registry.get(&dotted(&with.target)).is_some() && matches!(with.value.kind, TermKind::Var(_)) {
                self.uncounted.insert(with.value.span);
            }
        }
        self.in_literal(literal);
    }

    fn term(&mut self, term: &Term) {
        if matches!(&term.kind, TermKind::Call(call) if call.operator) {
            self.operators.insert(term.span);
        }
        self.in_term(term);
    }

    fn expression(&mut self, literal: &Literal) {
        if let LiteralKind::Term(Term { kind: TermKind::Call(_), span }) = &literal.kind {
            self.uncounted.insert(*span);
        }
        self.literal(literal);
    }
}

/// A name with dots: `time.now_ns`.
fn dotted(term: &Term) -> String {
    match &term.kind {
        TermKind::Var(name) | TermKind::String(name) => name.to_string(),
        TermKind::Ref(base, keys) => keys.iter().fold(dotted(base), |path, key| path + "." + &dotted(key)),
        _ => String::new(),
    }
}

/// Whether a term of a head has nothing to evaluate.
fn is_constant(term: &Term) -> bool {
    match &term.kind {
        TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_) | TermKind::Var(_) => true,
        TermKind::Array(items) | TermKind::Set(items) => items.iter().all(is_constant),
        TermKind::Object(pairs) => pairs.iter().all(|(key, value)| is_constant(key) && is_constant(value)),
        _ => false,
    }
}

fn begins_case(literal: &Literal) -> bool {
    let LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) = &literal.kind else { return false };
    matches!(&call.function.kind, TermKind::Ref(base, keys)
        if matches!(&base.kind, TermKind::Var(name) if &**name == "internal")
            && matches!(&keys[..], [Term { kind: TermKind::String(name), .. }] if &**name == "test_case"))
}

/// The text of a place with the parentheses that belong to what is in it, and those right around it.
fn with_parentheses(text: &str, span: Span) -> &str {
    let (mut start, mut end) = (span.start as usize, span.end as usize);
    let (mut left, mut right) = unmatched(span.of(text));
    let before = |start: usize| text[..start].trim_end().strip_suffix('(').map(str::len);
    let after = |end: usize| {
        let rest = text[end..].trim_start();
        rest.starts_with(')').then(|| text.len() - rest.len() + 1)
    };
    while left > 0 || right > 0 {
        let (opens, closes) = (before(start).filter(|_| left > 0), after(end).filter(|_| right > 0));
        if opens.is_none() && closes.is_none() {
            break;
        }
        start = opens.unwrap_or(start);
        end = closes.unwrap_or(end);
        left -= usize::from(opens.is_some());
        right -= usize::from(closes.is_some());
    }
    // Those right around it, unless they are a call's.
    while let (Some(opens), Some(closes)) = (before(start), after(end))
        && !text[..opens].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ']'))
    {
        (start, end) = (opens, closes);
    }
    text.get(start..end).unwrap_or_default()
}

/// How many parentheses close that did not open, and open that do not close.
fn unmatched(text: &str) -> (usize, usize) {
    let (mut left, mut depth) = (0, 0);
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => left += 1,
            ')' => depth -= 1,
            '`' => drop(characters.find(|c| *c == '`')),
            '#' => drop(characters.find(|c| *c == '\n')),
            '"' => {
                while let Some(c) = characters.next() {
                    match c {
                        '\\' => drop(characters.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    (left, depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_the_parentheses_of_its_operands_and_its_own() {
        let text = "x := ((24 * 60) * 60) * f(a - (b), \")\")";
        let of = |part: &str| {
            let start = text.find(part).unwrap() as u32;
            with_parentheses(text, Span { start, end: start + part.len() as u32 })
        };
        assert_eq!(of("24 * 60"), "(24 * 60)");
        assert_eq!(of("24 * 60) * 60"), "((24 * 60) * 60)");
        assert_eq!(of("24 * 60) * 60) * f(a - (b), \")\")"), "((24 * 60) * 60) * f(a - (b), \")\")");
        assert_eq!(of("a - (b"), "a - (b)");
    }
}
