//! Places in the syntax tree's JSON: file, row and column of a node, and its text.
//!
//! Where OPA's text is not that of the node, its ways are followed: parentheses belong to the text of what they hold but not
//! to its place, and a reference into a literal collection has the text from that one's last bracket on.

use super::{Writer, index, text};
use crate::ast::*;
use crate::json::Json;
use crate::span::{Source, Span};

/// Members of an object.
pub(super) type Members = Vec<(&'static str, Json)>;

/// The place that OPA gives a body that is not written.
#[derive(Clone, Copy)]
pub(super) struct Generated {
    pub(super) start: u32,
    pub(super) text: Span,
}

impl Generated {
    pub(super) fn at(text: Span) -> Self {
        Generated { start: text.start, text }
    }
}

/// A place as OPA's JSON has it, with the text there where it is asked for.
pub fn location_to_json(source: &Source, span: Span, with_text: bool) -> Json {
    place_of(source, span.start, with_text.then_some(span))
}

fn place_of(source: &Source, start: u32, text: Option<Span>) -> Json {
    let (row, column) = source.position(start);
    let file = Json::String(source.name().clone());
    let mut place = vec![("file", file), ("row", index(row as usize)), ("col", index(column as usize))];
    if let Some(text) = text {
        let bytes = source.text().as_bytes().get(text.start as usize..text.end as usize);
        place.push(("text", Json::String(base64(bytes.unwrap_or_default()).into())));
    }
    Json::Object(place)
}

impl Writer<'_> {
    /// Adds the place of a node.
    pub(super) fn place(&self, members: &mut Members, span: Span) {
        self.place_with(members, span.start, span);
    }

    /// The same where the text begins elsewhere.
    pub(super) fn place_with(&self, members: &mut Members, start: u32, text: Span) {
        if self.locations {
            members.push(("location", place_of(self.source, start, Some(text))));
        }
    }

    /// A term with its place.
    pub(super) fn placed(&self, kind: &'static str, value: Json, span: Span) -> Json {
        self.placed_with(kind, value, span.start, span)
    }

    /// The same where its text begins elsewhere.
    pub(super) fn placed_with(&self, kind: &'static str, value: Json, start: u32, place: Span) -> Json {
        let mut members = vec![];
        self.place_with(&mut members, start, place);
        members.extend([("type", text(kind)), ("value", value)]);
        Json::Object(members)
    }

    /// The text that OPA gives a term: with the parentheses around it, and of a reference into a literal collection from
    /// that one's last bracket on.
    pub(super) fn text_of(&self, term: &Term) -> Span {
        let whole = match &term.kind {
            TermKind::Call(call) if call.operator => {
                let outer = |arg: Option<&Term>| arg.map_or(term.span, |arg| self.text_of(arg));
                // Of `-x` there is no first operand.
                let first = call.args.first().filter(|first| first.span.end <= call.function.span.start);
                let start = first.map_or(term.span.start, |first| outer(Some(first)).start.min(term.span.start));
                Span { start, end: outer(call.args.last()).end.max(term.span.end) }
            }
            TermKind::Number(number) if number.starts_with('-') => {
                let bare = self.in_parentheses(term.span);
                return if bare == term.span { self.first(term.span, 1) } else { bare };
            }
            TermKind::Ref(head, _) => match &head.kind {
                TermKind::Array(_)
                | TermKind::Set(_)
                | TermKind::Object(_)
                | TermKind::ArrayComprehension(..)
                | TermKind::SetComprehension(..)
                | TermKind::ObjectComprehension(..) => {
                    Span { start: head.span.end.saturating_sub(1), end: term.span.end }
                }
                _ => term.span,
            },
            _ => term.span,
        };
        self.in_parentheses(whole)
    }

    /// The place of the body that OPA makes for a value.
    pub(super) fn generated(&self, value: &Term) -> Generated {
        Generated { start: value.span.start, text: self.text_of(value) }
    }

    /// A term that is placed elsewhere, if it is.
    pub(super) fn moved(&self, mut term: Json, to: Option<Span>) -> Json {
        if let (Some(to), Some(place)) = (to, term.member_mut("location")) {
            *place = location_to_json(self.source, to, true);
        }
        term
    }

    /// `else := value`
    pub(super) fn head_of_else(&self, one: &Else) -> Span {
        let end = one.value.as_ref().map_or(one.span.start + "else".len() as u32, |value| self.text_of(value).end);
        Span { start: one.span.start, end }
    }

    /// A place with the parentheses around it, which are no call's.
    fn in_parentheses(&self, mut span: Span) -> Span {
        let text = self.source.text();
        loop {
            let before = text.get(..span.start as usize).unwrap_or_default().trim_end();
            let after = text.get(span.end as usize..).unwrap_or_default();
            let Some(outside) = before.strip_suffix('(') else { return span };
            let rest = after.trim_start();
            let called = outside.ends_with(|c: char| c == '_' || c == ']' || c == ')' || c.is_alphanumeric());
            if called || !rest.starts_with(')') {
                return span;
            }
            let end = text.len() - rest.len() + 1;
            span = Span { start: outside.len() as u32, end: end as u32 };
        }
    }

    /// The first token of a place.
    pub(super) fn first(&self, span: Span, length: usize) -> Span {
        Span { start: span.start, end: span.end.min(span.start + length as u32) }
    }
}

/// Standard base64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = (u32::from(chunk[0]) << 16)
            | (u32::from(chunk.get(1).copied().unwrap_or(0)) << 8)
            | u32::from(chunk.get(2).copied().unwrap_or(0));
        for at in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * at)) as usize & 63];
            out.push(if at <= chunk.len() { digit as char } else { '=' });
        }
    }
    out
}
