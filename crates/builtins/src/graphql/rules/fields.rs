//! Rules for fields.

use std::collections::{HashMap, HashSet};

use crate::graphql::document::{
    ArgumentDefinition, Definition, DefinitionKind, Field, FieldDefinition, Selection, find,
};
use crate::graphql::parser::MAX_DEPTH;
use crate::graphql::rules::directives::{missing_arguments, unknown_argument};
use crate::graphql::suggestion::{quoted_list, similar};
use crate::graphql::validator::{FieldNote, Validator};

/// How many lists within lists of a schema's own description may be asked for.
const MAX_INTROSPECTION_LISTS: usize = 3;

impl<'a> Validator<'a> {
    pub(crate) fn fields_on_correct_type(&mut self, field: &Field, note: FieldNote<'a>) {
        let (Some(parent), None) = (note.parent, note.definition) else { return };
        let mut text = format!("Cannot query field \"{}\" on type \"{}\".", field.name, parent.name);
        let types = self.types_with_field(parent, &field.name);
        if !types.is_empty() {
            text.push_str(&format!(" Did you mean to use an inline fragment on {}?", quoted_list(&types)));
        } else if matches!(parent.kind, DefinitionKind::Object | DefinitionKind::Interface) {
            let similar = similar(&field.name, parent.fields.iter().map(|field| field.name.as_str()));
            if !similar.is_empty() {
                text.push_str(&format!(" Did you mean {}?", quoted_list(&similar)));
            }
        }
        self.complaints.add(field.position, text);
    }

    /// Of the types that an abstract one may stand for, and their interfaces, those with that field: the interfaces first
    /// that most of the types have.
    fn types_with_field(&self, parent: &Definition, name: &str) -> Vec<&'a str> {
        if !parent.is_abstract() {
            return Vec::new();
        }
        let with_field = |ty: &String| self.schema.get(ty).filter(|ty| find(&ty.fields, name).is_some());
        let mut interfaces: Vec<&str> = Vec::new();
        let mut objects: Vec<&str> = Vec::new();
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for definition in self.schema.possible(&parent.name).iter().filter_map(with_field) {
            objects.push(&definition.name);
            for interface in definition.interfaces.iter().filter_map(with_field) {
                let times = uses.entry(&interface.name).or_default();
                if *times == 0 {
                    interfaces.push(&interface.name);
                }
                *times += 1;
            }
        }
        interfaces.append(&mut objects);
        let times = |name: &str| uses.get(name).copied().unwrap_or(0);
        interfaces.sort_by(|a, b| times(b).cmp(&times(a)).then_with(|| a.cmp(b)));
        interfaces
    }

    pub(crate) fn known_field_arguments(&mut self, field: &Field, note: FieldNote<'_>) {
        let (Some(parent), Some(definition)) = (note.parent, note.definition) else { return };
        for argument in &field.arguments {
            if let Some(suggestion) = unknown_argument(&definition.arguments, argument) {
                let (name, parent, of) = (&argument.name, &parent.name, &field.name);
                let text = format!("Unknown argument \"{name}\" on field \"{parent}.{of}\".{suggestion}");
                self.complaints.add(field.position, text);
            }
        }
    }

    pub(crate) fn max_introspection_depth(&mut self, field: &Field) {
        if matches!(field.name.as_str(), "__schema" | "__type") && self.lists_too_deep(field, 0, 0, &mut HashSet::new())
        {
            self.complaints.add(field.position, "Maximum introspection depth exceeded".to_owned());
        }
    }

    fn lists_too_deep(&self, field: &Field, lists: usize, depth: usize, within: &mut HashSet<&'a str>) -> bool {
        let is_list = matches!(field.name.as_str(), "fields" | "interfaces" | "possibleTypes" | "inputFields");
        let lists = lists + usize::from(is_list);
        lists >= MAX_INTROSPECTION_LISTS && is_list || self.any_too_deep(&field.selections, lists, depth + 1, within)
    }

    fn any_too_deep(
        &self,
        selections: &[Selection],
        lists: usize,
        depth: usize,
        within: &mut HashSet<&'a str>,
    ) -> bool {
        // What is nested more deeply was complained of.
        if depth > 2 * MAX_DEPTH || self.is_over() {
            return false;
        }
        selections.iter().any(|selection| match selection {
            Selection::Field(field) => self.lists_too_deep(field, lists, depth, within),
            Selection::Inline(inline) => self.any_too_deep(&inline.selections, lists, depth + 1, within),
            Selection::Spread(spread) => {
                let Some(fragment) = self.fragments.get(spread.name.as_str()).copied() else { return false };
                if !self.notes.was_walked(spread) || !within.insert(&fragment.name) {
                    return false;
                }
                let too_deep = self.any_too_deep(&fragment.selections, lists, depth + 1, within);
                within.remove(fragment.name.as_str());
                too_deep
            }
        })
    }

    pub(crate) fn required_field_arguments(&mut self, field: &Field, note: FieldNote<'_>) {
        let Some(definition) = note.definition else { return };
        for ArgumentDefinition { name, ty, .. } in missing_arguments(&definition.arguments, &field.arguments) {
            let text = format!(
                "Field \"{}\" argument \"{name}\" of type \"{ty}\" is required, but it was not provided.",
                field.name
            );
            self.complaints.add(field.position, text);
        }
    }

    pub(crate) fn scalar_leafs(&mut self, field: &Field, note: FieldNote<'_>) {
        let Some(FieldDefinition { ty, .. }) = note.definition else { return };
        let Some(definition) = self.schema.get(ty.name()) else { return };
        let Field { name, position, .. } = field;
        if definition.is_leaf() && !field.selections.is_empty() {
            let of = &definition.name;
            let text = format!("Field \"{name}\" must not have a selection since type \"{of}\" has no subfields.");
            self.complaints.add(*position, text);
        }
        if !definition.is_leaf() && field.selections.is_empty() {
            let text = format!(
                "Field \"{name}\" of type \"{ty}\" must have a selection of subfields. Did you mean \"{name} {{ ... }}\"?"
            );
            self.complaints.add(*position, text);
        }
    }
}
