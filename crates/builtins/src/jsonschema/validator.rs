//! Holds a document to a schema, and says in gojsonschema's order and words where it does not keep to it.
//!
//! Of several schemas of which one must hold, the errors of that are told that holds best: each thing that was verified
//! adds to a score, each error takes from it.

use std::borrow::Cow;
use std::collections::HashMap;

use lictor_value::text::lossy;
use lictor_value::{Object, Value, View, effort, text};

use crate::pattern;

use super::canonical;
use super::compiler::number_text;
use super::decimal::Decimal;
use super::format;
use super::schema::{Additional, Dependency, Id, Items, Kind, Schema, Schemas};

/// How many schemas may be within each other while a document is held to them.
const MAX_DEPTH: usize = 600;

/// Something that does not hold.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: &'static str,
    pub(crate) field: String,
    pub(crate) description: String,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooDeep;

/// Holds a document to a schema; what does not hold.
pub(crate) fn validate(schemas: &Schemas, document: Value<'_>) -> Result<Vec<Failure>, TooDeep> {
    let mut validator = Validator { schemas, depth: 0, too_deep: false };
    let mut outcome = Outcome::default();
    validator.schema(0, document, &mut outcome, &Place::Root);
    if validator.too_deep { Err(TooDeep) } else { Ok(outcome.failures) }
}

/// Where in the document something is.
enum Place<'p> {
    Root,
    In(Cow<'p, str>, &'p Place<'p>),
}

impl Place<'_> {
    fn within(&self, key: impl Into<Cow<'static, str>>) -> Place<'_> {
        Place::In(key.into(), self)
    }

    /// The keys and indices on the way, with points between them.
    fn name(&self) -> String {
        let mut keys = Vec::new();
        let mut place = self;
        while let Place::In(key, outer) = place {
            keys.push(&**key);
            place = outer;
        }
        if keys.is_empty() {
            return "(Root)".to_owned();
        }
        keys.reverse();
        keys.join(".")
    }
}

/// What was found, and how well the document did.
#[derive(Default)]
struct Outcome {
    failures: Vec<Failure>,
    score: i64,
}

impl Outcome {
    fn holds(&self) -> bool {
        self.failures.is_empty()
    }

    fn add(&mut self, kind: &'static str, place: &Place<'_>, description: impl Into<String>) {
        let failure = Failure { kind, field: place.name(), description: description.into() };
        // What is not printed is not kept: the evaluation ends.
        if effort::spend_bytes(failure.field.len() + failure.description.len()) {
            self.failures.push(failure);
        }
        self.score -= 2;
    }

    fn merge(&mut self, mut other: Outcome) {
        self.failures.append(&mut other.failures);
        self.score += other.score;
    }
}

/// Keeps the best of outcomes: the first of the highest score.
fn keep_best(best: &mut Option<Outcome>, outcome: Outcome) {
    if best.as_ref().is_none_or(|best| outcome.score > best.score) {
        *best = Some(outcome);
    }
}

struct Validator<'s> {
    schemas: &'s Schemas,
    depth: usize,
    too_deep: bool,
}

impl<'s> Validator<'s> {
    /// The outcome of one schema alone.
    fn apart(&mut self, id: Id, node: Value<'_>, place: &Place<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        self.schema(id, node, &mut outcome, place);
        outcome
    }

    fn schema(&mut self, id: Id, node: Value<'_>, outcome: &mut Outcome, place: &Place<'_>) {
        if self.depth > MAX_DEPTH || self.too_deep || !effort::spend(8) {
            self.too_deep |= self.depth > MAX_DEPTH;
            return;
        }
        let schema = &self.schemas.all[id];
        if let Some(always) = schema.always {
            if !always {
                outcome.add("false", place, "False always fails validation");
            }
            return;
        }
        self.depth += 1;
        match schema.reference {
            Some(reference) => self.schema(reference, node, outcome, place),
            None => self.keywords(schema, node, outcome, place),
        }
        self.depth -= 1;
    }

    fn keywords(&mut self, schema: &'s Schema, node: Value<'_>, outcome: &mut Outcome, place: &Place<'_>) {
        let number = node.is_number().then(|| Decimal::parse(&number_text(node)));
        let kind = match node.view() {
            View::Null => Kind::Null,
            View::Bool(_) => Kind::Boolean,
            View::Array(_) => Kind::Array,
            View::Object(_) => Kind::Object,
            _ => match &number {
                Some(number) if number.is_integer() => Kind::Integer,
                Some(_) => Kind::Number,
                None => Kind::String,
            },
        };
        let fits = schema.kinds.contains(&kind) || number.is_some() && schema.kinds.contains(&Kind::Number);
        if !schema.kinds.is_empty() && !fits {
            let (expected, given) = (schema.kinds_text(), kind.name());
            return outcome.add("invalid_type", place, format!("Invalid type. Expected: {expected}, given: {given}"));
        }
        self.combinations(schema, node, outcome, place);
        match (node.view(), &number) {
            (View::Array(items), _) => self.array(schema, items, outcome, place),
            (View::Object(object), _) => self.object(schema, object, outcome, place),
            (_, Some(number)) => range(schema, number, outcome, place),
            _ => {}
        }
        common(schema, node, outcome, place);
        match node.view() {
            View::Object(object) => {
                for (key, id) in &schema.properties {
                    if let Some(part) = object.get_str(key) {
                        self.schema(*id, part, outcome, &place.within(key.clone()));
                    }
                }
            }
            View::Str(string) => characters(schema, string, outcome, place),
            _ => {}
        }
        outcome.score += 1;
    }

    fn combinations(&mut self, schema: &'s Schema, node: Value<'_>, outcome: &mut Outcome, place: &Place<'_>) {
        self.any_of(schema, node, outcome, place);
        self.one_of(schema, node, outcome, place);
        if !schema.all_of.is_empty() {
            let mut all = true;
            for id in &schema.all_of {
                let part = self.apart(*id, node, place);
                all &= part.holds();
                outcome.merge(part);
            }
            if !all {
                outcome.add("number_all_of", place, "Must validate all the schemas (allOf)");
            }
        }
        if let Some(not) = schema.not
            && self.apart(not, node, place).holds()
        {
            outcome.add("number_not", place, "Must not validate the schema (not)");
        }
        if let Some(object) = node.as_object() {
            self.dependencies(schema, object, node, outcome, place);
        }
        if let Some(condition) = schema.condition {
            let (branch, kind, description) = if self.apart(condition, node, place).holds() {
                (schema.then, "condition_then", "Must validate \"then\" as \"if\" was valid")
            } else {
                (schema.otherwise, "condition_else", "Must validate \"else\" as \"if\" was not valid")
            };
            if let Some(branch) = branch {
                let part = self.apart(branch, node, place);
                if !part.holds() {
                    outcome.add(kind, place, description);
                    outcome.merge(part);
                }
            }
        }
        outcome.score += 1;
    }

    fn any_of(&mut self, schema: &'s Schema, node: Value<'_>, outcome: &mut Outcome, place: &Place<'_>) {
        let mut best = None;
        for id in &schema.any_of {
            let part = self.apart(*id, node, place);
            if part.holds() {
                return;
            }
            keep_best(&mut best, part);
        }
        if let Some(best) = best {
            outcome.add("number_any_of", place, "Must validate at least one schema (anyOf)");
            outcome.merge(best);
        }
    }

    fn one_of(&mut self, schema: &'s Schema, node: Value<'_>, outcome: &mut Outcome, place: &Place<'_>) {
        let (mut holding, mut best) = (0, None);
        for id in &schema.one_of {
            let part = self.apart(*id, node, place);
            if part.holds() {
                holding += 1;
            } else {
                keep_best(&mut best, part);
            }
        }
        if !schema.one_of.is_empty() && holding != 1 {
            outcome.add("number_one_of", place, "Must validate one and only one schema (oneOf)");
            if let Some(best) = best.filter(|_| holding == 0) {
                outcome.merge(best);
            }
        }
    }

    fn dependencies(
        &mut self,
        schema: &'s Schema,
        object: &Object<'_>,
        node: Value<'_>,
        outcome: &mut Outcome,
        place: &Place<'_>,
    ) {
        for (key, dependency) in &schema.dependencies {
            if object.get_str(key).is_none() {
                continue;
            }
            match dependency {
                Dependency::Properties(keys) => {
                    for key in keys.iter().filter(|key| object.get_str(key).is_none()) {
                        outcome.add("missing_dependency", place, format!("Has a dependency on {key}"));
                    }
                }
                Dependency::Schema(id) => self.schema(*id, node, outcome, place),
            }
        }
    }

    fn array(&mut self, schema: &'s Schema, items: &[Value<'_>], outcome: &mut Outcome, place: &Place<'_>) {
        match &schema.items {
            Items::Any => {}
            Items::Each(id) => self.each(*id, items, 0, outcome, place),
            Items::Row(row) => {
                for (at, (id, item)) in row.iter().zip(items).enumerate() {
                    let part = self.apart(*id, *item, &place.within(at.to_string()));
                    outcome.merge(part);
                }
                if !row.is_empty() && row.len() < items.len() {
                    match schema.additional_items {
                        Additional::Allowed => {}
                        Additional::Forbidden => {
                            let text = "No additional items allowed on array";
                            outcome.add("array_no_additional_items", place, text);
                        }
                        Additional::Schema(id) => self.each(id, items, row.len(), outcome, place),
                    }
                }
            }
        }
        let count = items.len() as i64;
        if let Some(min) = schema.min_items.filter(|min| count < *min) {
            outcome.add("array_min_items", place, format!("Array must have at least {min} items"));
        }
        if let Some(max) = schema.max_items.filter(|max| count > *max) {
            outcome.add("array_max_items", place, format!("Array must have at most {max} items"));
        }
        if schema.unique_items {
            unique(items, outcome, place);
        }
        if let Some(contains) = schema.contains {
            self.contains(contains, items, outcome, place);
        }
        outcome.score += 1;
    }

    /// Holds the items from one on to a schema.
    fn each(&mut self, id: Id, items: &[Value<'_>], from: usize, outcome: &mut Outcome, place: &Place<'_>) {
        for (at, item) in items.iter().enumerate().skip(from) {
            let part = self.apart(id, *item, &place.within(at.to_string()));
            outcome.merge(part);
        }
    }

    fn contains(&mut self, id: Id, items: &[Value<'_>], outcome: &mut Outcome, place: &Place<'_>) {
        let mut best = None;
        for (at, item) in items.iter().enumerate() {
            let part = self.apart(id, *item, &place.within(at.to_string()));
            if part.holds() {
                return;
            }
            keep_best(&mut best, part);
        }
        outcome.add("contains", place, "At least one of the items must match");
        if let Some(best) = best {
            outcome.merge(best);
        }
    }

    fn object(&mut self, schema: &'s Schema, object: &Object<'_>, outcome: &mut Outcome, place: &Place<'_>) {
        let count = object.len() as i64;
        if let Some(min) = schema.min_properties.filter(|min| count < *min) {
            outcome.add("array_min_properties", place, format!("Must have at least {min} properties"));
        }
        if let Some(max) = schema.max_properties.filter(|max| count > *max) {
            outcome.add("array_max_properties", place, format!("Must have at most {max} properties"));
        }
        for key in &schema.required {
            match object.get_str(key) {
                Some(_) => outcome.score += 1,
                None => outcome.add("required", place, format!("{key} is required")),
            }
        }
        for (key, part) in object.iter() {
            self.property(schema, key, part, outcome, place);
        }
        if let Some(names) = schema.property_names {
            for (key, _) in object.iter() {
                let part = self.apart(names, key, place);
                if !part.holds() {
                    let text = format!("Property name of \"{}\" does not match", key_text(key));
                    outcome.add("invalid_property_name", place, text);
                    outcome.merge(part);
                }
            }
        }
        outcome.score += 1;
    }

    /// Holds a property to the patterns that its name has, or else to what is said of all others.
    fn property(
        &mut self,
        schema: &'s Schema,
        key: Value<'_>,
        part: Value<'_>,
        outcome: &mut Outcome,
        place: &Place<'_>,
    ) {
        let subject = pattern::subject(key.as_bytes().unwrap_or_default());
        let mut matches = false;
        for (regex, id) in &schema.pattern_properties {
            if effort::spend(subject.len()) && regex.is_match(&subject) {
                matches = true;
                let part = self.apart(*id, part, &place.within(key_text(key)));
                outcome.merge(part);
            }
        }
        outcome.score += i64::from(matches);
        if matches || schema.properties.contains_key(&key_text(key)) {
            return;
        }
        match schema.additional_properties {
            Additional::Allowed => {}
            Additional::Forbidden => {
                let text = format!("Additional property {} is not allowed", key_text(key));
                outcome.add("additional_property_not_allowed", place, text);
            }
            Additional::Schema(id) => {
                let part = self.apart(id, part, &place.within(key_text(key)));
                outcome.merge(part);
            }
        }
    }
}

fn key_text(key: Value<'_>) -> String {
    lossy(key.as_bytes().unwrap_or_default()).into_owned()
}

fn unique(items: &[Value<'_>], outcome: &mut Outcome, place: &Place<'_>) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        match canonical::text(*item) {
            Ok(text) => {
                if let Some(before) = seen.insert(text, at) {
                    outcome.add("unique", place, format!("array items[{before},{at}] must be unique"));
                }
            }
            Err(error) => outcome.add("internal", place, format!("Internal Error {error}")),
        }
    }
}

fn common(schema: &Schema, node: Value<'_>, outcome: &mut Outcome, place: &Place<'_>) {
    if schema.constant.is_some() || schema.one_of_values.is_some() {
        match canonical::text(node) {
            Ok(text) => {
                if let Some(constant) = schema.constant.as_ref().filter(|constant| **constant != text) {
                    outcome.add("const", place, format!("{} does not match: {constant}", place.name()));
                }
                let differs = |values: &&Vec<String>| effort::spend(values.len()) && !values.contains(&text);
                if let Some(values) = schema.one_of_values.as_ref().filter(differs) {
                    let (name, values) = (place.name(), values.join(", "));
                    outcome.add("enum", place, format!("{name} must be one of the following: {values}"));
                }
            }
            Err(error) => outcome.add("internal", place, format!("Internal Error {error}")),
        }
    }
    if let Some(format) = &schema.format
        && let Some(text) = node.as_bytes()
        && effort::spend(text.len())
        && !format::holds(format, text)
    {
        outcome.add("format", place, format!("Does not match format '{format}'"));
    }
    outcome.score += 1;
}

fn characters(schema: &Schema, string: &[u8], outcome: &mut Outcome, place: &Place<'_>) {
    let count = || text::count_runes(string) as i64;
    if let Some(min) = schema.min_length.filter(|min| count() < *min) {
        outcome.add("string_gte", place, format!("String length must be greater than or equal to {min}"));
    }
    if let Some(max) = schema.max_length.filter(|max| count() > *max) {
        outcome.add("string_lte", place, format!("String length must be less than or equal to {max}"));
    }
    if let Some((pattern, regex)) = &schema.pattern
        && effort::spend(string.len())
        && !regex.is_match(&pattern::subject(string))
    {
        outcome.add("pattern", place, format!("Does not match pattern '{pattern}'"));
    }
    outcome.score += 1;
}

fn range(schema: &Schema, number: &Decimal, outcome: &mut Outcome, place: &Place<'_>) {
    if let Some(of) = schema.multiple_of.as_ref().filter(|of| !number.is_multiple_of(of)) {
        outcome.add("multiple_of", place, format!("Must be a multiple of {of}"));
    }
    if let Some(max) = schema.maximum.as_ref().filter(|max| number > *max) {
        outcome.add("number_lte", place, format!("Must be less than or equal to {max}"));
    }
    if let Some(max) = schema.exclusive_maximum.as_ref().filter(|max| number >= *max) {
        outcome.add("number_lt", place, format!("Must be less than {max}"));
    }
    if let Some(min) = schema.minimum.as_ref().filter(|min| number < *min) {
        outcome.add("number_gte", place, format!("Must be greater than or equal to {min}"));
    }
    if let Some(min) = schema.exclusive_minimum.as_ref().filter(|min| number <= *min) {
        outcome.add("number_gt", place, format!("Must be greater than {min}"));
    }
    outcome.score += 1;
}
