//! What a schema's definitions must obey, in gqlparser's order and words: types in the order of their names, then cycles
//! of input objects, then directives.

use std::collections::{HashMap, HashSet};

use lictor_value::effort;

use super::document::{
    ArgumentDefinition, Complaint, Definition, DefinitionKind, Directive, DirectiveDefinition, FieldDefinition,
    LiteralKind, Named, Position, TypeReference, find,
};
use super::parser::MAX_DEPTH;
use super::quoted;
use super::schema::{Schema, complain};

type Verdict = Result<(), Complaint>;

/// Verifies all definitions.
pub(crate) fn verify(schema: &Schema) -> Verdict {
    for definition in schema.types.values() {
        type_definition(schema, definition)?;
    }
    InputCycles { schema, visited: HashSet::new(), path: Vec::new(), starts: HashMap::new() }.verify()?;
    for directive in schema.directives.values() {
        name(directive.position, &directive.name)?;
        arguments(schema, &directive.arguments, Some(directive))?;
    }
    Ok(())
}

fn type_definition(schema: &Schema, definition: &Definition) -> Verdict {
    let Definition { kind, name: own_name, position, .. } = definition;
    let location = if *kind == DefinitionKind::InputObject { "INPUT_FIELD_DEFINITION" } else { "FIELD_DEFINITION" };
    for field in &definition.fields {
        name(field.position, &field.name)?;
        type_reference(schema, &field.ty)?;
        arguments(schema, &field.arguments, None)?;
        directives(schema, &field.directives, location, None, true)?;
    }
    for member in &definition.types {
        let quoted = quoted(&member.name);
        match schema.get(&member.name) {
            None => return complain(*position, format!("Undefined type {quoted}.")),
            Some(of) if of.kind != DefinitionKind::Object => {
                return complain(*position, format!("{} type {quoted} must be OBJECT.", kind.word()));
            }
            Some(_) => {}
        }
    }
    for interface in &definition.interfaces {
        implements(schema, definition, interface)?;
    }
    content(schema, definition)?;
    if let Some(field) = duplicate(&definition.fields) {
        return complain(field.position, format!("Field {own_name}.{} can only be defined once.", field.name));
    }
    if let Some(value) = duplicate(&definition.enum_values) {
        return complain(value.position, format!("Enum value {own_name}.{} can only be defined once.", value.name));
    }
    if let Some(member) = duplicate(&definition.types) {
        let text = format!("Union type {own_name} can only include type {} once.", member.name);
        return complain(member.position.or(*position), text);
    }
    if !definition.built_in {
        name(*position, own_name)?;
    }
    directives(schema, &definition.directives, kind.word(), None, false)
}

/// What a type of its kind must have.
fn content(schema: &Schema, definition: &Definition) -> Verdict {
    let Definition { kind, name: own_name, position, fields, .. } = definition;
    let word = kind.word();
    let of = |field: &FieldDefinition| schema.get(field.ty.name());
    match kind {
        DefinitionKind::Object | DefinitionKind::Interface => {
            if fields.is_empty() {
                return complain(*position, format!("{word} {own_name}: must define one or more fields."));
            }
            let input = |field: &&FieldDefinition| of(field).is_some_and(|of| !of.is_leaf() && !of.is_composite());
            if let Some(field) = fields.iter().find(input) {
                let text = format!("{word} {own_name}: field must be one of SCALAR, OBJECT, INTERFACE, UNION, ENUM.");
                return complain(field.position, text);
            }
        }
        DefinitionKind::Enum => {
            if definition.enum_values.is_empty() {
                let text = format!("{word} {own_name}: must define one or more unique enum values.");
                return complain(*position, text);
            }
            for value in &definition.enum_values {
                if matches!(value.name.as_str(), "true" | "false" | "null") {
                    return complain(*position, format!("{word} {own_name}: non-enum value {}.", value.name));
                }
                directives(schema, &value.directives, "ENUM_VALUE", None, true)?;
            }
        }
        DefinitionKind::InputObject => {
            if fields.is_empty() {
                return complain(*position, format!("{word} {own_name}: must define one or more input fields."));
            }
            for field in fields {
                if let Some(of) = of(field).filter(|of| !of.is_input()) {
                    let (of, name) = (of.kind.word(), &field.name);
                    let text = format!("{of} {name}: field must be one of SCALAR, ENUM, INPUT_OBJECT.");
                    return complain(field.position, text);
                }
            }
        }
        DefinitionKind::Scalar | DefinitionKind::Union | DefinitionKind::None | DefinitionKind::Other(_) => {}
    }
    Ok(())
}

/// The first that repeats the name of the earliest that is repeated.
fn duplicate<T: Named>(list: &[T]) -> Option<&T> {
    let mut firsts: HashMap<&str, usize> = HashMap::new();
    let mut found: Option<(usize, &T)> = None;
    for (at, item) in list.iter().enumerate() {
        let first = *firsts.entry(item.name()).or_insert(at);
        if first < at && found.is_none_or(|(earliest, _)| first < earliest) {
            found = Some((first, item));
        }
    }
    found.map(|(_, item)| item)
}

fn name(position: Option<Position>, name: &str) -> Verdict {
    if name.starts_with("__") {
        let text = format!("Name \"{name}\" must not begin with \"__\", which is reserved by GraphQL introspection.");
        return complain(position, text);
    }
    Ok(())
}

fn type_reference(schema: &Schema, ty: &TypeReference) -> Verdict {
    match schema.get(ty.name()) {
        Some(_) => Ok(()),
        None => complain(ty.position, format!("Undefined type {}.", ty.name())),
    }
}

fn arguments(schema: &Schema, list: &[ArgumentDefinition], of: Option<&DirectiveDefinition>) -> Verdict {
    for argument in list {
        name(argument.position, &argument.name)?;
        type_reference(schema, &argument.ty)?;
        if let Some(ty) = schema.get(argument.ty.name()).filter(|ty| !ty.is_input()) {
            let (reference, name, kind) = (&argument.ty, &argument.name, ty.kind.word());
            let text = format!("cannot use {reference} as argument {name} because {kind} is not a valid input type");
            return complain(argument.position, text);
        }
        directives(schema, &argument.directives, "ARGUMENT_DEFINITION", of, true)?;
    }
    Ok(())
}

/// Verifies directives of a schema. Those of a type come from several places, its extensions, so that there one may stand
/// twice: not `single`.
pub(crate) fn directives(
    schema: &Schema,
    list: &[Directive],
    location: &str,
    of: Option<&DirectiveDefinition>,
    single: bool,
) -> Verdict {
    let mut seen = HashSet::new();
    for directive in list {
        let Directive { name: own_name, position, arguments, .. } = directive;
        let wrong = |text: String| complain(*position, text);
        name(*position, own_name)?;
        if of.is_some_and(|of| of.name == *own_name) {
            return wrong(format!("Directive {own_name} cannot refer to itself."));
        }
        let Some(definition) = schema.directives.get(own_name) else {
            return wrong(format!("Undefined directive {own_name}."));
        };
        if single && !seen.insert(own_name) && !definition.repeatable {
            return wrong(format!("The directive {own_name} can only be used once at this location."));
        }
        if !definition.locations.iter().any(|it| it.0 == location) {
            return wrong(format!("Directive {own_name} is not applicable on {location}."));
        }
        for argument in arguments {
            if find(&definition.arguments, &argument.name).is_none() {
                let text = format!("Undefined argument {} for directive {own_name}.", argument.name);
                return complain(argument.position, text);
            }
        }
        for wanted in definition.arguments.iter().filter(|wanted| wanted.ty.non_null && wanted.default.is_none()) {
            if find(arguments, &wanted.name).is_none_or(|argument| argument.value.kind == LiteralKind::Null) {
                return wrong(format!("Argument {} for directive {own_name} cannot be null.", wanted.name));
            }
        }
    }
    Ok(())
}

/// <https://spec.graphql.org/October2021/#IsValidImplementation()>
fn implements(schema: &Schema, definition: &Definition, interface: &str) -> Verdict {
    let Definition { name, position, .. } = definition;
    let of = match schema.get(interface) {
        None => return complain(*position, format!("Undefined type {}.", quoted(interface))),
        Some(of) if of.kind != DefinitionKind::Interface => {
            let text = format!("{} is a non interface type {}.", quoted(interface), of.kind.word());
            return complain(*position, text);
        }
        Some(of) => of,
    };
    for required in &of.fields {
        let rule = format!("For {name} to implement {} ", of.name);
        let Some(found) = find(&definition.fields, &required.name) else {
            return complain(*position, format!("{rule}it must have a field called {}.", required.name));
        };
        if !covariant(schema, &required.ty, &found.ty) {
            let text = format!("{rule}the field {} must have type {}.", required.name, required.ty);
            return complain(found.position, text);
        }
        for argument in &required.arguments {
            let same = format!("{rule}the field {} must have the same arguments but ", required.name);
            let Some(own) = find(&found.arguments, &argument.name) else {
                return complain(found.position, format!("{same}it is missing {}.", argument.name));
            };
            if !argument.ty.fits(&own.ty, own.ty.non_null) {
                return complain(own.position, format!("{same}{} has the wrong type.", argument.name));
            }
        }
        for own in found.arguments.iter().filter(|own| own.ty.non_null && own.default.is_none()) {
            if find(&required.arguments, &own.name).is_none() {
                let text = format!(
                    "{rule}any additional arguments on {} must be optional or have a default value but {} is required.",
                    found.name, own.name
                );
                return complain(own.position, text);
            }
        }
    }
    if let Some(ancestor) = of.interfaces.iter().find(|ancestor| !definition.interfaces.contains(ancestor)) {
        if ancestor == name {
            let text =
                format!("Type {name} cannot implement {interface} because it would create a circular reference.");
            return complain(*position, text);
        }
        let text = format!("Type {name} must implement {ancestor} because it is implemented by {interface}.");
        return complain(*position, text);
    }
    Ok(())
}

/// Whether a field of type `actual` may stand for one of type `required`.
fn covariant(schema: &Schema, required: &TypeReference, actual: &TypeReference) -> bool {
    if required.non_null && !actual.non_null {
        return false;
    }
    if !required.named.is_empty() {
        let possible = schema.possible(&required.named);
        return required.named == actual.named || effort::spend(possible.len() / 8) && possible.contains(&actual.named);
    }
    match (&required.element, &actual.element) {
        (Some(required), Some(actual)) => covariant(schema, required, actual),
        _ => false,
    }
}

/// Looks for input objects that need a value of themselves:
/// <https://spec.graphql.org/October2021/#sec-Input-Objects.Circular-References>.
struct InputCycles<'s> {
    schema: &'s Schema,
    visited: HashSet<&'s str>,
    path: Vec<&'s FieldDefinition>,
    /// Where in the path a type that is being visited begins.
    starts: HashMap<&'s str, usize>,
}

impl<'s> InputCycles<'s> {
    fn verify(mut self) -> Verdict {
        for definition in self.schema.types.values().filter(|it| it.kind == DefinitionKind::InputObject) {
            self.visit(definition)?;
        }
        Ok(())
    }

    fn visit(&mut self, definition: &'s Definition) -> Verdict {
        if !self.visited.insert(&definition.name) {
            return Ok(());
        }
        if self.path.len() > MAX_DEPTH {
            return complain(definition.position, format!("Nested more than {MAX_DEPTH} levels deep"));
        }
        self.starts.insert(&definition.name, self.path.len());
        for field in definition.fields.iter().filter(|field| field.ty.non_null && !field.ty.named.is_empty()) {
            let Some(of) = self.schema.get(&field.ty.named).filter(|of| of.kind == DefinitionKind::InputObject) else {
                continue;
            };
            self.path.push(field);
            if let Some(&start) = self.starts.get(of.name.as_str()) {
                let names: Vec<&str> = self.path[start..].iter().map(|field| field.name.as_str()).collect();
                let text = format!(
                    "Cannot reference Input Object {} within itself through a series of non-null fields: {}.",
                    quoted(&of.name),
                    quoted(&names.join("."))
                );
                return complain(self.path[start].position, text);
            }
            self.visit(of)?;
            self.path.pop();
        }
        self.starts.remove(definition.name.as_str());
        Ok(())
    }
}
