//! Parses schemas: definitions of types and directives, and extensions.

use std::sync::Arc;

use lictor_value::text::lossy;

use super::document::{
    ArgumentDefinition, CommentGroup, Definition, DefinitionKind, DirectiveDefinition, EnumValue, FieldDefinition,
    Location, Member, OperationType, SchemaDefinition, SchemaDocument,
};
use super::lexer::{Kind, Token};
use super::parser::{Parsed, Parser};

/// Where directives may be used.
const LOCATIONS: [&str; 19] = [
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
    "SCHEMA",
    "SCALAR",
    "OBJECT",
    "FIELD_DEFINITION",
    "ARGUMENT_DEFINITION",
    "INTERFACE",
    "UNION",
    "ENUM",
    "ENUM_VALUE",
    "INPUT_OBJECT",
    "INPUT_FIELD_DEFINITION",
];

/// Parses a schema; `built_in` for the definitions that every schema has.
pub(crate) fn parse_schema(source: &[u8], built_in: bool) -> Parsed<SchemaDocument> {
    let text = lossy(source);
    let mut parser = Parser::new(&text, source, built_in);
    let mut document = SchemaDocument::default();
    while !parser.at(Kind::End) {
        let description = parser.description()?;
        if !parser.at(Kind::Name) {
            return parser.unexpected();
        }
        let word = parser.peek().value.clone();
        if let Some(kind) = kind_of(&word) {
            let mut definition = parser.definition(kind, description)?;
            definition.built_in = built_in;
            document.definitions.push(Arc::new(definition));
            continue;
        }
        match (&*word, &description.token) {
            ("schema", _) => document.schemas.push(parser.schema_definition(description)?),
            ("directive", _) => document.directives.push(Arc::new(parser.directive_definition(description)?)),
            ("extend", Some(token)) if !token.value.is_empty() => return parser.unexpected_behind(token),
            ("extend", _) => parser.extension(&mut document, built_in)?,
            _ => return parser.unexpected(),
        }
    }
    document.comment = parser.comment();
    Ok(document)
}

/// A description, with the comments before it.
#[derive(Default)]
struct Description<'t> {
    token: Option<Token<'t>>,
    comment: Option<CommentGroup>,
}

impl Description<'_> {
    fn text(&self) -> String {
        self.token.as_ref().map_or_else(String::new, |token| token.value.clone().into_owned())
    }

    /// Text and comments; an empty description of a part is none.
    fn of_part(self) -> (String, Option<CommentGroup>) {
        let text = self.text();
        let comment = if text.is_empty() { None } else { self.comment };
        (text, comment)
    }
}

fn kind_of(word: &str) -> Option<DefinitionKind> {
    Some(match word {
        "scalar" => DefinitionKind::Scalar,
        "type" => DefinitionKind::Object,
        "interface" => DefinitionKind::Interface,
        "union" => DefinitionKind::Union,
        "enum" => DefinitionKind::Enum,
        "input" => DefinitionKind::InputObject,
        _ => return None,
    })
}

impl<'t> Parser<'t> {
    fn description(&mut self) -> Parsed<Description<'t>> {
        if !self.at(Kind::BlockString) && !self.at(Kind::String) {
            return Ok(Description::default());
        }
        let comment = self.comment();
        Ok(Description { token: Some(self.take()?), comment })
    }

    /// A type's definition; the next token is the word for its kind.
    fn definition(&mut self, kind: DefinitionKind, description: Description<'_>) -> Parsed<Definition> {
        let comment_after = self.comment();
        self.take()?;
        let mut definition = Definition {
            kind,
            description: description.text(),
            comment_before: description.comment,
            comment_after,
            position: self.position(),
            ..Definition::default()
        };
        self.body(&mut definition, true)?;
        Ok(definition)
    }

    /// What follows the word for the kind: name and parts. An interface's extension may not say what it implements.
    fn body(&mut self, definition: &mut Definition, may_implement: bool) -> Parsed<()> {
        definition.name = self.name()?;
        if matches!(definition.kind, DefinitionKind::Object | DefinitionKind::Interface) && may_implement {
            definition.interfaces = self.interfaces()?;
        }
        definition.directives = self.directives(true)?;
        let (open, close) = (Kind::BraceLeft, Kind::BraceRight);
        match definition.kind {
            DefinitionKind::Object | DefinitionKind::Interface => {
                (definition.fields, definition.comment_end) = self.some(open, close, |p| p.field_definition(false))?;
            }
            DefinitionKind::InputObject => {
                (definition.fields, definition.comment_end) = self.some(open, close, |p| p.field_definition(true))?;
            }
            DefinitionKind::Enum => {
                (definition.enum_values, definition.comment_end) = self.some(open, close, Parser::enum_value)?;
            }
            DefinitionKind::Union => definition.types = self.members()?,
            DefinitionKind::Scalar | DefinitionKind::None | DefinitionKind::Other(_) => {}
        }
        Ok(())
    }

    fn interfaces(&mut self) -> Parsed<Vec<String>> {
        let mut interfaces = Vec::new();
        if self.at_word("implements") {
            self.take()?;
            self.skip(Kind::Amp)?;
            interfaces.push(self.name()?);
            while self.skip(Kind::Amp)? {
                interfaces.push(self.name()?);
            }
        }
        Ok(interfaces)
    }

    fn members(&mut self) -> Parsed<Vec<Member>> {
        let mut members = Vec::new();
        if self.skip(Kind::Equals)? {
            self.skip(Kind::Pipe)?;
            members.push(self.member()?);
            while self.skip(Kind::Pipe)? {
                members.push(self.member()?);
            }
        }
        Ok(members)
    }

    fn member(&mut self) -> Parsed<Member> {
        let position = self.position();
        Ok(Member { name: self.name()?, position })
    }

    /// A field: of an object with arguments, of an input object with a default.
    fn field_definition(&mut self, input: bool) -> Parsed<FieldDefinition> {
        let (description, comment_before) = self.description()?.of_part();
        let (comment_after, position) = (self.comment(), self.position());
        let name = self.name()?;
        let arguments = if input { Vec::new() } else { self.argument_definitions()? };
        self.expect(Kind::Colon)?;
        let ty = self.type_reference()?;
        let default = if input { self.default_value()? } else { None };
        let directives = self.directives(true)?;
        Ok(FieldDefinition {
            description,
            name,
            arguments,
            default,
            ty,
            directives,
            comment_before,
            comment_after,
            position,
        })
    }

    fn argument_definitions(&mut self) -> Parsed<Vec<ArgumentDefinition>> {
        Ok(self.some(Kind::ParenLeft, Kind::ParenRight, Parser::argument_definition)?.0)
    }

    fn argument_definition(&mut self) -> Parsed<ArgumentDefinition> {
        let (description, comment_before) = self.description()?.of_part();
        let (comment_after, position) = (self.comment(), self.position());
        let name = self.name()?;
        self.expect(Kind::Colon)?;
        let ty = self.type_reference()?;
        let default = self.default_value()?;
        let directives = self.directives(true)?;
        Ok(ArgumentDefinition { description, name, default, ty, directives, comment_before, comment_after, position })
    }

    fn enum_value(&mut self) -> Parsed<EnumValue> {
        let (description, comment_before) = self.description()?.of_part();
        let (comment_after, position) = (self.comment(), self.position());
        let name = self.name()?;
        let directives = self.directives(true)?;
        Ok(EnumValue { description, name, directives, comment_before, comment_after, position })
    }

    fn schema_definition(&mut self, description: Description<'_>) -> Parsed<SchemaDefinition> {
        let comment_after = self.comment();
        self.expect_keyword("schema")?;
        let position = self.position();
        let directives = self.directives(true)?;
        let (operations, comment_end) = self.some(Kind::BraceLeft, Kind::BraceRight, Parser::operation_type)?;
        Ok(SchemaDefinition {
            description: description.text(),
            directives,
            operations,
            comment_before: description.comment,
            comment_after,
            comment_end,
            position,
        })
    }

    fn operation_type(&mut self) -> Parsed<OperationType> {
        let (position, comment) = (self.position(), self.comment());
        let kind = self.operation_kind()?;
        self.expect(Kind::Colon)?;
        Ok(OperationType { kind, ty: self.name()?, comment, position })
    }

    fn directive_definition(&mut self, description: Description<'_>) -> Parsed<DirectiveDefinition> {
        let comment_after = self.comment();
        self.expect_keyword("directive")?;
        self.expect(Kind::At)?;
        let position = self.position();
        let name = self.name()?;
        let arguments = self.argument_definitions()?;
        let repeatable = self.at(Kind::Name) && self.at_word("repeatable");
        if repeatable {
            self.take()?;
        }
        self.expect_keyword("on")?;
        self.skip(Kind::Pipe)?;
        let mut locations = vec![self.location()?];
        while self.skip(Kind::Pipe)? {
            locations.push(self.location()?);
        }
        Ok(DirectiveDefinition {
            description: description.text(),
            name,
            arguments,
            locations,
            repeatable,
            comment_before: description.comment,
            comment_after,
            position,
        })
    }

    fn location(&mut self) -> Parsed<Location> {
        let token = self.expect(Kind::Name)?;
        if LOCATIONS.contains(&&*token.value) {
            return Ok(Location(token.value.into_owned()));
        }
        self.unexpected_token(&token)
    }

    /// `extend …`, which must add something.
    fn extension(&mut self, document: &mut SchemaDocument, built_in: bool) -> Parsed<()> {
        let comment = self.comment();
        self.expect_keyword("extend")?;
        let word = self.peek().value.clone();
        if word == "schema" {
            let mut definition = self.schema_definition(Description::default())?;
            definition.comment_after = comment;
            if definition.directives.is_empty() && definition.operations.is_empty() {
                return self.unexpected();
            }
            document.schema_extensions.push(definition);
            return Ok(());
        }
        let Some(kind) = kind_of(&word) else {
            return self.unexpected();
        };
        self.expect_keyword(&word)?;
        let position = self.position();
        let may_implement = kind == DefinitionKind::Object;
        let mut definition = Definition { kind, built_in, comment_after: comment, position, ..Definition::default() };
        self.body(&mut definition, may_implement)?;
        let Definition { interfaces, directives, fields, types, enum_values, .. } = &definition;
        if interfaces.is_empty()
            && directives.is_empty()
            && fields.is_empty()
            && types.is_empty()
            && enum_values.is_empty()
        {
            return self.unexpected();
        }
        document.extensions.push(definition);
        Ok(())
    }
}
