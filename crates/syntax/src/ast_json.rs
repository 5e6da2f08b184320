//! A module as OPA's AST JSON: what `opa parse --format json` prints.
//!
//! Where OPA's tree is less tidy than ours, its ways are followed here: rules without a body have a generated one,
//! copies of heads stand in `else`, names and keys of heads are repeated for old readers, wildcards are numbered through
//! the file, and members of sets and objects are sorted.

use std::collections::HashMap;

use crate::ast::*;
use crate::json::Json;
use crate::order::{sorted, sorted_entries};
use crate::tree::kind_name;

/// A module as OPA's AST JSON, without annotations.
pub fn module_to_json(module: &Module) -> Json {
    let mut writer = Writer { module, wildcards: HashMap::new(), count: 0 };
    let mut path = vec![typed("var", text("data"))];
    path.extend(module.package.path.iter().map(|name| typed("string", Json::String(name.clone()))));
    let mut members = vec![("package", Json::Object(vec![("path", Json::Array(path))]))];
    if !module.imports.is_empty() {
        members.push(("imports", module.imports.iter().map(import).collect()));
    }
    if !module.rules.is_empty() {
        members.push(("rules", module.rules.iter().map(|rule| writer.rule(rule)).collect()));
    }
    if !module.comments.is_empty() {
        members.push(("comments", module.comments.iter().map(|comment| writer.comment(comment)).collect()));
    }
    Json::Object(members)
}

impl FromIterator<Json> for Json {
    fn from_iter<I: IntoIterator<Item = Json>>(items: I) -> Self {
        Json::Array(items.into_iter().collect())
    }
}

fn text(text: &str) -> Json {
    Json::String(text.into())
}

fn typed(kind: &'static str, value: Json) -> Json {
    Json::Object(vec![("type", text(kind)), ("value", value)])
}

fn index(at: usize) -> Json {
    Json::Number(at.to_string().into())
}

fn import(import: &Import) -> Json {
    let segment =
        |(at, name): (usize, &Name)| typed(if at == 0 { "var" } else { "string" }, Json::String(name.clone()));
    let path = typed("ref", import.path.iter().enumerate().map(segment).collect());
    let alias = import.alias.iter().map(|alias| ("alias", Json::String(alias.clone())));
    Json::Object(alias.chain([("path", path)]).collect())
}

/// Whether OPA calls a term ground: no variable in it but at a reference's head.
fn is_ground(term: &Term) -> bool {
    match &term.kind {
        TermKind::Var(name) => matches!(&**name, "input" | "data"),
        TermKind::Ref(_, segments) => segments.iter().all(is_ground),
        TermKind::Call(call) => call.args.iter().all(is_ground),
        TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().all(is_ground),
        TermKind::Object(entries) => entries.iter().all(|(key, value)| is_ground(key) && is_ground(value)),
        TermKind::ArrayComprehension(..) | TermKind::SetComprehension(..) | TermKind::ObjectComprehension(..) => false,
        TermKind::Template(template) => template.parts.iter().all(|part| match part {
            TemplatePart::Expression(Literal { kind: LiteralKind::Term(term), .. }) => is_ground(term),
            TemplatePart::Expression(_) => false,
            TemplatePart::Text(..) => true,
        }),
        _ => true,
    }
}

struct Writer<'a> {
    module: &'a Module,
    /// The number of each wildcard by its place.
    wildcards: HashMap<u32, usize>,
    count: usize,
}

impl Writer<'_> {
    fn comment(&self, comment: &Comment) -> Json {
        let (row, column) = self.module.source.position(comment.span.start);
        let file = Json::String(self.module.source.name().clone());
        let place = vec![("file", file), ("row", index(row as usize)), ("col", index(column as usize))];
        let bytes = Json::String(base64(comment.text.as_bytes()).into());
        Json::Object(vec![("Text", bytes), ("Location", Json::Object(place))])
    }

    fn rule(&mut self, rule: &Rule) -> Json {
        // OPA reads a later body before it copies the head to it.
        let copied = rule.body.is_some() && rule.head.span == rule.span;
        let (head, body) = if copied {
            let body = self.optional_body(rule.body.as_ref());
            (self.head(rule, None, true), body)
        } else {
            let head = self.head(rule, None, false);
            (head, self.optional_body(rule.body.as_ref()))
        };
        // OPA sorts the members of rules and expressions; those of other nodes have an order of their own.
        let mut members = vec![("body", body)];
        if rule.default {
            members.push(("default", Json::Bool(true)));
        }
        if let Some(otherwise) = self.otherwise(rule) {
            members.push(("else", otherwise));
        }
        members.push(("head", head));
        Json::Object(members)
    }

    /// The `else`s of a rule, each inside the one before.
    fn otherwise(&mut self, rule: &Rule) -> Option<Json> {
        let written: Vec<(Json, Json)> = rule
            .elses
            .iter()
            .map(|one| {
                let head = self.head(rule, Some(one), true);
                (head, self.optional_body(one.body.as_ref()))
            })
            .collect();
        written.into_iter().rev().fold(None, |inner, (head, body)| {
            let mut members = vec![("body", body)];
            members.extend(inner.map(|inner| ("else", inner)));
            members.push(("head", head));
            Some(Json::Object(members))
        })
    }

    /// A head, or the copy of one that an `else` or a later body has: wildcards among its arguments are then new.
    fn head(&mut self, rule: &Rule, otherwise: Option<&Else>, copied: bool) -> Json {
        let head = &rule.head;
        let named = self.name_and_key(rule);
        let reference: Vec<Json> = head.reference.iter().enumerate().map(|(at, term)| self.segment(at, term)).collect();
        let mut members = vec![];
        if named.0
            && let Some(Term { kind: TermKind::Var(name), .. }) = head.reference.first()
        {
            members.push(("name", Json::String(self.variable(name, head.reference[0].span.start))));
        }
        if let Some(args) = head.args.as_ref().filter(|args| !args.is_empty()) {
            if copied {
                for arg in args.iter().filter(|arg| matches!(&arg.kind, TermKind::Var(name) if &**name == "_")) {
                    self.wildcards.remove(&arg.span.start);
                }
            }
            members.push(("args", self.terms(args)));
        }
        if let Some(key) = named.1 {
            members.push(("key", self.term(key)));
        }
        let truth = || typed("boolean", Json::Bool(true));
        let value = match (otherwise, &head.value) {
            (Some(one), _) => Some(one.value.as_ref().map_or_else(truth, |value| self.term(value))),
            (None, Some(value)) => Some(self.term(value)),
            (None, None) => head.key.is_none().then(truth),
        };
        members.extend(value.map(|value| ("value", value)));
        let assigned = match otherwise {
            Some(Else { value: Some(_), assigned, .. }) => *assigned,
            _ => head.assigned,
        };
        if assigned {
            members.push(("assign", Json::Bool(true)));
        }
        members.push(("ref", Json::Array(reference)));
        Json::Object(members)
    }

    /// Whether OPA repeats the first segment as a name, and what it gives as the key.
    fn name_and_key<'r>(&self, rule: &'r Rule) -> (bool, Option<&'r Term>) {
        let head = &rule.head;
        match &head.reference[..] {
            [_] => (true, head.key.as_ref()),
            [_, second] if !rule.default && !head.contains => match (head.if_, &head.args) {
                (true, Some(_)) => (true, None),
                (false, Some(_)) => (false, None),
                (true, None) => {
                    let dynamic = matches!(kind_name(&second.kind), "ref") || !is_ground(second);
                    (head.value.is_some(), dynamic.then_some(second))
                }
                (false, None) => (true, Some(second)),
            },
            _ => (false, head.key.as_ref()),
        }
    }

    fn optional_body(&mut self, body: Option<&Body>) -> Json {
        match body {
            Some(body) => self.body(body),
            None => {
                let terms = typed("boolean", Json::Bool(true));
                let literal = vec![("generated", Json::Bool(true)), ("index", index(0)), ("terms", terms)];
                Json::Array(vec![Json::Object(literal)])
            }
        }
    }

    fn body(&mut self, body: &[Literal]) -> Json {
        body.iter().enumerate().map(|(at, literal)| self.literal(at, literal)).collect()
    }

    fn literal(&mut self, at: usize, literal: &Literal) -> Json {
        let mut negated = literal.negated;
        let terms = match &literal.kind {
            LiteralKind::Term(Term { kind: TermKind::Call(call), .. }) => self.call(call),
            LiteralKind::Term(term) => self.term(term),
            LiteralKind::Body(body) if negated => {
                negated = false;
                let explicit = !is_implicit(literal, body);
                let body = self.body(body);
                Json::Object(vec![("body", body), ("explicit_body", Json::Bool(explicit)), ("type", text("not"))])
            }
            LiteralKind::Body(body) => self.body(body),
            LiteralKind::Some(names) => {
                let symbols = names
                    .iter()
                    .map(|term| match &term.kind {
                        TermKind::Var(name) => typed("var", Json::String(self.variable(name, term.span.start))),
                        _ => self.term(term),
                    })
                    .collect();
                Json::Object(vec![("symbols", symbols)])
            }
            LiteralKind::SomeIn { key, value, domain } => {
                let name = if key.is_some() { "member_3" } else { "member_2" };
                let function = vec![typed("var", text("internal")), typed("string", text(name))];
                let mut call = vec![typed("ref", Json::Array(function))];
                call.extend(key.iter().chain([value, domain]).map(|term| self.term(term)));
                Json::Object(vec![("symbols", Json::Array(vec![typed("call", Json::Array(call))]))])
            }
            LiteralKind::Every { key, value, domain, body } => {
                let key = key.as_ref().map_or(Json::Null, |key| self.term(key));
                let (value, domain) = (self.term(value), self.term(domain));
                Json::Object(vec![("body", self.body(body)), ("domain", domain), ("key", key), ("value", value)])
            }
            LiteralKind::And(pair) => self.logic("and", pair),
            LiteralKind::Or(pair) => self.logic("or", pair),
        };
        let mut members = vec![("index", index(at))];
        if negated {
            members.push(("negated", Json::Bool(true)));
        }
        members.push(("terms", terms));
        if !literal.with.is_empty() {
            members.push(("with", literal.with.iter().map(|with| self.with(with)).collect()));
        }
        Json::Object(members)
    }

    fn with(&mut self, with: &With) -> Json {
        Json::Object(vec![("target", self.term(&with.target)), ("value", self.term(&with.value))])
    }

    fn logic(&mut self, operator: &'static str, pair: &(Literal, Literal)) -> Json {
        let (left, right) = (self.operand(&pair.0), self.operand(&pair.1));
        let mut members = vec![];
        if left.1 {
            members.push(("explicit_lhs", Json::Bool(true)));
        }
        if right.1 {
            members.push(("explicit_rhs", Json::Bool(true)));
        }
        members.extend([("lhs", left.0), ("rhs", right.0), ("type", text(operator))]);
        Json::Object(members)
    }

    /// An operand as a body, and whether it is written as one.
    fn operand(&mut self, literal: &Literal) -> (Json, bool) {
        match literal {
            Literal { negated: false, kind: LiteralKind::Body(body), with, .. } if with.is_empty() => {
                (self.body(body), true)
            }
            _ => (Json::Array(vec![self.literal(0, literal)]), false),
        }
    }

    fn call(&mut self, call: &Call) -> Json {
        let mut terms = vec![self.reference(&call.function)];
        terms.extend(call.args.iter().map(|arg| self.term(arg)));
        Json::Array(terms)
    }

    fn terms(&mut self, terms: &[Term]) -> Json {
        terms.iter().map(|term| self.term(term)).collect()
    }

    /// A term of a reference: the first is a variable even if it is `input`.
    fn segment(&mut self, at: usize, term: &Term) -> Json {
        match &term.kind {
            TermKind::Var(name) if at == 0 => typed("var", Json::String(self.variable(name, term.span.start))),
            _ => self.term(term),
        }
    }

    /// A function or another term as a reference, be it of one segment.
    fn reference(&mut self, term: &Term) -> Json {
        let terms = match &term.kind {
            TermKind::Ref(head, segments) => {
                let mut terms = vec![self.segment(0, head)];
                terms.extend(segments.iter().map(|segment| self.term(segment)));
                terms
            }
            _ => vec![self.segment(0, term)],
        };
        typed("ref", Json::Array(terms))
    }

    fn variable(&mut self, name: &Name, place: u32) -> Name {
        if &**name != "_" {
            return name.clone();
        }
        let count = &mut self.count;
        let number = *self.wildcards.entry(place).or_insert_with(|| {
            *count += 1;
            *count - 1
        });
        format!("${number}").into()
    }

    fn term(&mut self, term: &Term) -> Json {
        let value = match &term.kind {
            TermKind::Null => Json::Object(vec![]),
            TermKind::Bool(bool) => Json::Bool(*bool),
            TermKind::Number(number) => Json::Number(number.clone()),
            TermKind::String(string) => Json::String(string.clone()),
            TermKind::Var(name) if matches!(&**name, "input" | "data") => return self.reference(term),
            TermKind::Var(name) => Json::String(self.variable(name, term.span.start)),
            TermKind::Ref(..) => return self.reference(term),
            TermKind::Call(call) => self.call(call),
            TermKind::Array(terms) => self.terms(terms),
            TermKind::Set(terms) => {
                self.number_wildcards(terms.iter());
                sorted(terms).into_iter().map(|term| self.term(term)).collect()
            }
            TermKind::Object(entries) => {
                self.number_wildcards(entries.iter().flat_map(|entry| [&entry.0, &entry.1]));
                let entry = |entry: &(Term, Term)| Json::Array(vec![self.term(&entry.0), self.term(&entry.1)]);
                sorted_entries(entries).into_iter().map(entry).collect()
            }
            TermKind::ArrayComprehension(head, body) | TermKind::SetComprehension(head, body) => {
                let head = self.term(head);
                Json::Object(vec![("term", head), ("body", self.body(body))])
            }
            TermKind::ObjectComprehension(entry, body) => {
                let (key, value) = (self.term(&entry.0), self.term(&entry.1));
                Json::Object(vec![("key", key), ("value", value), ("body", self.body(body))])
            }
            TermKind::Template(template) => {
                let parts = match &template.parts[..] {
                    [] => Json::Null,
                    parts => parts.iter().map(|part| self.part(part)).collect(),
                };
                Json::Object(vec![("parts", parts), ("multi_line", Json::Bool(template.raw))])
            }
        };
        typed(kind_name(&term.kind), value)
    }

    fn part(&mut self, part: &TemplatePart) -> Json {
        match part {
            TemplatePart::Text(text, _) => typed("string", Json::String(text.clone())),
            TemplatePart::Expression(literal) => match &literal.kind {
                LiteralKind::Term(term)
                    if literal.with.is_empty()
                        && matches!(kind_name(&term.kind), "string" | "number" | "boolean" | "null") =>
                {
                    self.term(term)
                }
                _ => self.literal(0, literal),
            },
        }
    }

    /// Wildcards are numbered in the order of reading, not of sorting.
    fn number_wildcards<'t>(&mut self, terms: impl Iterator<Item = &'t Term>) {
        terms.for_each(|term| drop(self.term(term)));
    }
}

/// Whether a negated body is a single literal without braces, under `import future.keywords.not`.
pub(crate) fn is_implicit(literal: &Literal, body: &[Literal]) -> bool {
    matches!(body, [only] if only.span.start == literal.span.start)
}

fn base64(bytes: &[u8]) -> String {
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
