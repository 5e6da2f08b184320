//! A template's text in tokens: plain text, and within `{{` and `}}` what actions are made of.
//!
//! `{{- ` and ` -}}` take the spaces before and after them away; comments leave nothing.

pub(super) use lictor_value::text::quoted;
use lictor_value::text::{self, lossy};

use crate::unicode::is_letter_or_digit;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No token; the message says why.
    Error,
    Bool,
    /// Any other character that can be printed: a comma.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    End,
    Field,
    Identifier,
    LeftDelimiter,
    LeftParenthesis,
    Number,
    Pipe,
    RawString,
    RightDelimiter,
    RightParenthesis,
    Space,
    String,
    Text,
    Variable,
    Keyword(Keyword),
}

/// The words that are no functions, and the dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Dot,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Nil,
    Template,
    With,
}

/// A token: what it is, where it begins, and its text, or in its stead what is wrong.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) at: usize,
    pub(super) text: &'t [u8],
    pub(super) error: String,
}

impl Token<'_> {
    /// How errors call it.
    pub(super) fn describe(&self) -> String {
        match self.kind {
            Kind::End => "EOF".into(),
            Kind::Error => self.error.clone(),
            Kind::Keyword(_) => format!("<{}>", lossy(self.text)),
            _ if self.text.len() > 10 => {
                let shown = text::runes(self.text).take(10).map(|(_, size)| size).sum();
                format!("{}...", quoted(&self.text[..shown]))
            }
            _ => quoted(self.text),
        }
    }
}

const LEFT: &[u8] = b"{{";
const RIGHT: &[u8] = b"}}";

/// Where in a template.
pub(super) struct Lexer<'t> {
    input: &'t [u8],
    at: usize,
    start: usize,
    inside_action: bool,
    parentheses: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(input: &'t [u8]) -> Self {
        Lexer { input, at: 0, start: 0, inside_action: false, parentheses: 0 }
    }

    pub(super) fn next(&mut self) -> Token<'t> {
        if self.inside_action { self.action() } else { self.text() }
    }

    fn rest(&self) -> &'t [u8] {
        &self.input[self.at..]
    }

    /// The next character; one that is no UTF-8 counts as U+FFFD.
    fn peek(&self) -> Option<char> {
        text::runes(self.rest()).next().map(|(c, _)| c)
    }

    fn take(&mut self) -> Option<char> {
        let (c, size) = text::runes(self.rest()).next()?;
        self.at += size;
        Some(c)
    }

    fn take_while(&mut self, such: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&such) {
            self.take();
        }
    }

    fn takes(&mut self, any: &str) -> bool {
        let found = self.peek().is_some_and(|c| any.contains(c));
        if found {
            self.take();
        }
        found
    }

    /// The token up to here.
    fn token(&mut self, kind: Kind) -> Token<'t> {
        let (at, text) = (self.start, &self.input[self.start..self.at]);
        self.start = self.at;
        Token { kind, at, text, error: String::new() }
    }

    fn error(&self, error: impl Into<String>) -> Token<'t> {
        Token { kind: Kind::Error, at: self.start, text: b"", error: error.into() }
    }

    fn text(&mut self) -> Token<'t> {
        loop {
            let Some(len) = memchr::memmem::find(self.rest(), LEFT) else {
                self.at = self.input.len();
                return self.token(if self.at > self.start { Kind::Text } else { Kind::End });
            };
            let begin = self.at + len;
            let after = &self.input[begin + LEFT.len()..];
            let trims = matches!(after, [b'-', space, ..] if is_space(*space));
            let plain = &self.input[self.start..begin];
            self.at = begin - if trims { spaces_at_end(plain) } else { 0 };
            if self.at > self.start {
                let token = self.token(Kind::Text);
                (self.at, self.start) = (begin, begin);
                return token;
            }
            (self.at, self.start) = (begin, begin);
            let marker = if trims { 2 } else { 0 };
            if self.rest()[LEFT.len() + marker..].starts_with(b"/*") {
                self.at += LEFT.len() + marker;
                self.start = self.at;
                if let Some(error) = self.comment() {
                    return error;
                }
                continue;
            }
            self.at += LEFT.len();
            let token = self.token(Kind::LeftDelimiter);
            self.inside_action = true;
            self.parentheses = 0;
            self.at += marker;
            self.start = self.at;
            return token;
        }
    }

    /// Skips a comment; an error where it is none.
    fn comment(&mut self) -> Option<Token<'t>> {
        self.at += 2;
        let Some(len) = memchr::memmem::find(self.rest(), b"*/") else {
            return Some(self.error("unclosed comment"));
        };
        self.at += len + 2;
        let Some(trims) = self.right_delimiter() else {
            return Some(self.error("comment ends before closing delimiter"));
        };
        self.close(trims);
        None
    }

    /// Whether a right delimiter stands here, and if it takes spaces away.
    fn right_delimiter(&self) -> Option<bool> {
        match self.rest() {
            [space, b'-', after @ ..] if is_space(*space) && after.starts_with(RIGHT) => Some(true),
            rest if rest.starts_with(RIGHT) => Some(false),
            _ => None,
        }
    }

    /// Goes past the right delimiter and the spaces that it takes away.
    fn close(&mut self, trims: bool) -> Token<'t> {
        self.at += if trims { 2 } else { 0 };
        self.start = self.at;
        self.at += RIGHT.len();
        let token = self.token(Kind::RightDelimiter);
        if trims {
            self.at += self.rest().iter().take_while(|byte| is_space(**byte)).count();
            self.start = self.at;
        }
        self.inside_action = false;
        token
    }

    fn action(&mut self) -> Token<'t> {
        if let Some(trims) = self.right_delimiter() {
            return if self.parentheses == 0 { self.close(trims) } else { self.error("unclosed left paren") };
        }
        let Some(c) = self.peek() else { return self.error("unclosed action") };
        if c.is_ascii() && is_space(c as u8) {
            return self.space();
        }
        if c == '_' || is_letter_or_digit(c) && !c.is_ascii_digit() {
            return self.identifier();
        }
        let next_is_digit = self.rest().get(1).is_some_and(u8::is_ascii_digit);
        if matches!(c, '+' | '-' | '0'..='9') || c == '.' && (next_is_digit || self.rest().len() == 1) {
            return self.number();
        }
        self.take();
        match c {
            '=' => self.token(Kind::Assign),
            ':' => match self.take() {
                Some('=') => self.token(Kind::Declare),
                _ => self.error("expected :="),
            },
            '|' => self.token(Kind::Pipe),
            '"' => self.quote('"', Kind::String, "unterminated quoted string"),
            '\'' => self.quote('\'', Kind::CharConstant, "unterminated character constant"),
            '`' => match memchr::memchr(b'`', self.rest()) {
                Some(len) => {
                    self.at += len + 1;
                    self.token(Kind::RawString)
                }
                None => self.error("unterminated raw quoted string"),
            },
            '$' => self.name(Kind::Variable, Kind::Variable),
            '.' => self.name(Kind::Field, Kind::Keyword(Keyword::Dot)),
            '(' => {
                self.parentheses += 1;
                self.token(Kind::LeftParenthesis)
            }
            ')' => match self.parentheses.checked_sub(1) {
                Some(left) => {
                    self.parentheses = left;
                    self.token(Kind::RightParenthesis)
                }
                None => self.error("unexpected right paren"),
            },
            '!'..='~' => self.token(Kind::Char),
            _ => self.error(format!("unrecognized character in action: {}", text::describe_char(c))),
        }
    }

    fn space(&mut self) -> Token<'t> {
        let spaces = self.rest().iter().take_while(|byte| is_space(**byte)).count();
        self.at += spaces - 1;
        // The last one may belong to the delimiter.
        if self.right_delimiter() == Some(true) {
            return if spaces == 1 { self.close(true) } else { self.token(Kind::Space) };
        }
        self.at += 1;
        self.token(Kind::Space)
    }

    fn identifier(&mut self) -> Token<'t> {
        self.take_while(|c| c == '_' || is_letter_or_digit(c));
        if let Some(error) = self.bad_end() {
            return error;
        }
        let kind = match &self.input[self.start..self.at] {
            b"block" => Kind::Keyword(Keyword::Block),
            b"break" => Kind::Keyword(Keyword::Break),
            b"continue" => Kind::Keyword(Keyword::Continue),
            b"define" => Kind::Keyword(Keyword::Define),
            b"else" => Kind::Keyword(Keyword::Else),
            b"end" => Kind::Keyword(Keyword::End),
            b"if" => Kind::Keyword(Keyword::If),
            b"range" => Kind::Keyword(Keyword::Range),
            b"nil" => Kind::Keyword(Keyword::Nil),
            b"template" => Kind::Keyword(Keyword::Template),
            b"with" => Kind::Keyword(Keyword::With),
            b"true" | b"false" => Kind::Bool,
            _ => Kind::Identifier,
        };
        self.token(kind)
    }

    /// A field or variable after its dot or dollar sign, or that alone.
    fn name(&mut self, kind: Kind, alone: Kind) -> Token<'t> {
        if self.at_terminator() {
            return self.token(alone);
        }
        self.take_while(|c| c == '_' || is_letter_or_digit(c));
        if let Some(error) = self.bad_end() {
            return error;
        }
        self.token(kind)
    }

    /// An error where a name is followed by what may not follow one.
    fn bad_end(&self) -> Option<Token<'t>> {
        if self.at_terminator() {
            return None;
        }
        let c = self.peek()?;
        Some(self.error(format!("bad character {}", text::describe_char(c))))
    }

    fn at_terminator(&self) -> bool {
        match self.rest().first() {
            None | Some(b'.' | b',' | b'|' | b':' | b')' | b'(') => true,
            Some(byte) => is_space(*byte) || self.rest().starts_with(RIGHT),
        }
    }

    /// What follows an opening quote, up to the closing one on the same line.
    fn quote(&mut self, quote: char, kind: Kind, unterminated: &str) -> Token<'t> {
        loop {
            match self.take() {
                Some('\\') => {
                    if matches!(self.take(), None | Some('\n')) {
                        return self.error(unterminated);
                    }
                }
                None | Some('\n') => return self.error(unterminated),
                Some(c) if c == quote => return self.token(kind),
                Some(_) => {}
            }
        }
    }

    /// Whatever begins like a number; whether it is one is for the parser to say.
    fn number(&mut self) -> Token<'t> {
        let bad =
            |lexer: &Self| lexer.error(format!("bad number syntax: {}", quoted(&lexer.input[lexer.start..lexer.at])));
        if !self.scan_number() {
            return bad(self);
        }
        if matches!(self.peek(), Some('+' | '-')) {
            if !self.scan_number() || self.input[self.at - 1] != b'i' {
                return bad(self);
            }
            return self.token(Kind::Complex);
        }
        self.token(Kind::Number)
    }

    fn scan_number(&mut self) -> bool {
        self.takes("+-");
        let mut digits = "0123456789_";
        if self.takes("0") {
            if self.takes("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.takes("oO") {
                digits = "01234567_";
            } else if self.takes("bB") {
                digits = "01_";
            }
        }
        self.take_while(|c| digits.contains(c));
        if self.takes(".") {
            self.take_while(|c| digits.contains(c));
        }
        let power = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if self.takes(power) {
            self.takes("+-");
            self.take_while(|c| "0123456789_".contains(c));
        }
        self.takes("i");
        if self.peek().is_some_and(|c| c == '_' || is_letter_or_digit(c)) {
            self.take();
            return false;
        }
        true
    }
}

/// How many spaces a text ends with, of the four that templates know.
fn spaces_at_end(text: &[u8]) -> usize {
    text.iter().rev().take_while(|byte| is_space(**byte)).count()
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
