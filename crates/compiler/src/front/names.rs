//! Names: from the syntax tree to the draft. Imports and names of rules become references to `data` and `input`, calls
//! find what they call, operators and the forms of literals are told apart.
//!
//! A name is looked up among what is declared around it, then imports, then the package's rules; what is found nowhere
//! stays a variable. What is declared where is a question of OPA's: a body's `:=` and `some` hide names in the whole body
//! and in the heads before it, those of a comprehension in the comprehension.

mod declared;
mod imports;

use std::sync::Arc;

use lictor_syntax::ast::{self, Import};
use lictor_syntax::{Code, Dialect, Module, Name, Span, Version, parallel};
use lictor_value::Registry;

use self::declared::{bound, declared};
use self::imports::{duplicate_imports, import_name, names_code, unused_imports};
use crate::front::analysis::{Options, Stage};
use crate::front::draft::{
    Body, Branch, Call, Callee, Comprehension, DATA, From, INPUT, Literal, LiteralKind, Operand, Rule, TemplatePart,
    Term, TermKind, Vars, With,
};
use crate::front::metadata::Metadata;
use crate::front::report::Report;
use crate::front::tree::{Tree, constant, ground_prefix};
use crate::hash::{Map, Set};
use crate::hir::{ComprehensionKind, Constant};

/// What the names of one file or query mean.
pub(crate) struct Names<'a> {
    tree: &'a Tree,
    registry: &'a Registry,
    /// Imported names.
    imported: Paths,
    /// The package's rules.
    exported: Option<&'a Paths>,
    used: Set<Name>,
    /// Names that are declared around the place that is looked at.
    hidden: Vec<Set<Name>>,
    dialect: Dialect,
    file: u32,
    /// Whether v1's rules of law hold.
    strict: bool,
    vars: Vars,
    /// The rule under way; none in queries.
    place: Option<Place<'a>>,
}

/// Full paths by name, their first segment `data` or `input`.
type Paths = Map<Name, Arc<[Name]>>;

/// A rule, and what is said of it.
#[derive(Clone, Copy)]
struct Place<'a> {
    metadata: &'a Metadata,
    package: &'a [Name],
    rule: &'a ast::Rule,
    number: usize,
}

/// Resolves the modules' definitions.
pub(crate) fn modules(
    modules: &[&Module],
    tree: &Tree,
    metadata: &Metadata,
    registry: &Registry,
    options: &Options<'_>,
    report: &mut Report,
) -> Vec<Rule> {
    let mut exports: Map<&[Name], Paths> = Map::default();
    for module in modules {
        export(module, exports.entry(&module.package.path).or_default());
    }
    let all = modules.iter().zip(0..).flat_map(|(module, file)| (0..module.rules.len()).map(move |rule| (file, rule)));
    let all: Vec<(u32, usize)> = all.collect();
    let names = |file: u32| {
        let module = modules[file as usize];
        let mut names = Names::new(tree, registry, module.dialect, file, is_strict(module, options));
        names.exported = exports.get(&*module.package.path);
        names.import(&module.imports);
        names
    };
    let size = modules.iter().map(|module| module.source.text().len()).sum();
    let quiet = &*report;
    let state = || (None::<Names<'_>>, quiet.beside());
    let resolved = parallel::map_with(&all, size, state, |(known, report), (file, number)| {
        let names = match known {
            Some(names) if names.file == *file => names,
            _ => known.insert(names(*file)),
        };
        let module = modules[*file as usize];
        let (package, rule, number) = (&*module.package.path, &module.rules[*number], *number);
        names.place = Some(Place { metadata, package, rule, number });
        let rule = names.rule(rule, package, report);
        let used = if options.strict { std::mem::take(&mut names.used) } else { Set::default() };
        (rule, report.take(), used)
    });
    let mut rules = Vec::with_capacity(all.len());
    let mut used: Vec<Set<Name>> = vec![Set::default(); if options.strict { modules.len() } else { 0 }];
    for (rule, findings, names) in resolved {
        report.extend(findings);
        if let Some(used) = used.get_mut(rule.file as usize) {
            used.extend(names);
        }
        rules.push(rule);
    }
    for (file, module) in modules.iter().enumerate() {
        if let Some(used) = used.get(file) {
            unused_imports(&module.imports, used, file as u32, report);
        }
        if is_strict(module, options) {
            duplicate_imports(&module.imports, file as u32, report);
        }
    }
    rules
}

/// Whether v1's rules of law hold in a module.
fn is_strict(module: &Module, options: &Options<'_>) -> bool {
    options.strict || module.dialect.version == Version::V1 || module.dialect.rego_v1
}

/// Resolves a query; gives its variables too.
#[allow(clippy::too_many_arguments, reason = "all of a query's context")]
pub(crate) fn query(
    query: &crate::front::analysis::QuerySource<'_>,
    modules: &[&Module],
    tree: &Tree,
    registry: &Registry,
    file: u32,
    options: &Options<'_>,
    report: &mut Report,
) -> (Body, Vars) {
    let mut exported = Paths::default();
    for module in modules.iter().filter(|module| Some(&module.package.path) == query.package.as_ref()) {
        export(module, &mut exported);
    }
    let mut names = Names::new(tree, registry, query.dialect, file, options.strict);
    names.vars = Vars::new();
    names.exported = Some(&exported);
    names.import(&query.imports);
    names.hidden.push(declared(query.body));
    let body = names.body(query.body, report);
    (body, names.vars)
}

/// Adds the names of a module's rules.
fn export(module: &Module, paths: &mut Paths) {
    for rule in &module.rules {
        if let Some(ast::TermKind::Var(name) | ast::TermKind::String(name)) =
            rule.head.reference.first().map(|term| &term.kind)
            && !paths.contains_key(name)
        {
            let path = std::iter::once(Name::from("data")).chain(module.package.path.iter().cloned());
            paths.insert(name.clone(), path.chain([name.clone()]).collect());
        }
    }
}

impl<'a> Names<'a> {
    fn new(tree: &'a Tree, registry: &'a Registry, dialect: Dialect, file: u32, strict: bool) -> Self {
        let (imported, exported, used, hidden) = (Map::default(), None, Set::default(), vec![]);
        let (vars, place) = (Vars::default(), None);
        Names { tree, registry, imported, exported, used, hidden, dialect, file, strict, vars, place }
    }

    fn import(&mut self, imports: &[Import]) {
        for import in imports.iter().filter(|i| names_code(i)) {
            self.imported.insert(import_name(import), import.path.as_slice().into());
        }
    }

    /// The path of a name that is imported, or that of a rule of the package.
    fn known(&self, name: &Name) -> Option<&Arc<[Name]>> {
        let exported = || self.exported.and_then(|exported| exported.get(name));
        if self.imported.is_empty() { exported() } else { self.imported.get(name).or_else(exported) }
    }

    fn rule(&mut self, rule: &ast::Rule, package: &[Name], report: &mut Report) -> Rule {
        self.vars = Vars::new();
        let head = &rule.head;
        let path_start = package.len();
        let mut path: Vec<Term> = package.iter().map(|name| string(name.clone(), head.span)).collect();
        let args = head.args.as_deref();
        let mut patterns = Set::default();
        for arg in args.unwrap_or_default() {
            self.argument(arg, &mut patterns, rule, report);
        }
        if self.strict
            && let Some(ast::TermKind::Var(name) | ast::TermKind::String(name)) =
                head.reference.first().map(|t| &t.kind)
            && is_root(name)
        {
            let message = format!("rules must not shadow {name} (use a different rule name)");
            report.add(Stage::Shadowing, Code::Compile, self.file, rule.span, message);
        }
        let nothing = vec![];
        self.hidden.clear();
        self.hidden.extend([patterns.clone(), declared(rule.body.as_ref().unwrap_or(&nothing))]);
        for (place, term) in head.reference.iter().enumerate() {
            path.push(match (&term.kind, place) {
                (ast::TermKind::Var(name), 0) => string(name.clone(), term.span),
                _ => self.term(term, report),
            });
        }
        let args = args.map(|args| args.iter().map(|arg| self.pattern(arg)).collect());
        let key = head.key.as_ref().map(|key| self.term(key, report));
        let value = match &head.value {
            Some(value) => Some(self.term(value, report)),
            None if key.is_some() => None,
            None => Some(truth(head.span)),
        };
        let body = rule.body.as_ref().map(|body| self.body(body, report)).unwrap_or_default();
        let mut branches = vec![Branch { at: rule.span, value, body }];
        let number = self.place.map_or(0, |place| place.number);
        // What is said of a rule is not said of its `else`s.
        self.place = self.place.map(|place| Place { number: usize::MAX, ..place });
        for other in &rule.elses {
            self.hidden = vec![patterns.clone(), declared(other.body.as_ref().unwrap_or(&nothing))];
            let value = Some(other.value.as_ref().map_or_else(|| truth(other.span), |value| self.term(value, report)));
            let body = other.body.as_ref().map(|body| self.body(body, report)).unwrap_or_default();
            branches.push(Branch { at: other.span, value, body });
        }
        self.hidden.clear();
        let vars = std::mem::take(&mut self.vars);
        let (default, at, head_at) = (rule.default, rule.span, head.span);
        let file = self.file;
        Rule { file, number, default, path, package: path_start, args, key, branches, vars, at, head_at }
    }

    /// The names that an argument declares; what may not be an argument is reported.
    fn argument(&mut self, arg: &ast::Term, found: &mut Set<Name>, rule: &ast::Rule, report: &mut Report) {
        match &arg.kind {
            ast::TermKind::Var(name) if is_root(name) => {
                let message = format!("args must not shadow {name} (use a different variable name)");
                report.add(Stage::Names, Code::Compile, self.file, rule.span, message);
            }
            ast::TermKind::Var(name) => {
                found.insert(name.clone());
            }
            ast::TermKind::Array(items) => items.iter().for_each(|item| self.argument(item, found, rule, report)),
            ast::TermKind::Object(pairs) => pairs.iter().for_each(|(_, v)| self.argument(v, found, rule, report)),
            ast::TermKind::Ref(base, keys) => {
                if !matches!(&base.kind, ast::TermKind::Var(name) if is_root(name)) {
                    self.argument(base, found, rule, report);
                }
                keys.iter().for_each(|key| self.argument(key, found, rule, report));
            }
            _ => {}
        }
    }

    /// An argument: its names are variables whatever they mean elsewhere.
    fn pattern(&mut self, arg: &ast::Term) -> Term {
        let mut silent = Report::new(vec![]);
        let (imported, exported) = (std::mem::take(&mut self.imported), self.exported.take());
        let term = self.term(arg, &mut silent);
        (self.imported, self.exported) = (imported, exported);
        term
    }

    fn hides(&self, name: &Name) -> bool {
        self.hidden.iter().any(|names| names.contains(name))
    }

    /// The path that a bare name means.
    fn global(&mut self, name: &Name) -> Option<Arc<[Name]>> {
        let path = Arc::clone(self.known(name).filter(|_| !self.hides(name))?);
        if !self.used.contains(name) {
            self.used.insert(name.clone());
        }
        Some(path)
    }

    fn body(&mut self, body: &ast::Body, report: &mut Report) -> Body {
        body.iter().map(|literal| self.literal(literal, report)).collect()
    }

    fn operand(&mut self, literal: &ast::Literal, report: &mut Report) -> Operand {
        match &literal.kind {
            ast::LiteralKind::Body(body) if !literal.negated && literal.with.is_empty() => {
                Operand { body: self.body(body, report), explicit: true }
            }
            _ => Operand { body: vec![self.literal(literal, report)], explicit: false },
        }
    }

    fn literal(&mut self, literal: &ast::Literal, report: &mut Report) -> Literal {
        let at = literal.span;
        let mut negated = literal.negated;
        let kind = match &literal.kind {
            ast::LiteralKind::Term(term) => {
                if negated && self.dialect.not {
                    let inner = ast::Literal { negated: false, with: vec![], span: term.span, ..literal.clone() };
                    negated = false;
                    LiteralKind::Not(Operand { body: vec![self.literal(&inner, report)], explicit: false })
                } else {
                    self.condition(term, at, report)
                }
            }
            ast::LiteralKind::Body(body) => {
                // The parser makes a body of a single literal without braces, too; it begins where its `not` does.
                let implicit = matches!(&**body, [only] if negated && only.span.start == at.start);
                let operand = Operand { body: self.body(body, report), explicit: !implicit };
                if negated {
                    negated = false;
                    LiteralKind::Not(operand)
                } else {
                    // Braces that are no operand do not come from the parser; a body within a body is its conjunction.
                    LiteralKind::And(operand, Operand { body: vec![], explicit: true })
                }
            }
            ast::LiteralKind::Some(terms) => LiteralKind::Some(terms.iter().map(|t| self.pattern(t)).collect()),
            ast::LiteralKind::SomeIn { key, value, domain, .. } => LiteralKind::SomeIn {
                key: key.as_ref().map(|key| self.term(key, report)),
                value: self.term(value, report),
                domain: self.term(domain, report),
            },
            ast::LiteralKind::Every { key, value, domain, body } => {
                let mut names = Set::default();
                key.iter().chain([value]).for_each(|term| bound(term, &mut names));
                self.hidden.push(names);
                let domain = self.term(domain, report);
                let body = self.body(body, report);
                let key = key.as_ref().and_then(|key| self.pattern(key).as_var());
                let value = self.pattern(value).as_var().unwrap_or_else(|| self.vars.generate());
                self.hidden.pop();
                LiteralKind::Every { key, value, domain, body }
            }
            ast::LiteralKind::And(sides) => {
                LiteralKind::And(self.operand(&sides.0, report), self.operand(&sides.1, report))
            }
            ast::LiteralKind::Or(sides) => {
                LiteralKind::Or(self.operand(&sides.0, report), self.operand(&sides.1, report))
            }
        };
        let with = literal.with.iter().map(|with| self.with(with, report)).collect();
        Literal { kind, negated, with, generated: false, at }
    }

    /// A term that stands as a literal.
    fn condition(&mut self, term: &ast::Term, at: Span, report: &mut Report) -> LiteralKind {
        let ast::TermKind::Call(call) = &term.kind else { return LiteralKind::Term(self.term(term, report)) };
        let bare = match &call.function.kind {
            ast::TermKind::Var(name) if self.known(name).is_none() => &**name,
            _ => "",
        };
        match (bare, &*call.args) {
            ("assign", [left, right]) => {
                if self.strict
                    && let ast::TermKind::Var(name) = &left.kind
                    && is_root(name)
                {
                    let message = format!("variables must not shadow {name} (use a different variable name)");
                    report.add(Stage::Shadowing, Code::Compile, self.file, at, message);
                }
                LiteralKind::Assign(self.term(left, report), self.term(right, report))
            }
            ("eq", [left, right]) => {
                let (left, right) = (self.term(left, report), self.term(right, report));
                LiteralKind::Unify { left, right, from: From::Unification }
            }
            (_, [output]) if let Some(says) = self.annotation(call) => {
                let (left, right) = (self.term(output, report), term_of(&says, at));
                LiteralKind::Unify { left, right, from: From::Unification }
            }
            ("print", args) => LiteralKind::Print(args.iter().map(|arg| self.term(arg, report)).collect()),
            _ => LiteralKind::Term(self.term(term, report)),
        }
    }

    fn with(&mut self, with: &ast::With, report: &mut Report) -> With {
        let (target, value) = (self.term(&with.target, report), self.term(&with.value, report));
        With { target, value, function: None, target_function: None, at: with.span }
    }

    fn terms(&mut self, terms: &[ast::Term], report: &mut Report) -> Vec<Term> {
        terms.iter().map(|term| self.term(term, report)).collect()
    }

    fn term(&mut self, term: &ast::Term, report: &mut Report) -> Term {
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

    fn name(&mut self, name: &Name, at: Span) -> Term {
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

    fn comprehension(
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
    fn annotation(&self, call: &ast::Call) -> Option<Constant> {
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

    fn call(&mut self, call: &ast::Call, report: &mut Report) -> Call {
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

fn is_root(name: &Name) -> bool {
    matches!(&**name, "input" | "data")
}

fn string(name: Name, at: Span) -> Term {
    Term { kind: TermKind::Scalar(Constant::String(name)), at }
}

/// A constant as a term of the draft.
fn term_of(constant: &Constant, at: Span) -> Term {
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

fn truth(at: Span) -> Term {
    Term { kind: TermKind::Scalar(Constant::Bool(true)), at }
}
