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

use lictor_syntax::ast::{AnnotationTarget, Annotations, Module};
use lictor_syntax::{Code, Name, Span};
use serde_norway::{Mapping, Value};

use crate::front::analysis::Stage;
use crate::front::report::Report;
use crate::front::tree::ground_prefix;
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
            for annotations in &module.annotations {
                match block(file as u32, module, annotations) {
                    Ok(found) => blocks.extend(found),
                    Err(Wrong { line, message }) => {
                        let at = line_of(module.source.text(), annotations.span, line);
                        report.add(Stage::Metadata, Code::Parse, file as u32, at, message);
                    }
                }
            }
        }
        Metadata { blocks }
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

/// Why a block cannot be read, and on which of its lines: `# METADATA` is line 0.
struct Wrong {
    line: usize,
    message: String,
}

impl From<String> for Wrong {
    fn from(message: String) -> Self {
        Wrong { line: 0, message }
    }
}

/// The place of a line of a block.
fn line_of(text: &str, block: Span, line: usize) -> Span {
    let mut start = block.start;
    for _ in 0..line {
        let rest = text.get(start as usize..block.end as usize).unwrap_or_default();
        start += rest.find('\n').map_or(0, |end| end as u32 + 1);
    }
    Span { start, end: block.end }
}

fn block(file: u32, module: &Module, annotations: &Annotations) -> Result<Option<Block>, Wrong> {
    let read: Value = serde_norway::from_str(&annotations.yaml).map_err(|error| {
        let text = error.to_string();
        let line = error.location().map_or(0, |location| location.line());
        Wrong { line, message: format!("yaml: {}", text.split(" at line ").next().unwrap_or_default()) }
    })?;
    let fields = match read {
        Value::Mapping(fields) => fields,
        Value::Null => return Err("expected METADATA block, found whitespace".to_owned().into()),
        _ => return Err("yaml: unmarshal errors: an annotation is a map".to_owned().into()),
    };
    for name in ["organizations", "related_resources", "authors", "schemas"] {
        if fields.get(name).is_some_and(|value| !value.is_sequence() && !value.is_null()) {
            return Err(format!("yaml: unmarshal errors: {name} is a list").into());
        }
    }
    let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let entrypoint = fields.get("entrypoint").and_then(Value::as_bool) == Some(true);
    let (rule, own) = match annotations.target {
        AnnotationTarget::Package => (None, Scope::Package),
        AnnotationTarget::Rule(at) if entrypoint => (Some(at), Scope::Document),
        AnnotationTarget::Rule(at) => (Some(at), Scope::Rule),
        AnnotationTarget::Nothing => return Ok(None),
    };
    let scope = match text("scope") {
        None => own,
        Some("rule") => Scope::Rule,
        Some("document") => Scope::Document,
        Some("package") => Scope::Package,
        Some("subpackages") => Scope::Subpackages,
        Some(other) => {
            let scopes = "Use one of 'rule', 'document', 'package', or 'subpackages'";
            return Err(format!("invalid annotation scope '{other}'. {scopes}").into());
        }
    };
    let of_rule = matches!(scope, Scope::Rule | Scope::Document);
    if of_rule != rule.is_some() {
        let (wanted, found) = if of_rule { ("rule", "package") } else { ("package", "rule") };
        let name = name_of(scope);
        return Err(format!("annotation scope '{name}' must be applied to {wanted} (have {found})").into());
    }
    let mut path: Vec<Constant> = module.package.path.iter().map(|name| Constant::String(name.clone())).collect();
    if let Some(rule) = rule.and_then(|at| module.rules.get(at)) {
        path.extend(ground_prefix(&rule.head.reference));
    }
    let says = says(&fields, scope, entrypoint)?;
    Ok(Some(Block { file, scope, rule, path, says }))
}

fn name_of(scope: Scope) -> &'static str {
    match scope {
        Scope::Rule => "rule",
        Scope::Document => "document",
        Scope::Package => "package",
        Scope::Subpackages => "subpackages",
    }
}

/// What a block says, in the fields that OPA shows.
fn says(fields: &Mapping, scope: Scope, entrypoint: bool) -> Result<Constant, String> {
    let mut says = vec![(string("scope"), string(name_of(scope)))];
    let mut put = |name: &str, value: Constant| says.push((string(name), value));
    for name in ["title", "description"] {
        if let Some(text) = fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()) {
            put(name, string(text));
        }
    }
    if entrypoint {
        put("entrypoint", Constant::Bool(true));
    }
    let list = |name: &str| fields.get(name).and_then(Value::as_sequence).filter(|items| !items.is_empty());
    if let Some(items) = list("organizations") {
        put("organizations", Constant::Array(items.iter().map(constant).collect()));
    }
    if let Some(items) = list("related_resources") {
        put("related_resources", Constant::Array(items.iter().map(related).collect::<Result<_, _>>()?));
    }
    if let Some(items) = list("authors") {
        put("authors", Constant::Array(items.iter().map(author).collect::<Result<_, _>>()?));
    }
    for name in ["custom", "labels"] {
        if let Some(Value::Mapping(map)) = fields.get(name)
            && !map.is_empty()
        {
            put(name, object(map));
        }
    }
    Ok(Constant::Object(says))
}

/// A resource: a URL, or its `ref` with a description.
fn related(value: &Value) -> Result<Constant, String> {
    match value {
        Value::String(url) => Ok(Constant::Object(vec![(string("ref"), string(url))])),
        Value::Mapping(map) if map.get("ref").and_then(Value::as_str).is_some() => Ok(object(map)),
        _ => Err("invalid related-resource definition".into()),
    }
}

/// An author: `Name <address>`, or `name` and `email`.
fn author(value: &Value) -> Result<Constant, String> {
    let (name, email) = match value {
        Value::String(text) => match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, email)) => (name.trim(), email.trim()),
            None => (text.trim(), ""),
        },
        Value::Mapping(map) => {
            let field = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or_default();
            (field("name"), field("email"))
        }
        _ => ("", ""),
    };
    if name.is_empty() && email.is_empty() {
        return Err("invalid author definition".into());
    }
    let fields = [("name", name), ("email", email)].into_iter().filter(|(_, text)| !text.is_empty());
    Ok(Constant::Object(fields.map(|(key, text)| (string(key), string(text))).collect()))
}

fn object(map: &Mapping) -> Constant {
    let key = |key: &Value| match key {
        Value::String(text) => string(text),
        other => match constant(other) {
            Constant::Number(text) => Constant::String(text),
            Constant::Bool(it) => string(if it { "true" } else { "false" }),
            _ => string("null"),
        },
    };
    Constant::Object(map.iter().map(|(name, value)| (key(name), constant(value))).collect())
}

fn constant(value: &Value) -> Constant {
    match value {
        Value::Null => Constant::Null,
        Value::Bool(it) => Constant::Bool(*it),
        Value::Number(number) => Constant::Number(number.to_string().into()),
        Value::String(text) => string(text),
        Value::Sequence(items) => Constant::Array(items.iter().map(constant).collect()),
        Value::Mapping(map) => object(map),
        Value::Tagged(tagged) => constant(&tagged.value),
    }
}
