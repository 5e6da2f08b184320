//! Walks a request along a schema and asks the rules of <https://spec.graphql.org/October2021/#sec-Validation> at each node.
//!
//! The order is gqlparser's, as OPA shows the complaints in it: a node's rules are asked after those of its parts, by the
//! names of the rules. What a walk finds out about a node (its type, its parent) is kept in [`Notes`] by the node's
//! address: fragments are walked once for each operation that uses them and once for themselves, and rules may see what
//! an earlier walk left.

use std::collections::{HashMap, HashSet};
use std::ptr::from_ref;

use lictor_value::effort;

use super::document::{
    Argument, ArgumentDefinition, Complaint, Definition, Directive, DirectiveDefinition, Field, FieldDefinition,
    Fragment, Inline, Literal, LiteralKind, Operation, OperationKind, Position, QueryDocument, Selection, Spread,
    TypeReference, VariableDefinition, find,
};
use super::parser::MAX_DEPTH;
use super::rules::overlaps::Overlaps;
use super::schema::Schema;

/// How long all complaints may be; enough for people.
const MAX_TEXT: usize = 1 << 20;

/// Which complaints are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    All,
    First,
}

/// Validates a request; the complaints in order.
pub(crate) fn validate(schema: &Schema, document: &QueryDocument, wanted: Wanted) -> Vec<Complaint> {
    let mut fragments = HashMap::new();
    for fragment in &document.fragments {
        fragments.entry(fragment.name.as_str()).or_insert(fragment);
    }
    let mut validator = Validator {
        schema,
        document,
        fragments,
        operation: None,
        spread_before: HashSet::new(),
        depth: 0,
        notes: Notes::default(),
        complaints: Complaints { list: Vec::new(), bytes: 0, wanted },
        seen: Seen::default(),
        overlaps: Overlaps::default(),
    };
    validator.walk();
    validator.complaints.list
}

/// What was found out about a field.
#[derive(Clone, Copy, Default)]
pub(crate) struct FieldNote<'a> {
    pub(crate) definition: Option<&'a FieldDefinition>,
    pub(crate) parent: Option<&'a Definition>,
}

/// What was found out about a literal.
#[derive(Clone, Copy, Default)]
pub(crate) struct LiteralNote<'a> {
    pub(crate) definition: Option<&'a Definition>,
    pub(crate) expected: Option<&'a TypeReference>,
    pub(crate) expected_has_default: bool,
    pub(crate) variable: Option<&'a VariableDefinition>,
}

/// What was found out about nodes.
#[derive(Default)]
pub(crate) struct Notes<'a> {
    fields: HashMap<*const Field, FieldNote<'a>>,
    literals: HashMap<*const Literal, LiteralNote<'a>>,
    used: HashSet<*const VariableDefinition>,
    spreads: HashSet<*const Spread>,
}

impl<'a> Notes<'a> {
    pub(crate) fn field(&self, field: &Field) -> FieldNote<'a> {
        self.fields.get(&from_ref(field)).copied().unwrap_or_default()
    }

    pub(crate) fn literal(&self, literal: &Literal) -> LiteralNote<'a> {
        self.literals.get(&from_ref(literal)).copied().unwrap_or_default()
    }

    pub(crate) fn is_used(&self, variable: &VariableDefinition) -> bool {
        variable.used || self.used.contains(&from_ref(variable))
    }

    /// Whether a walk came to a spread.
    pub(crate) fn was_walked(&self, spread: &Spread) -> bool {
        self.spreads.contains(&from_ref(spread))
    }

    fn of_literal(&mut self, literal: &Literal) -> &mut LiteralNote<'a> {
        self.literals.entry(from_ref(literal)).or_insert_with(|| LiteralNote {
            expected_has_default: literal.expected_has_default,
            ..LiteralNote::default()
        })
    }
}

/// What is wrong so far.
pub(crate) struct Complaints {
    list: Vec<Complaint>,
    bytes: usize,
    wanted: Wanted,
}

impl Complaints {
    pub(crate) fn add(&mut self, position: Option<Position>, message: String) {
        if !self.is_full() {
            self.bytes += message.len();
            self.list.push(Complaint { message, position });
        }
    }

    /// Whether no more are wanted.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes > MAX_TEXT || self.wanted == Wanted::First && !self.list.is_empty()
    }
}

/// What rules remember of nodes that they have seen.
#[derive(Default)]
pub(crate) struct Seen<'a> {
    pub(crate) operations: HashSet<&'a str>,
    pub(crate) fragments: HashSet<&'a str>,
    /// The fragments that operations use, and with them those used within the first fragment.
    pub(crate) used_fragments: HashSet<&'a str>,
    pub(crate) in_fragments: bool,
    /// The fragments that cycles were looked for in.
    pub(crate) acyclic: HashSet<&'a str>,
    pub(crate) misplaced_directives: HashSet<(&'a str, Option<Position>)>,
}

/// A validation in progress.
pub(crate) struct Validator<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) document: &'a QueryDocument,
    pub(crate) fragments: HashMap<&'a str, &'a Fragment>,
    pub(crate) operation: Option<&'a Operation>,
    /// The fragments that this operation or fragment has spread.
    spread_before: HashSet<&'a str>,
    depth: usize,
    pub(crate) notes: Notes<'a>,
    pub(crate) complaints: Complaints,
    pub(crate) seen: Seen<'a>,
    pub(crate) overlaps: Overlaps<'a>,
}

impl<'a> Validator<'a> {
    fn walk(&mut self) {
        for operation in &self.document.operations {
            self.spread_before.clear();
            self.operation = Some(operation);
            self.walk_operation(operation);
            self.operation = None;
        }
        for fragment in &self.document.fragments {
            self.spread_before.clear();
            let definition = self.schema.get(&fragment.condition);
            self.walk_directives(&fragment.directives, "FRAGMENT_DEFINITION");
            self.walk_selections(definition, &fragment.selections);
            self.on_fragment(fragment);
        }
    }

    /// Whether no more is to be done.
    pub(crate) fn is_over(&self) -> bool {
        self.complaints.is_full() || !effort::spend(1)
    }

    fn walk_operation(&mut self, operation: &'a Operation) {
        for variable in &operation.variables {
            self.on_variable(variable);
            if let Some(default) = &variable.default {
                let definition = self.schema.get(variable.ty.name());
                let note = self.notes.of_literal(default);
                (note.expected, note.definition) = (Some(&variable.ty), definition);
            }
        }
        for variable in &operation.variables {
            if let Some(default) = &variable.default {
                self.walk_literal(default);
            }
            self.walk_directives(&variable.directives, "VARIABLE_DEFINITION");
        }
        let location = match operation.kind {
            OperationKind::Query | OperationKind::None | OperationKind::Other(_) => "QUERY",
            OperationKind::Mutation => "MUTATION",
            OperationKind::Subscription => "SUBSCRIPTION",
        };
        self.walk_directives(&operation.directives, location);
        self.walk_selections(self.schema.root(&operation.kind), &operation.selections);
        self.on_operation(operation);
    }

    fn walk_directives(&mut self, directives: &'a [Directive], location: &'static str) {
        for directive in directives {
            let definition = self.schema.directives.get(&directive.name).map(|definition| &**definition);
            self.walk_arguments(
                definition.map(|definition: &DirectiveDefinition| &definition.arguments[..]),
                &directive.arguments,
            );
            self.on_directive(directive, definition, location);
        }
        self.on_directive_list(directives);
    }

    fn walk_arguments(&mut self, definitions: Option<&'a [ArgumentDefinition]>, arguments: &'a [Argument]) {
        for argument in arguments {
            if let Some(definition) = definitions.and_then(|definitions| find(definitions, &argument.name)) {
                self.expect(&argument.value, &definition.ty, definition.default.as_ref());
            }
            self.walk_literal(&argument.value);
        }
    }

    /// Notes what is expected of a literal.
    fn expect(&mut self, literal: &Literal, ty: &'a TypeReference, default: Option<&Literal>) {
        let definition = self.schema.get(ty.name());
        let note = self.notes.of_literal(literal);
        note.expected = Some(ty);
        note.expected_has_default = default.is_some_and(|default| default.kind != LiteralKind::Null);
        note.definition = definition;
    }

    fn walk_literal(&mut self, literal: &'a Literal) {
        if self.is_over() {
            return;
        }
        match literal.kind {
            LiteralKind::Variable => {
                if let Some(operation) = self.operation {
                    let variable = find(&operation.variables, &literal.raw);
                    self.notes.used.extend(variable.map(from_ref));
                    self.notes.of_literal(literal).variable = variable;
                }
            }
            LiteralKind::Object => {
                let definition = self.notes.literal(literal).definition;
                for child in &literal.children {
                    if let Some(field) = definition.and_then(|definition| find(&definition.fields, &child.name)) {
                        self.expect(&child.value, &field.ty, field.default.as_ref());
                    }
                    self.walk_literal(&child.value);
                }
            }
            LiteralKind::List => {
                let LiteralNote { definition, expected, .. } = self.notes.literal(literal);
                let element = expected.and_then(|expected| expected.element.as_deref());
                for child in &literal.children {
                    if element.is_some() {
                        let note = self.notes.of_literal(&child.value);
                        (note.expected, note.definition) = (element, definition);
                    }
                    self.walk_literal(&child.value);
                }
            }
            _ => {}
        }
        self.on_literal(literal);
    }

    fn walk_selections(&mut self, parent: Option<&'a Definition>, selections: &'a [Selection]) {
        if self.depth > MAX_DEPTH {
            self.complaints.add(None, format!("Nested more than {MAX_DEPTH} levels deep"));
            self.complaints.wanted = Wanted::First;
        }
        self.depth += 1;
        for selection in selections {
            if self.is_over() {
                break;
            }
            match selection {
                Selection::Field(field) => self.walk_field(parent, field),
                Selection::Inline(inline) => self.walk_inline(parent, inline),
                Selection::Spread(spread) => self.walk_spread(parent, spread),
            }
        }
        self.depth -= 1;
    }

    fn walk_field(&mut self, parent: Option<&'a Definition>, field: &'a Field) {
        let definition = match field.name.as_str() {
            "__typename" => Some(&self.schema.typename),
            name => parent.and_then(|parent| find(&parent.fields, name)),
        };
        self.notes.fields.insert(from_ref(field), FieldNote { definition, parent });
        self.walk_arguments(definition.map(|definition| &definition.arguments[..]), &field.arguments);
        self.walk_directives(&field.directives, "FIELD");
        let next = definition.and_then(|definition| self.schema.get(definition.ty.name()));
        self.walk_selections(next, &field.selections);
        self.on_field(field);
    }

    fn walk_inline(&mut self, parent: Option<&'a Definition>, inline: &'a Inline) {
        let next = if inline.condition.is_empty() { parent } else { self.schema.get(&inline.condition) };
        self.walk_directives(&inline.directives, "INLINE_FRAGMENT");
        self.walk_selections(next, &inline.selections);
        self.on_inline(parent, inline);
    }

    fn walk_spread(&mut self, parent: Option<&'a Definition>, spread: &'a Spread) {
        let fragment = self.fragments.get(spread.name.as_str()).copied();
        self.notes.spreads.insert(from_ref(spread));
        self.walk_directives(&spread.directives, "FRAGMENT_SPREAD");
        if let Some(fragment) = fragment
            && self.spread_before.insert(&fragment.name)
        {
            self.walk_directives(&fragment.directives, "FRAGMENT_DEFINITION");
            self.walk_selections(self.schema.get(&fragment.condition), &fragment.selections);
        }
        self.on_spread(parent, spread, fragment);
    }

    fn on_operation(&mut self, operation: &'a Operation) {
        if self.is_over() {
            return;
        }
        self.known_root_type(operation);
        self.lone_anonymous_operation(operation);
        self.no_unused_variables(operation);
        self.overlapping_fields_can_be_merged(&operation.selections);
        self.single_field_subscriptions(operation);
        self.unique_operation_names(operation);
        self.unique_variable_names(operation);
        self.variables_are_input_types(operation);
    }

    fn on_variable(&mut self, variable: &'a VariableDefinition) {
        self.known_variable_type(variable);
    }

    fn on_fragment(&mut self, fragment: &'a Fragment) {
        if self.is_over() {
            return;
        }
        self.fragment_on_composite_type(fragment);
        self.known_fragment_type(fragment);
        self.no_fragment_cycles(fragment);
        self.no_unused_fragments(fragment);
        self.overlapping_fields_can_be_merged(&fragment.selections);
        self.unique_fragment_names(fragment);
    }

    fn on_field(&mut self, field: &'a Field) {
        let note = self.notes.field(field);
        self.fields_on_correct_type(field, note);
        self.known_field_arguments(field, note);
        self.max_introspection_depth(field);
        if self.operation.is_some() {
            self.overlapping_fields_can_be_merged(&field.selections);
        }
        self.required_field_arguments(field, note);
        self.scalar_leafs(field, note);
        self.unique_argument_names(&field.arguments);
    }

    fn on_inline(&mut self, parent: Option<&'a Definition>, inline: &'a Inline) {
        self.inline_on_composite_type(inline);
        self.known_inline_type(inline);
        self.overlapping_fields_can_be_merged(&inline.selections);
        self.possible_inline(parent, inline);
    }

    fn on_spread(&mut self, parent: Option<&'a Definition>, spread: &'a Spread, fragment: Option<&'a Fragment>) {
        self.known_fragment_names(spread, fragment);
        self.note_used_fragment(spread);
        self.possible_spread(parent, spread, fragment);
    }

    fn on_directive(
        &mut self,
        directive: &'a Directive,
        definition: Option<&'a DirectiveDefinition>,
        location: &'static str,
    ) {
        self.known_directive_arguments(directive, definition);
        self.known_directives(directive, definition, location);
        self.required_directive_arguments(directive, definition);
        self.unique_argument_names(&directive.arguments);
    }

    fn on_directive_list(&mut self, directives: &'a [Directive]) {
        self.unique_directives_per_location(directives);
    }

    fn on_literal(&mut self, literal: &'a Literal) {
        let note = self.notes.literal(literal);
        self.no_undefined_variables(literal, note);
        self.unique_input_field_names(literal);
        self.values_of_correct_type(literal, note);
        self.variables_in_allowed_position(literal, note);
        self.variables_in_one_of(literal, note);
    }
}
