//! Parses requests: operations, fragments, selections, arguments, values. [`super::definitions`] adds schemas.
//!
//! A recursive-descent parser of one token's lookahead after gqlparser's, whose words for errors it has. It stops at the
//! first error. Comments belong to the token that follows them.

use lictor_value::text::lossy;

use super::document::{
    Argument, Child, Comment, CommentGroup, Complaint, Directive, Field, Fragment, Inline, Literal, LiteralKind,
    Operation, OperationKind, Position, QueryDocument, Selection, Spread, TypeReference, VariableDefinition,
};
use super::lexer::{Kind, Lexer, Token};

/// How deeply selections, values and types may nest; gqlparser has no limit.
pub(crate) const MAX_DEPTH: usize = 200;

pub(crate) type Parsed<T> = Result<T, Complaint>;

/// Parses a request.
pub(crate) fn parse_query(source: &[u8]) -> Parsed<QueryDocument> {
    let text = lossy(source);
    let mut parser = Parser::new(&text, source, false);
    let mut document = QueryDocument::default();
    loop {
        let token = parser.peek();
        match (token.kind, &*token.value) {
            (Kind::End, _) => return Ok(document),
            (Kind::Name, "query" | "mutation" | "subscription") | (Kind::BraceLeft, _) => {
                document.operations.push(parser.operation()?);
            }
            (Kind::Name, "fragment") => document.fragments.push(parser.fragment_definition()?),
            _ => return parser.unexpected(),
        }
    }
}

/// The parser's state.
pub(crate) struct Parser<'t> {
    lexer: Lexer<'t>,
    peeked: Option<Token<'t>>,
    /// The comments before the token that was peeked at.
    comment: Option<CommentGroup>,
    last_comment: Option<Token<'t>>,
    depth: usize,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str, source: &'t [u8], built_in: bool) -> Self {
        Parser { lexer: Lexer::new(text, source, built_in), peeked: None, comment: None, last_comment: None, depth: 0 }
    }

    /// The next token, not taken.
    pub(crate) fn peek(&mut self) -> &Token<'t> {
        if self.peeked.is_none() {
            let mut token = self.lexer.read();
            let mut list = Vec::new();
            self.last_comment = None;
            while token.kind == Kind::Comment {
                let (value, position) = (token.value.clone().into_owned(), Some(token.position));
                list.push(Comment { value, position, ..Comment::default() });
                self.last_comment = Some(std::mem::replace(&mut token, self.lexer.read()));
            }
            self.comment = (!list.is_empty()).then_some(CommentGroup { list, position: None });
            self.peeked = Some(token);
        }
        match &self.peeked {
            Some(token) => token,
            None => unreachable!("it was just set"),
        }
    }

    /// Whether the next token has that kind.
    pub(crate) fn at(&mut self, kind: Kind) -> bool {
        self.peek().kind == kind
    }

    /// Whether the next token has that value: for a word, but gqlparser lets a string pass for it.
    pub(crate) fn at_word(&mut self, word: &str) -> bool {
        self.peek().value == word
    }

    pub(crate) fn position(&mut self) -> Option<Position> {
        Some(self.peek().position)
    }

    /// The comments before the next token, which nobody else gets.
    pub(crate) fn comment(&mut self) -> Option<CommentGroup> {
        self.peek();
        self.comment.take()
    }

    /// Takes the next token.
    pub(crate) fn take(&mut self) -> Parsed<Token<'t>> {
        self.peek();
        self.comment = None;
        match (self.peeked.take(), self.lexer.complaint.take()) {
            (Some(_), Some(complaint)) => Err(complaint),
            (Some(token), None) => Ok(token),
            (None, _) => unreachable!("it was peeked at"),
        }
    }

    pub(crate) fn skip(&mut self, kind: Kind) -> Parsed<bool> {
        let is = self.at(kind);
        if is {
            self.take()?;
        }
        Ok(is)
    }

    pub(crate) fn expect(&mut self, kind: Kind) -> Parsed<Token<'t>> {
        let token = self.peek();
        if token.kind == kind {
            return self.take();
        }
        let message = format!("Expected {kind}, found {}", token.kind);
        Err(Complaint { message, position: Some(token.position) })
    }

    pub(crate) fn expect_keyword(&mut self, word: &str) -> Parsed<()> {
        let token = self.peek();
        if token.kind == Kind::Name && token.value == word {
            return self.take().map(drop);
        }
        let message = format!("Expected \"{word}\", found {token}");
        Err(Complaint { message, position: Some(token.position) })
    }

    pub(crate) fn unexpected<T>(&mut self) -> Parsed<T> {
        let token = self.peek().clone();
        self.unexpected_token(&token)
    }

    pub(crate) fn unexpected_token<T>(&self, token: &Token<'_>) -> Parsed<T> {
        Err(Complaint { message: format!("Unexpected {}", self.lexer.shown(token)), position: Some(token.position) })
    }

    /// Like [`Self::unexpected_token`], but names the last comment between the token and the next one.
    pub(crate) fn unexpected_behind<T>(&self, token: &Token<'_>) -> Parsed<T> {
        self.unexpected_token(self.last_comment.as_ref().unwrap_or(token))
    }

    pub(crate) fn name(&mut self) -> Parsed<String> {
        Ok(self.expect(Kind::Name)?.value.into_owned())
    }

    /// Items between brackets, at least one; none where the first bracket is not there. Gives the comments before the
    /// last bracket too.
    pub(crate) fn some<T>(
        &mut self,
        start: Kind,
        end: Kind,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<(Vec<T>, Option<CommentGroup>)> {
        let mut items = Vec::new();
        if !self.skip(start)? {
            return Ok((items, None));
        }
        while !self.at(end) {
            items.push(item(self)?);
        }
        if items.is_empty() {
            let message = format!("expected at least one definition, found {}", self.peek().kind);
            return Err(Complaint { message, position: self.position() });
        }
        let comment = self.comment();
        self.take()?;
        Ok((items, comment))
    }

    /// Goes one level down.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            let message = format!("Nested more than {MAX_DEPTH} levels deep");
            return Err(Complaint { message, position: self.position() });
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn operation(&mut self) -> Parsed<Operation> {
        if self.at(Kind::BraceLeft) {
            // gqlparser reads the comment after the selections: it is lost.
            let position = self.position();
            let selections = self.required_selections()?;
            return Ok(Operation { kind: OperationKind::Query, selections, position, ..Operation::default() });
        }
        let (position, comment) = (self.position(), self.comment());
        let kind = self.operation_kind()?;
        let name = if self.at(Kind::Name) { self.name()? } else { String::new() };
        let variables = self.variable_definitions()?;
        let directives = self.directives(false)?;
        let selections = self.required_selections()?;
        Ok(Operation { kind, name, variables, directives, selections, comment, position, ..Operation::default() })
    }

    pub(crate) fn operation_kind(&mut self) -> Parsed<OperationKind> {
        let token = self.take()?;
        match &*token.value {
            "query" => Ok(OperationKind::Query),
            "mutation" => Ok(OperationKind::Mutation),
            "subscription" => Ok(OperationKind::Subscription),
            _ => self.unexpected_token(&token),
        }
    }

    fn variable_definitions(&mut self) -> Parsed<Vec<VariableDefinition>> {
        Ok(self.some(Kind::ParenLeft, Kind::ParenRight, Parser::variable_definition)?.0)
    }

    fn variable_definition(&mut self) -> Parsed<VariableDefinition> {
        let (position, comment) = (self.position(), self.comment());
        let variable = self.variable()?;
        self.expect(Kind::Colon)?;
        let ty = self.type_reference()?;
        let default = self.default_value()?;
        let directives = self.directives(false)?;
        let rest = VariableDefinition::default();
        Ok(VariableDefinition { variable, ty, default, directives, comment, position, ..rest })
    }

    fn variable(&mut self) -> Parsed<String> {
        self.expect(Kind::Dollar)?;
        self.name()
    }

    pub(crate) fn default_value(&mut self) -> Parsed<Option<Literal>> {
        if self.skip(Kind::Equals)? { self.value(true).map(Some) } else { Ok(None) }
    }

    fn required_selections(&mut self) -> Parsed<Vec<Selection>> {
        if !self.at(Kind::BraceLeft) {
            let message = format!("Expected {}, found {}", Kind::BraceLeft, self.peek().kind);
            return Err(Complaint { message, position: self.position() });
        }
        self.nested(|parser| Ok(parser.some(Kind::BraceLeft, Kind::BraceRight, Parser::selection)?.0))
    }

    fn selection(&mut self) -> Parsed<Selection> {
        if self.at(Kind::Spread) { self.spread() } else { self.field().map(Selection::Field) }
    }

    fn field(&mut self) -> Parsed<Field> {
        let (position, comment) = (self.position(), self.comment());
        let alias = self.name()?;
        let name = if self.skip(Kind::Colon)? { self.name()? } else { alias.clone() };
        let arguments = self.arguments(false)?;
        let directives = self.directives(false)?;
        let selections = if self.at(Kind::BraceLeft) { self.required_selections()? } else { Vec::new() };
        Ok(Field { alias, name, arguments, directives, selections, comment, position, ..Field::default() })
    }

    fn spread(&mut self) -> Parsed<Selection> {
        let comment = self.comment();
        self.expect(Kind::Spread)?;
        let position = self.position();
        if self.at(Kind::Name) && !self.at_word("on") {
            let name = self.fragment_name()?;
            let directives = self.directives(false)?;
            return Ok(Selection::Spread(Spread { name, directives, comment, position, ..Spread::default() }));
        }
        let condition = if self.at_word("on") {
            self.take()?;
            self.name()?
        } else {
            String::new()
        };
        let directives = self.directives(false)?;
        let selections = self.required_selections()?;
        let inline = Inline { condition, directives, selections, comment, position, ..Inline::default() };
        Ok(Selection::Inline(inline))
    }

    fn fragment_definition(&mut self) -> Parsed<Fragment> {
        let (position, comment) = (self.position(), self.comment());
        self.expect_keyword("fragment")?;
        let name = self.fragment_name()?;
        let variables = self.variable_definitions()?;
        self.expect_keyword("on")?;
        let condition = self.name()?;
        let directives = self.directives(false)?;
        let selections = self.required_selections()?;
        let rest = Fragment::default();
        Ok(Fragment { name, variables, condition, directives, selections, comment, position, ..rest })
    }

    fn fragment_name(&mut self) -> Parsed<String> {
        if self.at_word("on") { self.unexpected() } else { self.name() }
    }

    fn arguments(&mut self, constant: bool) -> Parsed<Vec<Argument>> {
        Ok(self.some(Kind::ParenLeft, Kind::ParenRight, |parser| parser.argument(constant))?.0)
    }

    fn argument(&mut self, constant: bool) -> Parsed<Argument> {
        let (position, comment) = (self.position(), self.comment());
        let name = self.name()?;
        self.expect(Kind::Colon)?;
        Ok(Argument { name, value: self.value(constant)?, comment, position })
    }

    fn value(&mut self, constant: bool) -> Parsed<Literal> {
        let token = self.peek().clone();
        let kind = match (token.kind, &*token.value) {
            (Kind::BracketLeft, _) => return self.nested(|parser| parser.list(constant)),
            (Kind::BraceLeft, _) => return self.nested(|parser| parser.object(constant)),
            (Kind::Dollar, _) if !constant => {
                let raw = self.variable()?;
                return Ok(Literal { raw, position: Some(token.position), ..Literal::default() });
            }
            (Kind::Int, _) => LiteralKind::Int,
            (Kind::Float, _) => LiteralKind::Float,
            (Kind::String, _) => LiteralKind::String,
            (Kind::BlockString, _) => LiteralKind::Block,
            (Kind::Name, "true" | "false") => LiteralKind::Boolean,
            (Kind::Name, "null") => LiteralKind::Null,
            (Kind::Name, _) => LiteralKind::Enum,
            _ => return self.unexpected(),
        };
        self.take()?;
        let raw = token.value.into_owned();
        Ok(Literal { raw, kind, position: Some(token.position), ..Literal::default() })
    }

    fn list(&mut self, constant: bool) -> Parsed<Literal> {
        let (position, comment) = (self.position(), self.comment());
        self.expect(Kind::BracketLeft)?;
        let mut children = Vec::new();
        while !self.at(Kind::BracketRight) {
            children.push(Child { value: self.value(constant)?, ..Child::default() });
        }
        self.take()?;
        Ok(Literal { children, kind: LiteralKind::List, comment, position, ..Literal::default() })
    }

    fn object(&mut self, constant: bool) -> Parsed<Literal> {
        let (position, comment) = (self.position(), self.comment());
        self.expect(Kind::BraceLeft)?;
        let mut children = Vec::new();
        while !self.at(Kind::BraceRight) {
            let (position, comment) = (self.position(), self.comment());
            let name = self.name()?;
            self.expect(Kind::Colon)?;
            children.push(Child { name, value: self.value(constant)?, comment, position });
        }
        self.take()?;
        Ok(Literal { children, kind: LiteralKind::Object, comment, position, ..Literal::default() })
    }

    pub(crate) fn directives(&mut self, constant: bool) -> Parsed<Vec<Directive>> {
        let mut directives = Vec::new();
        while self.skip(Kind::At)? {
            let position = self.position();
            let name = self.name()?;
            let arguments = self.arguments(constant)?;
            directives.push(Directive { name, arguments, position, ..Directive::default() });
        }
        Ok(directives)
    }

    pub(crate) fn type_reference(&mut self) -> Parsed<TypeReference> {
        let mut ty = TypeReference::default();
        if self.skip(Kind::BracketLeft)? {
            ty.position = self.position();
            ty.element = Some(Box::new(self.nested(Parser::type_reference)?));
            self.expect(Kind::BracketRight)?;
        } else {
            ty.position = self.position();
            ty.named = self.name()?;
        }
        ty.non_null = self.skip(Kind::Bang)?;
        Ok(ty)
    }
}
