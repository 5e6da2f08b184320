//! A module as OPA's AST JSON: what `opa parse --format json` prints.
//!
//! Where OPA's tree is less tidy than ours, its ways are followed here: rules without a body have a generated one,
//! copies of heads stand in `else`, names and keys of heads are repeated for old readers, wildcards are numbered through
//! the file, and members of sets and objects are sorted.

mod places;

use std::collections::HashMap;

use crate::ast::*;
use crate::json::Json;
use crate::order::{sorted, sorted_entries};
use crate::span::{Source, Span};
use crate::tree::kind_name;

pub use places::location_to_json;
use places::{Generated, base64};

/// What a tree holds beside its nodes.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The place of each node, with its text.
    pub locations: bool,
    /// What each of [`Module::annotations`] says.
    pub annotations: Vec<Json>,
    /// The annotations of each rule, by their numbers; none for the rules past the end.
    pub of_rules: Vec<Vec<usize>>,
}

/// A module as OPA's AST JSON, without annotations and places.
pub fn module_to_json(module: &Module) -> Json {
    module_to_json_with(module, &Parts::default())
}

/// A module as OPA's AST JSON.
pub fn module_to_json_with(module: &Module, parts: &Parts) -> Json {
    let mut writer = Writer::new(&module.source, parts.locations);
    let package = writer.package(&module.package);
    let mut members = vec![("package", package)];
    if !module.imports.is_empty() {
        members.push(("imports", module.imports.iter().map(|import| writer.import(import)).collect()));
    }
    if !parts.annotations.is_empty() {
        members.push(("annotations", Json::Array(parts.annotations.clone())));
    }
    if !module.rules.is_empty() {
        let annotations = |at: usize| -> Json {
            let own = parts.of_rules.get(at).into_iter().flatten();
            own.filter_map(|number| parts.annotations.get(*number).cloned()).collect()
        };
        let rules = module.rules.iter().enumerate().map(|(at, rule)| writer.rule(rule, annotations(at)));
        members.push(("rules", rules.collect()));
    }
    if !module.comments.is_empty() {
        members.push(("comments", module.comments.iter().map(|comment| writer.comment(comment, module)).collect()));
    }
    Json::Object(members)
}

/// A reference as OPA's AST JSON: an array of its terms.
pub fn reference_to_json(term: &Term, source: &Source, locations: bool) -> Json {
    Json::Array(Writer::new(source, locations).segments(term))
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

/// Whether OPA repeats the first segment of a rule's head as a name, and what it gives as the key.
fn name_and_key(rule: &Rule) -> (bool, Option<&Term>) {
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

/// Whether a rule's head is one that OPA had before heads could be references: a name, or a name and a key.
pub fn has_name(rule: &Rule) -> bool {
    name_and_key(rule).0
}

/// The name of a head without arguments.
fn bare(head: &Head) -> Span {
    match (&head.reference[..], &head.args) {
        ([first, .., last], Some(_)) => first.span.to(last.span),
        ([only], Some(_)) => only.span,
        _ => head.span,
    }
}

struct Writer<'a> {
    source: &'a Source,
    /// Whether nodes tell their places.
    locations: bool,
    /// The number of each wildcard by its place.
    wildcards: HashMap<u32, usize>,
    count: usize,
}

impl<'a> Writer<'a> {
    fn new(source: &'a Source, locations: bool) -> Self {
        Writer { source, locations, wildcards: HashMap::new(), count: 0 }
    }

    fn package(&self, package: &Package) -> Json {
        let first = package.segments.first().copied().unwrap_or_default();
        let mut path = vec![self.placed("var", text("data"), first)];
        let names = package.path.iter().zip(&package.segments);
        path.extend(names.map(|(name, span)| self.placed("string", Json::String(name.clone()), *span)));
        let mut members = vec![];
        self.place(&mut members, self.first(package.span, "package".len()));
        members.push(("path", Json::Array(path)));
        Json::Object(members)
    }

    fn import(&self, import: &Import) -> Json {
        let mut members = vec![];
        if let Some(alias) = &import.alias {
            members.push(("alias", Json::String(alias.clone())));
            if self.locations {
                members.push(("alias_location", location_to_json(self.source, import.alias_span, true)));
            }
        }
        self.place(&mut members, self.first(import.span, "import".len()));
        let segment = |(at, (name, span)): (usize, (&Name, &Span))| {
            self.placed(if at == 0 { "var" } else { "string" }, Json::String(name.clone()), *span)
        };
        let path = import.path.iter().zip(&import.segments).enumerate().map(segment).collect();
        members.push(("path", self.placed("ref", path, import.path_span)));
        Json::Object(members)
    }

    fn comment(&self, comment: &Comment, module: &Module) -> Json {
        // OPA gives a block of annotations the place of its first comment, and so that comment the text of the block.
        let block = module.annotations.iter().find(|block| block.span.start == comment.span.start);
        let place = location_to_json(self.source, block.map_or(comment.span, |block| block.span), self.locations);
        let bytes = Json::String(base64(comment.text.as_bytes()).into());
        Json::Object(vec![("Text", bytes), ("Location", place)])
    }

    fn rule(&mut self, rule: &Rule, annotations: Json) -> Json {
        let generated = match &rule.head.value {
            _ if rule.default => Generated::at(self.first(rule.span, "default".len())),
            Some(value) => self.generated(value),
            None if rule.head.contains => {
                Generated::at(rule.head.reference.first().map_or(rule.span, |name| name.span))
            }
            None => Generated::at(bare(&rule.head)),
        };
        // Of a function without value and body OPA has the name only.
        let whole = match (&rule.head.args, &rule.head.value, &rule.body) {
            _ if rule.default => generated.text,
            (Some(_), None, None) => bare(&rule.head),
            _ => rule.span,
        };
        // OPA reads a later body before it copies the head to it.
        let copied = rule.body.is_some() && rule.head.span == rule.span;
        let (head, body) = if copied {
            let body = self.optional_body(rule.body.as_ref(), generated);
            (self.head(rule, None, true), body)
        } else {
            let head = self.head(rule, None, false);
            (head, self.optional_body(rule.body.as_ref(), generated))
        };
        // OPA sorts the members of rules and expressions; those of other nodes have an order of their own.
        let mut members = vec![];
        if !matches!(&annotations, Json::Array(none) if none.is_empty()) {
            members.push(("annotations", annotations));
        }
        members.push(("body", body));
        if rule.default {
            members.push(("default", Json::Bool(true)));
        }
        if let Some(otherwise) = self.otherwise(rule) {
            members.push(("else", otherwise));
        }
        members.push(("head", head));
        self.place(&mut members, whole);
        Json::Object(members)
    }

    /// The `else`s of a rule, each inside the one before.
    fn otherwise(&mut self, rule: &Rule) -> Option<Json> {
        let written: Vec<(Json, Json, Span)> = rule
            .elses
            .iter()
            .map(|one| {
                let head = self.head(rule, Some(one), true);
                let generated = Generated::at(self.head_of_else(one));
                (head, self.optional_body(one.body.as_ref(), generated), one.span)
            })
            .collect();
        let last = written.last().map_or(0, |(.., span)| span.end);
        written.into_iter().rev().fold(None, |inner, (head, body, span)| {
            let mut members = vec![("body", body)];
            members.extend(inner.map(|inner| ("else", inner)));
            members.push(("head", head));
            self.place(&mut members, Span { start: span.start, end: last });
            Some(Json::Object(members))
        })
    }

    /// A head, or the copy of one that an `else` or a later body has: wildcards among its arguments are then new.
    fn head(&mut self, rule: &Rule, otherwise: Option<&Else>, copied: bool) -> Json {
        let head = &rule.head;
        let named = name_and_key(rule);
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
        // What a later body's head is copied from is placed where that body is.
        let later = (copied && otherwise.is_none()).then_some(rule.span);
        if let Some(key) = named.1 {
            let key = self.term(key);
            members.push(("key", self.moved(key, later)));
        }
        let truth = || typed("boolean", Json::Bool(true));
        let value = match (otherwise, &head.value) {
            (Some(one), _) => Some(one.value.as_ref().map_or_else(truth, |value| self.term(value))),
            (None, Some(value)) => {
                let value = self.term(value);
                Some(self.moved(value, later))
            }
            (None, None) => {
                let place = match (&head.reference[..], &head.args) {
                    _ if later.is_some() => later,
                    (_, Some(_)) => rule.body.is_none().then(|| bare(head)),
                    ([_, _], None) if head.if_ => Some(bare(head)),
                    _ => None,
                };
                let truth = || place.map_or_else(truth, |place| self.placed("boolean", Json::Bool(true), place));
                head.key.is_none().then(truth)
            }
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
        let span = match otherwise {
            Some(one) => self.head_of_else(one),
            None if head.args.is_some() && head.value.is_none() && rule.body.is_none() => bare(head),
            // What follows the name may end with a parenthesis.
            None => match head.value.as_ref().or(head.key.as_ref()) {
                Some(last) if self.locations && !copied => {
                    Span { end: self.text_of(last).end.max(head.span.end), ..head.span }
                }
                _ => head.span,
            },
        };
        self.place(&mut members, span);
        Json::Object(members)
    }

    /// A body, or the one that OPA makes where none is written, with the place that it has then.
    fn optional_body(&mut self, body: Option<&Body>, generated: Generated) -> Json {
        match body {
            Some(body) => self.body(body),
            None => {
                let mut literal = vec![("generated", Json::Bool(true)), ("index", index(0))];
                let Generated { start, text } = generated;
                self.place_with(&mut literal, start, text);
                literal.push(("terms", self.placed_with("boolean", Json::Bool(true), start, text)));
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
                        TermKind::Var(name) => self.segment_of(name, term.span),
                        _ => self.term(term),
                    })
                    .collect();
                let mut members = vec![];
                self.place(&mut members, self.first(literal.span, "some".len()));
                members.push(("symbols", symbols));
                Json::Object(members)
            }
            LiteralKind::SomeIn { key, value, word, domain } => {
                let name = if key.is_some() { "member_3" } else { "member_2" };
                let function =
                    vec![self.placed("var", text("internal"), *word), self.placed("string", text(name), *word)];
                let mut call = vec![self.placed("ref", Json::Array(function), *word)];
                call.extend(key.iter().chain([value, domain]).map(|term| self.term(term)));
                let whole = key.as_ref().unwrap_or(value).span.to(domain.span);
                let mut members = vec![];
                self.place(&mut members, self.first(literal.span, "some".len()));
                members.push(("symbols", Json::Array(vec![self.placed("call", Json::Array(call), whole)])));
                Json::Object(members)
            }
            LiteralKind::Every { key, value, domain, body } => {
                let key = key.as_ref().map_or(Json::Null, |key| self.term(key));
                let (value, domain) = (self.term(value), self.term(domain));
                let mut members = vec![("body", self.body(body)), ("domain", domain), ("key", key)];
                self.place(&mut members, self.first(literal.span, "every".len()));
                members.push(("value", value));
                Json::Object(members)
            }
            LiteralKind::And(pair) => self.logic("and", pair),
            LiteralKind::Or(pair) => self.logic("or", pair),
        };
        let mut members = vec![("index", index(at))];
        self.place(&mut members, literal.span);
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
        let mut members = vec![];
        self.place(&mut members, with.span);
        members.extend([("target", self.term(&with.target)), ("value", self.term(&with.value))]);
        Json::Object(members)
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
            TermKind::Var(name) if at == 0 => self.segment_of(name, term.span),
            _ => self.term(term),
        }
    }

    fn segment_of(&mut self, name: &Name, span: Span) -> Json {
        let name = Json::String(self.variable(name, span.start));
        self.placed("var", name, span)
    }

    /// A function or another term as a reference, be it of one segment.
    fn reference(&mut self, term: &Term) -> Json {
        let segments = Json::Array(self.segments(term));
        self.of_term("ref", segments, term)
    }

    fn segments(&mut self, term: &Term) -> Vec<Json> {
        match &term.kind {
            TermKind::Ref(head, segments) => {
                let mut terms = vec![self.segment(0, head)];
                terms.extend(segments.iter().map(|segment| self.term(segment)));
                terms
            }
            _ => vec![self.segment(0, term)],
        }
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
                    parts => parts.iter().map(|part| self.part(part, term.span)).collect(),
                };
                Json::Object(vec![("parts", parts), ("multi_line", Json::Bool(template.raw))])
            }
        };
        self.of_term(kind_name(&term.kind), value, term)
    }

    fn of_term(&self, kind: &'static str, value: Json, term: &Term) -> Json {
        let place = if self.locations { self.text_of(term) } else { term.span };
        self.placed_with(kind, value, term.span.start, place)
    }

    fn part(&mut self, part: &TemplatePart, template: Span) -> Json {
        match part {
            TemplatePart::Text(text, span) => {
                // The quote or brace around it are part of it.
                let start = if span.start == template.start + 2 { template.start } else { span.start };
                let place = Span { start, end: (span.end + 1).min(template.end) };
                self.placed("string", Json::String(text.clone()), place)
            }
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
