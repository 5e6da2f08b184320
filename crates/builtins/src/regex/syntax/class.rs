//! Classes of characters: `[a-z]`, `[^[:alpha:]\d]`.

use super::escape::perl_class;
use super::{RANGE, SyntaxError, Translator, error, literal};

impl<'p> Translator<'p> {
    pub(super) fn class(&mut self) -> Result<(), SyntaxError> {
        let whole = self.rest();
        self.at += 1;
        self.regex.push('[');
        if self.peek() == Some('^') {
            self.at += 1;
            self.regex.push('^');
        }
        let mut first = true;
        while first || self.peek() != Some(']') {
            let rest = self.rest();
            let Some(c) = self.peek() else { return error("missing closing ]", whole) };
            if c == '-' && !first {
                let after = rest[1..].chars().next();
                let another = rest[1..].starts_with("-]");
                if after != Some(']') && !another && after.is_none() {
                    return error("missing closing ]", whole);
                }
            }
            first = false;
            if rest.starts_with("[:")
                && let Some(length) = rest[2..].find(":]")
            {
                let end = 2 + length;
                let name = &rest[2..end];
                if !is_posix(name.strip_prefix('^').unwrap_or(name)) {
                    return error(RANGE, &rest[..end + 2]);
                }
                self.regex.push_str(&rest[..end + 2]);
                self.at += end + 2;
                continue;
            }
            if c == '\\' {
                let next = rest[1..].chars().next().unwrap_or_default();
                if let Some((class, negated)) = perl_class(next) {
                    self.regex.push_str(&if negated { format!("[^{class}]") } else { class.to_owned() });
                    self.at += 2;
                    continue;
                }
                if matches!(next, 'p' | 'P') {
                    let class = self.unicode_class()?;
                    self.regex.push_str(&class);
                    continue;
                }
            }
            self.range(whole)?;
        }
        self.at += 1;
        self.regex.push(']');
        self.item(1);
        Ok(())
    }

    /// `a` or `a-z` within a class.
    fn range(&mut self, whole: &'p str) -> Result<(), SyntaxError> {
        let begin = self.at;
        let low = self.class_char(whole)?;
        let mut high = low;
        if self.peek() == Some('-') && !self.rest().starts_with("-]") && self.rest().len() > 1 {
            self.at += 1;
            high = self.class_char(whole)?;
            if high < low {
                return error(RANGE, &self.pattern[begin..self.at]);
            }
        }
        self.regex.push_str(&literal(low));
        if high != low {
            self.regex.push('-');
            self.regex.push_str(&literal(high));
        }
        Ok(())
    }

    fn class_char(&mut self, whole: &'p str) -> Result<char, SyntaxError> {
        match self.peek() {
            None => error("missing closing ]", whole),
            Some('\\') => self.escaped(),
            Some(c) => {
                self.at += c.len_utf8();
                Ok(c)
            }
        }
    }
}

fn is_posix(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
        "word", "xdigit",
    ];
    NAMES.contains(&name)
}
