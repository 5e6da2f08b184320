//! Annotations as OPA's syntax tree has them, and which rules they stand at.
//!
//! A tree keeps references where policies see paths: `schema.input` is a reference here, and an array of names there.

use lictor_syntax::ast::{LiteralKind, Module, Term};
use lictor_syntax::{Code, Diagnostic, Dialect, Json, Name, Parts, Source, Version, location_to_json, parse_query};
use serde_norway::{Mapping, Value};

use super::fields::object;
use super::{Block, Scope, read};
use crate::front::tree::ground_prefix;
use crate::hir::Constant;

/// What the annotations of a module add to its syntax tree, with places where they are asked for.
///
/// # Errors
/// What is wrong with them.
pub fn annotations_to_json(module: &Module, locations: bool) -> Result<Parts, Vec<Diagnostic>> {
    let (read, wrong) = read(0, module);
    if !wrong.is_empty() {
        let diagnostic = |(at, message)| Diagnostic::new(Code::Parse, message, &module.source, at);
        return Err(wrong.into_iter().map(diagnostic).collect());
    }
    let (mut annotations, mut blocks) = (vec![], vec![]);
    for (written, block) in read {
        let mut members = said(&block.says);
        members.extend(Trees { locations }.of_fields(&written));
        if locations {
            members.push(("location".into(), location_to_json(&module.source, block.at, true)));
        }
        members.sort();
        annotations.push(Json::Map(members));
        blocks.push(block);
    }
    Ok(Parts { locations, of_rules: of_rules(module, blocks), annotations })
}

/// The numbers of the blocks at each rule. As in OPA, a rule takes the blocks of its path above it, and of these only the
/// last is spent; what is said of the whole path stands at each of its rules.
fn of_rules(module: &Module, blocks: Vec<Block>) -> Vec<Vec<usize>> {
    let row = |at| module.source.position(at).0;
    let package = module.package.path.iter().cloned().map(Constant::String);
    let package: Vec<Constant> = package.collect();
    let mut left: Vec<(usize, Block)> = blocks.into_iter().enumerate().collect();
    let of_rule = |rule: &lictor_syntax::Rule| {
        let path: Vec<Constant> = package.iter().cloned().chain(ground_prefix(&rule.head.reference)).collect();
        let (mut own, mut spent) = (vec![], None);
        for (at, (number, block)) in left.iter().enumerate().filter(|(_, (_, block))| block.path == path) {
            match block.scope {
                Scope::Document => own.push(*number),
                Scope::Rule if row(rule.span.start) > row(block.at.start) => {
                    own.push(*number);
                    spent = Some(at);
                }
                _ => {}
            }
        }
        if let Some(at) = spent {
            left.remove(at);
        }
        own
    };
    module.rules.iter().map(of_rule).collect()
}

/// What a block says, but for what is a reference in the tree.
fn said(says: &Constant) -> Vec<(Name, Json)> {
    let Constant::Object(members) = says else { return vec![] };
    let member = |(name, value): &(Constant, Constant)| match name {
        Constant::String(name) if &**name == "authors" => Some((name.clone(), authors(value))),
        Constant::String(name) if &**name != "schemas" => Some((name.clone(), json(value))),
        _ => None,
    };
    members.iter().filter_map(member).collect()
}

/// Authors: the name stands before the address.
fn authors(value: &Constant) -> Json {
    let mut authors = json(value);
    for author in authors.items_mut() {
        if let Json::Map(members) = author {
            members.reverse();
        }
    }
    authors
}

/// A value as Go writes it: names in order.
fn json(value: &Constant) -> Json {
    match value {
        Constant::Null => Json::Null,
        Constant::Bool(it) => Json::Bool(*it),
        Constant::Number(it) => Json::Number(it.strip_suffix(".0").unwrap_or(it).into()),
        Constant::String(it) => Json::String(it.clone()),
        Constant::Array(items) | Constant::Set(items) => items.iter().map(json).collect(),
        Constant::Object(members) => {
            let named = members.iter().filter_map(|(name, value)| match name {
                Constant::String(name) => Some((name.clone(), json(value))),
                _ => None,
            });
            let mut members: Vec<(Name, Json)> = named.collect();
            members.sort();
            Json::Map(members)
        }
    }
}

/// Writes what is a reference.
struct Trees {
    locations: bool,
}

impl Trees {
    fn of_fields(&self, fields: &Mapping) -> Vec<(Name, Json)> {
        let written = |name: &str| fields.get(name);
        let mut members = vec![];
        let schemas = written("schemas").and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
        if !schemas.is_empty() {
            members.push(("schemas".into(), schemas.iter().map(|pair| self.schema(pair)).collect()));
        }
        if let Some(compile) = written("compile").and_then(Value::as_mapping) {
            let mut says = vec![];
            let unknowns = compile.get("unknowns").and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
            if !unknowns.is_empty() {
                let unknown =
                    |text: &Value| text.as_str().map_or(Json::Null, |text| self.reference(text, self.locations));
                says.push(("unknowns".into(), unknowns.iter().map(unknown).collect()));
            }
            if let Some(rule) = compile.get("mask_rule").and_then(Value::as_str) {
                says.push(("mask_rule".into(), self.reference(rule, self.locations)));
            }
            members.push(("compile".into(), Json::Map(says)));
        }
        members
    }

    fn schema(&self, pair: &Value) -> Json {
        let Some((path, schema)) = pair.as_mapping().and_then(|map| map.iter().next()) else { return Json::Null };
        // OPA gives no places in the path: it is a name in YAML.
        let path = self.reference(path.as_str().unwrap_or_default(), false);
        let schema = match schema {
            Value::Mapping(map) => ("definition".into(), json(&object(map))),
            other => ("schema".into(), self.reference(other.as_str().unwrap_or_default(), self.locations)),
        };
        Json::Map(vec![("path".into(), path), schema])
    }

    /// A text as a reference; places are those in the text.
    fn reference(&self, text: &str, locations: bool) -> Json {
        let (source, parsed) = parse_query(text, Dialect::new(Version::V1));
        let term = |source: &Source, term: &Term| lictor_syntax::reference_to_json(term, source, locations);
        match parsed.tree.as_deref() {
            Some([literal]) => match &literal.kind {
                LiteralKind::Term(found) => term(&source, found),
                _ => Json::Null,
            },
            _ => Json::Null,
        }
    }
}
