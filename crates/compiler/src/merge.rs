//! Units side by side: policies that are compiled together and never see each other.
//!
//! Each unit keeps a rule tree of its own; only ids move. So a thousand policies, many of them with the same package, are
//! one program that reads each event once.

use crate::hir::{
    At, Base, Branch, Callee, Comprehension, Definition, Head, Literal, LiteralKind, NodeId, Query, Rule, RuleId,
    TemplatePart, Term, TermKind, Unit, With, WithTarget, WithValue,
};

impl Unit {
    /// Puts units side by side, in order.
    pub fn merge(units: impl IntoIterator<Item = Unit>) -> Unit {
        let mut all = Unit::default();
        for unit in units {
            let shift = Shift {
                files: all.files.len() as u32,
                rules: all.rules.len() as RuleId,
                nodes: all.nodes.len() as NodeId,
            };
            all.files.extend(unit.files);
            all.rules.extend(unit.rules.into_iter().map(|rule| shift.rule(rule)));
            all.nodes.extend(unit.nodes.into_iter().map(|mut node| {
                node.rule = node.rule.map(|rule| rule + shift.rules);
                node.children.iter_mut().for_each(|(_, child)| *child += shift.nodes);
                node
            }));
            all.documents.extend(unit.documents.into_iter().map(|mut document| {
                document.root += shift.nodes;
                document
            }));
            all.queries.extend(unit.queries.into_iter().map(|query| shift.query(query)));
        }
        all
    }
}

/// How far a unit's ids move.
struct Shift {
    files: u32,
    rules: RuleId,
    nodes: NodeId,
}

impl Shift {
    fn rule(&self, rule: Rule) -> Rule {
        Rule {
            definitions: rule.definitions.into_iter().map(|d| self.definition(d)).collect(),
            default: rule.default.map(|d| Box::new(self.definition(*d))),
            uses: rule.uses.iter().map(|used| used + self.rules).collect(),
            root: rule.root + self.nodes,
            ..rule
        }
    }

    fn query(&self, mut query: Query) -> Query {
        query.root += self.nodes;
        self.body(&mut query.body);
        query
    }

    fn definition(&self, mut definition: Definition) -> Definition {
        self.at(&mut definition.at);
        self.terms(&mut definition.args);
        self.terms(&mut definition.path);
        match &mut definition.head {
            Head::Value(term) | Head::Member(term) => self.term(term),
        }
        self.body(&mut definition.body);
        for Branch { at, value, body } in &mut definition.elses {
            self.at(at);
            self.term(value);
            self.body(body);
        }
        definition
    }

    fn at(&self, at: &mut At) {
        at.file += self.files;
    }

    fn body(&self, body: &mut [Literal]) {
        body.iter_mut().for_each(|literal| self.literal(literal));
    }

    fn literal(&self, literal: &mut Literal) {
        self.at(&mut literal.at);
        match &mut literal.kind {
            LiteralKind::Term(term) => self.term(term),
            LiteralKind::Unify(a, b) => {
                self.term(a);
                self.term(b);
            }
            LiteralKind::SomeIn { key, value, domain } => {
                self.terms(key.as_mut_slice());
                self.term(value);
                self.term(domain);
            }
            LiteralKind::Every { domain, body, .. } => {
                self.term(domain);
                self.body(body);
            }
            LiteralKind::Not { body, .. } => self.body(body),
            LiteralKind::And(a, b) | LiteralKind::Or(a, b) => {
                self.body(a);
                self.body(b);
            }
            LiteralKind::Print(terms) => self.terms(terms),
        }
        for With { target, value } in &mut literal.with {
            if let WithTarget::Function(rule) = target {
                *rule += self.rules;
            }
            match value {
                WithValue::Term(term) => self.term(term),
                WithValue::Function(rule) => *rule += self.rules,
                WithValue::Builtin(_) => {}
            }
        }
    }

    fn terms(&self, terms: &mut [Term]) {
        terms.iter_mut().for_each(|term| self.term(term));
    }

    fn term(&self, term: &mut Term) {
        self.at(&mut term.at);
        match &mut term.kind {
            TermKind::Constant(_) | TermKind::Local(_) => {}
            TermKind::Ref(base, keys) => {
                if let Base::Term(base) = base {
                    self.term(base);
                }
                self.terms(keys);
            }
            TermKind::Array(items) | TermKind::Set(items) => self.terms(items),
            TermKind::Object(pairs) => pairs.iter_mut().for_each(|(key, value)| {
                self.term(key);
                self.term(value);
            }),
            TermKind::Comprehension(comprehension) => {
                let Comprehension { value, key, body, .. } = &mut **comprehension;
                self.term(value);
                self.terms(key.as_mut_slice());
                self.body(body);
            }
            TermKind::Call(callee, args) => {
                if let Callee::Function(rule) = callee {
                    *rule += self.rules;
                }
                self.terms(args);
            }
            TermKind::Template(parts) => parts.iter_mut().for_each(|part| {
                if let TemplatePart::Expression(body, _) = part {
                    self.body(body);
                }
            }),
        }
    }
}
