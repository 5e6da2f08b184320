//! Names within terms: references and calls.

use lictor_syntax::{Code, Name, Span, ast};

use super::declared::declared;
use super::{Names, Place};
use crate::front::analysis::Stage;
use crate::front::draft::{Call, Callee, Comprehension, DATA, INPUT, TemplatePart, Term, TermKind};
use crate::front::report::Report;
use crate::front::tree::{constant, ground_prefix};
use crate::hash::Map;
use crate::hir::{ComprehensionKind, Constant};

impl Names<'_> {
    pub(super) fn terms(&mut self, terms: &[ast::Term], report: &mut Report) -> Vec<Term> {
        terms.iter().map(|term| self.term(term, report)).collect()
    }

    pub(super) fn term(&mut self, term: &ast::Term, report: &mut Report) -> Term {
        let at = term.span;
        let kind = match &term.kind {
            ast::TermKind::Null => TermKind::Scalar(Constant::Null),
            ast::TermKind::Bool(it) => TermKind::Scalar(Constant::Bool(*it)),
            ast::TermKind::Number(it) => TermKind::Scalar(Constant::Number(it.clone())),
            ast::TermKind::String(it) => TermKind::Scalar(Constant::String(it.clone())),
            ast::TermKind::Var(name) => return self.name(name, at),
            ast::TermKind::Ref(base, keys) => {
                let mut terms = match self.term(base, report) {
                    Term { kind: TermKind::Ref(terms), .. } => terms,
                    term => vec![term],
                };
                terms.extend(self.terms(keys, report));
                TermKind::Ref(terms)
            }
            ast::TermKind::Call(call) if call.args.is_empty() && self.annotation(call).is_some() => {
                return self.annotation(call).map_or_else(|| truth(at), |says| term_of(&says, at));
            }
            ast::TermKind::Call(call) => TermKind::Call(Box::new(self.call(call, report))),
            ast::TermKind::Array(items) => TermKind::Array(self.terms(items, report)),
            ast::TermKind::Set(items) => {
                // Of equal numbers the first one stays.
                let mut items: Vec<&ast::Term> = items.iter().collect();
                items.sort_by_key(|item| rank(item));
                TermKind::Set(items.into_iter().map(|item| self.term(item, report)).collect())
            }
            ast::TermKind::Object(pairs) => TermKind::Object(
                last_values(pairs).map(|(k, v)| (self.term(k, report), self.term(v, report))).collect(),
            ),
            ast::TermKind::ArrayComprehension(value, body) => {
                return self.comprehension(ComprehensionKind::Array, None, value, body, at, report);
            }
            ast::TermKind::SetComprehension(value, body) => {
                return self.comprehension(ComprehensionKind::Set, None, value, body, at, report);
            }
            ast::TermKind::ObjectComprehension(pair, body) => {
                return self.comprehension(ComprehensionKind::Object, Some(&pair.0), &pair.1, body, at, report);
            }
            ast::TermKind::Template(template) => {
                if self.registry.get("internal.template_string").is_none() {
                    let message = "template-strings are not supported";
                    report.add(Stage::Templates, Code::Compile, self.file, at, message);
                }
                let part = |part: &ast::TemplatePart, names: &mut Self, report: &mut Report| match part {
                    ast::TemplatePart::Text(text, _) => TemplatePart::Text(text.clone()),
                    ast::TemplatePart::Expression(literal) => {
                        TemplatePart::Expression(Box::new(names.literal(literal, report)))
                    }
                };
                TermKind::Template(template.parts.iter().map(|p| part(p, self, report)).collect())
            }
        };
        Term { kind, at }
    }

    pub(super) fn name(&mut self, name: &Name, at: Span) -> Term {
        let root = match &**name {
            "input" => Some(INPUT),
            "data" => Some(DATA),
            _ => None,
        };
        let kind = if let Some(root) = root {
            TermKind::Ref(vec![Term::var(root, at)])
        } else if let Some(path) = self.global(name) {
            let root = if &*path[0] == "input" { INPUT } else { DATA };
            let keys = path.iter().skip(1).map(|name| string(name.clone(), at));
            TermKind::Ref(std::iter::once(Term::var(root, at)).chain(keys).collect())
        } else {
            TermKind::Var(self.vars.named(name))
        };
        Term { kind, at }
    }

    pub(super) fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        key: Option<&ast::Term>,
        value: &ast::Term,
        body: &ast::Body,
        at: Span,
        report: &mut Report,
    ) -> Term {
        self.hidden.push(declared(body));
        let key = key.map(|key| self.term(key, report));
        let value = self.term(value, report);
        let body = self.body(body, report);
        self.hidden.pop();
        Term { kind: TermKind::Comprehension(Box::new(Comprehension { kind, key, value, body })), at }
    }

    /// What a call of `rego.metadata` gives: a constant of its rule.
    pub(super) fn annotation(&self, call: &ast::Call) -> Option<Constant> {
        let Place { metadata, package, rule, number } = self.place?;
        let ast::TermKind::Ref(base, keys) = &call.function.kind else { return None };
        let (ast::TermKind::Var(root), [first, second]) = (&base.kind, &keys[..]) else { return None };
        let (ast::TermKind::String(first), ast::TermKind::String(second)) = (&first.kind, &second.kind) else {
            return None;
        };
        // As any other builtin, it may not be there.
        self.registry.get(&format!("{root}.{first}.{second}"))?;
        match (&**root, &**first, &**second) {
            ("rego", "metadata", "rule") => Some(metadata.rule(self.file, number)),
            ("rego", "metadata", "chain") => {
                let names = package.iter().map(|name| Constant::String(name.clone()));
                let path: Vec<Constant> = names.chain(ground_prefix(&rule.head.reference)).collect();
                Some(metadata.chain(self.file, number, package, &path))
            }
            _ => None,
        }
    }

    pub(super) fn call(&mut self, call: &ast::Call, report: &mut Report) -> Call {
        let mut segments: Vec<Name> = vec![];
        match &call.function.kind {
            ast::TermKind::Var(name) => segments.push(name.clone()),
            ast::TermKind::Ref(base, keys) => {
                for term in std::iter::once(&**base).chain(keys) {
                    if let ast::TermKind::Var(name) | ast::TermKind::String(name) = &term.kind {
                        segments.push(name.clone());
                    }
                }
            }
            _ => {}
        }
        let first = segments.first().cloned().unwrap_or_else(|| Name::from(""));
        let mut rest = segments.split_off(segments.len().min(1));
        let head = match self.global(&first) {
            Some(path) if &*path[0] == "data" => {
                rest.splice(0..0, path.iter().skip(1).cloned());
                DATA
            }
            _ if &*first == "data" && !self.hides(&first) => DATA,
            _ => self.vars.named(&first),
        };
        let callee = if head == DATA {
            let node = self.tree.find(&rest).filter(|at| self.tree.node(*at).function);
            node.map_or(Callee::Unknown, Callee::Function)
        } else if self.hidden.first().is_some_and(|args| self.place.is_some() && args.contains(&first)) {
            // An argument of the rule around it.
            Callee::Unknown
        } else {
            let builtin = match &*rest {
                [] => self.registry.get(&first),
                _ => self
                    .registry
                    .get(&std::iter::once(&first).chain(&rest).map(|name| &**name).collect::<Vec<_>>().join(".")),
            };
            builtin.map_or(Callee::Unknown, Callee::Builtin)
        };
        let arity = match callee {
            Callee::Builtin(builtin) => Some(builtin.args.len()),
            Callee::Function(node) => Some(self.tree.node(node).arity),
            Callee::Unknown => None,
        };
        Call { head, rest, callee, arity, args: self.terms(&call.args, report) }
    }
}

/// Pairs, and of those with the same key as written the last value: the others are never evaluated.
fn last_values(pairs: &[(ast::Term, ast::Term)]) -> impl Iterator<Item = (&ast::Term, &ast::Term)> {
    #[derive(PartialEq, Eq, Hash)]
    enum Key<'a> {
        Constant(Constant),
        Var(&'a Name),
    }
    let mut at: Map<Key<'_>, usize> = Map::default();
    let mut kept: Vec<(&ast::Term, &ast::Term)> = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        let spelled = match &key.kind {
            ast::TermKind::Var(name) if &**name != "_" => Some(Key::Var(name)),
            _ => constant(key).map(Key::Constant),
        };
        let place = spelled.map(|key| *at.entry(key).or_insert(kept.len()));
        match place.and_then(|at| kept.get_mut(at)) {
            Some(pair) => pair.1 = value,
            None => kept.push((key, value)),
        }
    }
    // Of keys that turn out equal the last one stays, and OPA has them in this order.
    kept.sort_by_key(|(key, _)| rank(key));
    kept.into_iter()
}

/// Where OPA puts a member among others, or a key: constants come first.
fn rank(term: &ast::Term) -> u8 {
    match &term.kind {
        ast::TermKind::Ref(..) => 2,
        ast::TermKind::Var(_) => 1,
        _ if constant(term).is_some() => 0,
        _ => 3,
    }
}

pub(super) fn string(name: Name, at: Span) -> Term {
    Term { kind: TermKind::Scalar(Constant::String(name)), at }
}

/// A constant as a term of the draft.
pub(super) fn term_of(constant: &Constant, at: Span) -> Term {
    let kind = match constant {
        Constant::Array(items) => TermKind::Array(items.iter().map(|item| term_of(item, at)).collect()),
        Constant::Set(items) => TermKind::Set(items.iter().map(|item| term_of(item, at)).collect()),
        Constant::Object(pairs) => {
            TermKind::Object(pairs.iter().map(|(key, value)| (term_of(key, at), term_of(value, at))).collect())
        }
        scalar => TermKind::Scalar(scalar.clone()),
    };
    Term { kind, at }
}

pub(super) fn truth(at: Span) -> Term {
    Term { kind: TermKind::Scalar(Constant::Bool(true)), at }
}
