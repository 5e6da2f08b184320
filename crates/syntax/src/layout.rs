//! Layout: lexemes to grammar tokens, cut into statements. All that Rego leaves to context is settled here, in one pass
//! from left to right, so that the grammar is plain LALR:
//!
//! - *Newlines.* Between literals of a body a newline is a separator if what is before it ends a term and what is after
//!   it starts a literal. Everywhere else it is blank.
//! - *Adjacency.* `a[0]` and `f(x)` continue a term; `a [0]` and `f (x)` begin a new one, but for a rule's name.
//! - *Words.* Which words are keywords depends on the dialect, which imports change as they pass; after a dot, after
//!   `package` and `import`, and before a glued `.` or `[` any word is a name; `contains` is a keyword in heads only.
//! - *Braces.* After a finished head, `if`, `else` or `every .. in ..` a brace opens a body, else a set or object.
//! - *Bars.* `|` is "such that" if all since the bracket is one term: `{x | p}`, but `{x + 1 | y}` is a union.
//! - *Statements.* A finished term at the top level, then what starts a literal: there a statement ends.
//!
//! Scans that look ahead skip brackets by their mates and never look at the same text twice. Depth is bounded: each open
//! bracket and each operator of an open chain counts, for each is a level of the tree.

use crate::ast::Dialect;
use crate::imports;
use crate::lexeme::{Kind, Lexeme};
use crate::lookahead::{Lookahead, brace_is_value, lists_after};
use crate::span::Span;
use crate::token::{Spanned, Token};

/// How deep a tree may be. Generous for what people and generators write, and shallow enough to walk by recursion.
pub const MAX_DEPTH: usize = 256;

/// The tokens of one statement.
pub(crate) struct Statement<'s> {
    /// Its tokens.
    pub(crate) tokens: Vec<Spanned<'s>>,
    /// The dialect in force.
    pub(crate) dialect: Dialect,
    /// Where it is too deep.
    pub(crate) too_deep: Option<Span>,
    /// Where the next statement begins, or the text ends.
    pub(crate) end: u32,
}

/// What a newline means here, and what `|` means next.
#[derive(Clone, Copy, PartialEq)]
enum Scope {
    /// Between statements and in heads.
    Top,
    /// A query that is all there is: what cannot continue a literal begins the next.
    Query { every: bool },
    /// A body. `every`: an `every` waits for its own.
    Body { every: bool },
    /// Parentheses, calls, indices, expressions of templates.
    Group,
    /// `[` or `{` of a value. `lone`: one term so far; `keyed`: past the first colon or comma.
    Value { lone: bool, keyed: bool },
}

struct Frame {
    scope: Scope,
    /// Operators since the last separator.
    chain: usize,
}

/// Makes a module's statements out of lexemes. The dialect is left as the last import sets it.
pub(crate) fn statements<'s>(text: &'s str, lexemes: &[Lexeme], dialect: &mut Dialect) -> Vec<Statement<'s>> {
    let mut layout = Layout::new(text, lexemes, *dialect, Scope::Top);
    layout.run();
    *dialect = layout.dialect;
    layout.done
}

/// Makes one query out of lexemes.
pub(crate) fn query<'s>(text: &'s str, lexemes: &[Lexeme], dialect: Dialect) -> Option<Statement<'s>> {
    let mut layout = Layout::new(text, lexemes, dialect, Scope::Query { every: false });
    layout.run();
    layout.done.pop()
}

struct Layout<'s, 'l> {
    look: Lookahead<'s, 'l>,
    dialect: Dialect,
    /// What the frame at the bottom is: [`Scope::Top`] or [`Scope::Query`].
    bottom: Scope,
    /// Never empty.
    frames: Vec<Frame>,
    depth: usize,
    done: Vec<Statement<'s>>,
    tokens: Vec<Spanned<'s>>,
    too_deep: Option<Span>,
}

impl<'s, 'l> Layout<'s, 'l> {
    fn new(text: &'s str, lexemes: &'l [Lexeme], dialect: Dialect, bottom: Scope) -> Self {
        Layout {
            look: Lookahead { text, lexemes },
            dialect,
            bottom,
            frames: vec![Frame { scope: bottom, chain: 0 }],
            depth: 0,
            done: vec![],
            tokens: vec![],
            too_deep: None,
        }
    }

    fn run(&mut self) {
        let lexemes = self.look.lexemes;
        let mut at = 0;
        while let Some(lexeme) = lexemes.get(at).copied() {
            if lexeme.fresh || self.import_ends(lexeme) {
                self.cut(lexeme.start);
            }
            let (token, width) = self.classify(at, lexeme);
            let end = lexemes.get(at + width - 1).map_or(lexeme.end, |last| last.end);
            self.separate(lexeme, token);
            self.nest(token);
            self.tokens.push((lexeme.start, token, end));
            at += width;
            if self.depth > MAX_DEPTH {
                self.too_deep = Some(Span { start: lexeme.start, end });
                at = self.look.next_row_word(at);
                let start = lexemes.get(at).map_or(self.look.text.len() as u32, |next| next.start);
                self.cut(start);
            }
        }
        self.cut(self.look.text.len() as u32);
    }

    fn previous(&self) -> Option<Token<'s>> {
        self.tokens.last().map(|spanned| spanned.1)
    }

    fn ends(&self) -> bool {
        self.previous().is_some_and(Token::ends_term)
    }

    fn scope(&self) -> Scope {
        self.frames.last().map_or(self.bottom, |frame| frame.scope)
    }

    /// Ends the statement before the byte at `end`.
    fn cut(&mut self, end: u32) {
        self.frames.clear();
        self.frames.push(Frame { scope: self.bottom, chain: 0 });
        self.depth = 0;
        let too_deep = self.too_deep.take();
        if self.tokens.is_empty() {
            return;
        }
        // Statements in a row tend to be of a size.
        let room = Vec::with_capacity(self.tokens.len());
        let tokens = std::mem::replace(&mut self.tokens, room);
        imports::apply(&tokens, &mut self.dialect);
        self.done.push(Statement { tokens, dialect: self.dialect, too_deep, end });
    }

    /// Whether the statement under way is an import that this lexeme ends; the dialect changes before it is read.
    fn import_ends(&self, lexeme: Lexeme) -> bool {
        let import = matches!(self.tokens.first(), Some((_, Token::Import, _)));
        import
            && self.frames.len() == 1
            && self.ends()
            && lexeme.kind == Kind::Word
            && lexeme.text(self.look.text) != "as"
    }

    /// The token that a lexeme is, and how many lexemes it takes.
    fn classify(&self, at: usize, lexeme: Lexeme) -> (Token<'s>, usize) {
        let text = self.look.slice(lexeme.start, lexeme.end);
        let token = match lexeme.kind {
            Kind::Word if self.previous() == Some(Token::Dot) && !lexeme.glued => Token::Invalid,
            Kind::Word => self.word(at, text),
            Kind::Number => Token::Number(text),
            Kind::Dot => match self.look.get(at + 1) {
                Some(next) if next.kind == Kind::Number && next.glued && self.begins_number(lexeme) => {
                    return (Token::Number(self.look.slice(lexeme.start, next.end)), 2);
                }
                _ if self.ends() && !self.continues(lexeme) => Token::StrayDot,
                _ => Token::Dot,
            },
            Kind::String => Token::String(text),
            Kind::RawString => Token::RawString(text),
            Kind::Text => Token::Text(text),
            Kind::RawText => Token::RawText(text),
            Kind::TemplateOpen => Token::TemplateOpen(false),
            Kind::RawTemplateOpen => Token::TemplateOpen(true),
            Kind::TemplateClose => Token::TemplateClose,
            Kind::ExpressionOpen => Token::ExpressionOpen,
            Kind::ExpressionClose => Token::ExpressionClose,
            Kind::BraceOpen => self.brace(at, lexeme),
            Kind::BraceClose => Token::BraceClose,
            Kind::BracketOpen if self.continues(lexeme) => Token::Index,
            Kind::BracketOpen => Token::BracketOpen,
            Kind::BracketClose => Token::BracketClose,
            Kind::ParenOpen if self.continues(lexeme) => Token::Call,
            Kind::ParenOpen if self.is_group(lexeme) => Token::GroupOpen,
            Kind::ParenOpen => Token::ParenOpen,
            Kind::ParenClose => Token::ParenClose,
            Kind::Bar => match self.scope() {
                Scope::Value { lone: true, .. } if !lists_after(self.look, at, self.dialect) => Token::SuchThat,
                _ => Token::Bar,
            },
            Kind::Comma => Token::Comma,
            Kind::Colon => Token::Colon,
            Kind::Semicolon => Token::Separator,
            Kind::Assign => Token::Assign,
            Kind::Unify => Token::Unify,
            Kind::Equal => Token::Equal,
            Kind::NotEqual => Token::NotEqual,
            Kind::Less => Token::Less,
            Kind::LessEqual => Token::LessEqual,
            Kind::Greater => Token::Greater,
            Kind::GreaterEqual => Token::GreaterEqual,
            Kind::Plus => Token::Plus,
            Kind::Minus => Token::Minus,
            Kind::Star => Token::Star,
            Kind::Slash => Token::Slash,
            Kind::Percent => Token::Percent,
            Kind::Ampersand => Token::Ampersand,
            Kind::OpenString | Kind::Invalid | Kind::Newline | Kind::Comment => Token::Invalid,
        };
        (token, 1)
    }

    /// Whether a dot before digits begins a number, and does not look for a name.
    fn begins_number(&self, dot: Lexeme) -> bool {
        match self.scope() {
            _ if !self.ends() => self.previous() != Some(Token::Dot),
            Scope::Top => !dot.glued,
            Scope::Body { .. } | Scope::Query { .. } => dot.newline,
            _ => false,
        }
    }

    fn word(&self, at: usize, text: &'s str) -> Token<'s> {
        let next = self.look.get(at + 1);
        let suffixed = next.is_some_and(|next| next.glued && matches!(next.kind, Kind::Dot | Kind::BracketOpen));
        let named = matches!(self.previous(), Some(Token::Dot | Token::Package | Token::Import));
        // Where a literal begins, OPA reads even `true[0]` as a variable with a key.
        let scalar = matches!(text, "true" | "false" | "null") && !self.begins_literal();
        let dialect = &self.dialect;
        if dialect.keywords_in_refs && (named || suffixed && !scalar) {
            return Token::Ident(text);
        }
        match text {
            "true" => Token::True,
            "false" => Token::False,
            "null" => Token::Null,
            "package" => Token::Package,
            "import" => Token::Import,
            "as" => Token::As,
            "default" => Token::Default,
            "else" => Token::Else,
            "not" => Token::Not,
            "some" => Token::Declare,
            "with" => Token::With,
            "if" if dialect.if_ => Token::If,
            "in" if dialect.in_ => Token::In,
            "every" if dialect.every => Token::Every,
            "contains" if dialect.contains && self.scope() == Scope::Top && self.ends() => Token::Contains,
            "contains" if dialect.contains && !dialect.keywords_in_refs && named => Token::Contains,
            "and" if dialect.logic => Token::Both,
            "or" if dialect.logic => Token::Either,
            _ => Token::Ident(text),
        }
    }

    fn begins_literal(&self) -> bool {
        use Token::*;
        let opens = |token| {
            matches!(
                token,
                BodyOpen | OperandOpen | GroupOpen | Separator | SuchThat | If | Not | Both | Either | Default
            )
        };
        self.ends() || self.previous().is_none_or(opens)
    }

    fn brace(&self, at: usize, lexeme: Lexeme) -> Token<'s> {
        use Token::*;
        let (dialect, scope) = (&self.dialect, self.scope());
        let logic = || dialect.logic && self.look.logic_after(lexeme.mate);
        let operand = match self.previous() {
            Some(Both | Either) => true,
            Some(Not) => dialect.not,
            Some(BodyOpen | OperandOpen | GroupOpen | Separator | If | SuchThat) | None => logic(),
            _ => lexeme.newline && matches!(scope, Scope::Body { .. } | Scope::Query { .. }) && logic(),
        };
        if operand {
            return OperandOpen;
        }
        let body = match (self.previous(), scope) {
            (Some(If), Scope::Top) => !brace_is_value(self.look, at, *dialect),
            (Some(Else), _) => true,
            (_, Scope::Top) => {
                let no_head = |first: &(u32, Token<'s>, u32)| {
                    matches!(first.1, Package | Import | Number(_) | String(_) | RawString(_) | True | False | Null)
                };
                self.ends() && self.tokens.first().is_some_and(|first| !no_head(first))
            }
            (_, Scope::Body { every: true } | Scope::Query { every: true }) => self.ends(),
            _ => false,
        };
        if body { BodyOpen } else { BraceOpen }
    }

    /// Whether a bracket or a dot continues the term before it: glued to it, or after a blank behind a rule's name.
    fn continues(&self, lexeme: Lexeme) -> bool {
        let names_rule =
            || matches!(self.tokens[..], [(_, Token::Ident(_), _)] | [(_, Token::Default, _), (_, Token::Ident(_), _)]);
        self.ends() && (lexeme.glued || (self.frames.len() == 1 && self.bottom == Scope::Top && names_rule()))
    }

    fn is_group(&self, lexeme: Lexeme) -> bool {
        let (dialect, group) = (&self.dialect, lexeme.group);
        let holds = group.not || group.with || (dialect.logic && group.logic);
        (dialect.logic || dialect.not) && holds && self.begins_literal()
    }

    /// Puts what is not written before a token: a separator or the end of a statement.
    fn separate(&mut self, lexeme: Lexeme, token: Token<'s>) {
        if !self.ends() || !token.starts_literal() {
            return;
        }
        match self.scope() {
            // Where something is wrong anyway, only a new line is a new beginning.
            Scope::Top if lexeme.newline || self.previous() != Some(Token::Invalid) => self.cut(lexeme.start),
            Scope::Body { .. } if !lexeme.newline => {}
            Scope::Body { .. } | Scope::Query { .. } => {
                self.tokens.push((lexeme.start, Token::Separator, lexeme.start));
                self.restart();
            }
            _ => {}
        }
    }

    /// A new operand list begins: what was chained is a finished part of the tree.
    fn restart(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            self.depth -= std::mem::take(&mut frame.chain);
        }
    }

    fn enter(&mut self, scope: Scope) {
        self.frames.push(Frame { scope, chain: 0 });
        self.depth += 1;
    }

    fn leave(&mut self) {
        if self.frames.len() > 1
            && let Some(frame) = self.frames.pop()
        {
            self.depth -= frame.chain + 1;
        }
    }

    /// Keeps the frames as a token says.
    fn nest(&mut self, token: Token<'s>) {
        use Token::*;
        let ends = self.ends();
        let chains = token.is_infix() || matches!(token, Index | Call);
        if matches!(token, Comma | Separator | Colon | SuchThat | If | Else | With | As | Contains | BodyOpen) {
            self.restart();
        }
        if chains {
            self.depth += 1;
        }
        let Some(frame) = self.frames.last_mut() else { return };
        if chains {
            frame.chain += 1;
        }
        match (token, &mut frame.scope) {
            (OperandOpen, _) => self.enter(Scope::Body { every: false }),
            (BodyOpen, scope) => {
                if let Scope::Body { every } | Scope::Query { every } = scope {
                    *every = false;
                }
                self.enter(Scope::Body { every: false });
            }
            (BraceOpen | BracketOpen, _) => self.enter(Scope::Value { lone: true, keyed: false }),
            (Index | Call | ParenOpen | GroupOpen | ExpressionOpen, _) => self.enter(Scope::Group),
            (BraceClose | BracketClose | ParenClose | ExpressionClose, _) => self.leave(),
            (Every, Scope::Body { every } | Scope::Query { every }) => *every = true,
            (SuchThat, scope) => *scope = Scope::Body { every: false },
            (Colon, Scope::Value { lone, keyed }) if !*keyed => (*lone, *keyed) = (true, true),
            (Comma, Scope::Value { lone, keyed }) => (*lone, *keyed) = (false, true),
            (Minus, Scope::Value { .. }) if !ends => {}
            (token, Scope::Value { lone, .. }) if token.is_infix() => *lone = false,
            _ => {}
        }
    }
}
