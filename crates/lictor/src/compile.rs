//! From what a builder gathered to a policy: parse, analyse, put side by side, plan, link.

use std::sync::Arc;

use lictor_compiler::hir::{Document, RuleKind, Unit as Resolved};
use lictor_compiler::{Analysis, Options, PlanOptions, QuerySource, Traced, analyse};
use lictor_engine::Linked;
use lictor_fast::{Index, Screen};
use lictor_syntax::{Code, Diagnostic, Module, Name, Source, Span, Version};
use lictor_value::{Frozen, Registry};

use crate::builder::{Builder, ParsedQuery};
use crate::error::BuildError;
use crate::fast::{self, Fast};
use crate::judge::{Deny, Judges, Unit};
use crate::parameters;
use crate::policy::{Policy, Shared};
use crate::policy_set::PolicySource;
use crate::revision::Revision;
use crate::schemas;

/// A policy of a set, resolved, and its `deny` rules.
struct Judge {
    resolved: Resolved,
    denies: Vec<DenyRule>,
}

/// A `deny` rule before it is planned.
struct DenyRule {
    /// Its path from `data`.
    path: Vec<Name>,
    /// Where its first definition stands: `file:row`.
    place: String,
    /// Whether it has more than that one.
    many: bool,
}

pub(crate) fn compile(builder: Builder) -> Result<Policy, BuildError> {
    let registry = builder.registry();
    let schemas = schemas::read(builder.schemas.as_ref())?;
    let options = Options {
        strict: builder.strict,
        print: builder.settings.print,
        schemas: Some(&schemas),
        flat: builder.settings.traced,
    };
    let (mut rejected, modules, mut queries) = parse(&builder);
    if !builder.settings.slow && !builder.sets.is_empty() {
        queries.push(fast::routing_query().map_err(BuildError::Rejected)?);
    }
    if !rejected.is_empty() {
        return Err(BuildError::Rejected(rejected));
    }
    if queries.iter().any(|query| query.body.is_empty()) {
        return Err(BuildError::EmptyQuery);
    }
    let sources: Vec<QuerySource<'_>> = queries.iter().map(ParsedQuery::source).collect();
    let main = analyse(&modules, &sources, &registry, &options);
    rejected.extend(found(&main, builder.every_stage));
    let main = Judge { denies: denies(&main.unit), resolved: main.unit };
    let (judges, unit_of) = resolve_sets(&builder, &registry, &options, &mut rejected)?;
    if !rejected.is_empty() {
        return Err(BuildError::Rejected(rejected));
    }
    let (merged, units) = side_by_side(std::iter::once(main).chain(judges));
    let traced = builder.settings.traced.then_some(Traced::AsOpa { index: true, early_exit: true });
    let plan_options = PlanOptions { strict_builtin_errors: builder.settings.strict_builtin_errors, traced };
    let program = lictor_compiler::plan(&merged, &registry, &plan_options).map_err(BuildError::Rejected)?;
    let program = Arc::new(program);
    let deny = |(entry, rule): &(String, DenyRule)| {
        let entry = program.entry(entry)?;
        let screen = if builder.settings.slow { None } else { Screen::new(&program, entry) };
        Some(Deny { routine: entry.routine, screen, rule: rule.place.clone(), many: rule.many })
    };
    let judges = if builder.sets.is_empty() {
        let alone = |rule: &(String, DenyRule)| (rule.1.package(), Unit { denies: deny(rule).into_iter().collect() });
        Judges::of_units(units[0].iter().map(alone).collect())
    } else {
        let units = units[1..].iter().map(|rules| Unit { denies: rules.iter().filter_map(deny).collect() });
        Judges::of_sets(units.collect(), &builder.sets, unit_of.into_iter())
    };
    let linked = Linked::laid_over(Arc::clone(&program), builder.document()?, parameters::is_module);
    let linked = linked.map_err(|error| conflicts(&error, &merged))?;
    let (linked, fast) = if builder.settings.slow {
        (linked, None)
    } else {
        let index = Index::new(&program);
        let linked = match index {
            Some(index) => linked.with_chooser(Arc::new(index)),
            None => linked,
        };
        (linked, Fast::new(&program, &judges, builder.settings.trusted))
    };
    let revision = Revision::of(&builder);
    let shared = Shared { linked, judges, fast, settings: builder.settings, host: builder.host, revision };
    Ok(Policy { shared: Arc::new(shared) })
}

/// Modules compiled for documents that are asked for by path, without sets and queries.
pub(crate) struct Compiled {
    registry: Registry,
    unit: Resolved,
    data: Arc<Frozen>,
    strict_builtin_errors: bool,
    pub(crate) linked: Linked,
}

/// Compiles modules that are parsed already, for documents.
pub(crate) fn program(builder: &Builder, modules: &[Module], documents: Vec<Document>) -> Result<Compiled, BuildError> {
    let registry = builder.registry();
    let schemas = schemas::read(builder.schemas.as_ref())?;
    let options = Options { strict: builder.strict, print: true, schemas: Some(&schemas), flat: false };
    let analysis = analyse(modules, &[], &registry, &options);
    let rejected = found(&analysis, builder.every_stage);
    if !rejected.is_empty() {
        return Err(BuildError::Rejected(rejected));
    }
    let mut unit = analysis.unit;
    unit.documents = documents;
    let strict_builtin_errors = builder.settings.strict_builtin_errors;
    let options = PlanOptions { strict_builtin_errors, ..PlanOptions::default() };
    let program = Arc::new(lictor_compiler::plan(&unit, &registry, &options).map_err(BuildError::Rejected)?);
    let data = builder.document()?;
    let linked = Linked::new(Arc::clone(&program), Arc::clone(&data)).map_err(|error| conflicts(&error, &unit))?;
    let linked = match Index::new(&program) {
        Some(index) if !builder.settings.slow => linked.with_chooser(Arc::new(index)),
        _ => linked,
    };
    Ok(Compiled { registry, unit, data, strict_builtin_errors, linked })
}

impl Compiled {
    /// The files that marks are in.
    pub(crate) fn files(&self) -> &[Arc<Source>] {
        &self.unit.files
    }

    /// The same modules in the pieces that OPA evaluates.
    pub(crate) fn flat(&self, modules: &[Module]) -> Resolved {
        let options = Options { print: true, flat: true, ..Options::default() };
        let mut unit = analyse(modules, &[], &self.registry, &options).unit;
        unit.documents.clone_from(&self.unit.documents);
        unit
    }

    /// A program of a unit with the same data that notes what is evaluated.
    pub(crate) fn traced_of(&self, unit: &Resolved, traced: Traced) -> Result<Linked, BuildError> {
        let strict_builtin_errors = self.strict_builtin_errors;
        let options = PlanOptions { strict_builtin_errors, traced: Some(traced) };
        let program = lictor_compiler::plan(unit, &self.registry, &options).map_err(BuildError::Rejected)?;
        Linked::new(Arc::new(program), Arc::clone(&self.data)).map_err(|error| conflicts(&error, unit))
    }

    /// The same program, but one that notes what fails. `None` where it would be too large.
    pub(crate) fn traced(&self) -> Option<Linked> {
        self.traced_of(&self.unit, Traced::Failures).ok()
    }
}

/// A policy of a set compiled by itself, to note what its `deny` rules evaluate.
pub(crate) struct Noting {
    pub(crate) linked: Linked,
    /// The files that marks are in: the policy's is the first.
    pub(crate) files: Vec<Arc<Source>>,
    /// The entry of each `deny` rule, and where its definitions stand.
    pub(crate) denies: Vec<(String, Vec<Span>)>,
}

/// Compiles a policy of a set to be explained.
pub(crate) fn noting(builder: &Builder, policy: &PolicySource, data: Arc<Frozen>) -> Result<Noting, BuildError> {
    let registry = builder.registry();
    let schemas = schemas::read(builder.schemas.as_ref())?;
    let options = Options { strict: builder.strict, print: false, schemas: Some(&schemas), flat: false };
    let modules = parse_unit(policy).map_err(BuildError::Rejected)?;
    let analysis = analyse(&modules, &[], &registry, &options);
    let rejected = found(&analysis, builder.every_stage);
    if !rejected.is_empty() {
        return Err(BuildError::Rejected(rejected));
    }
    let mut unit = analysis.unit;
    let named: Vec<(String, DenyRule)> =
        denies(&unit).into_iter().map(|rule| (format!("{}.deny", rule.package()), rule)).collect();
    let places = |path: &[Name]| -> Vec<Span> {
        let rules = unit.rules.iter().filter(|rule| rule.path == path);
        rules.flat_map(|rule| &rule.definitions).map(|definition| definition.at.span).collect()
    };
    let denies = named.iter().map(|(name, rule)| (name.clone(), places(&rule.path))).collect();
    unit.documents = (named.into_iter())
        .map(|(name, rule)| Document { name: name.as_str().into(), root: 0, path: rule.path })
        .collect();
    let strict_builtin_errors = builder.settings.strict_builtin_errors;
    let options = PlanOptions { strict_builtin_errors, traced: Some(Traced::Failures) };
    let program = lictor_compiler::plan(&unit, &registry, &options).map_err(BuildError::Rejected)?;
    let linked = Linked::laid_over(Arc::new(program), data, parameters::is_module);
    let linked = linked.map_err(|error| conflicts(&error, &unit))?;
    Ok(Noting { linked, files: unit.files, denies })
}

fn found(analysis: &Analysis, every_stage: bool) -> Vec<Diagnostic> {
    if every_stage { analysis.all() } else { analysis.as_opa() }
}

fn parse(builder: &Builder) -> (Vec<Diagnostic>, Vec<Module>, Vec<ParsedQuery>) {
    let mut rejected = Vec::new();
    let modules = builder.modules().unwrap_or_else(|diagnostics| {
        rejected = diagnostics;
        vec![]
    });
    let mut queries = Vec::new();
    for query in &builder.queries {
        match query.parse(builder.dialect()) {
            Ok(parsed) => queries.push(parsed),
            Err(mut diagnostics) => rejected.append(&mut diagnostics),
        }
    }
    (rejected, modules, queries)
}

/// Resolves the policies of all sets, each text once with the same parameters; `unit_of` says which unit each policy became.
fn resolve_sets(
    builder: &Builder,
    registry: &Registry,
    options: &Options<'_>,
    rejected: &mut Vec<Diagnostic>,
) -> Result<(Vec<Judge>, Vec<usize>), BuildError> {
    let mut judges: Vec<Judge> = Vec::new();
    let mut unit_of = Vec::new();
    let mut known = std::collections::HashMap::new();
    for policy in builder.sets.iter().flat_map(|set| &set.policies) {
        let unit = *known.entry(policy.unit()).or_insert(judges.len());
        unit_of.push(unit);
        if unit < judges.len() {
            continue;
        }
        let analysis = match parse_unit(policy) {
            Ok(modules) => analyse(&modules, &[], registry, options),
            Err(mut diagnostics) => {
                rejected.append(&mut diagnostics);
                Analysis::default()
            }
        };
        let failed = !analysis.findings.is_empty();
        rejected.extend(found(&analysis, builder.every_stage));
        let resolved = analysis.unit;
        let denies = denies(&resolved);
        if denies.is_empty() && !failed && rejected.is_empty() {
            return Err(BuildError::NothingDenies { policy: policy.name.clone(), file: policy.file.clone() });
        }
        if let (false, Some(parameter)) = (failed, parameters::unread(&resolved)) {
            let (policy, file) = (policy.name.clone(), policy.file.clone());
            return Err(BuildError::UnreadParameter { policy, file, parameter: parameter.to_owned() });
        }
        judges.push(Judge { resolved, denies });
    }
    Ok((judges, unit_of))
}

/// A policy's module, and the one with its parameters.
fn parse_unit(policy: &PolicySource) -> Result<Vec<Module>, Vec<Diagnostic>> {
    let module = parse_policy(policy)?;
    let parameters = parameters::module(policy, &module.package.path)?;
    Ok(std::iter::once(module).chain(parameters).collect())
}

/// A policy's module: v1 where it is v1, and v0 where that is what it is. When it is neither, v1's diagnostics count.
fn parse_policy(policy: &PolicySource) -> Result<Module, Vec<Diagnostic>> {
    let read = |version| {
        let parsed = lictor_syntax::parse_module(&policy.file, &policy.text, version);
        match parsed.tree {
            Some(module) if parsed.diagnostics.is_empty() => Ok(module),
            _ => Err(parsed.diagnostics),
        }
    };
    read(Version::V1).or_else(|v1| read(Version::V0).map_err(|_| v1))
}

/// The rules called `deny` that are no functions.
fn denies(unit: &Resolved) -> Vec<DenyRule> {
    let mut denies = Vec::new();
    for rule in &unit.rules {
        let is_function = matches!(rule.kind, RuleKind::Function(_));
        let is_deny = rule.path.last().is_some_and(|name| &**name == "deny") && !parameters::is_parameter(&rule.path);
        if is_function || !is_deny {
            continue;
        }
        let first = rule.definitions.first().or(rule.default.as_deref());
        let place = first.and_then(|definition| {
            let source = unit.files.get(definition.at.file as usize)?;
            Some(format!("{}:{}", source.name(), source.position(definition.at.span.start).0))
        });
        let many = rule.definitions.len() > 1;
        denies.push(DenyRule { path: rule.path.clone(), place: place.unwrap_or_default(), many });
    }
    denies
}

impl DenyRule {
    /// The package that it stands in: `data.authz`.
    fn package(&self) -> String {
        let (_, package) = self.path.split_last().unwrap_or((&self.path[0], &[]));
        format!("data.{}", package.join("."))
    }
}

/// Puts units side by side; each unit's `deny` rules get an entry each, whose name stands beside them.
fn side_by_side(judges: impl Iterator<Item = Judge>) -> (Resolved, Vec<Vec<(String, DenyRule)>>) {
    let (mut units, mut resolved) = (vec![], vec![]);
    for (number, mut judge) in judges.enumerate() {
        let named = judge.denies.into_iter().map(|rule| (format!("{number}/{}.deny", rule.package()), rule));
        let named: Vec<(String, DenyRule)> = named.collect();
        judge.resolved.documents.extend(named.iter().map(|(name, rule)| Document {
            name: name.as_str().into(),
            root: 0,
            path: rule.path.clone(),
        }));
        units.push(named);
        resolved.push(judge.resolved);
    }
    (Resolved::merge(resolved), units)
}

/// Base data that meets rules, as diagnostics.
fn conflicts(error: &lictor_engine::LinkError, unit: &Resolved) -> BuildError {
    let diagnostics = error.conflicts.iter().map(|(path, location)| {
        let message = format!("conflicting rule for data path {path} found");
        let source: Option<&Arc<Source>> = unit.files.iter().find(|source| **source.name() == *location.file);
        match source {
            Some(source) => {
                let row: u32 = source.text().lines().take(location.row as usize - 1).map(|l| l.len() as u32 + 1).sum();
                let start = row + location.col - 1;
                Diagnostic::new(Code::Compile, message, source, Span { start, end: start })
            }
            None => Diagnostic {
                code: Code::Compile,
                message,
                source: None,
                span: Span::default(),
                labels: vec![],
                hints: vec![],
                details: None,
            },
        }
    });
    BuildError::Rejected(diagnostics.collect())
}

impl ParsedQuery {
    /// The query as the compiler takes it.
    pub(crate) fn source(&self) -> QuerySource<'_> {
        QuerySource {
            name: self.name.clone(),
            body: &self.body,
            source: Arc::clone(&self.source),
            package: self.package.clone(),
            imports: self.imports.clone(),
            dialect: self.dialect,
        }
    }
}
