//! The grammar's tokens: what layout makes of lexemes, context settled.

/// A token of the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'s> {
    /// A name; also a keyword where only a name can stand.
    Ident(&'s str),
    /// A number as written, sign excluded.
    Number(&'s str),
    /// `"text"`, quotes included.
    String(&'s str),
    /// `` `text` ``, quotes included.
    RawString(&'s str),
    /// Text of a template in double quotes.
    Text(&'s str),
    /// Text of a template in backquotes.
    RawText(&'s str),
    /// What no rule accepts: characters that are no lexeme, or nesting that is too deep.
    Invalid,

    True,
    False,
    Null,
    Package,
    Import,
    As,
    Default,
    Else,
    Not,
    /// `some`
    Declare,
    With,
    If,
    Contains,
    In,
    Every,
    /// `and` between literals.
    Both,
    /// `or` between literals.
    Either,

    /// `{` of a body.
    BodyOpen,
    /// `{` of a body that is an operand of `not`, `and` or `or`.
    OperandOpen,
    /// `(` around literals.
    GroupOpen,
    /// `{` of a set or object.
    BraceOpen,
    BraceClose,
    /// `[` of an array.
    BracketOpen,
    BracketClose,
    /// `(` of an expression.
    ParenOpen,
    ParenClose,
    /// `[` of a reference.
    Index,
    /// `(` of a call.
    Call,
    Dot,
    /// `.` that is not glued to the term before it, and so no part of it.
    StrayDot,
    Comma,
    Colon,
    /// `;`, or a newline that ends a literal.
    Separator,

    Assign,
    Unify,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Ampersand,
    Bar,
    /// `|` of a comprehension.
    SuchThat,

    /// `$"`, or a dollar and a backquote: then true.
    TemplateOpen(bool),
    TemplateClose,
    /// `{` in a template.
    ExpressionOpen,
    ExpressionClose,

    /// Comes before a statement.
    StartStatement,
    /// Comes before a query.
    StartQuery,
}

/// A token and the bytes it covers.
pub(crate) type Spanned<'s> = (u32, Token<'s>, u32);

impl Token<'_> {
    /// Whether a term may end here.
    pub(crate) fn ends_term(self) -> bool {
        use Token::*;
        matches!(
            self,
            Ident(_)
                | Number(_)
                | String(_)
                | RawString(_)
                | True
                | False
                | Null
                | BraceClose
                | BracketClose
                | ParenClose
                | TemplateClose
                | Invalid
        )
    }

    /// Whether a literal or statement may begin here.
    pub(crate) fn starts_literal(self) -> bool {
        use Token::*;
        matches!(
            self,
            Ident(_)
                | Number(_)
                | String(_)
                | RawString(_)
                | True
                | False
                | Null
                | BraceOpen
                | BracketOpen
                | ParenOpen
                | GroupOpen
                | OperandOpen
                | TemplateOpen(_)
                | StrayDot
                | Not
                | Declare
                | Every
                | Default
                | Package
                | Import
        )
    }

    /// Whether it stands between two operands.
    pub(crate) fn is_infix(self) -> bool {
        use Token::*;
        matches!(
            self,
            Assign
                | Unify
                | Equal
                | NotEqual
                | Less
                | LessEqual
                | Greater
                | GreaterEqual
                | Plus
                | Minus
                | Star
                | Slash
                | Percent
                | Ampersand
                | Bar
                | In
                | Both
                | Either
        )
    }
}
