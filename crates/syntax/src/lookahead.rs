//! Looking ahead in lexemes, brackets skipped by their mates.

use crate::ast::Dialect;
use crate::lexeme::{Kind, Lexeme};

/// A text and its lexemes.
#[derive(Clone, Copy)]
pub(crate) struct Lookahead<'s, 'l> {
    /// The text.
    pub(crate) text: &'s str,
    /// Its lexemes.
    pub(crate) lexemes: &'l [Lexeme],
}

impl<'s> Lookahead<'s, '_> {
    pub(crate) fn get(&self, at: usize) -> Option<Lexeme> {
        self.lexemes.get(at).copied()
    }

    pub(crate) fn slice(&self, start: u32, end: u32) -> &'s str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The text of a word; empty for what is none.
    fn word(&self, at: usize) -> &'s str {
        match self.get(at) {
            Some(lexeme) if lexeme.kind == Kind::Word => self.slice(lexeme.start, lexeme.end),
            _ => "",
        }
    }

    /// Whether a dot or bracket is glued to the lexeme at `at`: then it is a name or part of one.
    fn suffixed(&self, at: usize) -> bool {
        self.get(at + 1).is_some_and(|next| next.glued && matches!(next.kind, Kind::Dot | Kind::BracketOpen))
    }

    /// Whether `and` or `or` follows a bracket's mate.
    pub(crate) fn logic_after(&self, mate: u32) -> bool {
        matches!(self.word(mate as usize + 1), "and" | "or")
    }

    /// The first word from `at` on that begins a row; the number of lexemes if there is none.
    pub(crate) fn next_row_word(&self, at: usize) -> usize {
        let begins = |lexeme: &Lexeme| {
            let start = lexeme.start as usize;
            lexeme.kind == Kind::Word && (start == 0 || self.text.as_bytes()[start - 1] == b'\n')
        };
        let rest = self.lexemes.get(at..).unwrap_or_default();
        at.min(self.lexemes.len()) + rest.iter().position(begins).unwrap_or(rest.len())
    }
}

/// After `if`: does the brace at `at` open a value (object, comprehension, operand) rather than a body?
pub(crate) fn brace_is_value(look: Lookahead<'_, '_>, at: usize, dialect: Dialect) -> bool {
    use Kind::*;
    let close = look.get(at).map_or(0, |brace| brace.mate as usize).min(look.lexemes.len());
    if close == at + 1 {
        return true;
    }
    if let Some(next) = look.get(close + 1) {
        let operator = matches!(
            next.kind,
            Equal
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
                | Unify
                | Assign
        );
        let suffix = next.glued && matches!(next.kind, Dot | BracketOpen);
        let member = dialect.in_ && look.word(close + 1) == "in" && !look.suffixed(close + 1);
        if operator || suffix || member {
            return true;
        }
    }
    let mut lone = true;
    let mut k = at + 1;
    while k < close {
        let first = k == at + 1;
        let lexeme = look.lexemes[k];
        match lexeme.kind {
            Colon => return true,
            Bar if lone => return true,
            Minus if first => {}
            Comma | Semicolon | Assign | Unify | Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual
            | Plus | Minus | Star | Slash | Percent | Ampersand => lone = false,
            Word if !first && look.lexemes[k - 1].kind != Dot => lone = false,
            Word if first && matches!(look.word(k), "not" | "some" | "every") => lone = false,
            kind if kind.opens() => k = (lexeme.mate as usize).max(k),
            _ => {}
        }
        k += 1;
    }
    false
}

/// `[x | y, z]`: does what is right of the bar at `at` turn out to be a list of values, and the bar a union?
pub(crate) fn lists_after(look: Lookahead<'_, '_>, at: usize, dialect: Dialect) -> bool {
    let mut k = at + 1;
    if matches!(look.word(k), "some" | "every") {
        return false;
    }
    // A comma is there that `in` may yet claim, as in `k, v in xs`.
    let mut pending = false;
    while let Some(lexeme) = look.get(k) {
        match lexeme.kind {
            Kind::BraceClose | Kind::BracketClose | Kind::ParenClose | Kind::ExpressionClose | Kind::Semicolon => break,
            Kind::Comma if pending => return true,
            Kind::Comma => pending = true,
            Kind::Word if matches!(look.word(k), "some" | "every") => break,
            Kind::Word if dialect.in_ && look.word(k) == "in" => pending = false,
            kind if kind.opens() => k = (lexeme.mate as usize).max(k),
            _ => {}
        }
        k += 1;
    }
    pending
}
