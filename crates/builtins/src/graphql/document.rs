//! The syntax trees of GraphQL documents: requests (operations and fragments) and schemas (definitions).
//!
//! Fields are called in Rego values what gqlparser calls them (see [`super::node`]); some belong to validation there and
//! are always empty here, but OPA prints those that are not pointers: `Used`, `Location`, `ExpectedTypeHasDefault`.

mod literal;
mod selection;

use std::fmt;
use std::sync::Arc;

use lictor_value::{Arena, Object, Value, View};

use super::decoder::Decoder;
use super::node::{Node, Unseen, folds_to, nodes, texts, words};

pub(crate) use literal::LiteralKind;
pub(crate) use selection::Selection;

/// Where a node or token begins, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Position {
    pub(crate) line: i64,
    /// In characters; may be negative for strings of several lines, as in gqlparser.
    pub(crate) column: i64,
    /// Whether it is in the definitions that every schema has.
    pub(crate) built_in: bool,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) message: String,
    pub(crate) position: Option<Position>,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            None => write!(f, "input: {}", self.message),
            Some(Position { line, column, built_in }) => {
                let file = if built_in { "prelude.graphql" } else { "input" };
                write!(f, "{file}:{line}:{column}: {}", self.message)
            }
        }
    }
}

words! {
    /// What an operation does.
    OperationKind = "ast.Operation" { Query = "query", Mutation = "mutation", Subscription = "subscription", }

    /// What a definition defines.
    DefinitionKind = "ast.DefinitionKind" {
        Scalar = "SCALAR",
        Object = "OBJECT",
        Interface = "INTERFACE",
        Union = "UNION",
        Enum = "ENUM",
        InputObject = "INPUT_OBJECT",
    }
}

nodes! {
    /// A request.
    QueryDocument (folding "QueryDocument") {
        "Operations" operations: Vec<Operation>,
        "Fragments" fragments: Vec<Fragment>,
        "Comment" comment: Option<CommentGroup>,
    }

    /// A query, mutation or subscription.
    Operation (exact "OperationDefinition", "ast.OperationList") {
        "Operation" kind: OperationKind,
        "Name" name: String,
        "VariableDefinitions" variables: Vec<VariableDefinition>,
        "Directives" directives: Vec<Directive>,
        "SelectionSet" selections: Vec<Selection>,
        "Comment" comment: Option<CommentGroup>,
        "Position" unseen: Unseen<TreePosition>,
    }

    /// `$variable: Type = default`
    VariableDefinition (folding "VariableDefinition", "ast.VariableDefinitionList") {
        "Variable" variable: String,
        "Type" ty: TypeReference,
        "DefaultValue" default: Option<Literal>,
        "Directives" directives: Vec<Directive>,
        "Comment" comment: Option<CommentGroup>,
        "Used" used: bool,
        "Definition" definition: Option<Box<Definition>>,
    }

    /// `fragment Name on Type { … }`
    Fragment (exact "FragmentDefinition", "ast.FragmentDefinitionList") {
        "Name" name: String,
        "VariableDefinition" variables: Vec<VariableDefinition>,
        "TypeCondition" condition: String,
        "Directives" directives: Vec<Directive>,
        "SelectionSet" selections: Vec<Selection>,
        "Comment" comment: Option<CommentGroup>,
        "Definition" definition: Option<Box<Definition>>,
        "Position" unseen: Unseen<TreePosition>,
    }

    /// `alias: name(arguments) { … }`
    Field (exact "Field") {
        "Alias" alias: String,
        "Name" name: String,
        "Arguments" arguments: Vec<Argument>,
        "Directives" directives: Vec<Directive>,
        "SelectionSet" selections: Vec<Selection>,
        "Comment" comment: Option<CommentGroup>,
        "Definition" definition: Option<Box<FieldDefinition>>,
        "ObjectDefinition" object: Option<Box<Definition>>,
        "Position" unseen: Unseen<TreePosition>,
    }

    /// `... Name`
    Spread (folding "FragmentSpread") {
        "Name" name: String,
        "Directives" directives: Vec<Directive>,
        "Comment" comment: Option<CommentGroup>,
        "ObjectDefinition" object: Option<Box<Definition>>,
        "Definition" definition: Option<Box<Fragment>>,
    }

    /// `... on Type { … }`
    Inline (exact "InlineFragment") {
        "TypeCondition" condition: String,
        "Directives" directives: Vec<Directive>,
        "SelectionSet" selections: Vec<Selection>,
        "Comment" comment: Option<CommentGroup>,
        "ObjectDefinition" object: Option<Box<Definition>>,
        "Position" unseen: Unseen<TreePosition>,
    }

    /// `name: value`
    Argument (folding "Argument", "ast.ArgumentList") {
        "Name" name: String,
        "Value" value: Literal,
        "Comment" comment: Option<CommentGroup>,
    }

    /// `@name(arguments)`
    Directive (folding "Directive", "ast.DirectiveList") {
        "Name" name: String,
        "Arguments" arguments: Vec<Argument>,
        "Location" location: Location,
        "ParentDefinition" parent: Option<Box<Definition>>,
        "Definition" definition: Option<Box<DirectiveDefinition>>,
    }

    /// A literal value or a variable.
    Literal (folding "Value") {
        "Raw" raw: String,
        "Children" children: Vec<Child>,
        "Kind" kind: LiteralKind,
        "Comment" comment: Option<CommentGroup>,
        "ExpectedTypeHasDefault" expected_has_default: bool,
        "Definition" definition: Option<Box<Definition>>,
        "VariableDefinition" variable: Option<Box<VariableDefinition>>,
        "ExpectedType" expected: Option<Box<TypeReference>>,
    }

    /// An item of a list or, with a name, a field of an object.
    Child (folding "ChildValue", "ast.ChildValueList") {
        "Name" name: String,
        "Value" value: Literal,
        "Comment" comment: Option<CommentGroup>,
    }

    /// `Name`, `[Name]`, `Name!`
    TypeReference (folding "Type") {
        "NamedType" named: String,
        "Elem" element: Option<Box<TypeReference>>,
        "NonNull" non_null: bool,
    }

    /// A schema.
    SchemaDocument (folding "SchemaDocument") {
        "Schema" schemas: Vec<SchemaDefinition>,
        "SchemaExtension" schema_extensions: Vec<SchemaDefinition>,
        "Directives" directives: Vec<Arc<DirectiveDefinition>>,
        "Definitions" definitions: Vec<Arc<Definition>>,
        "Extensions" extensions: Vec<Definition>,
        "Comment" comment: Option<CommentGroup>,
    }

    /// `schema { query: Type }`
    SchemaDefinition (folding "SchemaDefinition", "ast.SchemaDefinitionList") {
        "Description" description: String,
        "Directives" directives: Vec<Directive>,
        "OperationTypes" operations: Vec<OperationType>,
        "BeforeDescriptionComment" comment_before: Option<CommentGroup>,
        "AfterDescriptionComment" comment_after: Option<CommentGroup>,
        "EndOfDefinitionComment" comment_end: Option<CommentGroup>,
    }

    /// `query: Type`
    OperationType (folding "OperationTypeDefinition", "ast.OperationTypeDefinitionList") {
        "Operation" kind: OperationKind,
        "Type" ty: String,
        "Comment" comment: Option<CommentGroup>,
    }

    /// A type's definition or an extension to it.
    Definition (folding "Definition", "ast.DefinitionList") {
        "Kind" kind: DefinitionKind,
        "Description" description: String,
        "Name" name: String,
        "Directives" directives: Vec<Directive>,
        "Interfaces" interfaces: Vec<String>,
        "Fields" fields: Vec<FieldDefinition>,
        "Types" types: Vec<Member>,
        "EnumValues" enum_values: Vec<EnumValue>,
        "BuiltIn" built_in: bool,
        "BeforeDescriptionComment" comment_before: Option<CommentGroup>,
        "AfterDescriptionComment" comment_after: Option<CommentGroup>,
        "EndOfDefinitionComment" comment_end: Option<CommentGroup>,
    }

    /// A field of an object, interface or input object.
    FieldDefinition (folding "FieldDefinition", "ast.FieldList") {
        "Description" description: String,
        "Name" name: String,
        "Arguments" arguments: Vec<ArgumentDefinition>,
        "DefaultValue" default: Option<Literal>,
        "Type" ty: TypeReference,
        "Directives" directives: Vec<Directive>,
        "BeforeDescriptionComment" comment_before: Option<CommentGroup>,
        "AfterDescriptionComment" comment_after: Option<CommentGroup>,
    }

    /// An argument of a field or directive.
    ArgumentDefinition (folding "ArgumentDefinition", "ast.ArgumentDefinitionList") {
        "Description" description: String,
        "Name" name: String,
        "DefaultValue" default: Option<Literal>,
        "Type" ty: TypeReference,
        "Directives" directives: Vec<Directive>,
        "BeforeDescriptionComment" comment_before: Option<CommentGroup>,
        "AfterDescriptionComment" comment_after: Option<CommentGroup>,
    }

    /// A value of an enum.
    EnumValue (folding "EnumValueDefinition", "ast.EnumValueList") {
        "Description" description: String,
        "Name" name: String,
        "Directives" directives: Vec<Directive>,
        "BeforeDescriptionComment" comment_before: Option<CommentGroup>,
        "AfterDescriptionComment" comment_after: Option<CommentGroup>,
    }

    /// `directive @name(arguments) on LOCATION`
    DirectiveDefinition (folding "DirectiveDefinition", "ast.DirectiveDefinitionList") {
        "Description" description: String,
        "Name" name: String,
        "Arguments" arguments: Vec<ArgumentDefinition>,
        "Locations" locations: Vec<Location>,
        "IsRepeatable" repeatable: bool,
        "BeforeDescriptionComment" comment_before: Option<CommentGroup>,
        "AfterDescriptionComment" comment_after: Option<CommentGroup>,
    }

    /// Comments on lines that follow each other.
    CommentGroup (folding "CommentGroup") { "List" list: Vec<Comment>, }

    /// `# text`
    Comment (folding "Comment") {
        "Value" value: String,
        "Position" unseen: Unseen<TreePosition>,
    }

    /// Where a node began, in a tree that has been written with positions.
    TreePosition (folding "Position") {
        "Start" start: i64,
        "End" end: i64,
        "Line" line: i64,
        "Column" column: i64,
        "Src" source: Option<TreeSource>,
    }

    /// The text that positions are in.
    TreeSource (folding "Source") {
        "Name" name: String,
        "Input" input: String,
        "BuiltIn" built_in: bool,
    }
}

/// A type that belongs to a union: only its name is in the tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) position: Option<Position>,
}

impl Member {
    fn new(name: String) -> Self {
        Member { name, position: None }
    }
}

texts!(Member: "string", Member::new, |member| &member.name);

/// Where a directive stands or may stand: `FIELD`, `OBJECT`, …
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Location(pub(crate) String);

texts!(Location: "ast.DirectiveLocation", Location, |location| &location.0);

impl TypeReference {
    pub(crate) fn of(name: &str, non_null: bool) -> Self {
        TypeReference { named: name.to_owned(), non_null, ..TypeReference::default() }
    }

    /// The name of the type within all lists.
    pub(crate) fn name(&self) -> &str {
        let mut innermost = self;
        while innermost.named.is_empty() {
            match &innermost.element {
                Some(element) => innermost = element,
                None => break,
            }
        }
        &innermost.named
    }

    /// Whether a variable of this type may stand where `other` is wanted, which is not null if `non_null`.
    pub(crate) fn fits(&self, other: &TypeReference, non_null: bool) -> bool {
        let elements = match (&self.element, &other.element) {
            (Some(own), Some(other)) => own.fits(other, other.non_null),
            (own, _) => own.is_none(),
        };
        self.named == other.named && elements && (!non_null || self.non_null)
    }
}

impl fmt::Display for TypeReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.element {
            Some(element) if self.named.is_empty() => write!(f, "[{element}]")?,
            _ => f.write_str(&self.named)?,
        }
        f.write_str(if self.non_null { "!" } else { "" })
    }
}

impl Definition {
    pub(crate) fn is_leaf(&self) -> bool {
        matches!(self.kind, DefinitionKind::Enum | DefinitionKind::Scalar)
    }

    pub(crate) fn is_abstract(&self) -> bool {
        matches!(self.kind, DefinitionKind::Interface | DefinitionKind::Union)
    }

    pub(crate) fn is_composite(&self) -> bool {
        self.is_abstract() || self.kind == DefinitionKind::Object
    }

    pub(crate) fn is_input(&self) -> bool {
        self.is_leaf() || self.kind == DefinitionKind::InputObject
    }
}

/// What has a name that others look for.
pub(crate) trait Named {
    fn name(&self) -> &str;
}

macro_rules! named_by {
    ($($ty:ty: $field:ident),* $(,)?) => {
        $(impl Named for $ty {
            fn name(&self) -> &str {
                &self.$field
            }
        })*
    };
}

named_by! {
    Argument: name,
    ArgumentDefinition: name,
    Child: name,
    Directive: name,
    EnumValue: name,
    FieldDefinition: name,
    Member: name,
    Operation: name,
    VariableDefinition: variable,
}

/// The first of that name. It looks at each; the work counts.
pub(crate) fn find<'l, T: Named>(list: &'l [T], name: &str) -> Option<&'l T> {
    if !lictor_value::effort::spend(list.len() / 8) {
        return None;
    }
    list.iter().find(|it| it.name() == name)
}
