//! Rules for values: literals of the types that are expected, and variables.

use std::collections::HashSet;

use crate::graphql::document::{Child, Definition, DefinitionKind, Literal, LiteralKind, TypeReference, find};
use crate::graphql::parser::MAX_DEPTH;
use crate::graphql::suggestion::{quoted_list, similar};
use crate::graphql::validator::{LiteralNote, Validator};

const BUILT_IN_SCALARS: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

impl<'a> Validator<'a> {
    pub(crate) fn no_undefined_variables(&mut self, literal: &Literal, note: LiteralNote<'_>) {
        let Some(operation) = self.operation else { return };
        if literal.kind == LiteralKind::Variable && note.variable.is_none() {
            let text = match operation.name.as_str() {
                "" => format!("Variable \"{literal}\" is not defined."),
                name => format!("Variable \"{literal}\" is not defined by operation \"{name}\"."),
            };
            self.complaints.add(literal.position, text);
        }
    }

    pub(crate) fn unique_input_field_names(&mut self, literal: &Literal) {
        if literal.kind != LiteralKind::Object {
            return;
        }
        let mut seen = HashSet::new();
        for Child { name, position, .. } in &literal.children {
            if !seen.insert(name) {
                self.complaints.add(*position, format!("There can be only one input field named \"{name}\"."));
            }
        }
    }

    pub(crate) fn values_of_correct_type(&mut self, literal: &Literal, note: LiteralNote<'_>) {
        let (Some(definition), Some(expected)) = (note.definition, note.expected) else { return };
        let position = literal.position;
        if literal.kind == LiteralKind::Null && expected.non_null {
            let text = format!("Expected value of type \"{expected}\", found {literal}.");
            self.complaints.add(position, text);
        }
        let name = definition.name.as_str();
        if definition.kind == DefinitionKind::Scalar && !BUILT_IN_SCALARS.contains(&name) {
            return;
        }
        if !self.can_be_evaluated(literal, 0) {
            self.complaints.add(position, unexpected(literal, definition, expected));
        }
        let is_enum = definition.kind == DefinitionKind::Enum;
        let fits = match literal.kind {
            LiteralKind::Null | LiteralKind::Variable => true,
            LiteralKind::List => expected.element.is_some(),
            LiteralKind::Int => matches!(name, "Int" | "Float" | "ID"),
            LiteralKind::Float => name == "Float",
            LiteralKind::String | LiteralKind::Block => is_enum || matches!(name, "String" | "ID"),
            LiteralKind::Enum => is_enum,
            LiteralKind::Boolean => name == "Boolean",
            LiteralKind::Other(_) => false,
            LiteralKind::Object => return self.object_of_correct_type(literal, definition),
        };
        if !fits {
            // A name is never like the values of a type that is no enum, so that nothing is suggested.
            self.complaints.add(position, unexpected(literal, definition, expected));
        } else if is_enum {
            self.known_enum_value(literal, definition, expected);
        }
    }

    fn known_enum_value(&mut self, literal: &Literal, definition: &Definition, expected: &TypeReference) {
        let mut text = match literal.kind {
            LiteralKind::Enum if find(&definition.enum_values, &literal.raw).is_none() => {
                format!("Value \"{literal}\" does not exist in \"{expected}\" enum.")
            }
            LiteralKind::String | LiteralKind::Block => {
                format!("Enum \"{expected}\" cannot represent non-enum value: {literal}.")
            }
            _ => return,
        };
        let similar = similar(&literal.raw, definition.enum_values.iter().map(|value| value.name.as_str()));
        if !similar.is_empty() {
            text.push_str(&format!(" Did you mean the enum value {}?", quoted_list(&similar)));
        }
        self.complaints.add(literal.position, text);
    }

    fn object_of_correct_type(&mut self, literal: &Literal, definition: &Definition) {
        let Definition { name, fields, directives, .. } = definition;
        for field in fields.iter().filter(|field| field.ty.non_null && field.default.is_none()) {
            if find(&literal.children, &field.name).is_none() {
                let (own, ty) = (&field.name, &field.ty);
                let text = format!("Field \"{name}.{own}\" of required type \"{ty}\" was not provided.");
                self.complaints.add(literal.position, text);
            }
        }
        for _ in directives.iter().filter(|directive| directive.name == "oneOf") {
            match &literal.children[..] {
                [Child { value, .. }] if value.kind == LiteralKind::Null => {
                    let first = fields.first().map_or("", |field| field.name.as_str());
                    self.complaints.add(value.position, format!("Field \"{name}.{first}\" must be non-null."));
                }
                [_] => {}
                _ => {
                    let text = format!("OneOf Input Object \"{name}\" must specify exactly one key.");
                    self.complaints.add(literal.position, text);
                }
            }
        }
        for child in literal.children.iter().filter(|child| find(fields, &child.name).is_none()) {
            let mut text = format!("Field \"{}\" is not defined by type \"{name}\".", child.name);
            let similar = similar(&child.name, fields.iter().map(|field| field.name.as_str()));
            if !similar.is_empty() {
                text.push_str(&format!(" Did you mean {}?", quoted_list(&similar)));
            }
            self.complaints.add(child.position, text);
        }
    }

    /// Whether all numbers within are in the ranges of 64 bits.
    fn can_be_evaluated(&self, literal: &Literal, depth: usize) -> bool {
        if depth > 2 * MAX_DEPTH || self.is_over() {
            return true;
        }
        match literal.kind {
            LiteralKind::Variable => self
                .notes
                .literal(literal)
                .variable
                .and_then(|variable| variable.default.as_ref())
                .is_none_or(|default| self.can_be_evaluated(default, depth + 1)),
            LiteralKind::Int => literal.raw.parse::<i64>().is_ok(),
            LiteralKind::Float => literal.raw.parse::<f64>().is_ok_and(f64::is_finite),
            LiteralKind::Boolean => matches!(literal.raw.as_str(), "true" | "false"),
            LiteralKind::List | LiteralKind::Object => {
                literal.children.iter().all(|child| self.can_be_evaluated(&child.value, depth + 1))
            }
            LiteralKind::String | LiteralKind::Block | LiteralKind::Null | LiteralKind::Enum => true,
            LiteralKind::Other(_) => false,
        }
    }

    pub(crate) fn variables_in_allowed_position(&mut self, literal: &Literal, note: LiteralNote<'_>) {
        let LiteralNote { expected: Some(expected), variable: Some(variable), .. } = note else { return };
        if literal.kind != LiteralKind::Variable || self.operation.is_none() {
            return;
        }
        // Where there is a default, the variable may be null.
        let default = variable.default.as_ref().is_some_and(|default| default.kind != LiteralKind::Null);
        let non_null = expected.non_null && !default && !note.expected_has_default;
        if !variable.ty.fits(expected, non_null) {
            let ty = &variable.ty;
            let text =
                format!("Variable \"{literal}\" of type \"{ty}\" used in position expecting type \"{expected}\".");
            self.complaints.add(literal.position, text);
        }
    }

    pub(crate) fn variables_in_one_of(&mut self, literal: &Literal, note: LiteralNote<'_>) {
        let Some(definition) = note.definition else { return };
        if literal.kind != LiteralKind::Object || find(&definition.directives, "oneOf").is_none() {
            return;
        }
        for Child { value, .. } in literal.children.iter().filter(|child| child.value.kind == LiteralKind::Variable) {
            let Some(variable) = self.notes.literal(value).variable.filter(|variable| !variable.ty.non_null) else {
                continue;
            };
            let (ty, of) = (&variable.ty, &definition.name);
            let text = format!(
                "Variable \"{value}\" is of type \"{ty}\" but must be non-nullable to be used for OneOf Input Object \
                 \"{of}\"."
            );
            self.complaints.add(variable.position.or(value.position), text);
        }
    }
}

/// What is said of a value of another type.
fn unexpected(literal: &Literal, definition: &Definition, expected: &TypeReference) -> String {
    match expected.to_string().as_str() {
        "Int" | "Int!" => {
            // Written as an integer, it is one that is too large.
            let digits = literal.raw.strip_prefix(['-', '+']).unwrap_or(&literal.raw);
            let is_integer = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            if is_integer && literal.raw.parse::<i32>().is_err() {
                return format!("Int cannot represent non 32-bit signed integer value: {literal}");
            }
            format!("Int cannot represent non-integer value: {literal}")
        }
        "String" | "String!" | "[String]" => format!("String cannot represent a non string value: {literal}"),
        "Boolean" | "Boolean!" => format!("Boolean cannot represent a non boolean value: {literal}"),
        "Float" | "Float!" => format!("Float cannot represent non numeric value: {literal}"),
        "ID" | "ID!" => format!("ID cannot represent a non-string and non-integer value: {literal}"),
        expected if definition.kind == DefinitionKind::Enum => {
            format!("Enum \"{expected}\" cannot represent non-enum value: {literal}.")
        }
        expected => format!("Expected value of type \"{expected}\", found {literal}."),
    }
}
