//! What to say of a token that the grammar does not accept: OPA's words, and an expected list that a person can use.

use crate::lexeme::{Kind, Lexeme};
use crate::lexer::unseen;
use crate::number;
use crate::span::Span;
use crate::token::{Spanned, Token};
use crate::tree::{ParseError, Wrong};

/// What messages are made from.
pub(crate) struct Messages<'a, 's> {
    /// The whole text.
    pub(crate) text: &'a str,
    /// Its lexemes.
    pub(crate) lexemes: &'a [Lexeme],
    /// The statement's tokens.
    pub(crate) tokens: &'a [Spanned<'s>],
    /// Where the statement ends.
    pub(crate) end: u32,
}

impl Messages<'_, '_> {
    /// An error of the grammar in words.
    pub(crate) fn unexpected(&self, error: &ParseError<'_>) -> Wrong {
        let (at, token, expected) = match error {
            ParseError::User { .. } => (self.end, None, &[][..]),
            ParseError::InvalidToken { location } => (*location, None, &[][..]),
            ParseError::UnrecognizedEof { expected, .. } => (self.end, None, &expected[..]),
            ParseError::UnrecognizedToken { token, expected } => (token.0, Some(token.1), &expected[..]),
            ParseError::ExtraToken { token } => (token.0, Some(token.1), &[][..]),
        };
        let lexeme = self.lexemes.binary_search_by_key(&at, |lexeme| lexeme.start).ok().map(|at| self.lexemes[at]);
        let span = lexeme.map_or(Span { start: at, end: at }, |found| Span { start: found.start, end: found.end });
        if let Some(lexeme) = lexeme
            && let Some(message) = self.lexical(lexeme)
        {
            return Wrong::new(span, message);
        }
        let before = &self.tokens[..self.tokens.partition_point(|token| token.0 < at)];
        if let (Some((start, head, end)), Some(Token::Index | Token::Dot)) = (before.last(), token)
            && let Some(kind) = scalar(*head)
        {
            let message = format!("illegal ref (head cannot be {kind})");
            return Wrong::new(Span { start: *start, end: *end }, message);
        }
        let place = Place::find(before);
        let separated = || self.tokens.get(before.len()).is_some_and(|next| next.1 == Token::Separator);
        if token == Some(Token::StrayDot) && (separated() || !place.before.is_some_and(Token::ends_term)) {
            return self.no_number(at);
        }
        if let Some(wrong) = self.misplaced(before, at) {
            return wrong;
        }
        if let Some(wrong) = self.value_in_braces(before, &place, token) {
            return wrong;
        }
        let message = match place.sentence(token, expected) {
            Some(sentence @ "found empty body") if place.before == Some(Token::OperandOpen) && !place.negated => {
                let brace = before.last().map_or(span, |(start, _, end)| Span { start: *start, end: *end });
                return Wrong::new(brace, sentence);
            }
            Some(sentence) => sentence.to_owned(),
            None => {
                let (name, keyword) = match (token, lexeme) {
                    (None, _) => ("eof", false),
                    (Some(Token::Separator), Some(lexeme)) => kind(lexeme.kind),
                    (Some(token), _) => name(token),
                };
                let what = if keyword { "keyword" } else { "token" };
                let note = match token {
                    Some(Token::Declare) if place.before == Some(Token::Not) => Some("illegal negation of 'some'"),
                    Some(Token::Every) if place.before == Some(Token::Not) => Some("illegal negation of 'every'"),
                    _ if place.before == Some(Token::Dot) => Some("expected identifier"),
                    None => place.note_at_end(expected, self.is_separated(before)),
                    _ => place.note(expected),
                };
                let note = note.map_or(String::new(), |note| format!(": {note}"));
                let ends = expected.iter().any(|one| one.trim_matches('"') == ";");
                let hint = missing_keyword(before, token).filter(|_| ends);
                let hint = hint.map_or(String::new(), |hint| format!(" (hint: {hint})"));
                format!("unexpected {name} {what}{note}{hint}")
            }
        };
        let hints = near_keyword(before, token).into_iter().chain(hint(expected)).collect();
        Wrong { hints, ..Wrong::new(span, message) }
    }

    /// Where a literal may begin, OPA takes a dot for the beginning of a number.
    fn no_number(&self, dot: u32) -> Wrong {
        let next = self.lexemes[self.lexemes.partition_point(|lexeme| lexeme.start <= dot)..].first();
        let end = self.text.len() as u32;
        let (span, (name, _)) = match next {
            None => (Span { start: end, end }, ("eof", false)),
            Some(next) => (Span { start: next.start, end: next.end }, kind(next.kind)),
        };
        Wrong::new(span, format!("unexpected {name} token: expected number"))
    }

    /// What OPA finds wrong at another place than the token that the grammar does not accept.
    fn misplaced(&self, before: &[Spanned<'_>], at: u32) -> Option<Wrong> {
        match before {
            [(start, Token::Default, end)] => {
                Some(Wrong::new(Span { start: *start, end: *end }, "unexpected default keyword"))
            }
            [.., (_, Token::Dot, end)] if *end < at => {
                // Of a line break OPA names the line behind it.
                let between = &self.text.as_bytes()[*end as usize..at as usize];
                let start = *end + between.iter().position(|byte| *byte == b'\n').map_or(0, |feed| feed as u32 + 1);
                let blank = Span { start, end: start + 1 };
                Some(Wrong::new(blank, "unexpected whitespace token: expected identifier"))
            }
            _ => None,
        }
    }

    /// An operand that begins with a brace is a body; what is one value, as it turns out, must be wrapped.
    fn value_in_braces(&self, before: &[Spanned<'_>], place: &Place<'_>, token: Option<Token<'_>>) -> Option<Wrong> {
        if place.opener != Some(Token::OperandOpen) {
            return None;
        }
        let kind = match token? {
            Token::Colon => "object",
            Token::BraceClose | Token::Comma if place.commas > 0 => "set",
            _ => return None,
        };
        let opener = place.opener_at?;
        let start = before.get(opener)?.0;
        let found = self.lexemes.binary_search_by_key(&start, |lexeme| lexeme.start).ok()?;
        let mate = self.lexemes.get(self.lexemes[found].mate as usize)?;
        let span = Span { start, end: mate.end };
        let text = span.of(self.text);
        let after = self.lexemes.get(self.lexemes[found].mate as usize + 1).map_or("", |next| next.text(self.text));
        let message = match opener.checked_sub(1).and_then(|at| before.get(at)).map(|token| token.1) {
            Some(Token::Not) => format!(
                "`{{...}}` in an operand position must contain expression(s), got: {kind} (hint: write `not ({text})` to \
                 negate the value, or `not {{{text}}}` for a body holding it)"
            ),
            _ if matches!(after, "and" | "or") => format!(
                "operand of `{after}` cannot begin with `{{` unless the braces hold a body (hint: wrap the operand to \
                 keep the value: `({text}) {after} ...`)"
            ),
            _ => return None,
        };
        Some(Wrong::new(span, message))
    }

    /// Whether a newline or semicolon follows these tokens, which are the last of the text.
    fn is_separated(&self, before: &[Spanned<'_>]) -> bool {
        let Some((_, last, end)) = before.last() else { return false };
        let rest = self.text.get(*end as usize..).unwrap_or_default();
        *last == Token::Separator
            || rest.contains('\n')
            || rest.split('#').next().is_some_and(|code| code.contains(';'))
    }

    /// What is wrong with a lexeme by itself.
    fn lexical(&self, lexeme: Lexeme) -> Option<String> {
        let text = lexeme.text(self.text);
        Some(match lexeme.kind {
            Kind::OpenString => "non-terminated string".into(),
            Kind::Number => number::fault(text)?.into(),
            Kind::Invalid => match unseen(text).or(text.chars().next()) {
                Some('!') => "illegal ! character".into(),
                Some('$') => "illegal $ character".into(),
                Some('\0') => "illegal null character".into(),
                Some('\u{feff}') => "illegal byte-order mark".into(),
                Some('\u{a0}') => "illegal non-breaking space character, use a regular space instead".into(),
                _ => "illegal token".into(),
            },
            _ => return None,
        })
    }
}

/// What a scalar is.
fn scalar(token: Token<'_>) -> Option<&'static str> {
    Some(match token {
        Token::True | Token::False => "boolean",
        Token::Null => "null",
        Token::Number(_) => "number",
        Token::String(_) | Token::RawString(_) => "string",
        _ => return None,
    })
}

/// OPA's name of a token, and whether OPA calls it a keyword.
fn name(token: Token<'_>) -> (&'static str, bool) {
    use Token::*;
    match token {
        Ident(_) => ("identifier", false),
        Number(_) => ("number", false),
        String(_) | RawString(_) => ("string", false),
        Text(_) | RawText(_) | TemplateOpen(_) | TemplateClose => ("template-string-part", false),
        Invalid => ("illegal", false),
        True => ("true", true),
        False => ("false", true),
        Null => ("null", true),
        Package => ("package", true),
        Import => ("import", true),
        As => ("as", true),
        Default => ("default", true),
        Else => ("else", true),
        Not => ("not", true),
        Declare => ("some", true),
        With => ("with", true),
        If => ("if", true),
        Contains => ("contains", true),
        In => ("in", true),
        Every => ("every", true),
        Both => ("and", true),
        Either => ("or", true),
        BodyOpen | OperandOpen | BraceOpen | ExpressionOpen => ("{", false),
        BraceClose | ExpressionClose => ("}", false),
        BracketOpen | Index => ("[", false),
        BracketClose => ("]", false),
        GroupOpen | ParenOpen | Call => ("(", false),
        ParenClose => (")", false),
        Dot | StrayDot => (".", false),
        Comma => (",", false),
        Colon => (":", false),
        Separator => (";", false),
        Assign => ("assign", false),
        Unify => ("eq", false),
        Equal => ("equal", false),
        NotEqual => ("neq", false),
        Less => ("lt", false),
        LessEqual => ("lte", false),
        Greater => ("gt", false),
        GreaterEqual => ("gte", false),
        Plus => ("plus", false),
        Minus => ("minus", false),
        Star => ("mul", false),
        Slash => ("div", false),
        Percent => ("rem", false),
        Ampersand => ("and", false),
        Bar | SuchThat => ("or", false),
        StartStatement | StartQuery => ("eof", false),
    }
}

/// The name of the lexeme that a separator by newline stands before.
fn kind(kind: Kind) -> (&'static str, bool) {
    match kind {
        Kind::Word => ("identifier", false),
        Kind::Number => ("number", false),
        Kind::String | Kind::RawString => ("string", false),
        Kind::BraceOpen => ("{", false),
        Kind::BracketOpen => ("[", false),
        Kind::ParenOpen => ("(", false),
        Kind::TemplateOpen | Kind::RawTemplateOpen => ("template-string-part", false),
        _ => (";", false),
    }
}

/// Where in a statement an error is.
struct Place<'s> {
    /// The innermost open bracket.
    opener: Option<Token<'s>>,
    /// Which token that is.
    opener_at: Option<usize>,
    /// The token before the error.
    before: Option<Token<'s>>,
    /// Whether "such that" stands after the bracket.
    such_that: bool,
    commas: usize,
    colons: usize,
    /// Whether the literal is an `every`, and whether its `in` is there.
    every: (bool, bool),
    /// Whether the statement is an import.
    import: bool,
    /// Whether a sign stands before, and no operator.
    sign: bool,
    /// Whether `not` stands before the bracket.
    negated: bool,
}

impl<'s> Place<'s> {
    /// The place after some tokens.
    fn find(tokens: &[Spanned<'s>]) -> Self {
        use Token::*;
        let before = tokens.last().map(|token| token.1);
        let mut place = Place {
            opener: None,
            opener_at: None,
            before,
            such_that: false,
            commas: 0,
            colons: 0,
            every: (false, false),
            import: matches!(tokens.first(), Some((_, Import, _))),
            negated: false,
            sign: before == Some(Minus) && !tokens.iter().nth_back(1).is_some_and(|token| token.1.ends_term()),
        };
        let mut closed = 0_usize;
        let mut literal = true;
        for (at, (_, token, _)) in tokens.iter().enumerate().rev() {
            match token {
                BraceClose | BracketClose | ParenClose | ExpressionClose => closed += 1,
                BodyOpen | OperandOpen | GroupOpen | BraceOpen | BracketOpen | ParenOpen | Index | Call
                | ExpressionOpen => {
                    if closed == 0 {
                        (place.opener, place.opener_at) = (Some(*token), Some(at));
                        place.negated = at > 0 && tokens[at - 1].1 == Not;
                        break;
                    }
                    closed -= 1;
                }
                SuchThat if closed == 0 => (place.such_that, literal) = (true, false),
                Separator if closed == 0 => literal = false,
                In if closed == 0 && literal => place.every.1 = true,
                Every if closed == 0 && literal => place.every.0 = true,
                Comma if closed == 0 => place.commas += 1,
                Colon if closed == 0 => place.colons += 1,
                _ => {}
            }
        }
        place
    }

    /// What OPA says without naming the token.
    fn sentence(&self, token: Option<Token<'_>>, expected: &[String]) -> Option<&'static str> {
        let has = |name: &str| expected.iter().any(|one| one == name);
        let opens = matches!(self.before, Some(Token::BodyOpen | Token::OperandOpen | Token::SuchThat));
        match (self.opener, token) {
            // After the value of an object, OPA does not come to look for a body.
            (Some(Token::BraceOpen), _) if opens && self.colons > 0 => None,
            (_, Some(Token::BraceClose | Token::BracketClose)) if opens => Some("found empty body"),
            (Some(Token::ParenOpen | Token::GroupOpen), _) if has("\")\"") => Some("non-terminated expression"),
            (Some(Token::ExpressionOpen), _) if self.before != self.opener => {
                Some("expected } to end template string expression")
            }
            _ => None,
        }
    }

    /// The same for the end of the text. There the grammar has taken what is before it for complete.
    fn note_at_end(&self, expected: &[String], separated: bool) -> Option<&'static str> {
        let opens = [Token::BodyOpen, Token::OperandOpen, Token::BraceOpen, Token::SuchThat];
        match self.opener {
            _ if self.before.is_some_and(|before| opens.contains(&before)) => None,
            Some(Token::BodyOpen | Token::OperandOpen) => Some(r"expected \n or ; or }").filter(|_| !separated),
            Some(Token::BraceOpen) if self.such_that && self.colons == 0 => {
                Some(r"expected \n or ; or }").filter(|_| !separated)
            }
            Some(Token::BracketOpen) if self.such_that => Some(r"expected \n or ; or ]").filter(|_| !separated),
            _ => self.note(expected),
        }
    }

    /// What OPA adds after the token's name.
    fn note(&self, expected: &[String]) -> Option<&'static str> {
        let has = |name: &str| expected.iter().any(|one| one.trim_matches('"') == name);
        let brace = self.opener == Some(Token::BraceOpen);
        let before = self.before?;
        Some(match self.opener {
            _ if before == Token::Declare || before == Token::As && self.import => "expected var",
            _ if before == Token::With => "expected ident",
            _ if before == Token::Else => "expected else value term or rule body",
            _ if self.sign => "expected number",
            Some(_) if before == Token::Every || before == Token::SuchThat && self.colons > 0 => return None,
            Some(_) if self.every == (true, false) => "expected `x[, y] in xs { ... }` expression",
            Some(_) if self.every.0 && has("body{") => "missing body",
            // Where a term is wanted OPA names only what it found.
            Some(opener) if before == opener && !has(";") => return None,
            Some(_) if before == Token::Comma => return None,
            Some(Token::BracketOpen) if self.such_that && has(";") => r"expected \n or ; or ]",
            Some(_) if has(";") => r"expected \n or ; or }",
            _ if has("as") => "expected as keyword",
            Some(Token::Call) if has(")") => r#"expected "," or ")""#,
            Some(Token::Index) if has("]") => "expected [",
            Some(Token::BracketOpen) if has("]") => r#"expected "," or "]""#,
            _ if brace && self.commas > 0 && self.colons > 0 && has(":") => r#"expected ":""#,
            _ if brace && self.commas > 0 && has("}") => r#"expected "," or "}""#,
            _ if brace && self.colons > 0 && has("}") => "non-terminated object",
            _ if brace && has("}") => "non-terminated set",
            _ => return None,
        })
    }
}

/// The keyword that a name may have been meant to be: one that continues a literal where the name stands in the way, or one
/// that begins it where the name stands before another.
fn near_keyword(before: &[Spanned<'_>], token: Option<Token<'_>>) -> Option<String> {
    const CONTINUE: [&str; 8] = ["with", "contains", "every", "else", "if", "in", "as", "default"];
    const BEGIN: [&str; 4] = ["every", "some", "not", "import"];
    let continues = || match token? {
        Token::Ident(name) => crate::near::nearest(name, CONTINUE.into_iter()),
        _ => None,
    };
    let begins = || match (before.last()?.1, token?) {
        (Token::Ident(name), Token::Ident(_) | Token::String(_) | Token::Number(_)) => {
            crate::near::nearest(name, BEGIN.into_iter())
        }
        _ => None,
    };
    // `p contians x if ..` is read as two rules.
    let heads = || match before.first()?.1 {
        Token::Ident(name) if before.len() < 3 => {
            crate::near::nearest(name, ["contains", "import", "default"].into_iter())
        }
        _ => None,
    };
    begins().or_else(continues).or_else(heads).map(|near| format!("did you mean `{near}`?"))
}

/// What an expression may lack: its words are read as names where nothing imports the keywords that they look like.
fn missing_keyword(before: &[Spanned<'_>], token: Option<Token<'_>>) -> Option<&'static str> {
    let some = || {
        let literal = before.iter().rev().take_while(|token| !matches!(token.1, Token::Separator | Token::BodyOpen));
        literal.into_iter().any(|token| token.1 == Token::Declare)
    };
    match (before.last().map(|token| token.1), token?) {
        (_, Token::Ident("in")) if some() => Some("`import future.keywords.in` for `some x in xs` expressions"),
        (_, Token::Ident("in")) => Some("`import future.keywords.in` for `x in xs` expressions"),
        (_, Token::Ident("and")) => Some("`import future.keywords.and` for `x and y` expressions"),
        (_, Token::Ident("or")) => Some("`import future.keywords.or` for `x or y` expressions"),
        (Some(Token::Ident("every")), Token::Ident(_)) => {
            Some("`import future.keywords.every` for `every x in xs { ... }` expressions")
        }
        _ => None,
    }
}

/// The expected tokens as a person would list them: what continues an expression is left out, what begins one is one word.
fn hint(expected: &[String]) -> Option<String> {
    let has = |name: &str| expected.iter().any(|one| one.trim_matches('"') == name);
    let mut list: Vec<&str> = vec![];
    if has("IDENT") && has("NUMBER") {
        list.push("a value");
    } else if has("IDENT") {
        list.push("a name");
    }
    if has("body{") || has("operand{") && !has("IDENT") {
        list.push("`{`");
    }
    for (token, shown) in [
        ("}", "`}`"),
        ("]", "`]`"),
        (")", "`)`"),
        (",", "`,`"),
        (":", "`:`"),
        (";", "a new line or `;`"),
        ("if", "`if`"),
        ("as", "`as`"),
        ("}$", "`}`"),
    ] {
        if has(token) {
            list.push(shown);
        }
    }
    if list.is_empty() || list.len() > 5 {
        return None;
    }
    let (last, rest) = list.split_last()?;
    Some(if rest.is_empty() { format!("expected {last}") } else { format!("expected {} or {last}", rest.join(", ")) })
}
