//! Policies of sets, each compiled by itself: parsed, analysed, planned. They are linked to one program afterwards.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use lictor_compiler::hir::{Document, RuleKind, Unit as Resolved};
use lictor_compiler::{Analysis, Options, Part, PlanOptions, analyse, part};
use lictor_syntax::{Diagnostic, Module, Name, Source, Version, parallel};
use lictor_value::Registry;

use crate::builder::Builder;
use crate::cache::Cache;
use crate::error::BuildError;
use crate::parameters;
use crate::policy_set::PolicySource;

/// A policy of a set, compiled.
pub(crate) struct CompiledPolicy {
    /// Its program; the entry of a `deny` rule is called as [`DenyRule::entry`] says.
    pub(crate) part: Part,
    pub(crate) denies: Vec<DenyRule>,
    pub(crate) files: Vec<Arc<Source>>,
}

/// A `deny` rule.
pub(crate) struct DenyRule {
    /// Its path from `data`.
    pub(crate) path: Vec<Name>,
    /// Where its first definition stands: `file:row`.
    pub(crate) place: String,
    /// Whether it has more than that one.
    pub(crate) many: bool,
}

/// What policies are compiled by.
pub(crate) struct Means<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) options: &'a Options<'a>,
    pub(crate) plan: &'a PlanOptions,
    pub(crate) every_stage: bool,
}

/// The policies of all sets.
#[derive(Default)]
pub(crate) struct Policies {
    /// Each text once with the same parameters.
    pub(crate) all: Vec<Arc<CompiledPolicy>>,
    /// Which of them each policy of each set is.
    pub(crate) unit_of: Vec<usize>,
}

/// Why a policy cannot be compiled.
enum Failure {
    /// The front stages found something.
    Rejected(Vec<Diagnostic>),
    /// It is sound, but has no rule `deny`; there may be a parameter that nothing reads, besides.
    NothingDenies(Option<String>),
    /// It is sound, but has a parameter that nothing reads.
    UnreadParameter(String),
    /// It does not fit a program.
    Unplanned(Vec<Diagnostic>),
}

/// What is wrong with policies.
#[derive(Default)]
pub(crate) struct Wrong {
    pub(crate) rejected: Vec<Diagnostic>,
    /// Of interest only where nothing else is wrong.
    pub(crate) unplanned: Vec<Diagnostic>,
}

impl Policies {
    /// Compiles the policies of all sets; what is wrong is added to `wrong`.
    ///
    /// # Errors
    /// A policy that could never deny, where nothing was found to be wrong before it, or one with a parameter that nothing
    /// reads.
    pub(crate) fn compile(builder: &Builder, means: &Means<'_>, wrong: &mut Wrong) -> Result<Self, BuildError> {
        let mut sources: Vec<&PolicySource> = Vec::new();
        let mut unit_of = Vec::new();
        let mut known = HashMap::new();
        for policy in builder.sets.iter().flat_map(|set| &set.policies) {
            unit_of.push(*known.entry(policy.unit()).or_insert_with(|| {
                sources.push(policy);
                sources.len() - 1
            }));
        }
        let epoch = builder.cache.as_ref().map(|cache| (cache, cache.begin(builder)));
        let compiled = |policy: &&PolicySource| one(policy, means, epoch);
        let mut all = Vec::with_capacity(sources.len());
        let size = sources.iter().map(|policy| policy.text.len()).sum();
        for (policy, compiled) in sources.iter().zip(parallel::map(&sources, size, compiled)) {
            match compiled {
                Ok(policy) => all.push(policy),
                Err(Failure::Rejected(mut found)) => wrong.rejected.append(&mut found),
                Err(Failure::Unplanned(mut found)) => wrong.unplanned.append(&mut found),
                Err(Failure::NothingDenies(_)) if wrong.rejected.is_empty() => {
                    return Err(BuildError::NothingDenies { policy: policy.name.clone(), file: policy.file.clone() });
                }
                Err(Failure::NothingDenies(None)) => {}
                Err(Failure::UnreadParameter(parameter) | Failure::NothingDenies(Some(parameter))) => {
                    let (policy, file) = (policy.name.clone(), policy.file.clone());
                    return Err(BuildError::UnreadParameter { policy, file, parameter });
                }
            }
        }
        if let Some((cache, _)) = epoch {
            cache.end(all.len() == sources.len());
        }
        Ok(Policies { all, unit_of })
    }
}

fn one(policy: &PolicySource, means: &Means<'_>, cache: Option<(&Cache, u64)>) -> Result<Arc<CompiledPolicy>, Failure> {
    if let Some(known) = cache.and_then(|(cache, epoch)| cache.get(epoch, policy)) {
        return Ok(known);
    }
    let (unit, denies) = resolve(policy, means)?;
    let part = part(&unit, means.registry, means.plan).map_err(Failure::Unplanned)?;
    let compiled = Arc::new(CompiledPolicy { part, denies, files: unit.files });
    if let Some((cache, epoch)) = cache {
        cache.put(epoch, policy, &compiled);
    }
    Ok(compiled)
}

/// A policy's unit, with an entry for each rule that denies.
fn resolve(policy: &PolicySource, means: &Means<'_>) -> Result<(Resolved, Vec<DenyRule>), Failure> {
    let modules = parse(policy).map_err(Failure::Rejected)?;
    let analysis = analyse(&modules, &[], means.registry, means.options);
    if !analysis.findings.is_empty() {
        return Err(Failure::Rejected(found(&analysis, means.every_stage)));
    }
    let mut unit = analysis.unit;
    let denies = denies(&unit);
    let unread = parameters::unread(&unit).map(str::to_owned);
    match unread {
        unread if denies.is_empty() => return Err(Failure::NothingDenies(unread)),
        Some(parameter) => return Err(Failure::UnreadParameter(parameter)),
        None => {}
    }
    unit.documents = denies.iter().map(|rule| rule.document("")).collect();
    Ok((unit, denies))
}

/// The units of all sets' policies that were compiled before, with `number/` in front of entries from 1.
pub(crate) fn units<'a>(builder: &'a Builder, means: &'a Means<'_>) -> impl Iterator<Item = Resolved> + 'a {
    let mut known = HashSet::new();
    let policies = builder.sets.iter().flat_map(|set| &set.policies);
    let once = policies.filter(move |policy| known.insert(policy.unit()));
    once.zip(1..).filter_map(|(policy, number)| {
        let (mut unit, denies) = resolve(policy, means).ok()?;
        unit.documents = denies.iter().map(|rule| rule.document(&format!("{number}/"))).collect();
        Some(unit)
    })
}

/// What is reported of an analysis.
pub(crate) fn found(analysis: &Analysis, every_stage: bool) -> Vec<Diagnostic> {
    if every_stage { analysis.all() } else { analysis.as_opa() }
}

/// A policy's module, and the one with its parameters.
pub(crate) fn parse(policy: &PolicySource) -> Result<Vec<Module>, Vec<Diagnostic>> {
    let module = parse_text(policy)?;
    let parameters = parameters::module(policy, &module.package.path)?;
    Ok(std::iter::once(module).chain(parameters).collect())
}

/// A policy's module: v1 where it is v1, and v0 where that is what it is. When it is neither, v1's diagnostics count.
fn parse_text(policy: &PolicySource) -> Result<Module, Vec<Diagnostic>> {
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
pub(crate) fn denies(unit: &Resolved) -> Vec<DenyRule> {
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
            Some(format!("{}:{}", source.name(), source.row_of(definition.at.span.start)))
        });
        let many = rule.definitions.len() > 1;
        denies.push(DenyRule { path: rule.path.clone(), place: place.unwrap_or_default(), many });
    }
    denies
}

impl DenyRule {
    /// The package that it stands in: `data.authz`.
    pub(crate) fn package(&self) -> String {
        let (_, package) = self.path.split_last().unwrap_or((&self.path[0], &[]));
        format!("data.{}", package.join("."))
    }

    /// The name of its entry, with something in front.
    pub(crate) fn entry(&self, front: &str) -> String {
        format!("{front}{}.deny", self.package())
    }

    /// What the compiler is asked for.
    pub(crate) fn document(&self, front: &str) -> Document {
        Document { name: self.entry(front).into(), root: 0, path: self.path.clone() }
    }
}
