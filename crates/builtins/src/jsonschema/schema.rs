//! A compiled schema: what [`super::compiler`] makes of a document and [`super::validator`] holds other documents to.

use std::collections::BTreeMap;

use regex::Regex;

use super::decimal::Decimal;

/// Which schema of the compiled ones.
pub(crate) type Id = usize;

/// The drafts of JSON Schema, in the order of time. A document that names none is read as a hybrid of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Draft {
    Four,
    Six,
    Seven,
    Hybrid,
}

/// A document and all that it refers to. The first schema is the root.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    pub(crate) all: Vec<Schema>,
}

/// A type in a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Array,
    Boolean,
    Integer,
    Number,
    Null,
    Object,
    String,
}

impl Kind {
    const ALL: [Kind; 7] =
        [Kind::Array, Kind::Boolean, Kind::Integer, Kind::Number, Kind::Null, Kind::Object, Kind::String];

    pub(crate) fn of(name: &str) -> Option<Self> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Array => "array",
            Kind::Boolean => "boolean",
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Null => "null",
            Kind::Object => "object",
            Kind::String => "string",
        }
    }
}

/// What is said of items or properties that nothing else is said of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Additional {
    #[default]
    Allowed,
    Forbidden,
    Schema(Id),
}

/// What is said of an array's items.
#[derive(Clone, Debug, Default)]
pub(crate) enum Items {
    #[default]
    Any,
    /// Each has this schema.
    Each(Id),
    /// The first has the first schema, and so on.
    Row(Vec<Id>),
}

/// What a property asks of the object that it is in.
#[derive(Clone, Debug)]
pub(crate) enum Dependency {
    Properties(Vec<String>),
    Schema(Id),
}

/// One schema.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    /// A schema that is only `true` or `false`.
    pub(crate) always: Option<bool>,
    /// A schema that only refers to another.
    pub(crate) reference: Option<Id>,
    pub(crate) kinds: Vec<Kind>,

    pub(crate) multiple_of: Option<Decimal>,
    pub(crate) minimum: Option<Decimal>,
    pub(crate) exclusive_minimum: Option<Decimal>,
    pub(crate) maximum: Option<Decimal>,
    pub(crate) exclusive_maximum: Option<Decimal>,

    pub(crate) min_length: Option<i64>,
    pub(crate) max_length: Option<i64>,
    /// As it was written, and compiled.
    pub(crate) pattern: Option<(String, Regex)>,
    pub(crate) format: Option<String>,

    pub(crate) properties: BTreeMap<String, Id>,
    pub(crate) pattern_properties: Vec<(Regex, Id)>,
    pub(crate) additional_properties: Additional,
    pub(crate) property_names: Option<Id>,
    pub(crate) dependencies: BTreeMap<String, Dependency>,
    pub(crate) required: Vec<String>,
    pub(crate) min_properties: Option<i64>,
    pub(crate) max_properties: Option<i64>,

    pub(crate) items: Items,
    pub(crate) additional_items: Additional,
    pub(crate) contains: Option<Id>,
    pub(crate) min_items: Option<i64>,
    pub(crate) max_items: Option<i64>,
    pub(crate) unique_items: bool,

    /// Values as [`super::canonical`] text.
    pub(crate) constant: Option<String>,
    pub(crate) one_of_values: Option<Vec<String>>,

    pub(crate) any_of: Vec<Id>,
    pub(crate) one_of: Vec<Id>,
    pub(crate) all_of: Vec<Id>,
    pub(crate) not: Option<Id>,
    pub(crate) condition: Option<Id>,
    pub(crate) then: Option<Id>,
    pub(crate) otherwise: Option<Id>,
}

impl Schema {
    /// The types as errors name them.
    pub(crate) fn kinds_text(&self) -> String {
        match &self.kinds[..] {
            [one] => one.name().to_owned(),
            kinds => {
                let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
                format!("[{}]", names.join(","))
            }
        }
    }
}
