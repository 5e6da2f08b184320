//! The tokens of GraphQL: its lexical grammar (<https://spec.graphql.org/October2021/#sec-Source-Text>), with the
//! positions and words that gqlparser, and so OPA, gives to what is wrong.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use lictor_value::text::{lossy, quoted};

use super::document::{Complaint, Position};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Invalid,
    End,
    Bang,
    Dollar,
    Amp,
    ParenLeft,
    ParenRight,
    Spread,
    Colon,
    Equals,
    At,
    BracketLeft,
    BracketRight,
    BraceLeft,
    BraceRight,
    Pipe,
    Name,
    Int,
    Float,
    String,
    BlockString,
    Comment,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Invalid => "<Invalid>",
            Kind::End => "<EOF>",
            Kind::Bang => "!",
            Kind::Dollar => "$",
            Kind::Amp => "&",
            Kind::ParenLeft => "(",
            Kind::ParenRight => ")",
            Kind::Spread => "...",
            Kind::Colon => ":",
            Kind::Equals => "=",
            Kind::At => "@",
            Kind::BracketLeft => "[",
            Kind::BracketRight => "]",
            Kind::BraceLeft => "{",
            Kind::BraceRight => "}",
            Kind::Pipe => "|",
            Kind::Name => "Name",
            Kind::Int => "Int",
            Kind::Float => "Float",
            Kind::String => "String",
            Kind::BlockString => "BlockString",
            Kind::Comment => "Comment",
        })
    }
}

/// A token; punctuation has no value.
#[derive(Clone, Debug)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind,
    pub(crate) value: Cow<'t, str>,
    pub(crate) position: Position,
    /// Of strings, the byte after the quote; of comments, their first one.
    start: usize,
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value.is_empty() {
            return self.kind.fmt(f);
        }
        write!(f, "{} {}", self.kind, super::quoted(&self.value))
    }
}

/// Reads tokens off a text.
pub(crate) struct Lexer<'t> {
    text: &'t str,
    /// The text before its broken bytes were replaced.
    source: &'t [u8],
    /// A place in the text and where it is in the source.
    found: Cell<(usize, usize)>,
    built_in: bool,
    at: usize,
    /// The same in characters.
    characters: i64,
    line: i64,
    /// Where the line begins, in characters.
    line_start: i64,
    /// What is wrong with the last token, where it is invalid.
    pub(crate) complaint: Option<Complaint>,
}

impl<'t> Lexer<'t> {
    /// A lexer of the text that has U+FFFD for each broken byte of the source.
    pub(crate) fn new(text: &'t str, source: &'t [u8], built_in: bool) -> Self {
        Lexer {
            text,
            source,
            found: Cell::default(),
            built_in,
            at: 0,
            characters: 0,
            line: 1,
            line_start: 0,
            complaint: None,
        }
    }

    /// The next token; at the end of the text always [`Kind::End`].
    pub(crate) fn read(&mut self) -> Token<'t> {
        self.skip_ignored();
        let (start, characters) = (self.at, self.characters);
        let Some(c) = self.text[self.at..].chars().next() else {
            return self.token(Kind::End, "", characters);
        };
        let single = match c {
            '!' => Kind::Bang,
            '$' => Kind::Dollar,
            '&' => Kind::Amp,
            '(' => Kind::ParenLeft,
            ')' => Kind::ParenRight,
            ':' => Kind::Colon,
            '=' => Kind::Equals,
            '@' => Kind::At,
            '[' => Kind::BracketLeft,
            ']' => Kind::BracketRight,
            '{' => Kind::BraceLeft,
            '}' => Kind::BraceRight,
            '|' => Kind::Pipe,
            '.' if self.text[start..].starts_with("...") => {
                self.skip(3);
                return self.token(Kind::Spread, "", characters);
            }
            '#' => {
                self.skip_while(|c| c > '\u{1f}' || c == '\t');
                let comment = self.token(Kind::Comment, &self.text[start..self.at], characters);
                return Token { start, ..comment };
            }
            '_' | 'a'..='z' | 'A'..='Z' => {
                self.skip_while(|c| c == '_' || c.is_ascii_alphanumeric());
                return self.token(Kind::Name, &self.text[start..self.at], characters);
            }
            '-' | '0'..='9' => return self.number(),
            '"' if self.text[start..].starts_with("\"\"\"") => return self.block_string(),
            '"' => return self.string(),
            _ => return self.unexpected(c),
        };
        self.skip(1);
        self.token(single, "", characters)
    }

    /// A token as errors show it: a string or a comment has its broken bytes, as far as gqlparser copies none of it.
    pub(crate) fn shown(&self, token: &Token<'_>) -> String {
        let text = &self.text[token.start..];
        let plain = match token.kind {
            Kind::Comment => token.value.len(),
            Kind::String if !token.value.is_empty() => text.find(['"', '\\']).unwrap_or(text.len()),
            _ => return token.to_string(),
        };
        let source = self.source_from(token.start);
        let mut value = source[..length_in(source, &text[..plain])].to_vec();
        value.extend_from_slice(&token.value.as_bytes()[plain..]);
        format!("{} {}", token.kind, quoted(&value))
    }

    /// The source from a place in the text.
    fn source_from(&self, at: usize) -> &'t [u8] {
        let (text, source) = if self.found.get().0 <= at { self.found.get() } else { (0, 0) };
        let source = source + length_in(&self.source[source..], &self.text[text..at]);
        self.found.set((at, source));
        &self.source[source..]
    }

    /// The first byte that is left, as a character of its own.
    fn first_byte(&self) -> Option<char> {
        self.source_from(self.at).first().copied().map(char::from)
    }

    fn unexpected(&mut self, c: char) -> Token<'t> {
        match c {
            '\0'..'\x20' => self.invalid(format!("Cannot contain the invalid character \"\\u{:04x}\"", u32::from(c))),
            '\'' => {
                let hint = "Unexpected single quote character ('), did you mean to use a double quote (\")?";
                self.invalid(hint.to_owned())
            }
            // Only the first byte is shown, as a character of its own.
            _ => {
                let first = self.first_byte().unwrap_or(c);
                self.invalid(format!("Cannot parse the unexpected character \"{first}\"."))
            }
        }
    }

    fn number(&mut self) -> Token<'t> {
        let (start, characters) = (self.at, self.characters);
        self.accept(&['-']);
        if self.accept(&['0']) {
            if self.next_is_digit() {
                let text = format!("Invalid number, unexpected digit after 0: {}.", self.describe_next());
                return self.invalid(text);
            }
        } else if !self.digits() {
            return self.no_digit();
        }
        let mut kind = Kind::Int;
        if self.accept(&['.']) {
            kind = Kind::Float;
            if !self.digits() {
                return self.no_digit();
            }
        }
        if self.accept(&['e', 'E']) {
            kind = Kind::Float;
            self.accept(&['-', '+']);
            if !self.digits() {
                return self.no_digit();
            }
        }
        self.token(kind, &self.text[start..self.at], characters)
    }

    fn no_digit(&mut self) -> Token<'t> {
        let text = format!("Invalid number, expected digit but got: {}.", self.describe_next());
        self.invalid(text)
    }

    fn describe_next(&self) -> String {
        match self.first_byte() {
            Some(byte) => format!("\"{byte}\""),
            None => "<EOF>".to_owned(),
        }
    }

    /// A string in single quotes; its position is that of its first character.
    fn string(&mut self) -> Token<'t> {
        self.skip(1);
        let (start, characters) = (self.at, self.characters);
        let mut unescaped: Option<String> = None;
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                '\n' | '\r' => break,
                '\0'..'\x20' if c != '\t' => {
                    let text = format!("Invalid character within String: \"\\u{:04x}\".", u32::from(c));
                    return self.invalid(text);
                }
                '"' => {
                    let value = match unescaped {
                        Some(value) => Cow::Owned(value),
                        None => Cow::Borrowed(&self.text[start..self.at]),
                    };
                    self.skip(1);
                    return Token { start, ..self.token(Kind::String, value, characters) };
                }
                '\\' => {
                    let so_far = unescaped.get_or_insert_with(|| self.text[start..self.at].to_owned());
                    match escape(self.source_from(self.at)) {
                        Ok((c, size)) => {
                            so_far.push(c);
                            self.skip(size);
                        }
                        Err(text) => {
                            self.skip(1);
                            return self.invalid(text);
                        }
                    }
                }
                _ => {
                    if let Some(so_far) = &mut unescaped {
                        so_far.push(c);
                    }
                    self.at += c.len_utf8();
                    self.characters += 1;
                }
            }
        }
        self.invalid("Unterminated string.".to_owned())
    }

    /// A string in triple quotes; its position is that of its first character, but counted in its last line.
    fn block_string(&mut self) -> Token<'t> {
        self.skip(3);
        let characters = self.characters;
        let mut raw = String::new();
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                '"' => {
                    let quotes = self.text[self.at..].bytes().take_while(|b| *b == b'"').count();
                    if quotes >= 3 {
                        raw.extend(std::iter::repeat_n('"', quotes - 3));
                        let token = self.token(Kind::BlockString, dedent(&raw), characters);
                        self.skip(quotes);
                        return token;
                    }
                    raw.extend(std::iter::repeat_n('"', quotes));
                    self.skip(quotes);
                }
                '\0'..'\x20' if !matches!(c, '\t' | '\n' | '\r') => {
                    let text = format!("Invalid character within String: \"\\u{:04x}\".", u32::from(c));
                    return self.invalid(text);
                }
                '\\' if self.text[self.at..].starts_with("\\\"\"\"") => {
                    raw.push_str("\"\"\"");
                    self.skip(4);
                }
                '\n' | '\r' => {
                    raw.push('\n');
                    if self.text[self.at..].starts_with("\r\n") {
                        self.skip(1);
                    }
                    self.skip(1);
                    self.line += 1;
                    self.line_start = self.characters;
                }
                _ => {
                    raw.push(c);
                    self.at += c.len_utf8();
                    self.characters += 1;
                }
            }
        }
        self.invalid("Unterminated string.".to_owned())
    }

    fn skip_ignored(&mut self) {
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                '\t' | ' ' | ',' => self.skip(1),
                '\n' | '\r' => {
                    self.skip(1);
                    self.line += 1;
                    self.line_start = self.characters;
                    if c == '\r' && self.text[self.at..].starts_with('\n') {
                        self.skip(1);
                    }
                }
                '\u{feff}' => {
                    self.at += c.len_utf8();
                    self.characters += 1;
                }
                _ => return,
            }
        }
    }

    /// Goes on by so many characters of ASCII.
    fn skip(&mut self, ascii: usize) {
        self.at += ascii;
        self.characters += ascii as i64;
    }

    fn skip_while(&mut self, goes_on: impl Fn(char) -> bool) {
        for c in self.text[self.at..].chars().take_while(|c| goes_on(*c)) {
            self.at += c.len_utf8();
            self.characters += 1;
        }
    }

    fn accept(&mut self, any: &[char]) -> bool {
        let found = self.text[self.at..].starts_with(any);
        self.skip(usize::from(found));
        found
    }

    fn next_is_digit(&self) -> bool {
        self.text.as_bytes().get(self.at).is_some_and(u8::is_ascii_digit)
    }

    /// Skips digits; whether there were any.
    fn digits(&mut self) -> bool {
        let start = self.at;
        self.skip_while(|c| c.is_ascii_digit());
        self.at > start
    }

    fn token(&self, kind: Kind, value: impl Into<Cow<'t, str>>, start: i64) -> Token<'t> {
        Token { kind, value: value.into(), position: self.position(start), start: 0 }
    }

    fn invalid(&mut self, message: String) -> Token<'t> {
        let position = self.position(self.characters);
        self.complaint = Some(Complaint { message, position: Some(position) });
        Token { kind: Kind::Invalid, value: Cow::Borrowed(""), position, start: 0 }
    }

    fn position(&self, characters: i64) -> Position {
        Position { line: self.line, column: characters - self.line_start + 1, built_in: self.built_in }
    }
}

/// How many bytes of a source a text is that begins with it.
fn length_in(source: &[u8], text: &str) -> usize {
    text.chars().fold(0, |at, c| {
        let is_broken = c == char::REPLACEMENT_CHARACTER && !source[at..].starts_with("\u{fffd}".as_bytes());
        at + if is_broken { 1 } else { c.len_utf8() }
    })
}

/// The character that an escape at the beginning of `text` stands for, and how long the escape is.
fn escape(text: &[u8]) -> Result<(char, usize), String> {
    let Some(kind) = text.get(1) else {
        return Err("Invalid character escape sequence.".to_owned());
    };
    let plain = match kind {
        b'"' | b'/' | b'\\' => char::from(*kind),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            // A string cannot end right after the digits: the quote that closes it follows.
            let digits = text.get(2..6).filter(|_| text.len() > 6);
            let Some(digits) = digits else {
                return Err(format!("Invalid character escape sequence: \\{}.", lossy(&text[1..])));
            };
            let code = std::str::from_utf8(digits)
                .ok()
                .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
                .and_then(|digits| u32::from_str_radix(digits, 16).ok());
            let Some(code) = code else {
                return Err(format!("Invalid character escape sequence: \\{}.", lossy(&text[1..6])));
            };
            return Ok((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 6));
        }
        _ => return Err(format!("Invalid character escape sequence: \\{}.", char::from(*kind))),
    };
    Ok((plain, 2))
}

/// What a block string means: without the indentation that its lines share (the first counts here, unlike in the
/// specification) and without blank lines around it.
fn dedent(raw: &str) -> String {
    let indent = |line: &str| line.bytes().position(|b| b != b' ' && b != b'\t');
    let mut lines: Vec<&str> = raw.split('\n').collect();
    if let Some(common) = lines.iter().filter_map(|line| indent(line)).min() {
        for line in lines.iter_mut().skip(1) {
            *line = line.get(common..).unwrap_or("");
        }
    }
    let start = lines.iter().position(|line| indent(line).is_some()).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| indent(line).is_some()).map_or(start, |last| last + 1);
    lines[start..end].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let mut lexer = Lexer::new(text, text.as_bytes(), false);
        let mut tokens = Vec::new();
        loop {
            let token = lexer.read();
            if matches!(token.kind, Kind::End | Kind::Invalid) {
                tokens.extend(lexer.complaint.map(|complaint| complaint.to_string()));
                return tokens;
            }
            tokens.push(token.to_string());
        }
    }

    #[test]
    fn words_numbers_and_punctuation_are_told_apart() {
        assert_eq!(
            tokens("who(age:-1.5e3)...\u{feff}"),
            ["Name \"who\"", "(", "Name \"age\"", ":", "Float \"-1.5e3\"", ")", "..."]
        );
        assert_eq!(tokens("# to the end\n0"), ["Comment \"# to the end\"", "Int \"0\""]);
    }

    #[test]
    fn strings_lose_their_escapes_and_block_strings_their_indentation() {
        assert_eq!(tokens(r#""a\u00e9\n\"""#), ["String \"aé\\n\\\"\""]);
        assert_eq!(tokens("\"\"\"\n   one\n     two\n\"\"\""), ["BlockString \"one\\n  two\""]);
        assert_eq!(
            tokens("\"\"\"a\\\"\"\"\"\"\"\"b\"\"\""),
            ["BlockString \"a\\\"\\\"\\\"\\\"\"", "Name \"b\"", "input:1:17: Unterminated string."]
        );
    }

    #[test]
    fn what_is_no_token_is_told_with_its_place() {
        let wrong = |text| tokens(text).pop();
        assert_eq!(wrong("\n 01").as_deref(), Some("input:2:3: Invalid number, unexpected digit after 0: \"1\"."));
        assert_eq!(wrong("1.x").as_deref(), Some("input:1:3: Invalid number, expected digit but got: \"x\"."));
        assert_eq!(wrong("\"é").as_deref(), Some("input:1:3: Unterminated string."));
        assert_eq!(wrong(r#""\q""#).as_deref(), Some("input:1:3: Invalid character escape sequence: \\q."));
        assert_eq!(wrong("?").as_deref(), Some("input:1:1: Cannot parse the unexpected character \"?\"."));
    }
}
