//! A walk over syntax trees, for those who look for a few kinds of nodes anywhere in a rule.

use lictor_syntax::ast::TemplatePart;
use lictor_syntax::{Body, Literal, LiteralKind, Term, TermKind};

/// Comes by every literal and term; what is called is not looked at.
pub(super) trait Walk {
    /// At a literal. Who looks at it goes on with [`Walk::in_literal`].
    fn literal(&mut self, literal: &Literal) {
        self.in_literal(literal);
    }

    /// At a term. Who looks at it goes on with [`Walk::in_term`].
    fn term(&mut self, term: &Term) {
        self.in_term(term);
    }

    /// At an expression of a template string.
    fn expression(&mut self, literal: &Literal) {
        self.literal(literal);
    }

    fn body(&mut self, body: &Body) {
        body.iter().for_each(|literal| self.literal(literal));
    }

    fn in_literal(&mut self, literal: &Literal) {
        match &literal.kind {
            LiteralKind::Term(term) => self.term(term),
            LiteralKind::Body(body) => self.body(body),
            LiteralKind::Some(terms) => terms.iter().for_each(|term| self.term(term)),
            LiteralKind::SomeIn { key, value, domain, .. } => {
                key.iter().chain([value, domain]).for_each(|term| self.term(term));
            }
            LiteralKind::Every { key, value, domain, body } => {
                key.iter().chain([value, domain]).for_each(|term| self.term(term));
                self.body(body);
            }
            LiteralKind::And(sides) | LiteralKind::Or(sides) => {
                self.literal(&sides.0);
                self.literal(&sides.1);
            }
        }
        literal.with.iter().for_each(|with| self.term(&with.value));
    }

    fn in_term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Ref(base, keys) => {
                self.term(base);
                keys.iter().for_each(|key| self.term(key));
            }
            TermKind::Call(call) => call.args.iter().for_each(|arg| self.term(arg)),
            TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|item| self.term(item)),
            TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                self.term(key);
                self.term(value);
            }),
            TermKind::ArrayComprehension(value, body) | TermKind::SetComprehension(value, body) => {
                self.term(value);
                self.body(body);
            }
            TermKind::ObjectComprehension(pair, body) => {
                self.term(&pair.0);
                self.term(&pair.1);
                self.body(body);
            }
            TermKind::Template(template) => {
                for part in &template.parts {
                    if let TemplatePart::Expression(literal) = part {
                        self.expression(literal);
                    }
                }
            }
            TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_) | TermKind::Var(_) => {}
        }
    }
}
