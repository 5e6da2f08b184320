//! Which variables a piece of the draft mentions, by kinds of place.
//!
//! The stages ask different questions: all variables; those that safety must find bound; those that a pattern binds. Each
//! question is a [`Look`]; the walk is one.

use lictor_syntax::Span;

use crate::front::draft::{
    Body, Comprehension, Literal, LiteralKind, Operand, TemplatePart, Term, TermKind, Var, With,
};

pub(crate) use crate::front::var_set::VarSet;

/// What a walk leaves out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look {
    /// The bases of references.
    pub(crate) no_bases: bool,
    /// Keys of objects.
    pub(crate) no_keys: bool,
    /// Bodies of comprehensions, `every`, `not`, `and`, `or`, and template strings.
    pub(crate) no_closures: bool,
    /// Members of sets.
    pub(crate) no_sets: bool,
    /// What `with` replaces, and bases of the references it puts in place.
    pub(crate) no_with_bases: bool,
    /// Leave closures out, but look into operands written without braces for what must come from outside.
    pub(crate) promote: bool,
}

/// All variables.
pub(crate) const ALL: Look =
    Look { no_bases: false, no_keys: false, no_closures: false, no_sets: false, no_with_bases: false, promote: false };
/// What must be bound for a term to be evaluated, closures left out.
pub(crate) const NEEDED: Look = Look { no_closures: true, no_with_bases: true, ..ALL };
/// The same; operands without braces count.
pub(crate) const SAFETY: Look = Look { promote: true, ..NEEDED };
/// What a pattern binds.
pub(crate) const PATTERN: Look = Look { no_bases: true, no_keys: true, no_closures: true, ..ALL };
/// What the output argument of a call binds.
pub(crate) const OUTPUT: Look = Look { no_sets: true, ..PATTERN };
/// What the keys of a reference bind.
pub(crate) const KEYS: Look = Look { no_bases: true, ..ALL };

impl Look {
    /// The variables of a body.
    pub(crate) fn body(self, body: &Body) -> VarSet {
        let mut found = VarSet::new();
        self.walk_body(body, &mut |var, _| {
            found.insert(var);
        });
        found
    }

    /// The variables of a literal.
    pub(crate) fn literal(self, literal: &Literal) -> VarSet {
        let mut found = VarSet::new();
        self.walk_literal(literal, &mut |var, _| {
            found.insert(var);
        });
        found
    }

    /// The variables of a term.
    pub(crate) fn term(self, term: &Term) -> VarSet {
        let mut found = VarSet::new();
        self.walk_term(term, &mut |var, _| {
            found.insert(var);
        });
        found
    }

    /// The variables of a replacement.
    pub(crate) fn with(self, with: &With) -> VarSet {
        let mut found = VarSet::new();
        self.walk_with(with, &mut |var, _| {
            found.insert(var);
        });
        found
    }

    /// Visits the variables of a body.
    pub(crate) fn walk_body(self, body: &Body, see: &mut dyn FnMut(Var, Span)) {
        for literal in body {
            self.walk_literal(literal, see);
        }
    }

    /// Visits the variables of a literal.
    pub(crate) fn walk_literal(self, literal: &Literal, see: &mut dyn FnMut(Var, Span)) {
        match &literal.kind {
            LiteralKind::Term(term) => self.walk_term(term, see),
            LiteralKind::Unify { left, right, .. } | LiteralKind::Assign(left, right) => {
                self.walk_term(left, see);
                self.walk_term(right, see);
            }
            LiteralKind::Some(terms) | LiteralKind::Print(terms) => terms.iter().for_each(|t| self.walk_term(t, see)),
            LiteralKind::SomeIn { key, value, domain } => {
                key.iter().for_each(|t| self.walk_term(t, see));
                self.walk_term(value, see);
                self.walk_term(domain, see);
            }
            LiteralKind::Every { key, value, domain, body } => {
                if self.no_closures {
                    self.walk_term(domain, see);
                    // Its replacements are looked at below, unlike what OPA does: they are needed all the same.
                } else {
                    key.iter().for_each(|var| see(*var, literal.at));
                    see(*value, literal.at);
                    self.walk_term(domain, see);
                    self.walk_body(body, see);
                }
            }
            LiteralKind::Not(operand) => self.walk_operand(operand, see),
            LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
                self.walk_operand(left, see);
                self.walk_operand(right, see);
            }
            LiteralKind::Printed(args) => {
                if !self.no_closures {
                    for (var, body) in args {
                        see(*var, literal.at);
                        self.walk_body(body, see);
                    }
                }
            }
        }
        literal.with.iter().for_each(|with| self.walk_with(with, see));
    }

    fn walk_operand(self, operand: &Operand, see: &mut dyn FnMut(Var, Span)) {
        if !self.no_closures {
            self.walk_body(&operand.body, see);
        } else if self.promote && !operand.explicit {
            for var in crate::front::safety::needed_from_outside(&operand.body).iter() {
                see(var, operand.body.first().map(|l| l.at).unwrap_or_default());
            }
        }
    }

    /// Visits the variables of a replacement.
    pub(crate) fn walk_with(self, with: &With, see: &mut dyn FnMut(Var, Span)) {
        if !self.no_with_bases {
            self.walk_term(&with.target, see);
            self.walk_term(&with.value, see);
            return;
        }
        if let TermKind::Ref(terms) = &with.target.kind {
            terms.iter().skip(1).for_each(|t| self.walk_term(t, see));
        }
        match &with.value.kind {
            _ if with.function.is_some() => {}
            TermKind::Ref(terms) => terms.iter().skip(1).for_each(|t| self.walk_term(t, see)),
            _ => self.walk_term(&with.value, see),
        }
    }

    /// Visits the variables of a term.
    pub(crate) fn walk_term(self, term: &Term, see: &mut dyn FnMut(Var, Span)) {
        match &term.kind {
            TermKind::Scalar(_) => {}
            TermKind::Var(var) => see(*var, term.at),
            TermKind::Ref(terms) => {
                terms.iter().skip(usize::from(self.no_bases)).for_each(|t| self.walk_term(t, see));
            }
            TermKind::Call(call) => call.args.iter().for_each(|t| self.walk_term(t, see)),
            TermKind::Array(items) => items.iter().for_each(|t| self.walk_term(t, see)),
            TermKind::Set(items) => {
                if !self.no_sets {
                    items.iter().for_each(|t| self.walk_term(t, see));
                }
            }
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    if !self.no_keys {
                        self.walk_term(key, see);
                    }
                    self.walk_term(value, see);
                }
            }
            TermKind::Comprehension(it) => {
                if !self.no_closures {
                    self.walk_comprehension(it, see);
                }
            }
            TermKind::Template(parts) => {
                for part in parts {
                    match part {
                        TemplatePart::Text(_) => {}
                        TemplatePart::Plain(term) => {
                            if !self.no_sets {
                                self.walk_term(term, see);
                            }
                        }
                        TemplatePart::Expression(literal) if !self.no_closures => self.walk_literal(literal, see),
                        TemplatePart::Body(var, body) if !self.no_closures => {
                            see(*var, term.at);
                            self.walk_body(body, see);
                        }
                        TemplatePart::Expression(_) | TemplatePart::Body(..) => {}
                    }
                }
            }
        }
    }

    fn walk_comprehension(self, it: &Comprehension, see: &mut dyn FnMut(Var, Span)) {
        it.key.iter().for_each(|t| self.walk_term(t, see));
        self.walk_term(&it.value, see);
        self.walk_body(&it.body, see);
    }
}

/// Calls `see` for each term in a literal, outer terms first; where it returns `true`, the term's inside is left out.
/// Bodies of closures are walked only where `see` lets it.
pub(crate) fn walk_terms(literal: &Literal, see: &mut dyn FnMut(&Term) -> bool) {
    let body = |body: &Body, see: &mut dyn FnMut(&Term) -> bool| body.iter().for_each(|l| walk_terms(l, see));
    match &literal.kind {
        LiteralKind::Term(term) => each_term(term, see),
        LiteralKind::Unify { left, right, .. } | LiteralKind::Assign(left, right) => {
            each_term(left, see);
            each_term(right, see);
        }
        LiteralKind::Some(terms) | LiteralKind::Print(terms) => terms.iter().for_each(|t| each_term(t, see)),
        LiteralKind::SomeIn { key, value, domain } => {
            key.iter().for_each(|t| each_term(t, see));
            each_term(value, see);
            each_term(domain, see);
        }
        LiteralKind::Every { domain, body: inner, .. } => {
            each_term(domain, see);
            body(inner, see);
        }
        LiteralKind::Not(operand) => body(&operand.body, see),
        LiteralKind::And(left, right) | LiteralKind::Or(left, right) => {
            body(&left.body, see);
            body(&right.body, see);
        }
        LiteralKind::Printed(args) => args.iter().for_each(|(_, inner)| body(inner, see)),
    }
    for with in &literal.with {
        each_term(&with.target, see);
        each_term(&with.value, see);
    }
}

/// The same for one term.
pub(crate) fn each_term(term: &Term, see: &mut dyn FnMut(&Term) -> bool) {
    if see(term) {
        return;
    }
    match &term.kind {
        TermKind::Scalar(_) | TermKind::Var(_) => {}
        TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) => {
            terms.iter().for_each(|t| each_term(t, see));
        }
        TermKind::Call(call) => call.args.iter().for_each(|t| each_term(t, see)),
        TermKind::Object(pairs) => {
            for (key, value) in pairs {
                each_term(key, see);
                each_term(value, see);
            }
        }
        TermKind::Comprehension(it) => {
            it.key.iter().for_each(|t| each_term(t, see));
            each_term(&it.value, see);
            it.body.iter().for_each(|l| walk_terms(l, see));
        }
        TermKind::Template(parts) => {
            for part in parts {
                match part {
                    TemplatePart::Text(_) => {}
                    TemplatePart::Plain(term) => each_term(term, see),
                    TemplatePart::Expression(literal) => walk_terms(literal, see),
                    TemplatePart::Body(_, body) => body.iter().for_each(|l| walk_terms(l, see)),
                }
            }
        }
    }
}
