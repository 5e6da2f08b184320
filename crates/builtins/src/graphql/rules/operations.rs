//! Rules for operations and the variables that they define.

use std::collections::{HashMap, HashSet};

use crate::graphql::document::{Operation, OperationKind, Position, Selection, VariableDefinition};
use crate::graphql::parser::MAX_DEPTH;
use crate::graphql::quoted;
use crate::graphql::validator::Validator;

impl<'a> Validator<'a> {
    pub(crate) fn known_root_type(&mut self, operation: &Operation) {
        if self.schema.root(&operation.kind).is_none() {
            let text = format!("Schema does not support operation type \"{}\"", operation.kind.word());
            self.complaints.add(operation.position, text);
        }
    }

    pub(crate) fn lone_anonymous_operation(&mut self, operation: &Operation) {
        if operation.name.is_empty() && self.document.operations.len() > 1 {
            let text = "This anonymous operation must be the only defined operation.".to_owned();
            self.complaints.add(operation.position, text);
        }
    }

    pub(crate) fn no_unused_variables(&mut self, operation: &Operation) {
        for variable in operation.variables.iter().filter(|variable| !self.notes.is_used(variable)) {
            let name = &variable.variable;
            let text = match operation.name.as_str() {
                "" => format!("Variable \"${name}\" is never used."),
                operation => format!("Variable \"${name}\" is never used in operation \"{operation}\"."),
            };
            self.complaints.add(variable.position, text);
        }
    }

    pub(crate) fn single_field_subscriptions(&mut self, operation: &'a Operation) {
        let kind = &operation.kind;
        if *kind != OperationKind::Subscription || self.schema.root(kind).is_none() {
            return;
        }
        let name = match operation.name.as_str() {
            "" => "Anonymous Subscription".to_owned(),
            name => format!("Subscription {}", quoted(name)),
        };
        let mut top = TopFields { validator: self, found: Vec::new(), seen: HashSet::new(), spread: HashSet::new() };
        top.collect(&operation.selections, 0);
        let fields = top.found;
        if let Some((_, position)) = fields.get(1) {
            self.complaints.add(*position, format!("{name} must select only one top level field."));
        }
        for (_, position) in fields.iter().filter(|(name, _)| name.starts_with("__")) {
            self.complaints.add(*position, format!("{name} must not select an introspection top level field."));
        }
    }

    pub(crate) fn unique_operation_names(&mut self, operation: &'a Operation) {
        if !self.seen.operations.insert(&operation.name) {
            let text = format!("There can be only one operation named \"{}\".", operation.name);
            self.complaints.add(operation.position, text);
        }
    }

    pub(crate) fn unique_variable_names(&mut self, operation: &Operation) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for variable in &operation.variables {
            let times = seen.entry(&variable.variable).or_default();
            *times += 1;
            if *times == 2 {
                let text = format!("There can be only one variable named \"${}\".", variable.variable);
                self.complaints.add(variable.position, text);
            }
        }
    }

    pub(crate) fn variables_are_input_types(&mut self, operation: &Operation) {
        for variable in &operation.variables {
            if self.schema.get(variable.ty.name()).is_some_and(|definition| !definition.is_input()) {
                let VariableDefinition { variable: name, ty, position, .. } = variable;
                self.complaints.add(*position, format!("Variable \"${name}\" cannot be non-input type \"{ty}\"."));
            }
        }
    }

    pub(crate) fn known_variable_type(&mut self, variable: &VariableDefinition) {
        let name = variable.ty.name();
        if self.schema.get(name).is_none() {
            self.complaints.add(variable.position, format!("Unknown type \"{name}\"."));
        }
    }
}

/// The fields at the top of an operation, each name once.
struct TopFields<'v, 'a> {
    validator: &'v Validator<'a>,
    found: Vec<(&'a str, Option<Position>)>,
    seen: HashSet<&'a str>,
    spread: HashSet<&'a str>,
}

impl<'a> TopFields<'_, 'a> {
    fn collect(&mut self, selections: &'a [Selection], depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    if self.seen.insert(&field.name) {
                        self.found.push((&field.name, field.position));
                    }
                }
                Selection::Inline(inline) => self.collect(&inline.selections, depth + 1),
                Selection::Spread(spread) => {
                    let Some(fragment) = self.validator.fragments.get(spread.name.as_str()).copied() else { return };
                    if self.spread.insert(&fragment.name) {
                        self.collect(&fragment.selections, depth + 1);
                    }
                }
            }
        }
    }
}
