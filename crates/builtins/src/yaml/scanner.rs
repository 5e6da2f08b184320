//! From characters to tokens: YAML 1.1 as `libyaml` and its Go port read it.
//!
//! The one difficulty is the key: `a b c: d` is a scalar until its `:` turns up, at most 1024 characters later and on the
//! same line. So each token that could begin a key is remembered, one a flow level, and tokens are given out only once
//! it is known whether a [`Kind::Key`] belongs before them.

mod block;
mod quoted;
mod small;

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};

use super::error::Error;
use super::token::{Kind, Mark, Token};

/// How deeply brackets or indentation may nest, as in JSON.
const MAX_DEPTH: usize = lictor_value::json::MAX_DEPTH;

/// How many characters may be between the beginning of a key and its `:`.
const KEY_LENGTH: usize = 1024;

/// How far the Go port looks for another comment.
const COMMENT_REACH: usize = 512;

type Step<T> = Result<T, Error>;

/// What may turn out to be a key.
#[derive(Clone, Copy, Default)]
struct MayBeKey {
    possible: bool,
    /// It stands where in a block mapping only a key may stand.
    required: bool,
    /// The number of its token since the beginning.
    token: usize,
    mark: Mark,
}

/// The scanner of a stream.
pub(super) struct Scanner<'c> {
    characters: &'c [char],
    /// Whether anybody looked behind the last of them.
    is_at_end: Cell<bool>,
    mark: Mark,
    /// Only blanks were read since the last line break.
    fresh_line: bool,
    tokens: VecDeque<Token>,
    /// How many tokens were given out.
    given: usize,
    /// The column of the innermost block; -1 outside of all.
    indent: isize,
    indents: Vec<isize>,
    flow_level: usize,
    key_allowed: bool,
    keys: Vec<MayBeKey>,
    /// By token, the flow level of which it may be the key.
    key_of_token: HashMap<usize, usize>,
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_end_or_break(c: char) -> bool {
    c == '\0' || is_break(c)
}

fn ends_word(c: char) -> bool {
    is_blank(c) || is_end_or_break(c)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

impl<'c> Scanner<'c> {
    pub(super) fn new(characters: &'c [char]) -> Self {
        Scanner {
            characters,
            is_at_end: Cell::new(false),
            mark: Mark::default(),
            fresh_line: false,
            tokens: VecDeque::new(),
            given: 0,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            key_allowed: true,
            keys: vec![MayBeKey::default()],
            key_of_token: HashMap::new(),
        }
    }

    /// The next token, which stays.
    pub(super) fn peek(&mut self) -> Step<&Token> {
        // Two tokens beyond the next one are read as well, so that what is wrong is found in the same order as by Go.
        while self.tokens.len() <= 2 || self.may_need_key()? {
            self.fetch()?;
        }
        Ok(&self.tokens[0])
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Step<Token> {
        self.peek()?;
        match self.tokens.pop_front() {
            Some(token) => {
                self.given += 1;
                Ok(token)
            }
            None => unreachable!("there is what was peeked at"),
        }
    }

    /// Whether a key may still turn out to begin with the next token.
    fn may_need_key(&mut self) -> Step<bool> {
        match self.key_of_token.get(&self.given).copied() {
            Some(level) => self.is_valid_key(level),
            None => Ok(false),
        }
    }

    /// The character so many further; NUL at the end, for no stream has one within.
    fn at(&self, further: usize) -> char {
        self.characters.get(self.mark.index + further).copied().unwrap_or_else(|| {
            self.is_at_end.set(true);
            '\0'
        })
    }

    /// Whether the end, or what is behind it, had a part in what was read.
    pub(super) fn is_at_end(&self) -> bool {
        self.is_at_end.get()
    }

    fn here(&self) -> char {
        self.at(0)
    }

    fn skip(&mut self) {
        if !is_blank(self.here()) {
            self.fresh_line = false;
        }
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Skips a line break; what it means in a text: a line feed, or the separator that it is.
    fn skip_break(&mut self) -> char {
        let c = self.here();
        self.mark.index += if c == '\r' && self.at(1) == '\n' { 2 } else { 1 };
        self.mark.column = 0;
        self.mark.line += 1;
        self.fresh_line = true;
        if matches!(c, '\u{2028}' | '\u{2029}') { c } else { '\n' }
    }

    fn read(&mut self, to: &mut String) {
        to.push(self.here());
        self.skip();
    }

    fn skip_blanks(&mut self) {
        while is_blank(self.here()) {
            self.skip();
        }
    }

    fn skip_to_line_end(&mut self) {
        while !is_end_or_break(self.here()) {
            self.skip();
        }
    }

    /// A fault within what began at the mark.
    fn fail<T>(&self, begun: Mark, what: &str) -> Step<T> {
        let line = [begun.line, self.mark.line].into_iter().find(|line| *line > 0);
        Err(Error::Yaml(line.map(|line| line + 1), what.into()))
    }

    /// Whether `---` or `...` stands here, at the beginning of a line.
    fn at_document_indicator(&self) -> bool {
        // Go has all four before it looks at them.
        let [one, two, three, after] = [self.at(0), self.at(1), self.at(2), self.at(3)];
        self.mark.column == 0 && matches!([one, two, three], ['-', '-', '-'] | ['.', '.', '.']) && ends_word(after)
    }

    fn push(&mut self, kind: Kind, start: Mark) {
        self.tokens.push_back(Token { kind, start, end: self.mark });
    }

    /// A token of this many characters.
    fn push_indicator(&mut self, kind: Kind, length: usize) {
        let start = self.mark;
        for _ in 0..length {
            self.skip();
        }
        self.push(kind, start);
    }

    fn fetch(&mut self) -> Step<()> {
        let before = self.mark;
        self.skip_to_token();
        self.unroll(self.mark.column as isize, before);
        let is_indicator = self.at_document_indicator();
        let c = self.here();
        if c == '\0' {
            return self.stream_end();
        }
        if self.mark.column == 0 && c == '%' {
            self.end_blocks()?;
            return self.directive();
        }
        if is_indicator {
            self.end_blocks()?;
            self.push_indicator(if c == '-' { Kind::DocumentStart } else { Kind::DocumentEnd }, 3);
            return Ok(());
        }
        self.fetch_content(c)?;
        let entry = self.tokens.back().is_some_and(|token| token.kind == Kind::BlockEntry);
        if !entry && !self.fresh_line {
            self.skip_comment_behind();
        }
        Ok(())
    }

    fn fetch_content(&mut self, c: char) -> Step<()> {
        let in_flow = self.flow_level > 0;
        let alone = ends_word(self.at(1));
        match c {
            '[' => self.flow_start(Kind::FlowSequenceStart),
            '{' => self.flow_start(Kind::FlowMappingStart),
            ']' => self.flow_end(Kind::FlowSequenceEnd),
            '}' => self.flow_end(Kind::FlowMappingEnd),
            ',' => {
                self.forget_key()?;
                self.key_allowed = true;
                self.push_indicator(Kind::FlowEntry, 1);
                Ok(())
            }
            '-' if alone => self.block_entry(),
            '?' if in_flow || alone => self.key(),
            ':' if in_flow || alone => self.value(),
            '*' | '&' | '!' => {
                self.save_key()?;
                self.key_allowed = false;
                if c == '!' { self.tag() } else { self.anchor(c == '*') }
            }
            '|' | '>' if !in_flow => {
                self.forget_key()?;
                self.key_allowed = true;
                self.block_scalar(c == '|')
            }
            '\'' | '"' => {
                self.save_key()?;
                self.key_allowed = false;
                self.quoted_scalar(c)
            }
            '-' if !is_blank(self.at(1)) => self.begin_plain(),
            '?' | ':' if !in_flow && !alone => self.begin_plain(),
            '-' | '?' | ':' | '#' | '|' | '>' | '%' | '@' | '`' | '\t' => {
                self.fail(self.mark, "found character that cannot start any token")
            }
            _ => self.begin_plain(),
        }
    }

    fn begin_plain(&mut self) -> Step<()> {
        self.save_key()?;
        self.key_allowed = false;
        self.plain_scalar()
    }

    /// Skips blanks, comments and line breaks.
    fn skip_to_token(&mut self) {
        loop {
            if self.mark.index == 0 && self.here() == '\u{feff}' {
                self.skip();
            }
            // A tab may not indent a key.
            while self.here() == ' ' || self.here() == '\t' && (self.flow_level > 0 || !self.key_allowed) {
                self.skip();
            }
            if self.here() == '#' {
                self.skip_comments();
            }
            if !is_break(self.here()) {
                return;
            }
            self.skip_break();
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// Skips a comment and those that follow it, whatever indents them.
    fn skip_comments(&mut self) {
        loop {
            self.skip_to_line_end();
            let between = |c: char| is_blank(c) || is_break(c);
            let Some(next) = (0..COMMENT_REACH).find(|further| !between(self.at(*further))) else { return };
            if self.at(next) != '#' {
                return;
            }
            let comment = self.mark.index + next;
            while self.mark.index < comment {
                if is_break(self.here()) {
                    self.skip_break();
                } else {
                    self.skip();
                }
            }
        }
    }

    /// Skips a comment on the line of the token before it.
    fn skip_comment_behind(&mut self) {
        let next = (0..COMMENT_REACH).find(|further| !is_blank(self.at(*further)));
        if next.is_some_and(|next| self.at(next) == '#') {
            self.skip_to_line_end();
        }
    }

    fn is_valid_key(&mut self, level: usize) -> Step<bool> {
        let Some(key) = self.keys.get_mut(level).filter(|key| key.possible) else { return Ok(false) };
        if key.mark.line == self.mark.line && key.mark.index + KEY_LENGTH >= self.mark.index {
            return Ok(true);
        }
        key.possible = false;
        let key = *key;
        if key.required { self.fail(key.mark, "could not find expected ':'") } else { Ok(false) }
    }

    /// A key may begin here.
    fn save_key(&mut self) -> Step<()> {
        if !self.key_allowed {
            return Ok(());
        }
        self.forget_key()?;
        let required = self.flow_level == 0 && self.indent == self.mark.column as isize;
        let token = self.given + self.tokens.len();
        let level = self.keys.len() - 1;
        self.keys[level] = MayBeKey { possible: true, required, token, mark: self.mark };
        self.key_of_token.insert(token, level);
        Ok(())
    }

    /// What may have been the key of this level is none.
    fn forget_key(&mut self) -> Step<()> {
        let level = self.keys.len() - 1;
        let key = self.keys[level];
        if key.possible {
            if key.required {
                return self.fail(key.mark, "could not find expected ':'");
            }
            self.keys[level].possible = false;
            self.key_of_token.remove(&key.token);
        }
        Ok(())
    }

    /// A block begins at a column, unless one is open there; its token goes before the one of this number, or last.
    fn roll(&mut self, column: usize, before: Option<usize>, kind: Kind, mark: Mark) -> Step<()> {
        if self.flow_level > 0 || self.indent >= column as isize {
            return Ok(());
        }
        if self.indents.len() >= MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        self.indents.push(self.indent);
        self.indent = column as isize;
        let at = before.map_or(self.tokens.len(), |number| self.place_of(number));
        self.tokens.insert(at, Token { kind, start: mark, end: mark });
        Ok(())
    }

    /// Where the token of this number is, or the end where it was given out.
    fn place_of(&self, number: usize) -> usize {
        number.checked_sub(self.given).map_or(self.tokens.len(), |place| place.min(self.tokens.len()))
    }

    /// The blocks right of a column end.
    fn unroll(&mut self, column: isize, mark: Mark) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.tokens.push_back(Token { kind: Kind::BlockEnd, start: mark, end: mark });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn end_blocks(&mut self) -> Step<()> {
        self.unroll(-1, self.mark);
        self.forget_key()?;
        self.key_allowed = false;
        Ok(())
    }

    fn stream_end(&mut self) -> Step<()> {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.end_blocks()?;
        self.push(Kind::StreamEnd, self.mark);
        Ok(())
    }

    fn flow_start(&mut self, kind: Kind) -> Step<()> {
        self.save_key()?;
        if self.flow_level >= MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        let token = self.given + self.tokens.len();
        self.keys.push(MayBeKey { token, ..MayBeKey::default() });
        self.flow_level += 1;
        self.key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn flow_end(&mut self, kind: Kind) -> Step<()> {
        self.forget_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            // Of brackets with nothing in them, Go forgets that they may be a key unless the colon follows at once.
            if let Some(key) = self.keys.pop() {
                self.key_of_token.remove(&key.token);
            }
        }
        self.key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn block_entry(&mut self) -> Step<()> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return self.fail(self.mark, "block sequence entries are not allowed in this context");
            }
            self.roll(self.mark.column, None, Kind::BlockSequenceStart, self.mark)?;
        }
        self.forget_key()?;
        self.key_allowed = true;
        self.push_indicator(Kind::BlockEntry, 1);
        Ok(())
    }

    fn key(&mut self) -> Step<()> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return self.fail(self.mark, "mapping keys are not allowed in this context");
            }
            self.roll(self.mark.column, None, Kind::BlockMappingStart, self.mark)?;
        }
        self.forget_key()?;
        self.key_allowed = self.flow_level == 0;
        self.push_indicator(Kind::Key, 1);
        Ok(())
    }

    fn value(&mut self) -> Step<()> {
        let level = self.keys.len() - 1;
        if self.is_valid_key(level)? {
            let key = self.keys[level];
            let at = self.place_of(key.token);
            self.tokens.insert(at, Token { kind: Kind::Key, start: key.mark, end: key.mark });
            self.roll(key.mark.column, Some(key.token), Kind::BlockMappingStart, key.mark)?;
            self.keys[level].possible = false;
            self.key_of_token.remove(&key.token);
            self.key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.key_allowed {
                    return self.fail(self.mark, "mapping values are not allowed in this context");
                }
                self.roll(self.mark.column, None, Kind::BlockMappingStart, self.mark)?;
            }
            self.key_allowed = self.flow_level == 0;
        }
        self.push_indicator(Kind::Value, 1);
        Ok(())
    }
}
