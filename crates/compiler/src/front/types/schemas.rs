//! JSON schemas in the check of types: the input's, and those that annotations put at a path of `input` or `data` for the
//! rules that they are about. What a schema says is read elsewhere; here it takes its place among the documents.

use std::rc::Rc;

use lictor_syntax::{Code, Name};
use lictor_value::Shape;

use super::Types;
use super::check::Check;
use super::kind::{Kind, Maybe};
use super::refs::root_key;
use super::tree::Tree;
use crate::front::analysis::{Schemas, Stage};
use crate::front::draft::{DATA, INPUT, Rule, Term, TermKind, Vars};
use crate::front::metadata::{Metadata, SchemaAnnotation, SchemaSource};
use crate::front::report::Report;
use crate::front::text;
use crate::hir::Constant;

impl<'a> Types<'a> {
    /// Takes the schemas in: that of the input, and those of annotations for each rule.
    pub(crate) fn schemas(&mut self, schemas: Option<&Schemas>, metadata: &Metadata, report: &mut Report) {
        let Some(schemas) = schemas else { return };
        match schemas.given.as_ref().and_then(|given| given.get(&[][..])) {
            Some(Ok(shape)) => {
                if let Some(documents) = Rc::get_mut(&mut self.documents) {
                    documents.put(&[root_key(INPUT)], Kind::shaped(shape));
                }
            }
            Some(Err(why)) => report.add_placeless(Stage::Types, Code::Type, why.clone()),
            None => {}
        }
        let annotated = self.rules.iter().map(|rule| {
            let (general, own) = metadata.schemas(rule);
            Annotated { general: self.placed(general, schemas), own: self.placed(own, schemas) }
        });
        self.annotated = annotated.collect();
    }

    /// Annotations with the shapes of their schemas; those without any are left out.
    fn placed(&self, all: Vec<&SchemaAnnotation>, schemas: &Schemas) -> Vec<Placed> {
        all.into_iter().filter_map(|one| Some((one.path.clone(), shape(&one.schema, schemas)?))).collect()
    }

    /// The documents that a rule's annotations type, or those of one of its `else`s; what is wrong with them is reported.
    pub(super) fn overlay(&self, number: usize, is_else: bool, rule: &Rule, report: &mut Report) -> Option<Rc<Tree>> {
        let annotated = self.annotated.get(number)?;
        let own: &[Placed] = if is_else { &[] } else { &annotated.own };
        let mut placed = annotated.general.iter().chain(own).peekable();
        placed.peek()?;
        let mut tree = Rc::new(Tree::default());
        let vars = Vars::new();
        for (path, shape) in placed {
            let kind = match shape {
                Ok(shape) => Kind::shaped(shape),
                Err(why) => {
                    report.add(Stage::Types, Code::Type, rule.file, rule.at, why.clone());
                    continue;
                }
            };
            let (root, rest) = path.split_first()?;
            let mut check = Check::new(&vars, self, false);
            check.overlays.push(Rc::clone(&tree));
            let base = if *root == root_key(INPUT) { INPUT } else { DATA };
            let known = check.reference(&[Term { kind: TermKind::Var(base), at: rule.at }]);
            drop(check);
            let whole = if rest.is_empty() { kind } else { replaced(&known, rest, kind) };
            Rc::make_mut(&mut tree).put(std::slice::from_ref(root), whole);
        }
        Some(tree)
    }
}

/// The schemas of a rule's annotations.
pub(super) struct Annotated {
    /// Those about its path and packages.
    general: Vec<Placed>,
    /// Those about itself.
    own: Vec<Placed>,
}

/// A path, and what stands there: a shape, or why the schema has none.
type Placed = (Vec<Constant>, Result<Shape, String>);

fn shape(source: &SchemaSource, schemas: &Schemas) -> Option<Result<Shape, String>> {
    match source {
        SchemaSource::Written(json) => Some((schemas.read)(json.as_bytes())),
        SchemaSource::Named(path) => {
            let given = schemas.given.as_ref()?;
            let names: Option<Vec<Name>> = path
                .iter()
                .map(|key| match key {
                    Constant::String(name) => Some(name.clone()),
                    _ => None,
                })
                .collect();
            let found = names.and_then(|names| given.get(&names).cloned());
            Some(found.unwrap_or_else(|| Err(format!("undefined schema: {}", text::keys_path("schema", path)))))
        }
    }
}

/// A type with another one at a path.
fn replaced(of: &Maybe, path: &[Constant], with: Kind) -> Kind {
    let Some((first, rest)) = path.split_first() else { return with };
    let any = || Some((Some(Kind::any()), Some(Kind::any())));
    let (mut fixed, others) = match of {
        Some(Kind::Object(it)) => (it.fixed.clone(), it.rest.clone()),
        _ => (vec![], any()),
    };
    match fixed.iter_mut().find(|(key, _)| key == first) {
        Some((_, kind)) => *kind = Some(replaced(kind, rest, with)),
        None => fixed.push((first.clone(), Some(nested(rest, with, &others)))),
    }
    Kind::object_of_any_size(fixed, others)
}

/// A type at a path of objects that may hold more.
fn nested(path: &[Constant], with: Kind, others: &Option<(Maybe, Maybe)>) -> Kind {
    path.iter().rev().fold(with, |kind, key| Kind::object_of_any_size(vec![(key.clone(), Some(kind))], others.clone()))
}
