//! Names: from the syntax tree to the draft. Imports and names of rules become references to `data` and `input`, calls
//! find what they call, operators and the forms of literals are told apart.
//!
//! A name is looked up among what is declared around it, then imports, then the package's rules; what is found nowhere
//! stays a variable. What is declared where is a question of OPA's: a body's `:=` and `some` hide names in the whole body
//! and in the heads before it, those of a comprehension in the comprehension.

mod declared;
mod imports;
mod terms;

use std::sync::Arc;

use lictor_syntax::ast::{self, Import};
use lictor_syntax::{Code, Dialect, Module, Name, Span, Version, parallel};
use lictor_value::Registry;

use self::declared::{bound, declared};
use self::imports::{duplicate_imports, import_name, names_code, unused_imports};
use self::terms::{string, term_of, truth};
use crate::front::analysis::{Options, Stage};
use crate::front::draft::{Body, Branch, From, Literal, LiteralKind, Operand, Rule, Term, Vars, With};
use crate::front::metadata::Metadata;
use crate::front::report::Report;
use crate::front::tree::Tree;
use crate::hash::{Map, Set};

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
}

fn is_root(name: &Name) -> bool {
    matches!(&**name, "input" | "data")
}
