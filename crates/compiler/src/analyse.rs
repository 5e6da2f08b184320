//! The front stages as one function: syntax trees in, the resolved tree and everything that is wrong out.
//!
//! A [`Finding`] says which stage found it. OPA stops at the first stage that finds something; [`Analysis::as_opa`] gives
//! what OPA would say, [`Analysis::findings`] gives all.

use std::sync::Arc;

use lictor_syntax::ast::Import;
use lictor_syntax::{Body, Diagnostic, Dialect, Module, Name, Source};
use lictor_value::Registry;

use crate::hir::Unit;

/// What the front stages may be told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// OPA's `--strict`: unused imports, locals and arguments are errors; v0 modules keep v1's rules of law.
    pub strict: bool,
    /// Keep `print` calls; they are checked and erased otherwise.
    pub print: bool,
}

/// A query to compile beside the modules.
#[derive(Clone, Debug)]
pub struct QuerySource<'a> {
    /// What the program's entry is called.
    pub name: Name,
    /// The parsed query.
    pub body: &'a Body,
    /// The text it was parsed from.
    pub source: Arc<Source>,
    /// The package whose rules it may call by bare names: segments after `data`.
    pub package: Option<Vec<Name>>,
    /// Imports in force.
    pub imports: Vec<Import>,
    /// The dialect it was parsed in.
    pub dialect: Dialect,
}

/// The front stages, in the order in which OPA would report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Names are found, imports taken away.
    Names,
    /// Local variables are told apart.
    Locals,
    /// Template strings.
    Templates,
    /// `print` and other calls without a value.
    Prints,
    /// Targets and values of `with`.
    With,
    /// Rules of one path agree in kind and arity.
    Conflicts,
    /// Functions exist.
    Functions,
    /// Each literal finds its inputs bound.
    Safety,
    /// No rule needs itself.
    Recursion,
    /// Types, as far as they are checked.
    Types,
    /// Deprecated builtins.
    Deprecated,
}

/// What a stage found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The stage.
    pub stage: Stage,
    /// What is wrong.
    pub diagnostic: Diagnostic,
}

/// What the front stages give.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The resolved tree; only to be planned where `findings` is empty.
    pub unit: Unit,
    /// Everything that is wrong: stage by stage, by place within a stage.
    pub findings: Vec<Finding>,
}

/// Resolves modules and queries. Modules are taken in order of their sources' names, whatever order they come in.
pub fn analyse(modules: &[Module], queries: &[QuerySource<'_>], registry: &Registry, options: &Options) -> Analysis {
    let _ = (modules, queries, registry, options);
    Analysis::default()
}

impl Analysis {
    /// What OPA reports: the findings of the first stage that has any, at most ten and then "error limit reached".
    pub fn as_opa(&self) -> Vec<Diagnostic> {
        let Some(first) = self.findings.first() else { return vec![] };
        self.findings.iter().filter(|f| f.stage == first.stage).map(|f| f.diagnostic.clone()).collect()
    }
}
