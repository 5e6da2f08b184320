//! The syntax trees of GraphQL documents: requests (operations and fragments) and schemas (definitions).
//!
//! Fields are called in Rego values what gqlparser calls them (see [`super::node`]); some belong to validation there and
//! are always empty here, but OPA prints those that are not pointers: `Used`, `Location`, `ExpectedTypeHasDefault`.

use std::fmt;
use std::sync::Arc;

use lictor_value::{Arena, Object, Value, View, number};

use super::node::{Mismatch, Node, named, nodes, words};

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
    OperationKind { Query = "query", Mutation = "mutation", Subscription = "subscription", }

    /// What a definition defines.
    DefinitionKind {
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
    QueryDocument {
        "Operations" operations: Vec<Operation>,
        "Fragments" fragments: Vec<Fragment>,
        "Comment" comment: Option<CommentGroup>,
    }

    /// A query, mutation or subscription.
    Operation {
        "Operation" kind: OperationKind,
        "Name" name: String,
        "VariableDefinitions" variables: Vec<VariableDefinition>,
        "Directives" directives: Vec<Directive>,
        "SelectionSet" selections: Vec<Selection>,
        "Comment" comment: Option<CommentGroup>,
    }

    /// `$variable: Type = default`
    VariableDefinition {
        "Variable" variable: String,
        "Type" ty: TypeReference,
        "DefaultValue" default: Option<Literal>,
        "Directives" directives: Vec<Directive>,
        "Comment" comment: Option<CommentGroup>,
        "Used" used: bool,
    }

    /// `fragment Name on Type { … }`
    Fragment {
        "Name" name: String,
        "VariableDefinition" variables: Vec<VariableDefinition>,
        "TypeCondition" condition: String,
        "Directives" directives: Vec<Directive>,
        "SelectionSet" selections: Vec<Selection>,
        "Comment" comment: Option<CommentGroup>,
    }

    /// `alias: name(arguments) { … }`
    Field {
        "Alias" alias: String,
        "Name" name: String,
        "Arguments" arguments: Vec<Argument>,
        "Directives" directives: Vec<Directive>,
        "SelectionSet" selections: Vec<Selection>,
        "Comment" comment: Option<CommentGroup>,
    }

    /// `... Name`
    Spread {
        "Name" name: String,
        "Directives" directives: Vec<Directive>,
        "Comment" comment: Option<CommentGroup>,
    }

    /// `... on Type { … }`
    Inline {
        "TypeCondition" condition: String,
        "Directives" directives: Vec<Directive>,
        "SelectionSet" selections: Vec<Selection>,
        "Comment" comment: Option<CommentGroup>,
    }

    /// `name: value`
    Argument {
        "Name" name: String,
        "Value" value: Literal,
        "Comment" comment: Option<CommentGroup>,
    }

    /// `@name(arguments)`
    Directive {
        "Name" name: String,
        "Arguments" arguments: Vec<Argument>,
        "Location" location: String,
    }

    /// A literal value or a variable.
    Literal {
        "Raw" raw: String,
        "Children" children: Vec<Child>,
        "Kind" kind: LiteralKind,
        "Comment" comment: Option<CommentGroup>,
        "ExpectedTypeHasDefault" expected_has_default: bool,
    }

    /// An item of a list or, with a name, a field of an object.
    Child {
        "Name" name: String,
        "Value" value: Literal,
        "Comment" comment: Option<CommentGroup>,
    }

    /// `Name`, `[Name]`, `Name!`
    TypeReference {
        "NamedType" named: String,
        "Elem" element: Option<Box<TypeReference>>,
        "NonNull" non_null: bool,
    }

    /// A schema.
    SchemaDocument {
        "Schema" schemas: Vec<SchemaDefinition>,
        "SchemaExtension" schema_extensions: Vec<SchemaDefinition>,
        "Directives" directives: Vec<Arc<DirectiveDefinition>>,
        "Definitions" definitions: Vec<Arc<Definition>>,
        "Extensions" extensions: Vec<Definition>,
        "Comment" comment: Option<CommentGroup>,
    }

    /// `schema { query: Type }`
    SchemaDefinition {
        "Description" description: String,
        "Directives" directives: Vec<Directive>,
        "OperationTypes" operations: Vec<OperationType>,
        "BeforeDescriptionComment" comment_before: Option<CommentGroup>,
        "AfterDescriptionComment" comment_after: Option<CommentGroup>,
        "EndOfDefinitionComment" comment_end: Option<CommentGroup>,
    }

    /// `query: Type`
    OperationType {
        "Operation" kind: OperationKind,
        "Type" ty: String,
        "Comment" comment: Option<CommentGroup>,
    }

    /// A type's definition or an extension to it.
    Definition {
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
    FieldDefinition {
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
    ArgumentDefinition {
        "Description" description: String,
        "Name" name: String,
        "DefaultValue" default: Option<Literal>,
        "Type" ty: TypeReference,
        "Directives" directives: Vec<Directive>,
        "BeforeDescriptionComment" comment_before: Option<CommentGroup>,
        "AfterDescriptionComment" comment_after: Option<CommentGroup>,
    }

    /// A value of an enum.
    EnumValue {
        "Description" description: String,
        "Name" name: String,
        "Directives" directives: Vec<Directive>,
        "BeforeDescriptionComment" comment_before: Option<CommentGroup>,
        "AfterDescriptionComment" comment_after: Option<CommentGroup>,
    }

    /// `directive @name(arguments) on LOCATION`
    DirectiveDefinition {
        "Description" description: String,
        "Name" name: String,
        "Arguments" arguments: Vec<ArgumentDefinition>,
        "Locations" locations: Vec<String>,
        "IsRepeatable" repeatable: bool,
        "BeforeDescriptionComment" comment_before: Option<CommentGroup>,
        "AfterDescriptionComment" comment_after: Option<CommentGroup>,
    }

    /// Comments on lines that follow each other.
    CommentGroup { "List" list: Vec<Comment>, }

    /// `# text`
    Comment { "Value" value: String, }
}

/// A part of a selection set.
#[derive(Clone, Debug)]
pub(crate) enum Selection {
    Field(Field),
    Spread(Spread),
    Inline(Inline),
}

impl Default for Selection {
    fn default() -> Self {
        Selection::Field(Field::default())
    }
}

impl Node for Selection {
    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        match self {
            Selection::Field(field) => field.emit(arena),
            Selection::Spread(spread) => spread.emit(arena),
            Selection::Inline(inline) => inline.emit(arena),
        }
    }

    /// Nothing in a tree says which kind a selection has: gqlparser takes the first that can be read, nearly always a field.
    fn read(value: Value<'_>) -> Result<Self, Mismatch> {
        Field::read(value)
            .map(Selection::Field)
            .or_else(|_| Spread::read(value).map(Selection::Spread))
            .or_else(|_| Inline::read(value).map(Selection::Inline))
    }
}

/// A type that belongs to a union: only its name is in the tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) position: Option<Position>,
}

impl Node for Member {
    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        self.name.emit(arena)
    }

    fn read(value: Value<'_>) -> Result<Self, Mismatch> {
        Ok(Member { name: Node::read(value)?, position: None })
    }
}

/// What a literal is, a number in the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LiteralKind {
    #[default]
    Variable,
    Int,
    Float,
    String,
    Block,
    Boolean,
    Null,
    Enum,
    List,
    Object,
}

impl LiteralKind {
    const ALL: [LiteralKind; 10] = [
        LiteralKind::Variable,
        LiteralKind::Int,
        LiteralKind::Float,
        LiteralKind::String,
        LiteralKind::Block,
        LiteralKind::Boolean,
        LiteralKind::Null,
        LiteralKind::Enum,
        LiteralKind::List,
        LiteralKind::Object,
    ];
}

impl Node for LiteralKind {
    fn emit<'v>(&self, _: &'v Arena) -> Option<Value<'v>> {
        Some(Value::int(*self as i64))
    }

    fn read(value: Value<'_>) -> Result<Self, Mismatch> {
        match value.view() {
            View::Null => Ok(LiteralKind::Variable),
            _ => number::to_count(value)
                .and_then(|kind| LiteralKind::ALL.get(usize::try_from(kind).ok()?).copied())
                .ok_or_else(|| Mismatch::new(value, "ast.ValueKind")),
        }
    }
}

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

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = match self.kind {
            LiteralKind::Variable => return write!(f, "${}", self.raw),
            LiteralKind::String | LiteralKind::Block => return f.write_str(&super::quoted(&self.raw)),
            LiteralKind::List => ("[", "]"),
            LiteralKind::Object => ("{", "}"),
            _ => return f.write_str(&self.raw),
        };
        f.write_str(open)?;
        for (at, child) in self.children.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "," })?;
            if self.kind == LiteralKind::Object {
                write!(f, "{}:", child.name)?;
            }
            child.value.fmt(f)?;
        }
        f.write_str(close)
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
