//! Scalars whose lines indentation holds together: `|`, `>` and, a little, plain ones.

use super::super::token::{Kind, Mark};
use super::quoted::Fold;
use super::{Scanner, Step, ends_word, is_blank, is_break, is_end_or_break};

/// What becomes of the line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    /// `-`: none stays.
    Strip,
    /// One stays.
    Clip,
    /// `+`: all stay.
    Keep,
}

impl Scanner<'_> {
    pub(super) fn block_scalar(&mut self, literal: bool) -> Step<()> {
        let start = self.mark;
        self.skip();
        let mut chomp = self.chomp();
        let increment = self.indentation(start)?;
        if increment.is_some() && chomp.is_none() {
            chomp = self.chomp();
        }
        let chomp = chomp.unwrap_or(Chomp::Clip);
        self.skip_blanks();
        if self.here() == '#' {
            self.skip_to_line_end();
        }
        if !is_end_or_break(self.here()) {
            return self.fail(start, "did not find expected comment or line break");
        }
        if is_break(self.here()) {
            self.skip_break();
        }
        let mut indent = increment.map(|increment| self.indent.max(0) as usize + increment);
        let (mut value, mut first, mut others) = (String::new(), None, String::new());
        self.block_breaks(start, &mut indent, &mut others)?;
        let indent = indent.unwrap_or(1);
        let mut was_blank = false;
        while self.mark.column == indent && self.here() != '\0' {
            let blank = is_blank(self.here());
            match first.take() {
                // Between two lines that are not indented further, a line feed becomes a space or vanishes.
                Some('\n') if !literal && !was_blank && !blank => {
                    if others.is_empty() {
                        value.push(' ');
                    }
                }
                first => value.extend(first),
            }
            value.push_str(&std::mem::take(&mut others));
            was_blank = blank;
            while !is_end_or_break(self.here()) {
                self.read(&mut value);
            }
            first = is_break(self.here()).then(|| self.skip_break());
            self.block_breaks(start, &mut Some(indent), &mut others)?;
        }
        if chomp != Chomp::Strip {
            value.extend(first);
        }
        if chomp == Chomp::Keep {
            value.push_str(&others);
        }
        self.push(Kind::Scalar { value, plain: false }, start);
        Ok(())
    }

    fn chomp(&mut self) -> Option<Chomp> {
        let chomp = match self.here() {
            '+' => Chomp::Keep,
            '-' => Chomp::Strip,
            _ => return None,
        };
        self.skip();
        Some(chomp)
    }

    fn indentation(&mut self, start: Mark) -> Step<Option<usize>> {
        let digit = self.here().to_digit(10);
        match digit {
            None => return Ok(None),
            Some(0) => return self.fail(start, "found an indentation indicator equal to 0"),
            Some(_) => self.skip(),
        }
        Ok(digit.map(|digit| digit as usize))
    }

    /// Skips indentation and empty lines; finds the indentation where it is not known: that of the longest blank line, or
    /// of the first other one.
    fn block_breaks(&mut self, start: Mark, indent: &mut Option<usize>, breaks: &mut String) -> Step<()> {
        let mut longest = 0;
        loop {
            let inside = |column: usize| indent.is_none_or(|indent| column < indent);
            while inside(self.mark.column) && self.here() == ' ' {
                self.skip();
            }
            longest = longest.max(self.mark.column);
            if inside(self.mark.column) && self.here() == '\t' {
                return self.fail(start, "found a tab character where an indentation space is expected");
            }
            if !is_break(self.here()) {
                break;
            }
            breaks.push(self.skip_break());
        }
        if indent.is_none() {
            *indent = Some(longest.max((self.indent + 1) as usize).max(1));
        }
        Ok(())
    }

    pub(super) fn plain_scalar(&mut self) -> Step<()> {
        let (start, mut end) = (self.mark, self.mark);
        let indent = (self.indent + 1) as usize;
        let (mut value, mut fold) = (String::new(), Fold::default());
        loop {
            if self.at_document_indicator() || self.here() == '#' {
                break;
            }
            while !ends_word(self.here()) {
                let c = self.here();
                if c == ':' && ends_word(self.at(1)) || self.flow_level > 0 && ",?[]{}".contains(c) {
                    break;
                }
                fold.write(&mut value);
                self.read(&mut value);
                end = self.mark;
            }
            if !(is_blank(self.here()) || is_break(self.here())) {
                break;
            }
            while is_blank(self.here()) || is_break(self.here()) {
                if fold.broken() && self.mark.column < indent && self.here() == '\t' {
                    return self.fail(start, "found a tab character that violates indentation");
                }
                self.fold(&mut fold);
            }
            if self.flow_level == 0 && self.mark.column < indent {
                break;
            }
        }
        self.tokens.push_back(super::Token { kind: Kind::Scalar { value, plain: true }, start, end });
        if fold.broken() {
            self.key_allowed = true;
        }
        Ok(())
    }
}
