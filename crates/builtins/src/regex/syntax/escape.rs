//! What begins with a backslash: classes by letter or name, quoted text, characters by number.

use super::{ESCAPE, RANGE, SyntaxError, Translator, character, error};
use crate::unicode;

impl Translator<'_> {
    pub(super) fn escape(&mut self) -> Result<(), SyntaxError> {
        let rest = self.rest();
        if let Some(quoted) = rest.strip_prefix("\\Q") {
            let (text, length) = match quoted.find("\\E") {
                Some(end) => (&quoted[..end], end + 4),
                None => (quoted, rest.len()),
            };
            // What is quoted is taken out before it is read.
            self.check_utf8(2 + text.len())?;
            self.at += length;
            for c in text.chars() {
                self.regex.push_str(&character(c));
                self.item(1);
            }
            return Ok(());
        }
        let Some(c) = rest.chars().nth(1) else {
            return error("trailing backslash at end of expression", "");
        };
        match c {
            'A' | 'z' => self.regex.push_str(&rest[..2]),
            'b' => self.regex.push_str("(?-u:\\b)"),
            'B' => self.regex.push_str("(?-u:\\B)"),
            _ => {
                if let Some((class, negated)) = perl_class(c) {
                    self.regex.push_str(&format!("[{}{class}]", if negated { "^" } else { "" }));
                } else if matches!(c, 'p' | 'P') {
                    let class = self.unicode_class()?;
                    self.regex.push_str(&class);
                    self.item(1);
                    return Ok(());
                } else {
                    let c = self.escaped()?;
                    self.regex.push_str(&character(c));
                    self.item(1);
                    return Ok(());
                }
            }
        }
        self.at += 2;
        self.item(1);
        Ok(())
    }

    /// `\pN`, `\p{Greek}`, `\P{^Greek}`
    pub(super) fn unicode_class(&mut self) -> Result<String, SyntaxError> {
        let rest = self.rest();
        let mut negated = rest.starts_with("\\P");
        let (mut name, length) = match rest[2..].chars().next() {
            Some('{') => match rest.find('}') {
                Some(end) => {
                    self.check_utf8(end)?;
                    (&rest[3..end], end + 1)
                }
                None => return error(RANGE, rest),
            },
            Some(c) => (&rest[2..2 + c.len_utf8()], 2 + c.len_utf8()),
            None => return error(RANGE, rest),
        };
        if let Some(inverse) = name.strip_prefix('^') {
            negated = !negated;
            name = inverse;
        }
        let Some(class) = unicode::class(name, negated) else {
            return error(RANGE, &rest[..length]);
        };
        self.at += length;
        Ok(class)
    }

    /// The character that an escape stands for.
    pub(super) fn escaped(&mut self) -> Result<char, SyntaxError> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let Some(c) = rest[1..].chars().next() else {
            return error("trailing backslash at end of expression", "");
        };
        let end = 1 + c.len_utf8();
        let octal = |at: usize| bytes.get(at).filter(|b| (b'0'..=b'7').contains(*b)).map(|b| u32::from(b - b'0'));
        let (code, length) = match c {
            '0'..='7' if c == '0' || octal(2).is_some() => {
                let mut code = u32::from(c) - u32::from('0');
                let mut at = 2;
                while let Some(digit) = octal(at).filter(|_| at < 4) {
                    code = code * 8 + digit;
                    at += 1;
                }
                (code, at)
            }
            'x' => hexadecimal(rest).or_else(|read| error(ESCAPE, &rest[..read]))?,
            'a' => (7, 2),
            'f' => (12, 2),
            'n' => (10, 2),
            'r' => (13, 2),
            't' => (9, 2),
            'v' => (11, 2),
            _ if c.is_ascii_punctuation() || c.is_ascii() && !c.is_ascii_alphanumeric() => (u32::from(c), 2),
            _ => return error(ESCAPE, &rest[..end]),
        };
        self.at += length;
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

/// What `\x41` or `\x{41}` says, and how long it is; for what is neither, how far Go reads it.
fn hexadecimal(rest: &str) -> Result<(u32, usize), usize> {
    let mut chars = rest.char_indices().skip(2).map(|(at, c)| (c, at + c.len_utf8()));
    let mut next = || chars.next().ok_or(rest.len());
    let (first, _) = next()?;
    if first != '{' {
        let (second, end) = next()?;
        return match (first.to_digit(16), second.to_digit(16)) {
            (Some(first), Some(second)) => Ok((first * 16 + second, end)),
            _ => Err(end),
        };
    }
    let (mut code, mut digits) = (0, 0);
    loop {
        let (c, end) = next()?;
        match c.to_digit(16) {
            Some(digit) => (code, digits) = (code * 16 + digit, digits + 1),
            None if c == '}' && digits > 0 => return Ok((code, end)),
            None => return Err(end),
        }
        if code > u32::from(char::MAX) {
            return Err(end);
        }
    }
}

/// What `\d`, `\s` and `\w` match, for use within a class, and whether it is everything else.
pub(super) fn perl_class(c: char) -> Option<(&'static str, bool)> {
    Some(match c {
        'd' => ("0-9", false),
        'D' => ("0-9", true),
        's' => ("\\t\\n\\x0c\\r\\x20", false),
        'S' => ("\\t\\n\\x0c\\r\\x20", true),
        'w' => ("0-9A-Za-z_", false),
        'W' => ("0-9A-Za-z_", true),
        _ => return None,
    })
}
