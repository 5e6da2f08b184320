//! Reads a template: Go's package `text/template/parse`, with its errors.
//!
//! Nesting is bounded: of parentheses, of actions up to their ends, and of `else if`.

use std::collections::HashMap;

use lictor_value::text::lossy;

use super::functions;
use super::lexer::{Keyword, Kind, Lexer, Token, quoted};
use super::literal;
use super::tree::{Branch, BranchKind, Call, Command, List, MAIN, Operand, Pipe, Statement, Term, Tree};

/// How deep parentheses and actions may nest.
pub(super) const MAX_DEPTH: usize = 200;

/// Why a text is no template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Error {
    /// In Go's words.
    Syntax(String),
    /// It nests too deeply, which Go would not mind.
    TooDeep,
}

type Parse<T> = Result<T, Error>;

/// How a list ends.
enum End {
    End,
    /// At `{{else}}`; what follows on it may be a keyword.
    Else,
}

/// A statement, or the end of the list that it would be in.
enum Parsed {
    Statement(Statement),
    End(End),
}

/// What is looked at of one template among those of a text: tokens that wait, and names in force.
struct Scope<'t> {
    /// The last tokens, the latest first; as in Go the first one's line is where errors are.
    tokens: [Token<'t>; 3],
    /// How many of them are to be read again.
    waiting: usize,
    variables: Vec<Vec<u8>>,
    ranges: usize,
    /// Where the present action began.
    action: Option<usize>,
}

struct Parser<'t> {
    text: &'t [u8],
    lexer: Lexer<'t>,
    scope: Scope<'t>,
    templates: HashMap<Vec<u8>, List>,
    depth: usize,
}

/// The template that a text is.
pub(super) fn parse(text: &[u8]) -> Result<Tree, Error> {
    let mut parser = Parser { text, lexer: Lexer::new(text), scope: Scope::new(), templates: HashMap::new(), depth: 0 };
    let main = parser.main()?;
    parser.add(MAIN.to_vec(), main)?;
    Ok(Tree { text: text.to_vec(), templates: parser.templates })
}

impl Scope<'_> {
    fn new() -> Self {
        let none = || Token { kind: Kind::End, at: 0, text: b"", error: String::new() };
        Scope { tokens: [none(), none(), none()], waiting: 0, variables: vec![b"$".to_vec()], ranges: 0, action: None }
    }
}

impl<'t> Parser<'t> {
    fn next(&mut self) -> Token<'t> {
        if self.scope.waiting > 0 {
            self.scope.waiting -= 1;
        } else {
            self.scope.tokens[0] = self.lexer.next();
        }
        self.scope.tokens[self.scope.waiting].clone()
    }

    fn back(&mut self) {
        self.scope.waiting += 1;
    }

    fn peek(&mut self) -> Token<'t> {
        let token = self.next();
        self.back();
        token
    }

    fn next_word(&mut self) -> Token<'t> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_word(&mut self) -> Token<'t> {
        let token = self.next_word();
        self.back();
        token
    }

    fn line(&self, at: usize) -> usize {
        1 + memchr::memchr_iter(b'\n', &self.text[..at]).count()
    }

    fn error<T>(&self, why: impl AsRef<str>) -> Parse<T> {
        Err(Error::Syntax(format!("template: template:{}: {}", self.line(self.scope.tokens[0].at), why.as_ref())))
    }

    fn unexpected<T>(&self, token: &Token<'_>, context: &str) -> Parse<T> {
        if token.kind != Kind::Error {
            return self.error(format!("unexpected {} in {context}", token.describe()));
        }
        let mut why = token.describe();
        if let Some(action) = self.scope.action.map(|at| self.line(at))
            && action != self.line(token.at)
        {
            why += if why.ends_with(" action") { "" } else { " in action" };
            why += &format!(" started at template:{action}");
        }
        self.error(why)
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parse<Token<'t>> {
        let token = self.next_word();
        if token.kind == kind { Ok(token) } else { self.unexpected(&token, context) }
    }

    /// Parses what nests one level more.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth == MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Everything up to the end of the text, and definitions on the way.
    fn main(&mut self) -> Parse<List> {
        let mut list = List::new();
        while self.peek().kind != Kind::End {
            if self.peek().kind == Kind::LeftDelimiter {
                let delimiter = self.next();
                if self.next_word().kind == Kind::Keyword(Keyword::Define) {
                    self.define()?;
                    continue;
                }
                self.scope.tokens[1] = delimiter;
                self.scope.waiting = 2;
            }
            match self.text_or_action()? {
                Parsed::Statement(statement) => list.push(statement),
                Parsed::End(End::End) => return self.error("unexpected {{end}}"),
                Parsed::End(End::Else) => return self.error("unexpected {{else}}"),
            }
        }
        Ok(list)
    }

    /// `{{define "name"}}`, of which the keyword has been read.
    fn define(&mut self) -> Parse<()> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let token = self.next_word();
        let name = self.name(&token, CONTEXT)?;
        self.expect(Kind::RightDelimiter, CONTEXT)?;
        let list = self.definition(CONTEXT)?;
        self.add(name, list)?;
        self.scope = outer;
        Ok(())
    }

    /// A list that must go up to `{{end}}`.
    fn definition(&mut self, context: &str) -> Parse<List> {
        match self.list()? {
            (list, End::End) => Ok(list),
            (_, End::Else) => self.error(format!("unexpected {{{{else}}}} in {context}")),
        }
    }

    /// Only one template of a name may hold more than spaces.
    fn add(&mut self, name: Vec<u8>, list: List) -> Parse<()> {
        if self.templates.get(&name).is_none_or(is_empty) {
            self.templates.insert(name, list);
        } else if !is_empty(&list) {
            return self.error(format!("template: multiple definition of template {}", quoted(&name)));
        }
        Ok(())
    }

    fn list(&mut self) -> Parse<(List, End)> {
        let mut list = List::new();
        while self.peek_word().kind != Kind::End {
            match self.text_or_action()? {
                Parsed::Statement(statement) => list.push(statement),
                Parsed::End(end) => return Ok((list, end)),
            }
        }
        self.error("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Parse<Parsed> {
        let token = self.next_word();
        match token.kind {
            Kind::Text => Ok(Parsed::Statement(Statement::Text(token.text.to_vec()))),
            Kind::LeftDelimiter => {
                self.scope.action = Some(token.at);
                let parsed = self.nested(Self::action);
                self.scope.action = None;
                parsed
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self) -> Parse<Parsed> {
        let statement = match self.next_word().kind {
            Kind::Keyword(Keyword::Block) => self.block()?,
            Kind::Keyword(Keyword::Break) => self.leave("{{break}}", Statement::Break)?,
            Kind::Keyword(Keyword::Continue) => self.leave("{{continue}}", Statement::Continue)?,
            Kind::Keyword(Keyword::Else) => {
                if !matches!(self.peek_word().kind, Kind::Keyword(Keyword::If | Keyword::With)) {
                    self.expect(Kind::RightDelimiter, "else")?;
                }
                return Ok(Parsed::End(End::Else));
            }
            Kind::Keyword(Keyword::End) => {
                self.expect(Kind::RightDelimiter, "end")?;
                return Ok(Parsed::End(End::End));
            }
            Kind::Keyword(Keyword::If) => self.branch(BranchKind::If)?,
            Kind::Keyword(Keyword::Range) => self.branch(BranchKind::Range)?,
            Kind::Keyword(Keyword::With) => self.branch(BranchKind::With)?,
            Kind::Keyword(Keyword::Template) => self.template()?,
            _ => {
                self.back();
                Statement::Action(self.pipe("command", Kind::RightDelimiter)?)
            }
        };
        Ok(Parsed::Statement(statement))
    }

    fn leave(&mut self, word: &str, statement: Statement) -> Parse<Statement> {
        self.expect(Kind::RightDelimiter, word)?;
        if self.scope.ranges == 0 {
            return self.error(format!("{word} outside {{{{range}}}}"));
        }
        Ok(statement)
    }

    fn branch(&mut self, kind: BranchKind) -> Parse<Statement> {
        let (word, chained) = match kind {
            BranchKind::If => ("if", Some(Keyword::If)),
            BranchKind::With => ("with", Some(Keyword::With)),
            BranchKind::Range => ("range", None),
        };
        let variables = self.scope.variables.len();
        let pipe = self.pipe(word, Kind::RightDelimiter)?;
        let is_range = usize::from(kind == BranchKind::Range);
        self.scope.ranges += is_range;
        let (list, end) = self.list()?;
        self.scope.ranges -= is_range;
        let otherwise = match (end, chained.map(Kind::Keyword)) {
            (End::End, _) => None,
            // `{{else if}}` needs no end of its own.
            (End::Else, Some(keyword)) if self.peek().kind == keyword => {
                self.next();
                Some(vec![self.nested(|parser| parser.branch(kind))?])
            }
            (End::Else, _) => match self.list()? {
                (list, End::End) => Some(list),
                (_, End::Else) => return self.error("expected end; found {{else}}"),
            },
        };
        self.scope.variables.truncate(variables);
        Ok(Statement::Branch(Branch { kind, pipe, list, otherwise }))
    }

    /// `{{block "name" pipeline}}`: a template defined and used at once.
    fn block(&mut self) -> Parse<Statement> {
        const CONTEXT: &str = "block clause";
        let token = self.next_word();
        let name = self.name(&token, CONTEXT)?;
        let pipe = self.pipe(CONTEXT, Kind::RightDelimiter)?;
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let list = self.list()?;
        let inner = std::mem::replace(&mut self.scope, outer);
        let (list, End::End) = list else {
            return self.error(format!("unexpected {{{{else}}}} in {CONTEXT}"));
        };
        let outer = std::mem::replace(&mut self.scope, inner);
        self.add(name.clone(), list)?;
        self.scope = outer;
        Ok(Statement::Template(Call { at: token.at, name, pipe: Some(pipe) }))
    }

    fn template(&mut self) -> Parse<Statement> {
        const CONTEXT: &str = "template clause";
        let token = self.next_word();
        let name = self.name(&token, CONTEXT)?;
        let pipe = if self.next_word().kind == Kind::RightDelimiter {
            None
        } else {
            self.back();
            Some(self.pipe(CONTEXT, Kind::RightDelimiter)?)
        };
        Ok(Statement::Template(Call { at: token.at, name, pipe }))
    }

    fn name(&mut self, token: &Token<'_>, context: &str) -> Parse<Vec<u8>> {
        match token.kind {
            Kind::String | Kind::RawString => self.unquoted(token),
            _ => self.unexpected(token, context),
        }
    }

    fn unquoted(&self, token: &Token<'_>) -> Parse<Vec<u8>> {
        literal::unquote(token.text).map_or_else(|| self.error("invalid syntax"), Ok)
    }

    fn pipe(&mut self, context: &str, end: Kind) -> Parse<Pipe> {
        let at = self.peek_word().at;
        let mut pipe = Pipe { at, assigns: false, variables: Vec::new(), commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_word();
            match token.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Keyword(Keyword::Dot | Keyword::Nil)
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParenthesis => {
                    self.back();
                    pipe.commands.push(self.command()?);
                }
                _ => return self.unexpected(&token, context),
            }
        }
        if pipe.commands.is_empty() {
            return self.error(format!("missing value for {context}"));
        }
        for (at, command) in pipe.commands.iter().enumerate().skip(1) {
            if matches!(
                command.operands[0].term,
                Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(..) | Term::String(..)
            ) {
                return self.error(format!("non executable command in pipeline stage {}", at + 1));
            }
        }
        Ok(pipe)
    }

    /// `$x :=`, `$x =`, and in ranges `$i, $x :=`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Parse<()> {
        loop {
            let variable = self.peek_word();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            self.next();
            let after = self.peek();
            let next = self.peek_word();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assigns = next.kind == Kind::Assign;
                    self.next_word();
                    self.declare(pipe, variable.text);
                    return Ok(());
                }
                Kind::Char if next.text == b"," => {
                    self.next_word();
                    self.declare(pipe, variable.text);
                    if context != "range" || pipe.variables.len() >= 2 {
                        return self.error(format!("too many declarations in {context}"));
                    }
                    let next = self.peek_word().kind;
                    if !matches!(next, Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis) {
                        return self.error("range can only initialize variables");
                    }
                }
                _ => {
                    // No declaration: all is to be read again.
                    if after.kind == Kind::Space {
                        self.scope.tokens[1] = after;
                        self.scope.tokens[2] = variable;
                        self.scope.waiting = 3;
                    } else {
                        self.scope.tokens[1] = variable;
                        self.scope.waiting = 2;
                    }
                    return Ok(());
                }
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipe, name: &[u8]) {
        pipe.variables.push(name.to_vec());
        self.scope.variables.push(name.to_vec());
    }

    fn command(&mut self) -> Parse<Command> {
        let mut command = Command { at: self.peek_word().at, operands: Vec::new() };
        loop {
            self.peek_word();
            command.operands.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelimiter | Kind::RightParenthesis => self.back(),
                Kind::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break;
        }
        if command.operands.is_empty() {
            return self.error("empty command");
        }
        Ok(command)
    }

    /// A term and fields of it, if one stands here.
    fn operand(&mut self) -> Parse<Option<Operand>> {
        let Some(operand) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(operand));
        }
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            fields.push(self.next().text[1..].to_vec());
        }
        let term = match operand.term {
            Term::Field(names) => Term::Field([names, fields].concat()),
            Term::Variable(names) => Term::Variable([names, fields].concat()),
            Term::String(_, shown) | Term::Number(_, shown) => return self.error(after_term(&shown)),
            Term::Bool(_) | Term::Nil | Term::Dot => return self.error(after_term(operand.to_string().as_bytes())),
            _ => Term::Chain(Box::new(operand), fields),
        };
        Ok(Some(Operand { at: first.at, term }))
    }

    fn term(&mut self) -> Parse<Option<Operand>> {
        let token = self.next_word();
        let number = |parser: &Self, number: Result<literal::Number, String>| match number {
            Ok(number) => Ok(Term::Number(number, token.text.to_vec())),
            Err(why) => parser.error(why),
        };
        let text = lossy(token.text);
        let term = match token.kind {
            Kind::Identifier if functions::is_function(token.text) => Term::Identifier(token.text.to_vec()),
            Kind::Identifier => return self.error(format!("function {} not defined", quoted(token.text))),
            Kind::Keyword(Keyword::Dot) => Term::Dot,
            Kind::Keyword(Keyword::Nil) => Term::Nil,
            Kind::Variable if self.scope.variables.iter().any(|name| name == token.text) => {
                Term::Variable(vec![token.text.to_vec()])
            }
            Kind::Variable => return self.error(format!("undefined variable {}", quoted(token.text))),
            Kind::Field => Term::Field(vec![token.text[1..].to_vec()]),
            Kind::Bool => Term::Bool(token.text == b"true"),
            Kind::CharConstant => number(self, literal::character(token.text).map(literal::Number::Int))?,
            Kind::Complex => number(self, literal::complex(&text))?,
            Kind::Number => number(self, literal::number(&text))?,
            Kind::LeftParenthesis => {
                let pipe = self.nested(|parser| parser.pipe("parenthesized pipeline", Kind::RightParenthesis))?;
                let at = pipe.at;
                return Ok(Some(Operand { at, term: Term::Pipe(Box::new(pipe)) }));
            }
            Kind::String | Kind::RawString => Term::String(self.unquoted(&token)?, token.text.to_vec()),
            _ => {
                self.back();
                return Ok(None);
            }
        };
        Ok(Some(Operand { at: token.at, term }))
    }
}

fn after_term(term: &[u8]) -> String {
    format!("unexpected . after term {}", quoted(term))
}

/// Whether there is nothing but spaces.
fn is_empty(list: &List) -> bool {
    list.iter().all(|statement| matches!(statement, Statement::Text(text) if is_blank(text)))
}

fn is_blank(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.trim().is_empty())
}
