//! From what a builder gathered to a policy: parse, analyse, put side by side, plan, link.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use lictor_compiler::hir::{Document, Unit as Resolved};
use lictor_compiler::{Options, PlanOptions, QuerySource, Traced, analyse, part};
use lictor_engine::Linked;
use lictor_fast::Index;
use lictor_ir::{Act, Program};
use lictor_syntax::{Code, Diagnostic, Module, Name, Source, Span};
use lictor_value::{Frozen, Registry};

use crate::builder::{Builder, ParsedQuery};
use crate::compiled_policy::{self, DenyRule, Means, Policies, Wrong, denies, found, units};
use crate::error::BuildError;
use crate::fast::Fast;
use crate::gate::Gate;
use crate::judge::{Deny, Judges, Unit};
use crate::parameters;
use crate::policy::{Policy, Shared};
use crate::policy_set::PolicySource;
use crate::revision::Revision;
use crate::schemas;

pub(crate) fn compile(builder: Builder) -> Result<Policy, BuildError> {
    let registry = builder.registry();
    let schemas = schemas::read(builder.schemas.as_ref())?;
    let options = Options {
        strict: builder.strict,
        print: builder.settings.print,
        schemas: Some(&schemas),
        flat: builder.settings.traced,
    };
    let (mut rejected, modules, queries) = parse(&builder);
    if !rejected.is_empty() {
        return Err(BuildError::Rejected(rejected));
    }
    if queries.iter().any(|query| query.body.is_empty()) {
        return Err(BuildError::EmptyQuery);
    }
    let sources: Vec<QuerySource<'_>> = queries.iter().map(ParsedQuery::source).collect();
    let main = analyse(&modules, &sources, &registry, &options);
    rejected.extend(found(&main, builder.every_stage));
    let mut main = main.unit;
    let main_denies = denies(&main);
    main.documents = main_denies.iter().map(|rule| rule.document("0/")).collect();
    let traced = builder.settings.traced.then_some(Traced::AsOpa { index: true, early_exit: true });
    let plan = PlanOptions { strict_builtin_errors: builder.settings.strict_builtin_errors, traced };
    let means = Means { registry: &registry, options: &options, plan: &plan, every_stage: builder.every_stage };
    let mut wrong = Wrong { rejected, unplanned: vec![] };
    let policies = Policies::compile(&builder, &means, &mut wrong)?;
    if !wrong.rejected.is_empty() {
        return Err(BuildError::Rejected(wrong.rejected));
    }
    let part = part(&main, &registry, &plan).map_err(|mut unplanned| {
        unplanned.append(&mut wrong.unplanned);
        BuildError::Rejected(unplanned)
    })?;
    if !wrong.unplanned.is_empty() {
        return Err(BuildError::Rejected(wrong.unplanned));
    }
    let numbered = || policies.all.iter().zip(1..).map(|(policy, number)| (format!("{number}/"), policy));
    let files: Vec<Arc<Source>> =
        main.files.iter().chain(policies.all.iter().flat_map(|policy| &policy.files)).cloned().collect();
    let program = match part.link(numbered().map(|(front, policy)| (front, &policy.part))) {
        Some(program) => program,
        // Too many keys for parts: what is planned as one unit can do without.
        None => {
            let merged = Resolved::merge(std::iter::once(main).chain(units(&builder, &means)));
            lictor_compiler::plan(&merged, &registry, &plan).map_err(BuildError::Rejected)?
        }
    };
    let program = Arc::new(program);
    let deny = |front: &str, rule: &DenyRule| {
        let entry = program.entry(&rule.entry(front))?;
        // What is told before a routine is asked is about that very routine.
        let screen = program.screen(entry).filter(|screen| screen.routine == entry.routine);
        let choice = screen.and_then(|screen| screen.choice);
        Some(Deny { routine: entry.routine, choice, rule: rule.place.clone(), many: rule.many })
    };
    let judges = if builder.sets.is_empty() {
        let alone = |rule: &DenyRule| (rule.package(), Unit { denies: deny("0/", rule).into_iter().collect() });
        Judges::of_units(main_denies.iter().map(alone).collect())
    } else {
        let units = numbered().map(|(front, policy)| Unit {
            denies: policy.denies.iter().filter_map(|rule| deny(&front, rule)).collect(),
        });
        Judges::of_sets(units.collect(), &builder.sets, policies.unit_of.into_iter())
    };
    let linked = Linked::laid_over(Arc::clone(&program), builder.document()?, parameters::is_module);
    let linked = linked.map_err(|error| conflicts(&error, &files))?;
    let (linked, fast, gate) = if builder.settings.slow {
        (linked, None, None)
    } else {
        let linked = linked.with_fixed_rules();
        let gate = Gate::new(&linked, &judges);
        let told = gate.as_ref().map(|_| told(&program, &judges)).unwrap_or_default();
        let linked = match Index::without(&program, &told) {
            Some(index) => linked.with_chooser(Arc::new(index)),
            None => linked,
        };
        (linked, Fast::new(&program, &judges, builder.settings.trusted), gate)
    };
    let revision = Revision::of(&builder);
    let files = if traced.is_some() { files } else { vec![] };
    let (settings, host) = (builder.settings, builder.host);
    let shared = Shared { linked, judges, fast, gate, settings, host, revision, files };
    Ok(Policy { shared: Arc::new(shared) })
}

/// The choices of `deny` rules that nobody asks but judges: which of their definitions can hold is told by the gate.
fn told(program: &Program, judges: &Judges) -> HashSet<u32> {
    let denies = judges.units.iter().flat_map(|unit| &unit.denies);
    let mut told: HashMap<u32, u32> = denies.filter_map(|deny| Some((deny.routine, deny.choice?))).collect();
    let rules = program.code.iter().filter_map(|op| match op.act {
        Act::Rule { routine, .. } | Act::Lookup { routine, .. } => Some(routine),
        _ => None,
    });
    for rule in rules.chain(program.nodes.iter().filter_map(|node| node.rule)) {
        told.remove(&rule);
    }
    told.into_values().collect()
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
    let linked =
        Linked::new(Arc::clone(&program), Arc::clone(&data)).map_err(|error| conflicts(&error, &unit.files))?;
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
        Linked::new(Arc::new(program), Arc::clone(&self.data)).map_err(|error| conflicts(&error, &unit.files))
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
    let modules = compiled_policy::parse(policy).map_err(BuildError::Rejected)?;
    let analysis = analyse(&modules, &[], &registry, &options);
    let rejected = found(&analysis, builder.every_stage);
    if !rejected.is_empty() {
        return Err(BuildError::Rejected(rejected));
    }
    let mut unit = analysis.unit;
    let rules = denies(&unit);
    let places = |path: &[Name]| -> Vec<Span> {
        let rules = unit.rules.iter().filter(|rule| rule.path == path);
        rules.flat_map(|rule| &rule.definitions).map(|definition| definition.at.span).collect()
    };
    let denies = rules.iter().map(|rule| (rule.entry(""), places(&rule.path))).collect();
    unit.documents = rules.iter().map(|rule| rule.document("")).collect();
    let strict_builtin_errors = builder.settings.strict_builtin_errors;
    let options = PlanOptions { strict_builtin_errors, traced: Some(Traced::Failures) };
    let program = lictor_compiler::plan(&unit, &registry, &options).map_err(BuildError::Rejected)?;
    let linked = Linked::laid_over(Arc::new(program), data, parameters::is_module);
    let linked = linked.map_err(|error| conflicts(&error, &unit.files))?;
    Ok(Noting { linked, files: unit.files, denies })
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

/// Base data that meets rules, as diagnostics.
fn conflicts(error: &lictor_engine::LinkError, files: &[Arc<Source>]) -> BuildError {
    let diagnostics = error.conflicts.iter().map(|(path, location)| {
        let message = format!("conflicting rule for data path {path} found");
        let source: Option<&Arc<Source>> = files.iter().find(|source| **source.name() == *location.file);
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
