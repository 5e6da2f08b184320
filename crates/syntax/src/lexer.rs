//! The lexer: text to lexemes. Over logos it adds what needs memory: which bracket closes which, template strings, and
//! comments set aside. It never fails: characters that begin no lexeme become [`Kind::Invalid`].
//!
//! A null character or a byte-order mark may stand nowhere, not even in a string or a comment, where nobody would see it.
//!
//! Brackets that do not match are tried again: a word at the beginning of a line then ends whatever is open, so that one
//! forgotten brace spoils one statement only.

use logos::Logos;

use crate::lexeme::{Group, Kind, Lexeme};
use crate::span::Span;

/// What the lexer gives.
pub(crate) struct Lexed {
    /// The lexemes, in order.
    pub(crate) lexemes: Vec<Lexeme>,
    /// The comments' places, `#` included.
    pub(crate) comments: Vec<Span>,
}

/// Cuts a text into lexemes.
pub(crate) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer::new(text, false);
    lexer.run();
    if lexer.unmatched || !lexer.open.is_empty() {
        lexer = Lexer::new(text, true);
        lexer.run();
    }
    let count = lexer.lexemes.len() as u32;
    for lexeme in &mut lexer.lexemes {
        lexeme.mate = lexeme.mate.min(count);
    }
    Lexed { lexemes: lexer.lexemes, comments: lexer.comments }
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The first character of a text that may stand nowhere.
pub(crate) fn unseen(text: &str) -> Option<char> {
    text.find(['\0', BYTE_ORDER_MARK]).and_then(|at| text[at..].chars().next())
}

struct Lexer<'s> {
    text: &'s str,
    inner: logos::Lexer<'s, Kind>,
    lexemes: Vec<Lexeme>,
    comments: Vec<Span>,
    /// Positions of brackets not closed yet.
    open: Vec<usize>,
    newline: bool,
    /// Whether the text has unseen characters.
    has_unseen: bool,
    /// Whether a closing bracket had nothing to close.
    unmatched: bool,
    /// Whether a word at the beginning of a line ends what is open.
    resynchronise: bool,
}

impl<'s> Lexer<'s> {
    fn new(text: &'s str, resynchronise: bool) -> Self {
        // A byte-order mark may stand first.
        let mut inner = Kind::lexer(text);
        if text.starts_with(BYTE_ORDER_MARK) {
            inner.bump(BYTE_ORDER_MARK.len_utf8());
        }
        Lexer {
            text,
            has_unseen: unseen(inner.remainder()).is_some(),
            inner,
            lexemes: Vec::with_capacity(text.len() / 4),
            comments: vec![],
            open: vec![],
            newline: true,
            unmatched: false,
            resynchronise,
        }
    }

    fn run(&mut self) {
        while let Some(found) = self.inner.next() {
            let span = self.inner.span();
            let kind = found.unwrap_or(Kind::Invalid);
            match kind {
                Kind::Newline => self.newline = true,
                Kind::Comment => {
                    if self.is_spoilt(span.start, span.end) {
                        self.push(Kind::Invalid, span.start, span.end);
                    }
                    self.comments.push(Span { start: span.start as u32, end: span.end as u32 });
                }
                Kind::TemplateOpen | Kind::RawTemplateOpen => {
                    self.open(kind);
                    self.template(kind);
                }
                kind if kind.opens() => self.open(kind),
                Kind::BraceClose | Kind::BracketClose | Kind::ParenClose => self.close(kind),
                kind => {
                    self.push(kind, span.start, span.end);
                    if kind == Kind::Word {
                        self.word();
                    }
                }
            }
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let glued = self.lexemes.last().is_some_and(|last| last.end as usize == start);
        let newline = std::mem::take(&mut self.newline);
        let kind = if self.is_spoilt(start, end) { Kind::Invalid } else { kind };
        self.lexemes.push(Lexeme {
            kind,
            start: start as u32,
            end: end as u32,
            newline,
            glued,
            fresh: false,
            mate: u32::MAX,
            group: Group::default(),
        });
    }

    fn is_spoilt(&self, start: usize, end: usize) -> bool {
        self.has_unseen && unseen(&self.text[start..end]).is_some()
    }

    fn open(&mut self, kind: Kind) {
        let span = self.inner.span();
        self.push(kind, span.start, span.end);
        self.open.push(self.lexemes.len() - 1);
    }

    fn close(&mut self, kind: Kind) {
        let span = self.inner.span();
        let top = self.open.last().map(|at| (*at, self.lexemes[*at].kind));
        let kind = match (top, kind) {
            (Some((_, Kind::ExpressionOpen)), Kind::BraceClose) => Kind::ExpressionClose,
            (Some((_, Kind::BraceOpen)), Kind::BraceClose)
            | (Some((_, Kind::BracketOpen)), Kind::BracketClose)
            | (Some((_, Kind::ParenOpen)), Kind::ParenClose) => kind,
            _ => {
                self.unmatched = true;
                self.push(kind, span.start, span.end);
                return;
            }
        };
        self.push(kind, span.start, span.end);
        self.pair();
        if kind == Kind::ExpressionClose
            && let Some(at) = self.open.last()
        {
            self.template(self.lexemes[*at].kind);
        }
    }

    /// The last lexeme closes the innermost bracket.
    fn pair(&mut self) {
        let Some(opener) = self.open.pop() else { return };
        let closer = self.lexemes.len() - 1;
        // Parentheses that hold nothing but parentheses are what those are.
        let first = opener + 1;
        if self.lexemes[first].kind == Kind::ParenOpen && self.lexemes[first].mate as usize == closer.wrapping_sub(1) {
            self.lexemes[opener].group = self.lexemes[first].group;
        }
        self.lexemes[opener].mate = closer as u32;
        self.lexemes[closer].mate = opener as u32;
    }

    /// The last lexeme is a word: it may tell what a group is, or where a statement begins.
    fn word(&mut self) {
        let at = self.lexemes.len() - 1;
        let word = self.lexemes[at];
        let row_begins = word.start == 0 || self.text.as_bytes()[word.start as usize - 1] == b'\n';
        if self.resynchronise && row_begins && !self.open.is_empty() {
            self.open.clear();
            self.lexemes[at].fresh = true;
        }
        let Some(opener) = self.open.last().copied() else { return };
        let first = at == opener + 1;
        let named = self.lexemes[at - 1].kind == Kind::Dot;
        let group = &mut self.lexemes[opener].group;
        match word.text(self.text) {
            "not" if first => group.not = true,
            "with" if !first => group.with = true,
            "and" | "or" if !first && !named => group.logic = true,
            _ => {}
        }
    }

    /// Goes on in a template from where logos stands: to its next expression or its end.
    fn template(&mut self, opener: Kind) {
        let start = self.inner.span().end;
        let bytes = self.text.as_bytes();
        let raw = opener == Kind::RawTemplateOpen;
        let (quote, text) = if raw { (b'`', Kind::RawText) } else { (b'"', Kind::Text) };
        let mut at = start;
        loop {
            match bytes.get(at) {
                Some(b'\\') if bytes.get(at + 1).is_some_and(|next| *next == b'{' || (!raw && *next != b'\n')) => {
                    at += 2
                }
                Some(b'\n') if !raw => break self.unterminated(start, at),
                None => break self.unterminated(start, at),
                Some(b'{') => {
                    if at > start {
                        self.push(text, start, at);
                    }
                    self.push(Kind::ExpressionOpen, at, at + 1);
                    self.open.push(self.lexemes.len() - 1);
                    break self.skip(at + 1 - start);
                }
                Some(byte) if *byte == quote => {
                    if at > start {
                        self.push(text, start, at);
                    }
                    self.push(Kind::TemplateClose, at, at + 1);
                    self.pair();
                    break self.skip(at + 1 - start);
                }
                Some(_) => at += 1,
            }
        }
    }

    fn unterminated(&mut self, start: usize, mut end: usize) {
        // An escape may have stepped into the middle of a character.
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.push(Kind::OpenString, start, end);
        self.pair();
        self.skip(end - start);
    }

    fn skip(&mut self, bytes: usize) {
        self.inner.bump(bytes);
    }
}
