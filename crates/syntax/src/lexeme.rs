//! Lexemes: the smallest pieces of text, no context. Numbers and strings are taken in whatever shape they have; what is
//! wrong inside them is found when they are read ([`crate::unescape`], [`crate::number`]).

use logos::Logos;

/// What a lexeme is.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
#[logos(skip r"[ \t\r]+", error = ())]
pub(crate) enum Kind {
    #[token("\n")]
    Newline,
    #[regex(r"#[^\n]*", allow_greedy = true)]
    Comment,
    #[regex(r"[A-Za-z_][A-Za-z0-9_\p{Nd}]*")]
    Word,
    #[regex(r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]*)?([A-Za-z_][A-Za-z0-9_\p{Nd}]*)?")]
    Number,
    #[regex(r#""([^"\\\n]|\\[^\n])*""#)]
    String,
    #[regex(r"`[^`]*`")]
    RawString,
    /// A string whose closing quote is missing.
    #[regex(r#""([^"\\\n]|\\[^\n])*\\?"#)]
    #[regex(r"`[^`]*")]
    OpenString,
    #[token("$\"")]
    TemplateOpen,
    #[token("$`")]
    RawTemplateOpen,
    #[token("{")]
    BraceOpen,
    #[token("}")]
    BraceClose,
    #[token("[")]
    BracketOpen,
    #[token("]")]
    BracketClose,
    #[token("(")]
    ParenOpen,
    #[token(")")]
    ParenClose,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token(";")]
    Semicolon,
    #[token(".")]
    Dot,
    #[token(":=")]
    Assign,
    #[token("=")]
    Unify,
    #[token("==")]
    Equal,
    #[token("!=")]
    NotEqual,
    #[token("<")]
    Less,
    #[token("<=")]
    LessEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterEqual,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("&")]
    Ampersand,
    #[token("|")]
    Bar,

    // Never from logos: the lexer makes these.
    /// Text of a template in double quotes.
    Text,
    /// Text of a template in backquotes.
    RawText,
    /// `{` in a template.
    ExpressionOpen,
    /// `}` in a template.
    ExpressionClose,
    /// The closing quote of a template.
    TemplateClose,
    /// Characters that begin no lexeme.
    Invalid,
}

impl Kind {
    /// Whether it opens what a mate closes.
    pub(crate) fn opens(self) -> bool {
        use Kind::*;
        matches!(self, BraceOpen | BracketOpen | ParenOpen | TemplateOpen | RawTemplateOpen | ExpressionOpen)
    }
}

/// A lexeme with its place and surroundings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lexeme {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its first byte.
    pub(crate) start: u32,
    /// The byte after its last.
    pub(crate) end: u32,
    /// Whether a newline comes before it.
    pub(crate) newline: bool,
    /// Whether nothing comes between it and the one before.
    pub(crate) glued: bool,
    /// Whether the lexer gave up the open brackets before it, since it stands where a statement begins.
    pub(crate) fresh: bool,
    /// For a bracket: the other one's position; the number of lexemes if there is none.
    pub(crate) mate: u32,
    /// For `(`: whether literals stand in it.
    pub(crate) group: Group,
}

impl Lexeme {
    /// Its text.
    pub(crate) fn text(self, source: &str) -> &str {
        source.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// What is found directly between two parentheses, as far as it tells literals from an expression.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Group {
    /// Begins with `not`.
    pub(crate) not: bool,
    /// Has a `with`.
    pub(crate) with: bool,
    /// Has an `and` or `or` between operands.
    pub(crate) logic: bool,
}
