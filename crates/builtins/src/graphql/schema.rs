//! A schema that requests are validated against: the definitions of a document and those that every schema has, by name.
//!
//! It is built in gqlparser's order, so that of several faults the same one is reported: types, extensions, directives,
//! entry points, then what [`super::definition_rules`] verifies.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use super::definition_rules;
use super::definitions::parse_schema;
use super::document::{
    ArgumentDefinition, Complaint, Definition, DefinitionKind, DirectiveDefinition, FieldDefinition, OperationKind,
    Position, SchemaDefinition, SchemaDocument, TypeReference,
};

static PRELUDE: LazyLock<SchemaDocument> =
    LazyLock::new(|| match parse_schema(include_bytes!("prelude.graphql"), true) {
        Ok(document) => document,
        Err(complaint) => unreachable!("the built-in definitions can be parsed: {complaint}"),
    });

/// The directives that a schema may define again.
const REDEFINABLE: [&str; 6] = ["include", "skip", "deprecated", "specifiedBy", "defer", "oneOf"];

/// A valid schema.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) types: BTreeMap<String, Arc<Definition>>,
    pub(crate) directives: BTreeMap<String, Arc<DirectiveDefinition>>,
    /// The names of the types that a value of a type may have.
    pub(crate) possible: HashMap<String, Vec<String>>,
    query: Option<String>,
    mutation: Option<String>,
    subscription: Option<String>,
    /// The field that every composite type has.
    pub(crate) typename: FieldDefinition,
}

impl Schema {
    /// Builds and verifies a schema.
    pub(crate) fn new(document: &SchemaDocument) -> Result<Self, Complaint> {
        let mut schema = Schema {
            types: BTreeMap::new(),
            directives: BTreeMap::new(),
            possible: HashMap::new(),
            query: None,
            mutation: None,
            subscription: None,
            typename: field("__typename", TypeReference::of("String", false)),
        };
        let order = schema.add_types(document)?;
        schema.add_possible_types(&order);
        schema.add_directives(document)?;
        if let Some(second) = document.schemas.get(1) {
            let text = "Cannot have multiple schema entry points, consider schema extensions instead.";
            return complain(second.position, text);
        }
        for definition in document.schemas.iter().chain(&document.schema_extensions) {
            schema.add_entry_points(definition)?;
        }
        definition_rules::verify(&schema)?;
        if document.schemas.is_empty() {
            let root = |name: &str| schema.types.contains_key(name).then(|| name.to_owned());
            schema.query = schema.query.take().or(root("Query"));
            schema.mutation = schema.mutation.take().or(root("Mutation"));
            schema.subscription = schema.subscription.take().or(root("Subscription"));
        }
        schema.add_introspection();
        Ok(schema)
    }

    /// The type that operations of a kind begin at; queries where none is said.
    pub(crate) fn root(&self, kind: &OperationKind) -> Option<&Definition> {
        let name = match kind {
            OperationKind::Query | OperationKind::None => &self.query,
            OperationKind::Mutation => &self.mutation,
            OperationKind::Subscription => &self.subscription,
            OperationKind::Other(_) => return None,
        };
        self.get(name.as_deref()?)
    }

    /// The type of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Definition> {
        self.types.get(name).map(|definition| &**definition)
    }

    /// The names of the types that a value of that type may have.
    pub(crate) fn possible(&self, name: &str) -> &[String] {
        self.possible.get(name).map_or(&[], Vec::as_slice)
    }

    /// Adds the types and what extends them; gives their names in order.
    fn add_types(&mut self, document: &SchemaDocument) -> Result<Vec<String>, Complaint> {
        let mut order = Vec::new();
        for definition in PRELUDE.definitions.iter().chain(&document.definitions) {
            order.push(definition.name.clone());
            if self.types.insert(definition.name.clone(), definition.clone()).is_some() {
                return complain(definition.position, format!("Cannot redeclare type {}.", definition.name));
            }
        }
        for extension in PRELUDE.extensions.iter().chain(&document.extensions) {
            let Definition { kind, name, position, .. } = extension;
            let definition = self.types.entry(name.clone()).or_insert_with(|| {
                order.push(name.clone());
                let (kind, name, position) = (kind.clone(), name.clone(), *position);
                Arc::new(Definition { kind, name, position, ..Definition::default() })
            });
            if definition.kind != *kind {
                let (base, kind) = (definition.kind.word(), kind.word());
                let text = format!("Cannot extend type {name} because the base type is a {base}, not {kind}.");
                return complain(*position, text);
            }
            let definition = Arc::make_mut(definition);
            definition.directives.extend_from_slice(&extension.directives);
            definition.interfaces.extend_from_slice(&extension.interfaces);
            definition.fields.extend_from_slice(&extension.fields);
            definition.types.extend_from_slice(&extension.types);
            definition.enum_values.extend_from_slice(&extension.enum_values);
        }
        Ok(order)
    }

    fn add_possible_types(&mut self, order: &[String]) {
        for name in order {
            let Some(definition) = self.types.get(name) else { continue };
            let mut add = |of: &str, one: &str| self.possible.entry(of.to_owned()).or_default().push(one.to_owned());
            match definition.kind {
                DefinitionKind::Union => definition.types.iter().for_each(|member| add(name, &member.name)),
                DefinitionKind::InputObject | DefinitionKind::Object | DefinitionKind::Interface => {
                    definition.interfaces.iter().for_each(|interface| add(interface, name));
                    if definition.kind != DefinitionKind::Interface {
                        add(name, name);
                    }
                }
                DefinitionKind::Scalar | DefinitionKind::Enum | DefinitionKind::None | DefinitionKind::Other(_) => {}
            }
        }
    }

    fn add_directives(&mut self, document: &SchemaDocument) -> Result<(), Complaint> {
        for directive in PRELUDE.directives.iter().chain(&document.directives) {
            let name = &directive.name;
            let before = self.directives.insert(name.clone(), directive.clone());
            if before.is_some() && !REDEFINABLE.contains(&name.as_str()) {
                return complain(directive.position, format!("Cannot redeclare directive {name}."));
            }
        }
        Ok(())
    }

    fn add_entry_points(&mut self, definition: &SchemaDefinition) -> Result<(), Complaint> {
        for entry in &definition.operations {
            if !self.types.contains_key(&entry.ty) {
                let text =
                    format!("Schema root {} refers to a type {} that does not exist.", entry.kind.word(), entry.ty);
                return complain(entry.position, text);
            }
            match entry.kind {
                OperationKind::Query => self.query = Some(entry.ty.clone()),
                OperationKind::Mutation => self.mutation = Some(entry.ty.clone()),
                OperationKind::Subscription => self.subscription = Some(entry.ty.clone()),
                OperationKind::None | OperationKind::Other(_) => {}
            }
        }
        definition_rules::directives(self, &definition.directives, "SCHEMA", None, true)
    }

    /// Queries may ask for the schema itself.
    fn add_introspection(&mut self) {
        let Some(query) = self.query.as_ref().and_then(|name| self.types.get_mut(name)) else { return };
        let mut by_name = field("__type", TypeReference::of("__Type", false));
        by_name.arguments.push(ArgumentDefinition {
            name: "name".to_owned(),
            ty: TypeReference::of("String", true),
            ..ArgumentDefinition::default()
        });
        Arc::make_mut(query).fields.extend([field("__schema", TypeReference::of("__Schema", true)), by_name]);
    }
}

fn field(name: &str, ty: TypeReference) -> FieldDefinition {
    FieldDefinition { name: name.to_owned(), ty, ..FieldDefinition::default() }
}

/// A fault of a schema; one that was read from a value has no position, which gqlparser shows as -1.
pub(crate) fn complain<T>(position: Option<Position>, message: impl Into<String>) -> Result<T, Complaint> {
    let nowhere = Position { line: -1, column: -1, built_in: false };
    Err(Complaint { message: message.into(), position: position.or(Some(nowhere)) })
}
