//! What a schema says of types, as far as OPA's type checker follows it: of `type`, `properties`, `items`, `anyOf` and
//! `allOf`. Everything else may be anything; so may what refers to itself, once it has been followed a few times.

use std::collections::HashMap;

use lictor_value::Shape;

use super::schema::{Id, Items, Kind, Schema, Schemas};

/// How often a schema that is within itself is followed.
const ROUNDS: usize = 3;

/// How deeply a shape nests at most; what is deeper may be anything.
const DEEPEST: usize = 200;

/// How many parts a shape has at most; what is past them may be anything.
const LARGEST: usize = 100_000;

/// The shape of documents that keep to the root schema.
///
/// # Errors
/// Schemas of `allOf` that contradict each other, in OPA's words.
pub(crate) fn shape(schemas: &Schemas) -> Result<Shape, String> {
    let mut shapes = Shapes { schemas, open: HashMap::new(), left: LARGEST, depth: 0 };
    let root = Part::of(schemas, 0);
    shapes.part(&root)
}

struct Shapes<'s> {
    schemas: &'s Schemas,
    /// How often each schema is being followed.
    open: HashMap<Id, usize>,
    left: usize,
    depth: usize,
}

/// What is followed of a schema. Those of `allOf` are put together into one.
#[derive(Clone, Default)]
struct Part {
    kinds: Vec<Kind>,
    properties: Vec<(String, Id)>,
    items: Vec<Id>,
    /// Whether all items have the one schema.
    each: bool,
    any_of: Vec<Id>,
    all_of: Vec<Id>,
}

impl Part {
    fn of(schemas: &Schemas, id: Id) -> Part {
        let Some(schema) = resolved(schemas, id) else { return Part::default() };
        let (items, each) = match &schema.items {
            Items::Any => (vec![], false),
            Items::Each(id) => (vec![*id], true),
            Items::Row(ids) => (ids.clone(), false),
        };
        Part {
            kinds: schema.kinds.clone(),
            properties: schema.properties.iter().map(|(name, id)| (name.clone(), *id)).collect(),
            items,
            each,
            any_of: schema.any_of.clone(),
            all_of: schema.all_of.clone(),
        }
    }

    fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    fn kinds_text(&self) -> String {
        let names: Vec<&str> = self.kinds.iter().map(|kind| kind.name()).collect();
        match &names[..] {
            [] => "undefined".to_owned(),
            [one] => (*one).to_owned(),
            _ => format!("[{}]", names.join(",")),
        }
    }

    /// A schema that names no type has the one that its properties or items show.
    fn typed(&mut self) {
        if !self.properties.is_empty() {
            if !self.has(Kind::Object) {
                self.kinds.push(Kind::Object);
            }
        } else if !self.items.is_empty() && !self.has(Kind::Array) {
            self.kinds.push(Kind::Array);
        }
    }

    /// Both schemas hold.
    fn merge(&mut self, mut other: Part, schemas: &Schemas) -> Result<(), String> {
        other.typed();
        if self.kinds_text() != other.kinds_text() {
            let (a, b) = (self.kinds_text(), other.kinds_text());
            return Err(format!("unable to merge these schemas: type mismatch: {a} and {b}"));
        }
        if self.has(Kind::Object) && !self.properties.is_empty() && !other.properties.is_empty() {
            for (name, id) in other.properties {
                if !self.properties.iter().any(|(known, _)| *known == name) {
                    self.properties.push((name, id));
                }
            }
        } else if self.has(Kind::Array) && !self.items.is_empty() && !other.items.is_empty() {
            for (at, id) in other.items.into_iter().enumerate() {
                match self.items.get(at) {
                    None => self.items.push(id),
                    Some(known) if Part::of(schemas, *known).kinds_text() != Part::of(schemas, id).kinds_text() => {
                        return Err("unable to merge these schemas".to_owned());
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }
}

/// The schema that one is or refers to. References may lead in a ring.
fn resolved(schemas: &Schemas, mut id: Id) -> Option<&Schema> {
    for _ in 0..=schemas.all.len() {
        let schema = schemas.all.get(id)?;
        match schema.reference {
            Some(next) => id = next,
            None => return Some(schema),
        }
    }
    None
}

impl Shapes<'_> {
    fn schema(&mut self, id: Id) -> Result<Shape, String> {
        let rounds = self.open.entry(id).or_default();
        let Some(left) = self.left.checked_sub(1).filter(|_| *rounds < ROUNDS) else { return Ok(Shape::Any) };
        *rounds += 1;
        self.left = left;
        let part = Part::of(self.schemas, id);
        let shape = self.part(&part);
        if let Some(rounds) = self.open.get_mut(&id) {
            *rounds -= 1;
        }
        shape
    }

    fn part(&mut self, part: &Part) -> Result<Shape, String> {
        if self.depth == DEEPEST {
            return Ok(Shape::Any);
        }
        self.depth += 1;
        let shape = match (part.any_of.is_empty(), part.all_of.is_empty()) {
            (false, _) => self.any_of(part),
            (true, false) => self.all_of(part),
            (true, true) => self.typed(part),
        };
        self.depth -= 1;
        shape
    }

    fn typed(&mut self, part: &Part) -> Result<Shape, String> {
        let mut typed = part.clone();
        if typed.kinds.is_empty() {
            typed.typed();
        }
        Ok(if typed.has(Kind::Boolean) {
            Shape::Boolean
        } else if typed.has(Kind::String) {
            Shape::String
        } else if typed.has(Kind::Integer) || typed.has(Kind::Number) {
            Shape::Number
        } else if typed.has(Kind::Object) {
            if typed.properties.is_empty() {
                return Ok(Shape::Object);
            }
            let mut fields = Vec::with_capacity(typed.properties.len());
            for (name, id) in typed.properties {
                fields.push((name, self.schema(id)?));
            }
            Shape::Record(fields)
        } else if typed.has(Kind::Array) {
            match (&typed.items[..], typed.each) {
                ([], _) => Shape::Array(Box::new(Shape::Any)),
                ([one], true) => Shape::Array(Box::new(self.schema(*one)?)),
                (row, _) => Shape::Tuple(row.iter().map(|id| self.schema(*id)).collect::<Result<_, _>>()?),
            }
        } else {
            Shape::Any
        })
    }

    fn any_of(&mut self, part: &Part) -> Result<Shape, String> {
        let mut shapes = vec![];
        if !part.kinds.is_empty() {
            // What stands beside the choice counts where it is an object of known fields.
            let beside = self.part(&Part { any_of: vec![], ..part.clone() })?;
            shapes.extend(Some(beside).filter(|shape| matches!(shape, Shape::Record(_))));
        }
        for id in &part.any_of {
            shapes.push(self.schema(*id)?);
        }
        Ok(Shape::OneOf(shapes))
    }

    fn all_of(&mut self, part: &Part) -> Result<Shape, String> {
        let all = part.all_of.iter().map(|id| Part::of(self.schemas, *id)).filter(|all| {
            // What is only a choice names no type that could be put together with others.
            all.any_of.is_empty() || !all.kinds.is_empty() || !all.properties.is_empty() || !all.items.is_empty()
        });
        let mut all: Vec<Part> = all.collect();
        if all.is_empty() {
            return Ok(Shape::Any);
        }
        let mut whole = all.remove(0);
        whole.typed();
        for other in all {
            whole.merge(other, self.schemas)?;
        }
        if !part.kinds.is_empty() {
            let both = |kind| part.has(kind) && whole.has(kind);
            if both(Kind::Object) || both(Kind::Array) {
                whole.merge(Part { all_of: vec![], ..part.clone() }, self.schemas)?;
            } else if part.kinds_text() != whole.kinds_text() {
                return Err("unable to merge these schemas".to_owned());
            }
        }
        self.part(&whole)
    }
}

#[cfg(test)]
mod tests {
    use lictor_value::Shape;

    use super::super::shape;

    fn of(text: &str) -> Shape {
        shape(text.as_bytes()).unwrap()
    }

    #[test]
    fn properties_and_items_show_the_type() {
        assert_eq!(of(r#"{"properties": {"a": {}}}"#), Shape::Record(vec![("a".into(), Shape::Any)]));
        assert_eq!(of(r#"{"items": {"type": "string"}}"#), Shape::Array(Box::new(Shape::String)));
        assert_eq!(of(r#"{"items": [{"type": "integer"}]}"#), Shape::Tuple(vec![Shape::Number]));
        assert_eq!(of(r#"{"type": "object"}"#), Shape::Object);
        assert_eq!(of(r#"{"type": "null"}"#), Shape::Any);
    }

    #[test]
    fn of_several_types_the_first_that_opa_looks_for_counts() {
        assert_eq!(of(r#"{"type": ["object", "string", "boolean"]}"#), Shape::Boolean);
    }

    #[test]
    fn what_refers_to_itself_ends() {
        let ring = r##"{"type": "object", "properties": {"next": {"$ref": "#"}}}"##;
        let Shape::Record(fields) = of(ring) else { unreachable!("the root is an object") };
        assert!(matches!(fields[0].1, Shape::Record(_)));
        assert_eq!(of(r##"{"allOf": [{"$ref": "#"}]}"##), Shape::Any);
        let wide = r##"{"properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}, "c": {"$ref": "#"}}}"##;
        assert!(matches!(of(wide), Shape::Record(_)));
    }

    #[test]
    fn all_of_is_put_together() {
        let both = r#"{"allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {}}}]}"#;
        let fields = vec![("a".into(), Shape::String), ("b".into(), Shape::Any)];
        assert_eq!(of(both), Shape::Record(fields));
        let clash = shape(br#"{"allOf": [{"type": "string"}, {"type": "number"}]}"#);
        let why = "type checking: unable to merge these schemas: type mismatch: string and number";
        assert_eq!(clash, Err(why.to_owned()));
    }
}
