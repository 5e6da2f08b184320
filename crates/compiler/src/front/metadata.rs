//! Annotations: what `# METADATA` blocks say, for `rego.metadata.chain()` and `rego.metadata.rule()`, which are constants of
//! the rule they stand in.
//!
//! ```text
//! # METADATA
//! # title: Keys expire
//! # custom: {severity: warn}
//! ```
//!
//! A block is about what it stands before, or by its `scope` about all rules of a path, a package, or a package with all
//! below it. The YAML must be right wherever it stands.

mod fields;
mod json;

use std::collections::hash_map::Entry;

use lictor_syntax::ast::{AnnotationTarget, Annotations, Module};
use lictor_syntax::{Code, Name, Span};
use serde_norway::Mapping;

use self::fields::{Fields, Wrong};
pub(crate) use self::fields::{SchemaAnnotation, SchemaSource};
pub use self::json::annotations_to_json;
use crate::front::analysis::Stage;
use crate::front::draft::{Rule, Term};
use crate::front::report::Report;
use crate::front::tree::ground_prefix;
use crate::hash::Map;
use crate::hir::Constant;

/// What a block is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Rule,
    Document,
    Package,
    Subpackages,
}

/// A block.
#[derive(Debug)]
struct Block {
    file: u32,
    scope: Scope,
    /// The rule it stands before, by its place in the module.
    rule: Option<usize>,
    /// The path of its rule or package, from `data`.
    path: Vec<Constant>,
    /// What it says, as OPA shows it.
    says: Constant,
    schemas: Vec<SchemaAnnotation>,
    at: Span,
}

/// The blocks of all modules.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    blocks: Vec<Block>,
}

impl Metadata {
    /// Reads the blocks of all modules.
    pub(crate) fn new(modules: &[&Module], report: &mut Report) -> Self {
        let mut blocks = vec![];
        for (file, module) in modules.iter().enumerate() {
            let (read, wrong) = read(file as u32, module);
            blocks.extend(read.into_iter().map(|(_, block)| block));
            for (at, message) in wrong {
                report.add(Stage::Metadata, Code::Parse, file as u32, at, message);
            }
        }
        once_each(&blocks, report);
        Metadata { blocks }
    }

    /// What annotations say of the types of documents in a rule, in the order in which one takes another's place: those
    /// about its package and the ones above and its path, and then those about itself, which say nothing of its `else`s.
    pub(crate) fn schemas(&self, rule: &Rule) -> (Vec<&SchemaAnnotation>, Vec<&SchemaAnnotation>) {
        if self.blocks.iter().all(|block| block.schemas.is_empty()) {
            return (vec![], vec![]);
        }
        let path: Vec<Constant> = rule.path.iter().map_while(Term::as_constant).collect();
        let package = path.get(..rule.package).unwrap_or(&path);
        let first = |scope: Scope, path: &[Constant]| {
            self.blocks.iter().find(|block| block.scope == scope && block.path == path)
        };
        let above = (0..=package.len()).rev().filter_map(|length| first(Scope::Subpackages, &package[..length]));
        let all = above.chain(first(Scope::Package, package)).chain(first(Scope::Document, &path));
        let own = self.blocks.iter().filter(|block| block.is_of(rule.file, rule.number));
        (all.flat_map(|block| &block.schemas).collect(), own.flat_map(|block| &block.schemas).collect())
    }

    /// `rego.metadata.rule()` in a rule.
    pub(crate) fn rule(&self, file: u32, rule: usize) -> Constant {
        let mut own = self.blocks.iter().filter(|block| block.is_of(file, rule));
        own.next().map_or_else(|| Constant::Object(vec![]), |block| block.says.clone())
    }

    /// `rego.metadata.chain()` in a rule: its own blocks, then what is said of its path, its package, and the packages
    /// above.
    pub(crate) fn chain(&self, file: u32, rule: usize, package: &[Name], path: &[Constant]) -> Constant {
        let mut chain: Vec<Constant> =
            self.blocks.iter().rev().filter(|block| block.is_of(file, rule)).map(Block::link).collect();
        if chain.is_empty() {
            chain.push(link(path, None));
        }
        let package: Vec<Constant> = package.iter().map(|name| Constant::String(name.clone())).collect();
        let first = |scope: Scope, path: &[Constant]| {
            self.blocks.iter().find(|block| block.scope == scope && block.path == path).map(Block::link)
        };
        chain.extend(first(Scope::Document, path));
        chain.extend(first(Scope::Package, &package));
        chain.extend((0..=package.len()).rev().filter_map(|length| first(Scope::Subpackages, &package[..length])));
        Constant::Array(chain)
    }
}

impl Block {
    fn is_of(&self, file: u32, rule: usize) -> bool {
        self.scope == Scope::Rule && self.file == file && self.rule == Some(rule)
    }

    fn link(&self) -> Constant {
        link(&self.path, Some(&self.says))
    }
}

fn link(path: &[Constant], says: Option<&Constant>) -> Constant {
    let says = says.map(|says| (string("annotations"), says.clone()));
    let path = (string("path"), Constant::Array(path.to_vec()));
    Constant::Object(says.into_iter().chain([path]).collect())
}

fn string(text: &str) -> Constant {
    Constant::String(text.into())
}

/// What is wrong with blocks, and where.
type Faults = Vec<(Span, String)>;

/// The blocks of a module with what they say, and what is wrong with them: where they stand only if all can be read.
fn read(file: u32, module: &Module) -> (Vec<(Mapping, Block)>, Faults) {
    let place = |annotations: &Annotations, line| line_of(module.source.text(), annotations.span, line);
    let (mut fields, mut wrong, mut misplaced) = (vec![], vec![], vec![]);
    for annotations in &module.annotations {
        let (row, _) = module.source.position(annotations.span.start);
        match Fields::read(&annotations.yaml, row) {
            Ok(read) => fields.push((annotations, read)),
            Err(Wrong { line, message }) => wrong.push((place(annotations, line), message)),
        }
    }
    let mut blocks = vec![];
    for (annotations, mut fields) in fields {
        let written = std::mem::take(&mut fields.written);
        let mut say = |line, message| misplaced.push((place(annotations, line), message));
        blocks.extend(block(file, module, annotations, fields, &mut say).map(|block| (written, block)));
    }
    (blocks, if wrong.is_empty() { misplaced } else { wrong })
}

/// Reports what is said of one path or package a second time.
fn once_each(blocks: &[Block], report: &mut Report) {
    let mut seen: Map<(bool, &[Constant]), &Block> = Map::default();
    for block in blocks.iter().filter(|block| block.scope != Scope::Rule) {
        match seen.entry((block.scope == Scope::Package, &block.path)) {
            Entry::Vacant(place) => {
                place.insert(block);
            }
            Entry::Occupied(first) => {
                let first = report.place(first.get().file, first.get().at);
                let message = format!("{} annotation redeclared: {first}", block.scope.name());
                report.add(Stage::Redeclared, Code::Type, block.file, block.at, message);
            }
        }
    }
}

/// The place of a line of a block: `# METADATA` is line 0.
fn line_of(text: &str, block: Span, line: usize) -> Span {
    let mut start = block.start;
    for _ in 0..line {
        let rest = text.get(start as usize..block.end as usize).unwrap_or_default();
        // Past the last line, the last one counts.
        let Some(end) = rest.find('\n') else { break };
        start += end as u32 + 1;
    }
    Span { start, end: block.end }
}

/// A block with what it is about; where it stands before the wrong thing that is said.
fn block(
    file: u32,
    module: &Module,
    annotations: &Annotations,
    fields: Fields,
    wrong: &mut dyn FnMut(usize, String),
) -> Option<Block> {
    let (rule, own) = match annotations.target {
        AnnotationTarget::Package => (None, "package"),
        AnnotationTarget::Rule(at) if fields.entrypoint => (Some(at), "document"),
        AnnotationTarget::Rule(at) => (Some(at), "rule"),
        AnnotationTarget::Import => (None, "import"),
        AnnotationTarget::Nothing => (None, ""),
    };
    let name = fields.scope.as_deref().unwrap_or(own);
    let scope = Scope::ALL.into_iter().find(|scope| scope.name() == name);
    let is_package = annotations.target == AnnotationTarget::Package;
    let fits = match scope {
        None => {
            let scopes = "Use one of 'rule', 'document', 'package', or 'subpackages'";
            wrong(0, format!("invalid annotation scope '{name}'. {scopes}"));
            false
        }
        Some(scope) => {
            let of_rule = matches!(scope, Scope::Rule | Scope::Document);
            let fits = if of_rule { rule.is_some() } else { is_package };
            if !fits {
                let wanted = if of_rule { "rule" } else { "package" };
                let have = match annotations.target {
                    AnnotationTarget::Package => " (have package)",
                    AnnotationTarget::Rule(_) => " (have rule)",
                    AnnotationTarget::Import => " (have import)",
                    AnnotationTarget::Nothing => "",
                };
                wrong(0, format!("annotation scope '{name}' must be applied to {wanted}{have}"));
            }
            fits
        }
    };
    let stands = matches!(scope, Some(Scope::Document | Scope::Package));
    if fields.entrypoint && !stands {
        wrong(0, format!("annotation entrypoint applied to non-document or package scope '{name}'"));
    }
    let scope = scope.filter(|_| fits)?;
    let mut path: Vec<Constant> = module.package.path.iter().map(|name| Constant::String(name.clone())).collect();
    if let Some(rule) = rule.and_then(|at| module.rules.get(at)) {
        path.extend(ground_prefix(&rule.head.reference));
    }
    let says = fields.says(scope.name());
    Some(Block { file, scope, rule, path, says, schemas: fields.schemas, at: annotations.span })
}

impl Scope {
    const ALL: [Scope; 4] = [Scope::Rule, Scope::Document, Scope::Package, Scope::Subpackages];

    fn name(self) -> &'static str {
        match self {
            Scope::Rule => "rule",
            Scope::Document => "document",
            Scope::Package => "package",
            Scope::Subpackages => "subpackages",
        }
    }
}
