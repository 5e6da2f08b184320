//! Fields that are answered under one name must be the same field:
//! <https://spec.graphql.org/October2021/#sec-Field-Selection-Merging>.
//!
//! graphql-js's algorithm, as gqlparser has it: the fields of a set are compared with each other, with those of each
//! fragment spread in it, and those of any two such fragments; where two fields agree, the sets below them likewise.
//! Pairs of fragments are compared once. Its work is counted and its depth bounded, as it may grow with a power of the
//! request's size.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::ptr;

use lictor_value::effort;

use crate::graphql::document::{
    Argument, Child, DefinitionKind, Field, Literal, LiteralKind, Position, Selection, Spread, TypeReference,
};
use crate::graphql::parser::MAX_DEPTH;
use crate::graphql::validator::Validator;

/// How many conflicts are gathered; enough for people.
const MAX_CONFLICTS: usize = 1_000;

/// What the rule remembers.
#[derive(Default)]
pub(crate) struct Overlaps<'a> {
    /// The pairs of fragments that were compared, and whether as parts of objects that exclude each other.
    pairs: HashMap<(&'a str, &'a str), bool>,
    /// The fragments that the fields at hand were compared with.
    compared: HashSet<&'a str>,
    depth: usize,
    found: usize,
}

/// The fields of a selection set by the name of the answer, in order, and the fragments spread in it.
#[derive(Default)]
struct Set<'a> {
    fields: Vec<(&'a str, Vec<&'a Field>)>,
    places: HashMap<&'a str, usize>,
    spreads: Vec<&'a Spread>,
}

/// Two fields that conflict: why, or which fields below them do.
struct Conflict<'a> {
    name: &'a str,
    why: Why<'a>,
    position: Option<Position>,
}

enum Why<'a> {
    Message(String),
    Below(Vec<Conflict<'a>>),
}

impl<'a> Set<'a> {
    fn of(selections: &'a [Selection]) -> Self {
        let mut set = Set::default();
        // Building it is most of the work.
        if effort::spend(32 + 8 * selections.len()) {
            set.add(selections);
        }
        set
    }

    fn add(&mut self, selections: &'a [Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let name = answer_name(field);
                    let place = *self.places.entry(name).or_insert(self.fields.len());
                    if place == self.fields.len() {
                        self.fields.push((name, Vec::new()));
                    }
                    self.fields[place].1.push(field);
                }
                Selection::Inline(inline) => self.add(&inline.selections),
                Selection::Spread(spread) => self.spreads.push(spread),
            }
        }
    }

    fn get(&self, name: &str) -> &[&'a Field] {
        self.places.get(name).map_or(&[], |place| &self.fields[*place].1)
    }

    fn is_same(&self, other: &Self) -> bool {
        let all = |set: &Self| -> Vec<*const Field> {
            set.fields.iter().flat_map(|(_, fields)| fields.iter().map(|field| ptr::from_ref(*field))).collect()
        };
        self.fields.len() == other.fields.len() && all(self) == all(other)
    }
}

impl Conflict<'_> {
    fn write(&self, to: &mut String) {
        match &self.why {
            Why::Message(message) => to.push_str(message),
            Why::Below(conflicts) => {
                for (at, conflict) in conflicts.iter().enumerate() {
                    to.push_str(if at == 0 { "" } else { " and " });
                    // Writing to a string cannot fail.
                    let _ = write!(to, "subfields \"{}\" conflict because ", conflict.name);
                    conflict.write(to);
                }
            }
        }
    }
}

impl<'a> Validator<'a> {
    pub(crate) fn overlapping_fields_can_be_merged(&mut self, selections: &'a [Selection]) {
        let set = Set::of(selections);
        let mut conflicts = Vec::new();
        for (_, fields) in &set.fields {
            for (at, a) in fields.iter().enumerate() {
                for b in &fields[at + 1..] {
                    conflicts.extend(self.conflict(false, a, b));
                    if self.enough_conflicts() {
                        return self.complain_of(&conflicts);
                    }
                }
            }
        }
        self.overlaps.compared.clear();
        for (at, a) in set.spreads.iter().enumerate() {
            self.fields_and_fragment(&mut conflicts, false, &set, a);
            for b in &set.spreads[at + 1..] {
                self.fragments(&mut conflicts, false, a, b);
            }
        }
        self.complain_of(&conflicts);
    }

    fn complain_of(&mut self, conflicts: &[Conflict<'_>]) {
        for conflict in conflicts {
            if self.is_over() {
                break;
            }
            let mut why = String::new();
            conflict.write(&mut why);
            let text = format!(
                "Fields \"{}\" conflict because {why}. Use different aliases on the fields to fetch both if this was \
                 intentional.",
                conflict.name
            );
            self.complaints.add(conflict.position, text);
        }
    }

    fn enough_conflicts(&self) -> bool {
        self.overlaps.found > MAX_CONFLICTS || self.is_over()
    }

    /// Enters a comparison, unless it is too deep or enough was found.
    fn deeper(&mut self) -> bool {
        let may = self.overlaps.depth <= 2 * MAX_DEPTH && !self.enough_conflicts();
        self.overlaps.depth += usize::from(may);
        may
    }

    /// The set of a spread's fragment, where a walk came to it.
    fn set_of(&self, spread: &Spread) -> Option<Set<'a>> {
        let fragment = self.fragments.get(spread.name.as_str()).copied()?;
        self.notes.was_walked(spread).then(|| Set::of(&fragment.selections))
    }

    fn fields_and_fragment(
        &mut self,
        conflicts: &mut Vec<Conflict<'a>>,
        exclusive: bool,
        set: &Set<'a>,
        spread: &'a Spread,
    ) {
        if !self.overlaps.compared.insert(&spread.name) {
            return;
        }
        let Some(of_fragment) = self.set_of(spread) else { return };
        if set.is_same(&of_fragment) || !self.deeper() {
            return;
        }
        self.between(conflicts, exclusive, set, &of_fragment);
        for inner in of_fragment.spreads.iter().filter(|inner| inner.name != spread.name) {
            self.fields_and_fragment(conflicts, exclusive, set, inner);
        }
        self.overlaps.depth -= 1;
    }

    fn fragments(&mut self, conflicts: &mut Vec<Conflict<'a>>, exclusive: bool, a: &'a Spread, b: &'a Spread) {
        let (name_a, name_b) = (a.name.as_str(), b.name.as_str());
        // What was compared as exclusive is compared again where it is not, as that finds more.
        let before = self.overlaps.pairs.get(&(name_a, name_b)).copied();
        if name_a == name_b || before.is_some_and(|before| exclusive || !before) {
            return;
        }
        self.overlaps.pairs.insert((name_a, name_b), exclusive);
        self.overlaps.pairs.insert((name_b, name_a), exclusive);
        let (Some(set_a), Some(set_b)) = (self.set_of(a), self.set_of(b)) else { return };
        if !self.deeper() {
            return;
        }
        self.between(conflicts, exclusive, &set_a, &set_b);
        for inner in &set_b.spreads {
            self.fragments(conflicts, exclusive, a, inner);
        }
        for inner in &set_a.spreads {
            self.fragments(conflicts, exclusive, inner, b);
        }
        self.overlaps.depth -= 1;
    }

    fn between(&mut self, conflicts: &mut Vec<Conflict<'a>>, exclusive: bool, a: &Set<'a>, b: &Set<'a>) {
        for (name, fields) in &a.fields {
            for field_a in fields {
                for field_b in b.get(name) {
                    if self.enough_conflicts() {
                        return;
                    }
                    conflicts.extend(self.conflict(exclusive, field_a, field_b));
                }
            }
        }
    }

    fn conflict(&mut self, exclusive: bool, a: &'a Field, b: &'a Field) -> Option<Conflict<'a>> {
        let (note_a, note_b) = (self.notes.field(a), self.notes.field(b));
        let (parent_a, parent_b) = (note_a.parent?, note_b.parent?);
        let types = note_a.definition.zip(note_b.definition).map(|(a, b)| (&a.ty, &b.ty));
        let objects = parent_a.kind == DefinitionKind::Object && parent_b.kind == DefinitionKind::Object;
        let exclusive = exclusive || parent_a.name != parent_b.name && objects && types.is_some();
        let message = if !exclusive && a.name != b.name {
            Some(format!("\"{}\" and \"{}\" are different fields", a.name, b.name))
        } else if !exclusive && !same_arguments(&a.arguments, &b.arguments) {
            Some("they have differing arguments".to_owned())
        } else {
            types
                .filter(|(a, b)| self.types_conflict(a, b))
                .map(|(a, b)| format!("they return conflicting types \"{a}\" and \"{b}\""))
        };
        let why = match message {
            Some(message) => {
                self.overlaps.found += 1;
                Why::Message(message)
            }
            None => Why::Below(self.below(exclusive, &a.selections, &b.selections)?),
        };
        Some(Conflict { name: answer_name(a), why, position: b.position })
    }

    /// The conflicts between two sets below fields; `None` where there is none.
    fn below(&mut self, exclusive: bool, a: &'a [Selection], b: &'a [Selection]) -> Option<Vec<Conflict<'a>>> {
        if a.is_empty() && b.is_empty() || !self.deeper() {
            return None;
        }
        let (a, b) = (Set::of(a), Set::of(b));
        let mut conflicts = Vec::new();
        self.between(&mut conflicts, exclusive, &a, &b);
        for (set, spreads) in [(&a, &b.spreads), (&b, &a.spreads)] {
            for spread in spreads {
                self.overlaps.compared.clear();
                self.fields_and_fragment(&mut conflicts, exclusive, set, spread);
            }
        }
        for of_a in &a.spreads {
            for of_b in &b.spreads {
                self.fragments(&mut conflicts, exclusive, of_a, of_b);
            }
        }
        self.overlaps.depth -= 1;
        (!conflicts.is_empty()).then_some(conflicts)
    }

    fn types_conflict(&self, a: &TypeReference, b: &TypeReference) -> bool {
        match (&a.element, &b.element) {
            (Some(a), Some(b)) => self.types_conflict(a, b),
            (None, None) => {
                let leaf =
                    |ty: &TypeReference| self.schema.get(&ty.named).is_some_and(|definition| definition.is_leaf());
                a.non_null != b.non_null || leaf(a) && leaf(b) && a.named != b.named
            }
            _ => true,
        }
    }
}

fn answer_name(field: &Field) -> &str {
    if field.alias.is_empty() { &field.name } else { &field.alias }
}

fn same_arguments(a: &[Argument], b: &[Argument]) -> bool {
    let has = |list: &[Argument], one: &Argument| {
        list.iter().any(|other| other.name == one.name && same_literal(&one.value, &other.value))
    };
    a.len() == b.len() && a.iter().all(|one| has(b, one))
}

/// Whether literals are the same, objects in any order of their fields.
fn same_literal(a: &Literal, b: &Literal) -> bool {
    if a.kind != b.kind || a.raw != b.raw || a.children.len() != b.children.len() {
        return false;
    }
    let in_order = |literal: &'_ Literal| -> Vec<usize> {
        let mut order: Vec<usize> = (0..literal.children.len()).collect();
        if literal.kind == LiteralKind::Object {
            order.sort_by(|x, y| literal.children[*x].name.cmp(&literal.children[*y].name));
        }
        order
    };
    in_order(a).into_iter().zip(in_order(b)).all(|(x, y)| {
        let (x, y): (&Child, &Child) = (&a.children[x], &b.children[y]);
        x.name == y.name && same_literal(&x.value, &y.value)
    })
}
