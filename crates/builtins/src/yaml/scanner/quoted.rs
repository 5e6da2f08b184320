//! Scalars in quotes, and how the lines of those and of plain ones fold: one line break is a space, each further one stays.

use super::super::token::{Kind, Mark};
use super::{Scanner, Step, ends_word, is_blank, is_break};

/// Blanks or line breaks between two words.
#[derive(Default)]
pub(super) struct Fold {
    blanks: String,
    first_break: Option<char>,
    other_breaks: String,
    /// After a break, or after one that was escaped.
    begun: bool,
}

impl Fold {
    /// Whether there is a line break.
    pub(super) fn broken(&self) -> bool {
        self.begun
    }

    /// Writes what the blanks and breaks mean, and is empty then. After a break that a backslash took away, nothing.
    pub(super) fn write(&mut self, to: &mut String) {
        if self.begun {
            match self.first_break.take() {
                Some('\n') if self.other_breaks.is_empty() => to.push(' '),
                Some('\n') | None => {}
                Some(separator) => to.push(separator),
            }
            to.push_str(&self.other_breaks);
            self.other_breaks.clear();
            self.begun = false;
        } else {
            to.push_str(&self.blanks);
        }
        self.blanks.clear();
    }
}

impl Scanner<'_> {
    /// Reads a blank or a break.
    pub(super) fn fold(&mut self, fold: &mut Fold) {
        if is_blank(self.here()) {
            if fold.begun {
                self.skip();
            } else {
                self.read(&mut fold.blanks);
            }
        } else if fold.begun {
            fold.other_breaks.push(self.skip_break());
        } else {
            fold.blanks.clear();
            fold.first_break = Some(self.skip_break());
            fold.begun = true;
        }
    }

    pub(super) fn quoted_scalar(&mut self, quote: char) -> Step<()> {
        let start = self.mark;
        self.skip();
        let mut value = String::new();
        loop {
            if self.at_document_indicator() {
                return self.fail(start, "found unexpected document indicator");
            }
            if self.here() == '\0' {
                return self.fail(start, "found unexpected end of stream");
            }
            let mut fold = Fold::default();
            while !ends_word(self.here()) {
                match (quote, self.here(), self.at(1)) {
                    ('\'', '\'', '\'') => {
                        value.push('\'');
                        self.skip();
                        self.skip();
                    }
                    (quote, c, _) if c == quote => break,
                    ('"', '\\', next) if is_break(next) => {
                        self.skip();
                        self.skip_break();
                        fold.begun = true;
                        break;
                    }
                    ('"', '\\', next) => self.escape(start, next, &mut value)?,
                    _ => self.read(&mut value),
                }
            }
            if self.here() == quote {
                break;
            }
            while is_blank(self.here()) || is_break(self.here()) {
                self.fold(&mut fold);
            }
            fold.write(&mut value);
        }
        self.skip();
        self.push(Kind::Scalar { value, plain: false }, start);
        Ok(())
    }

    fn escape(&mut self, start: Mark, letter: char, to: &mut String) -> Step<()> {
        let digits = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => {
                let Some(meant) = meaning(letter) else { return self.fail(start, "found unknown escape character") };
                to.push(meant);
                0
            }
        };
        self.skip();
        self.skip();
        if digits == 0 {
            return Ok(());
        }
        let mut code = 0_u32;
        for further in 0..digits {
            let Some(digit) = self.at(further).to_digit(16) else {
                return self.fail(start, "did not find expected hexdecimal number");
            };
            code = code << 4 | digit;
        }
        match char::from_u32(code) {
            Some(c) => to.push(c),
            None => return self.fail(start, "found invalid Unicode character escape code"),
        }
        for _ in 0..digits {
            self.skip();
        }
        Ok(())
    }
}

fn meaning(letter: char) -> Option<char> {
    Some(match letter {
        '0' => '\0',
        'a' => '\x07',
        'b' => '\x08',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\x0b',
        'f' => '\x0c',
        'r' => '\r',
        'e' => '\x1b',
        ' ' | '"' | '\'' | '\\' => letter,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}
