//! The front stages as one function: syntax trees in, the resolved tree and everything that is wrong out.
//!
//! A [`Finding`] says which stage found it. OPA stops at the first stage that finds something; [`Analysis::as_opa`] gives
//! what OPA would say, [`Analysis::findings`] gives all.

use std::collections::BTreeMap;
use std::sync::Arc;

use lictor_syntax::ast::Import;
use lictor_syntax::{Body, Code, Diagnostic, Dialect, Name, Source, Span};
use lictor_value::Shape;

use crate::hir::Unit;

/// What the front stages may be told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// OPA's `--strict`: unused imports, locals and arguments are errors; v0 modules keep v1's rules of law.
    pub strict: bool,
    /// Keep `print` calls, and check them; they are erased otherwise.
    pub print: bool,
    /// What documents are checked against; annotations say nothing of types where there is none.
    pub schemas: Option<&'a Schemas>,
    /// Leave literals in the pieces that OPA evaluates one by one: each call, and each reference or comprehension that is an
    /// operand, on its own. For coverage, which counts those.
    pub flat: bool,
}

/// JSON schemas that documents keep to.
#[derive(Clone, Debug)]
pub struct Schemas {
    /// Schemas by path: that of `schema.a.b` is `["a", "b"]`. The one without a path is the input's. Each may be wrong.
    /// Without any, annotations that name one are passed over.
    pub given: Option<BTreeMap<Vec<Name>, Result<Shape, String>>>,
    /// Reads a schema that an annotation writes out, which is given as JSON text.
    pub read: fn(&[u8]) -> Result<Shape, String>,
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
    /// Annotations can be read.
    Metadata,
    /// Names are found, imports taken away.
    Names,
    /// Imports that nobody uses; OPA goes on after it.
    UnusedImports,
    /// `input` and `data` are not shadowed; OPA goes on after it.
    Shadowing,
    /// No two imports have one name; OPA goes on after it.
    DuplicateImports,
    /// Locals that nobody uses; OPA goes on after it.
    UnusedLocals,
    /// Local variables are told apart.
    Locals,
    /// Template strings.
    Templates,
    /// No value is taken from `print`.
    VoidCalls,
    /// `print` prints only what is declared before it.
    Prints,
    /// Nothing is annotated twice.
    Redeclared,
    /// Targets and values of `with`.
    With,
    /// Rules of one path agree in kind and arity.
    Conflicts,
    /// Functions exist and get as many arguments as they take.
    Functions,
    /// Heads use only what bodies bind.
    HeadSafety,
    /// Each literal finds its inputs bound.
    BodySafety,
    /// No rule needs itself.
    Recursion,
    /// Types, as far as they are checked.
    Types,
    /// Builtins that are held for unsafe.
    Unsafe,
    /// Deprecated builtins.
    Deprecated,
}

impl Stage {
    /// Whether OPA goes on to the next stage though this one found something.
    pub(crate) fn goes_on(self) -> bool {
        matches!(self, Stage::UnusedImports | Stage::Shadowing | Stage::DuplicateImports | Stage::UnusedLocals)
    }
}

/// What a stage found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The stage.
    pub stage: Stage,
    /// The query it is about, by its position; `None` for modules.
    pub query: Option<usize>,
    /// What is wrong.
    pub diagnostic: Diagnostic,
}

/// What the front stages give.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The resolved tree; only to be planned where `findings` is empty.
    pub unit: Unit,
    /// Everything that is wrong: modules and then queries, stage by stage, by place within a stage.
    pub findings: Vec<Finding>,
}

/// After how many errors OPA gives up.
const ERROR_LIMIT: usize = 10;

impl Analysis {
    /// Everything that any stage found, by place; the same thing said twice counts once.
    pub fn all(&self) -> Vec<Diagnostic> {
        let mut all: Vec<Diagnostic> = self.findings.iter().map(|finding| finding.diagnostic.clone()).collect();
        all.sort_by_cached_key(|diagnostic| {
            let place = diagnostic.position().map(|(name, row, col)| (name.to_owned(), row, col));
            (place.is_none(), place, diagnostic.message.clone())
        });
        all.dedup_by(|a, b| a.position() == b.position() && a.message == b.message);
        all
    }

    /// What OPA reports: the findings up to the first stage after which it would not go on, sorted by place, at most ten
    /// and then "error limit reached".
    pub fn as_opa(&self) -> Vec<Diagnostic> {
        let mut shown: Vec<&Finding> = vec![];
        for finding in &self.findings {
            if let Some(stop) = shown.iter().find(|f| !f.stage.goes_on())
                && (finding.query, finding.stage) != (stop.query, stop.stage)
            {
                break;
            }
            if shown.first().is_some_and(|first| first.query != finding.query) {
                break;
            }
            shown.push(finding);
        }
        let limited = shown.len() >= ERROR_LIMIT;
        shown.truncate(ERROR_LIMIT);
        // A query's errors stay as they were found.
        if shown.first().is_some_and(|first| first.query.is_none()) {
            shown.sort_by_cached_key(|finding| {
                let place = finding.diagnostic.position().map(|(name, row, col)| (name.to_owned(), row, col));
                (place.is_none(), place, finding.diagnostic.code.as_str(), finding.diagnostic.message.clone())
            });
        }
        let mut all: Vec<Diagnostic> = shown.into_iter().map(|f| f.diagnostic.clone()).collect();
        if limited {
            let message = "error limit reached".to_owned();
            let (code, span) = (Code::Compile, Span::default());
            all.push(Diagnostic { code, message, source: None, span, labels: vec![], hints: vec![], details: None });
        }
        all
    }
}
