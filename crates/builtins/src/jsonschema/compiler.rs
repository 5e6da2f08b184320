//! Reads a schema: verifies its keywords in gojsonschema's order and words, and makes a [`Schema`] of each object.
//!
//! What references lead to is read once each and where the first one stands, or later where that is deep within others, so
//! that schemas may refer to themselves and to each other, in rings and in long chains.

use std::collections::{HashMap, VecDeque};

use lictor_value::text::lossy;
use lictor_value::{Arena, Object, Value, View, effort};

use crate::regex;

use super::canonical;
use super::decimal::Decimal;
use super::pool::{MAX_DEPTH, Pool};
use super::reference::Reference;
use super::schema::{Additional, Dependency, Draft, Id, Items, Kind, Schema, Schemas};

type Read<T> = Result<T, String>;

/// Compiles the schema that a value is.
///
/// # Errors
/// What is wrong with it, in gojsonschema's words.
pub(crate) fn compile<'v>(arena: &'v Arena, document: Value<'v>) -> Read<Schemas> {
    let mut pool = Pool::new(arena);
    let draft = pool.add(document, &Reference::empty())?.unwrap_or(Draft::Hybrid);
    let schemas = Schemas::default();
    let mut compiler = Compiler { pool, schemas, referred: HashMap::new(), waiting: VecDeque::new(), reading: 0 };
    compiler.schema(document, draft, 0)?;
    while let Some((id, reference, draft)) = compiler.waiting.pop_front() {
        compiler.referred(id, &reference, draft)?;
    }
    Ok(compiler.schemas)
}

struct Compiler<'v> {
    pool: Pool<'v>,
    schemas: Schemas,
    /// The schemas that references lead to.
    referred: HashMap<String, Id>,
    /// Those of them that are not read yet, with the draft of what refers to them.
    waiting: VecDeque<(Id, Reference, Draft)>,
    /// How many schemas are being read, each within the one before or referred to by it.
    reading: usize,
}

/// An object that is a schema, being read.
#[derive(Clone, Copy)]
struct Source<'o, 'v> {
    object: &'o Object<'v>,
    draft: Draft,
    depth: usize,
}

impl<'v> Compiler<'v> {
    fn schema(&mut self, document: Value<'v>, draft: Draft, depth: usize) -> Read<Id> {
        let id = self.reserve();
        self.schema_at(id, document, draft, depth)?;
        Ok(id)
    }

    fn reserve(&mut self) -> Id {
        self.schemas.all.push(Schema::default());
        self.schemas.all.len() - 1
    }

    fn schema_at(&mut self, id: Id, document: Value<'v>, draft: Draft, depth: usize) -> Read<()> {
        if depth > MAX_DEPTH || !effort::spend_written(1) {
            return Err(format!("schema is nested more than {MAX_DEPTH} levels deep"));
        }
        // In a box, as it is large and schemas nest.
        let mut schema: Box<Schema> = Box::default();
        self.reading += 1;
        match document.view() {
            View::Bool(always) if draft >= Draft::Six => schema.always = Some(always),
            View::Object(object) => self.keywords(&mut schema, Source { object, draft, depth })?,
            _ => return Err("Expected: Valid Schema, given: Invalid JSON".to_owned()),
        }
        self.reading -= 1;
        self.schemas.all[id] = *schema;
        Ok(())
    }

    /// What a reference leads to.
    fn referred(&mut self, id: Id, reference: &Reference, draft: Draft) -> Read<()> {
        let found = self.pool.get(reference)?;
        if !matches!(found.value.view(), View::Bool(_) | View::Object(_)) {
            return Err("Valid Schema must be of type object".to_owned());
        }
        self.schema_at(id, found.value, found.draft.unwrap_or(draft), 0)
    }

    fn keywords(&mut self, schema: &mut Schema, source: Source<'_, 'v>) -> Read<()> {
        source.verify_id()?;
        self.definitions(source)?;
        source.string("title")?;
        source.string("description")?;
        if self.is_new_reference(schema, source)? {
            return Ok(());
        }
        source.kinds(schema)?;
        self.properties(schema, source)?;
        if source.draft >= Draft::Six
            && let Some(names) = source.get("propertyNames")
        {
            if !is_schema(names) {
                return Err(invalid_type("Valid Schema", "patternProperties"));
            }
            schema.property_names = Some(self.part(names, source)?);
        }
        self.dependencies(schema, source)?;
        self.items(schema, source)?;
        source.numbers(schema)?;
        source.lengths(schema)?;
        source.counts(schema)?;
        if source.draft >= Draft::Six
            && let Some(contains) = source.get("contains")
        {
            schema.contains = Some(self.part(contains, source)?);
        }
        source.values(schema)?;
        schema.one_of = self.parts("oneOf", source)?;
        schema.any_of = self.parts("anyOf", source)?;
        schema.all_of = self.parts("allOf", source)?;
        schema.not = self.conditional("not", source)?;
        if source.draft >= Draft::Seven {
            schema.condition = self.conditional("if", source)?;
            schema.then = self.conditional("then", source)?;
            schema.otherwise = self.conditional("else", source)?;
        }
        Ok(())
    }

    fn part(&mut self, document: Value<'v>, source: Source<'_, 'v>) -> Read<Id> {
        self.schema(document, source.draft, source.depth + 1)
    }

    fn parts(&mut self, key: &str, source: Source<'_, 'v>) -> Read<Vec<Id>> {
        source.array(key)?.unwrap_or_default().iter().map(|part| self.part(*part, source)).collect()
    }

    fn conditional(&mut self, key: &str, source: Source<'_, 'v>) -> Read<Option<Id>> {
        match source.get(key) {
            None => Ok(None),
            Some(part) if is_schema(part) => self.part(part, source).map(Some),
            Some(_) => Err(format!("{key} must be of an object")),
        }
    }

    /// Definitions are verified even where nothing refers to them.
    fn definitions(&mut self, source: Source<'_, 'v>) -> Read<()> {
        let Some(definitions) = source.get("definitions") else { return Ok(()) };
        let wrong = || invalid_type("Array Of Schemas", "definitions");
        for (_, definition) in definitions.as_object().ok_or_else(wrong)?.iter() {
            if !is_schema(definition) {
                return Err(wrong());
            }
            self.part(definition, source)?;
        }
        Ok(())
    }

    /// Reads a reference. What stands beside it says nothing, and is only verified where the reference is not new.
    fn is_new_reference(&mut self, schema: &mut Schema, source: Source<'_, 'v>) -> Read<bool> {
        let Some(text) = source.string("$ref")? else { return Ok(false) };
        let reference = match self.pool.meaning(source.object) {
            Some(meaning) => Reference::parse(meaning.as_bytes())?,
            None => Reference::parse(text)?,
        };
        let name = reference.text();
        if let Some(id) = self.referred.get(&name) {
            schema.reference = Some(*id);
            return Ok(false);
        }
        let id = self.reserve();
        self.referred.insert(name, id);
        schema.reference = Some(id);
        if self.reading < MAX_DEPTH / 2 {
            self.referred(id, &reference, source.draft)?;
        } else {
            self.waiting.push_back((id, reference, source.draft));
        }
        Ok(true)
    }

    fn properties(&mut self, schema: &mut Schema, source: Source<'_, 'v>) -> Read<()> {
        if let Some(properties) = source.get("properties") {
            let properties = properties.as_object().ok_or("Properties must be of type object")?;
            for (key, property) in properties.iter() {
                schema.properties.insert(text(key), self.part(property, source)?);
            }
        }
        schema.additional_properties = self.additional("additionalProperties", source)?;
        if let Some(patterns) = source.get("patternProperties") {
            let wrong = || invalid_type("Valid Schema", "patternProperties");
            for (key, property) in patterns.as_object().ok_or_else(wrong)?.iter() {
                let pattern = key.as_bytes().unwrap_or_default();
                let regex = regex::compile(pattern).map_err(|_| format!("Invalid regex pattern '{}'", text(key)))?;
                schema.pattern_properties.push((regex, self.part(property, source)?));
            }
        }
        Ok(())
    }

    fn additional(&mut self, key: &str, source: Source<'_, 'v>) -> Read<Additional> {
        match source.get(key).map(|part| (part, part.view())) {
            None | Some((_, View::Bool(true))) => Ok(Additional::Allowed),
            Some((_, View::Bool(false))) => Ok(Additional::Forbidden),
            Some((part, View::Object(_))) => self.part(part, source).map(Additional::Schema),
            Some(_) => Err(invalid_type("boolean/Valid Schema", key)),
        }
    }

    fn dependencies(&mut self, schema: &mut Schema, source: Source<'_, 'v>) -> Read<()> {
        let Some(dependencies) = source.get("dependencies") else { return Ok(()) };
        let dependencies = dependencies.as_object().ok_or("dependencies must be of type object")?;
        for (key, dependency) in dependencies.iter() {
            let dependency = match dependency.view() {
                View::Array(keys) => keys
                    .iter()
                    .map(|key| key.as_bytes().map(|_| text(*key)))
                    .collect::<Option<Vec<String>>>()
                    .map(Dependency::Properties),
                _ if is_schema(dependency) => Some(Dependency::Schema(self.part(dependency, source)?)),
                _ => None,
            };
            let dependency = dependency.ok_or("Dependency must be of type Schema Or Array Of Strings")?;
            schema.dependencies.insert(text(key), dependency);
        }
        Ok(())
    }

    fn items(&mut self, schema: &mut Schema, source: Source<'_, 'v>) -> Read<()> {
        let wrong = || invalid_type("Valid Schema/Array Of Schemas", "items");
        schema.items = match source.get("items").map(|items| (items, items.view())) {
            None => Items::Any,
            Some((_, View::Array(items))) => {
                let mut row = Vec::with_capacity(items.len());
                for item in items {
                    if !is_schema(*item) {
                        return Err(wrong());
                    }
                    row.push(self.part(*item, source)?);
                }
                Items::Row(row)
            }
            Some((items, _)) if is_schema(items) => Items::Each(self.part(items, source)?),
            Some(_) => return Err(wrong()),
        };
        schema.additional_items = self.additional("additionalItems", source)?;
        Ok(())
    }
}

impl<'v> Source<'_, 'v> {
    fn get(&self, key: &str) -> Option<Value<'v>> {
        self.object.get_str(key)
    }

    fn string(&self, key: &str) -> Read<Option<&'v [u8]>> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => value.as_bytes().map(Some).ok_or_else(|| invalid_type("string", key)),
        }
    }

    fn array(&self, key: &str) -> Read<Option<&'v [Value<'v>]>> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => value.as_array().map(Some).ok_or_else(|| format!("{key} must be of an array")),
        }
    }

    fn number(&self, key: &str) -> Option<Option<Decimal>> {
        self.get(key).map(decimal)
    }

    /// A number of things.
    fn count(&self, key: &str) -> Read<Option<i64>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let count = value.is_number().then(|| number_text(value)).and_then(|text| text.parse::<i64>().ok());
        match count {
            None => Err(format!("{key} must be of an integer")),
            Some(..0) => Err(format!("{key} must be greater than or equal to 0")),
            Some(count) => Ok(Some(count)),
        }
    }

    /// Two of them, in order.
    fn range(&self, min: &str, max: &str) -> Read<(Option<i64>, Option<i64>)> {
        let (low, high) = (self.count(min)?, self.count(max)?);
        if low.zip(high).is_some_and(|(low, high)| low > high) {
            return Err(format!("{min} cannot be greater than {max}"));
        }
        Ok((low, high))
    }

    fn verify_id(&self) -> Read<()> {
        let key = match self.draft {
            Draft::Four => "id",
            Draft::Hybrid if self.get("id").is_some() => "id",
            _ => "$id",
        };
        match self.string(key)? {
            Some(id) => Reference::parse(id).map(drop),
            None => Ok(()),
        }
    }

    fn kinds(&self, schema: &mut Schema) -> Read<()> {
        let wrong = || invalid_type("type", "string/Array Of Strings");
        let one = [match self.get("type") {
            None => return Ok(()),
            Some(kinds) => kinds,
        }];
        for name in one[0].as_array().unwrap_or(&one) {
            let name = name.as_bytes().map(lossy).ok_or_else(wrong)?;
            let kind = Kind::of(&name).ok_or_else(|| {
                format!(
                    "has a primitive type that is NOT VALID -- given: /{name}/ Expected valid values are:[array \
                     boolean integer number null object string]"
                )
            })?;
            if schema.kinds.contains(&kind) {
                return Err(format!("{name} type is duplicated"));
            }
            schema.kinds.push(kind);
        }
        Ok(())
    }

    fn numbers(&self, schema: &mut Schema) -> Read<()> {
        if let Some(multiple) = self.number("multipleOf") {
            let multiple = multiple.ok_or_else(|| invalid_type("Number", "multipleOf"))?;
            if !multiple.is_positive() {
                return Err("multipleOf must be strictly greater than 0".to_owned());
            }
            schema.multiple_of = Some(multiple);
        }
        (schema.minimum, schema.exclusive_minimum) = self.bound("minimum", "exclusiveMinimum")?;
        (schema.maximum, schema.exclusive_maximum) = self.bound("maximum", "exclusiveMaximum")?;
        Ok(())
    }

    /// A bound and one that excludes it: to draft 4 the second says whether the first does so, later it is a bound itself.
    fn bound(&self, key: &str, exclusive_key: &str) -> Read<(Option<Decimal>, Option<Decimal>)> {
        let bound = match self.number(key) {
            Some(None) => return Err(format!("{key} must be of a Number")),
            Some(bound) => bound,
            None => None,
        };
        let Some(exclusive) = self.get(exclusive_key) else {
            return Ok((bound, None));
        };
        let wanted = match self.draft {
            Draft::Four => "boolean",
            Draft::Hybrid => "boolean/number",
            Draft::Six | Draft::Seven => "number",
        };
        match (self.draft, exclusive.view()) {
            (Draft::Four | Draft::Hybrid, View::Bool(excludes)) => match bound {
                None => Err(format!("{exclusive_key} cannot be used without {key}")),
                bound if excludes => Ok((None, bound)),
                bound => Ok((bound, None)),
            },
            (Draft::Six | Draft::Seven | Draft::Hybrid, _) if exclusive.is_number() => Ok((bound, decimal(exclusive))),
            _ => Err(invalid_type(wanted, exclusive_key)),
        }
    }

    fn lengths(&self, schema: &mut Schema) -> Read<()> {
        (schema.min_length, schema.max_length) = self.range("minLength", "maxLength")?;
        if let Some(pattern) = self.string("pattern")? {
            let regex = regex::compile(pattern).map_err(|_| "pattern must be a valid regex")?;
            schema.pattern = Some((lossy(pattern).into_owned(), regex));
        }
        let format = self.string("format")?.filter(|format| !format.is_empty());
        schema.format = format.map(|format| lossy(format).into_owned());
        Ok(())
    }

    fn counts(&self, schema: &mut Schema) -> Read<()> {
        (schema.min_properties, schema.max_properties) = self.range("minProperties", "maxProperties")?;
        for key in self.array("required")?.unwrap_or_default() {
            let name = key.as_bytes().map(|_| text(*key)).ok_or_else(|| invalid_type("string", "required"))?;
            if effort::spend(schema.required.len() / 8) && schema.required.contains(&name) {
                return Err("required items must be unique".to_owned());
            }
            schema.required.push(name);
        }
        // A minimum of items above their maximum is allowed.
        (schema.min_items, schema.max_items) = (self.count("minItems")?, self.count("maxItems")?);
        if let Some(unique) = self.get("uniqueItems") {
            schema.unique_items = unique.as_bool().ok_or("uniqueItems must be of a boolean")?;
        }
        Ok(())
    }

    fn values(&self, schema: &mut Schema) -> Read<()> {
        if self.draft >= Draft::Six
            && let Some(constant) = self.get("const")
        {
            schema.constant = Some(canonical::text(constant)?);
        }
        let Some(values) = self.array("enum")? else { return Ok(()) };
        let mut texts: Vec<String> = Vec::with_capacity(values.len());
        for value in values {
            let text = canonical::text(*value)?;
            if effort::spend(texts.len() / 8) && texts.contains(&text) {
                return Err("enum items must be unique".to_owned());
            }
            texts.push(text);
        }
        schema.one_of_values = Some(texts);
        Ok(())
    }
}

fn is_schema(value: Value<'_>) -> bool {
    matches!(value.view(), View::Bool(_) | View::Object(_))
}

fn invalid_type(expected: &str, given: &str) -> String {
    format!("Invalid type. Expected: {expected}, given: {given}")
}

/// A number's text.
pub(crate) fn number_text(number: Value<'_>) -> String {
    let mut text = Vec::new();
    lictor_value::json::write_json(number, &mut text);
    lossy(&text).into_owned()
}

fn decimal(value: Value<'_>) -> Option<Decimal> {
    value.is_number().then(|| Decimal::parse(&number_text(value)))
}

fn text(string: Value<'_>) -> String {
    lossy(string.as_bytes().unwrap_or_default()).into_owned()
}
