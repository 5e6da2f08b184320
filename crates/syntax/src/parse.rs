//! The driver: text to lexemes to statements to a module, with everything that was wrong on the way.

use std::sync::Arc;

use crate::annotations;
use crate::ast::*;
use crate::diagnostic::{Code, Diagnostic};
use crate::head::{self, Context};
use crate::layout::{self, Statement as Tokens};
use crate::lexer::{Lexed, lex};
use crate::message::Messages;
use crate::parallel;
use crate::span::{Source, Span};
use crate::statement;
use crate::token::{Spanned, Token};
use crate::tree::{Names, ParseError, Statement, Top, Tree, Wrong};

lalrpop_util::lalrpop_mod!(
    #[allow(clippy::all, clippy::unwrap_used, missing_docs, unreachable_pub, unused, rust_2018_idioms)]
    grammar
);

/// How many findings are told of one text.
const MAX_DIAGNOSTICS: usize = 100;

/// Parses a file. `version` is the dialect it starts in; its imports may change it.
pub fn parse_module(name: &str, text: &str, version: Version) -> Parsed<Module> {
    parse_module_in(name, text, Dialect::new(version))
}

/// The same in a dialect that need not be a version's.
pub fn parse_module_in(name: &str, text: &str, mut dialect: Dialect) -> Parsed<Module> {
    let version = dialect.version;
    let source = Arc::new(Source::new(name, text));
    let Some(text) = fits(&source) else { return too_long(&source) };
    let lexed = lex(text);
    let statements = layout::statements(text, &lexed.lexemes, &mut dialect);
    let mut module = Module {
        source: Arc::clone(&source),
        dialect,
        package: Package { path: vec![], segments: vec![], span: Span::default() },
        imports: vec![],
        rules: vec![],
        comments: comments(text, &lexed),
        annotations: vec![],
    };
    let found = || Found { source: &source, lexed: &lexed, names: Names::default(), wrong: vec![] };
    let parser = grammar::TopParser::new();
    let read = parallel::map_with(&statements, text.len(), found, |found, tokens| {
        let statement = found.statement(&parser, tokens);
        (statement, std::mem::take(&mut found.wrong))
    });
    let mut found = found();
    let mut package = false;
    // OPA knows what version a file has only at its end.
    let law = dialect.rego_v1 || version == Version::V1;
    let context = Context { text, law, logic: false, hint: None };
    for (position, (tokens, (statement, wrong))) in statements.iter().zip(read).enumerate() {
        found.wrong.extend(wrong);
        let Some(statement) = statement else {
            package |= position == 0 && matches!(tokens.tokens.first(), Some((_, Token::Package, _)));
            // Of the first statement OPA says no more than that it is no package.
            if position == 0
                && let Some(wrong) = found.wrong.last_mut().filter(|wrong| wrong.late)
            {
                wrong.message = "package expected".into();
            }
            continue;
        };
        let span = whole(&tokens.tokens);
        if position == 0 && !matches!(statement, Statement::Package(_)) {
            found.wrong.push(Wrong::new(span, "package expected").late());
            continue;
        }
        let mut wrong = vec![];
        match statement {
            Statement::Package(_) if position > 0 => {
                wrong.push(Wrong::new(span, "unexpected package").late());
            }
            Statement::Package(term) => {
                package = true;
                if let Some(named) = statement::package(&term, span, &mut wrong) {
                    module.package = named;
                }
            }
            Statement::Import(path, alias) => {
                module.imports.extend(statement::import(path, alias, span, tokens.dialect.version, &mut wrong));
            }
            Statement::Rule(rule) => {
                let hint = if law { None } else { missing_keyword(&source, &statements[position..]) };
                let context = Context { logic: tokens.dialect.logic, hint, ..context };
                let rules = head::rules(rule, span, context, &mut wrong);
                if wrong.is_empty() {
                    module.rules.extend(rules);
                }
            }
        }
        found.wrong.extend(wrong);
    }
    if statements.is_empty() {
        found.wrong.push(Wrong::new(Span::default(), "empty module"));
    }
    let (diagnostics, told_by_opa) = found.diagnostics();
    annotations::attach(&mut module);
    let tree = package.then_some(module);
    Parsed { tree, diagnostics, told_by_opa }
}

/// Parses a query: a body. `dialect` is usually [`Dialect::new`] of the version.
pub fn parse_query(text: &str, dialect: Dialect) -> (Arc<Source>, Parsed<Body>) {
    let source = Arc::new(Source::new("", text));
    let Some(text) = fits(&source) else {
        let parsed = too_long(&source);
        return (source, parsed);
    };
    let lexed = lex(text);
    let mut found = Found { source: &source, lexed: &lexed, names: Names::default(), wrong: vec![] };
    let tree = match layout::query(text, &lexed.lexemes, dialect) {
        None => Some(vec![]),
        Some(tokens) => match found.parse(&grammar::TopParser::new(), &tokens, Token::StartQuery) {
            Some(Top::Query(body)) => Some(body),
            _ => None,
        },
    };
    let (diagnostics, told_by_opa) = found.diagnostics();
    (source, Parsed { tree, diagnostics, told_by_opa })
}

/// Whether an error is about the end of something.
fn closes(error: &ParseError<'_>) -> bool {
    use lalrpop_util::ParseError::{UnrecognizedEof, UnrecognizedToken};
    let closing =
        |token| matches!(token, Token::BraceClose | Token::BracketClose | Token::ParenClose | Token::ExpressionClose);
    matches!(error, UnrecognizedEof { .. }) || matches!(error, UnrecognizedToken { token, .. } if closing(token.1))
}

/// The text, if places in it can be told by 32 bits.
fn fits(source: &Source) -> Option<&str> {
    Some(source.text()).filter(|text| text.len() < u32::MAX as usize / 2)
}

fn too_long<T>(source: &Arc<Source>) -> Parsed<T> {
    let diagnostic = Diagnostic::new(Code::Parse, "source is too long", source, Span::default());
    Parsed { tree: None, diagnostics: vec![diagnostic], told_by_opa: 1 }
}

fn comments(text: &str, lexed: &Lexed) -> Vec<Comment> {
    let comment = |span: &Span| {
        let written = span.of(text);
        let text = written.get(1..).unwrap_or_default();
        // As in OPA, a carriage return stays if nothing is before it but another.
        let trimmed = match text {
            "\r" => "",
            _ if text.trim_end_matches('\r').is_empty() => text.get(..1).unwrap_or_default(),
            _ => text.trim_end_matches('\r'),
        };
        Comment { text: trimmed.into(), span: *span }
    };
    lexed.comments.iter().map(comment).collect()
}

/// What the first of some statements may lack: it or the next one in its row is named as a keyword of v1 would be.
fn missing_keyword(source: &Source, statements: &[Tokens<'_>]) -> Option<&'static str> {
    let hint = |statement: &Tokens<'_>| match statement.tokens.first()?.1 {
        Token::Ident("if") => Some("`import future.keywords.if` for `p if { ... }` rules"),
        Token::Ident("contains") => Some("`import future.keywords.contains` for `p contains x` rules"),
        _ => None,
    };
    let row = |statement: &Tokens<'_>| source.position(whole(&statement.tokens).start).0;
    let first = statements.first()?;
    hint(first).or_else(|| statements.get(1).filter(|next| row(next) == row(first)).and_then(hint))
}

/// The place from the first of some tokens to the last.
fn whole(tokens: &[Spanned<'_>]) -> Span {
    let start = tokens.first().map_or(0, |token| token.0);
    Span { start, end: tokens.last().map_or(start, |token| token.2) }
}

/// What was found wrong so far.
struct Found<'a> {
    source: &'a Arc<Source>,
    lexed: &'a Lexed,
    names: Names<'a>,
    wrong: Vec<Wrong>,
}

impl<'a> Found<'a> {
    /// What was wrong, in order, what is of late interest only if nothing else is; and how much of it OPA tells.
    fn diagnostics(self) -> (Vec<Diagnostic>, usize) {
        let early = self.wrong.iter().any(|wrong| !wrong.late);
        let mut wrong: Vec<Wrong> = self.wrong.into_iter().filter(|wrong| !early || !wrong.late).collect();
        wrong.sort_by_key(|wrong| wrong.span.start);
        wrong.truncate(MAX_DIAGNOSTICS);
        let first = wrong.first().map(|first| first.span.start).filter(|_| early);
        let told = first.map_or(wrong.len(), |at| wrong.iter().filter(|wrong| wrong.span.start == at).count());
        let diagnostic = |wrong: Wrong| {
            let bare = Diagnostic::new(Code::Parse, wrong.message, self.source, wrong.span);
            Diagnostic { hints: wrong.hints, ..bare }
        };
        (wrong.into_iter().map(diagnostic).collect(), told)
    }

    /// A statement, or diagnostics why not.
    fn statement(&mut self, parser: &grammar::TopParser, tokens: &Tokens<'a>) -> Option<Statement> {
        if let Some(word) = statement::keyword_as_name(&tokens.tokens) {
            let message = format!("{word} keyword cannot be used for rule name");
            self.wrong.push(Wrong::new(whole(&tokens.tokens[..1]), message));
            return None;
        }
        let before = self.wrong.len();
        if statement::begins(&tokens.tokens) {
            if let Some(Top::Statement(statement)) = self.parse(parser, tokens, Token::StartStatement) {
                return Some(statement);
            }
            if !statement::may_be_query(&tokens.tokens) {
                return None;
            }
        }
        // OPA reads what is no statement as a query, and says why that is no rule.
        let unread = self.wrong.split_off(before);
        if let Some(Top::Query(body)) = self.parse(parser, tokens, Token::StartQuery)
            && let Some(first) = body.first()
        {
            match statement::of_operator(&body) {
                Some(Ok(rule)) => return Some(Statement::Rule(rule)),
                Some(Err(wrong)) => {
                    self.wrong.push(wrong);
                    return None;
                }
                None => {}
            }
            self.wrong.push(Wrong::new(first.span, statement::no_rule(&body)).late());
        } else if !unread.is_empty() {
            self.wrong.truncate(before);
            self.wrong.extend(unread);
        }
        None
    }

    fn parse(&mut self, parser: &grammar::TopParser, statement: &Tokens<'a>, start: Token<'static>) -> Option<Top> {
        let messages = Messages {
            text: self.source.text(),
            lexemes: &self.lexed.lexemes,
            tokens: &statement.tokens,
            end: statement.end,
        };
        if let Some(span) = statement.too_deep {
            self.wrong.push(Wrong::new(span, "max parsing recursion depth exceeded"));
            return None;
        }
        let mut tree = Tree::new(statement.dialect, std::mem::take(&mut self.names));
        let at = statement.tokens.first().map_or(0, |token| token.0);
        let tokens = std::iter::once((at, start, at)).chain(statement.tokens.iter().copied());
        let result = parser.parse(&mut tree, tokens.map(Ok::<_, std::convert::Infallible>));
        self.names = std::mem::take(&mut tree.names);
        let mut unexpected: Vec<ParseError<'_>> = std::mem::take(&mut tree.unexpected);
        let top = match result {
            Ok(top) => Some(top),
            Err(error) => {
                // Recovery that finds no end gives its error again.
                if unexpected.last() != Some(&error) {
                    unexpected.push(error);
                }
                None
            }
        };
        let mut wrong = tree.wrong;
        let mut reached: Option<u32> = None;
        for error in &unexpected {
            let found = messages.unexpected(error);
            let row = self.source.position(found.span.start).0;
            // What follows in the row, or only closes what is open, is wrong because of what was before it.
            if reached.is_none_or(|before| row > before && !closes(error)) {
                wrong.push(found);
            }
            reached = Some(row);
        }
        let read = wrong.is_empty();
        self.wrong.extend(wrong);
        top.filter(|_| read)
    }
}
