//! From a glob to a regular expression, with the errors of the Go package.
//!
//! Its lexer decides what a character means by what came before, and an error's offset is how far it had read; both are
//! followed here. `}` and `,` mean something within `{` only, `!` and `-` within `[` only, where a class is either a range
//! or a list.

use std::fmt;

use crate::pattern::BROKEN;

/// What is wrong with a glob.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    offset: usize,
    reason: &'static str,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "glob: syntax error at {}: {}", self.offset, self.reason)
    }
}

struct Reader<'p> {
    pattern: &'p str,
    at: usize,
    /// Where the pattern stops being UTF-8.
    broken: bool,
}

/// The expression that matches what the glob matches.
pub(super) fn to_regex(pattern: &[u8], delimiters: &[char]) -> Result<String, SyntaxError> {
    let valid = match std::str::from_utf8(pattern) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&pattern[..error.valid_up_to()]).unwrap_or_default(),
    };
    let mut reader = Reader { pattern: valid, at: 0, broken: valid.len() < pattern.len() };
    let single = match delimiters {
        [] => String::from("."),
        _ => format!("[^{}]", delimiters.iter().map(|c| member(*c)).collect::<String>()),
    };
    let mut regex = String::from(r"(?s)\A(?:");
    let mut groups = 0usize;
    while let Some(c) = reader.next()? {
        match c {
            '{' => {
                groups += 1;
                regex.push_str("(?:");
            }
            ',' if groups > 0 => regex.push('|'),
            '}' if groups > 0 => {
                groups -= 1;
                regex.push(')');
            }
            '[' => regex.push_str(&reader.class()?),
            '?' => regex.push_str(&single),
            '*' if reader.peek() == Some('*') => {
                reader.next()?;
                regex.push_str(".*");
            }
            '*' => {
                regex.push_str(&single);
                regex.push('*');
            }
            '\\' => regex.push_str(&code(reader.character("trailing backslash")?)),
            _ => regex.push_str(&code(c)),
        }
    }
    if groups > 0 {
        return Err(reader.error("unclosed `{`"));
    }
    regex.push_str(r")\z");
    Ok(regex)
}

/// A character that means itself everywhere in an expression.
fn code(c: char) -> String {
    if c.is_ascii_alphanumeric() { c.to_string() } else { format!("\\x{{{:x}}}", u32::from(c)) }
}

/// A character as a member of a class. What is no UTF-8 is U+FFFD to the Go package where it looks at characters, in
/// classes and delimiters, and itself where it compares texts.
fn member(c: char) -> String {
    match c {
        char::REPLACEMENT_CHARACTER => code(c) + &code(BROKEN),
        _ => code(c),
    }
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.pattern[self.at..].chars().next()
    }

    fn next(&mut self) -> Result<Option<char>, SyntaxError> {
        match self.peek() {
            Some(c) => {
                self.at += c.len_utf8();
                Ok(Some(c))
            }
            None if self.broken => Err(self.error("invalid UTF-8 sequence")),
            None => Ok(None),
        }
    }

    fn error(&self, reason: &'static str) -> SyntaxError {
        SyntaxError { offset: self.at, reason }
    }

    /// The next character, where one must follow: what is no UTF-8 then counts as the end.
    fn character(&mut self, reason: &'static str) -> Result<char, SyntaxError> {
        self.next().ok().flatten().ok_or_else(|| self.error(reason))
    }

    fn within(&mut self) -> Result<char, SyntaxError> {
        self.character("unexpected end of input")
    }

    /// A class, after its `[`.
    fn class(&mut self) -> Result<String, SyntaxError> {
        let mut first = self.within()?;
        let not = if first == '!' {
            first = self.within()?;
            "^"
        } else {
            ""
        };
        if self.peek() == Some('-') {
            self.next()?;
            let last = self.within()?;
            self.close()?;
            if last < first {
                return Err(SyntaxError { offset: self.at, reason: "range hi character is less than lo" });
            }
            let is_within = |c: char| first <= c && c <= last;
            let broken = match (is_within(char::REPLACEMENT_CHARACTER), is_within(BROKEN)) {
                (true, false) => code(BROKEN),
                (false, true) => format!("&&[^{}]", code(BROKEN)),
                _ => String::new(),
            };
            return Ok(format!("[{not}{}-{}{broken}]", code(first), code(last)));
        }
        let mut listed = String::new();
        let mut c = first;
        while c != ']' {
            if c == '\\' {
                c = self.within()?;
            }
            listed.push_str(&member(c));
            c = self.within()?;
        }
        if listed.is_empty() {
            // The package looked behind this `]`, which might have been the first character of a range.
            let error = self.error("could not parse range");
            return Err(self.next().err().unwrap_or(error));
        }
        Ok(format!("[{not}{listed}]"))
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        if self.within()? == ']' { Ok(()) } else { Err(self.error("expected close range character")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, delimiters: &[char], text: &str) -> bool {
        regex::Regex::new(&to_regex(pattern.as_bytes(), delimiters).unwrap()).unwrap().is_match(text)
    }

    #[test]
    fn stars_stop_at_delimiters() {
        assert!(matches("*.com", &['.'], "a.com") && !matches("*.com", &['.'], "a.b.com"));
        assert!(matches("**.com", &['.'], "a.b.com") && matches("*.com", &[], "a.b.com"));
        assert!(matches("a?c", &['/'], "a.c") && !matches("a?c", &['/'], "a/c"));
    }

    #[test]
    fn classes_and_alternatives() {
        assert!(matches("[a-c]x", &[], "bx") && !matches("[!a-c]x", &[], "bx") && matches("[ab-]", &[], "-"));
        assert!(matches("{a,b{c,},}d", &[], "bd") && matches("{a,b{c,},}d", &[], "d") && matches("a,b}", &[], "a,b}"));
    }

    #[test]
    fn errors_say_where_reading_stopped() {
        for (pattern, said) in [
            (&b"{a"[..], "glob: syntax error at 2: unclosed `{`"),
            (b"[a", "glob: syntax error at 2: unexpected end of input"),
            (b"[]", "glob: syntax error at 2: could not parse range"),
            (b"[]\xf4", "glob: syntax error at 2: invalid UTF-8 sequence"),
            (b"[!]x", "glob: syntax error at 3: could not parse range"),
            (b"[c-a]", "glob: syntax error at 5: range hi character is less than lo"),
            (b"a\\", "glob: syntax error at 2: trailing backslash"),
            (b"\\\xf4", "glob: syntax error at 1: trailing backslash"),
            (b"[a\\", "glob: syntax error at 3: unexpected end of input"),
            (b"[\xf4", "glob: syntax error at 1: unexpected end of input"),
            (b"a\xf4", "glob: syntax error at 1: invalid UTF-8 sequence"),
        ] {
            assert_eq!(to_regex(pattern, &[]).unwrap_err().to_string(), said);
        }
    }
}
