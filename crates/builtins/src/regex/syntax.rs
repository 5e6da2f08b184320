//! From Go's syntax of regular expressions (`regexp/syntax`, flags `Perl`) to that of the crate `regex`.
//!
//! What differs: `\d`, `\w`, `\s` and `\b` know ASCII only in Go; within a class Go knows neither nested classes nor
//! operators; a brace that begins no repetition is a brace; octal escapes and `\Q..\E`; a repetition cannot be repeated.
//! Everything else is passed on, one construct after the other, after Go's checks.

use std::fmt;

use lictor_value::text::lossy;
use regex::Captures;

use crate::pattern::Subject;
use crate::unicode;

/// What is wrong with an expression, and the part of it that is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    why: &'static str,
    part: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error parsing regexp: {}: `{}`", self.why, self.part)
    }
}

/// The most repetitions that a number may ask for, alone or one around another.
const LARGEST: u32 = 1000;

/// How deeply groups may nest.
const DEPTH: usize = 1000;

const ESCAPE: &str = "invalid escape sequence";
const RANGE: &str = "invalid character class range";
const NOT_UTF8: &str = "invalid UTF-8";
const UNOPENED: &str = "unexpected )";

impl SyntaxError {
    /// Whether Go would have come to what is no UTF-8, which stands as U+FFFD, before it found this error.
    fn is_in_broken(&self) -> bool {
        // Names between `[:` and `:]` are looked up whole, and of a bracket that closes nothing the whole pattern is told.
        let is_unread = matches!(self.why, NOT_UTF8 | UNOPENED) || self.part.starts_with("[:");
        !is_unread && self.part.contains('\u{fffd}')
    }
}

struct Translator<'p> {
    pattern: &'p str,
    at: usize,
    /// Where what is no UTF-8 begins.
    broken: usize,
    regex: String,
    /// What was written last: what a repetition would repeat.
    last: Last,
    groups: Vec<Group>,
    names: Vec<&'p str>,
}

#[derive(Clone, Copy)]
enum Last {
    /// Nothing that can be repeated.
    Nothing,
    /// Something, with how often numbers repeat what is in it.
    Item(u32),
    /// A repetition, which began there, of that many.
    Repetition(usize, u32),
}

/// An open group: the most that numbers repeat anything in it.
struct Group {
    repeated: u32,
}

/// The expression that matches what Go's matches.
pub(super) fn to_regex(pattern: &[u8]) -> Result<String, SyntaxError> {
    match std::str::from_utf8(pattern) {
        Ok(pattern) => Translator::new(pattern, usize::MAX).translate().map_err(|(error, _)| error),
        Err(broken) => {
            // As Go reads on: what is wrong in front of it, and not with what it is in, is found first.
            let (pattern, end) = (lossy(pattern), broken.valid_up_to());
            match Translator::new(&pattern, end).translate() {
                Err((error, at)) if at <= end && !error.is_in_broken() => Err(error),
                _ => error(NOT_UTF8, &pattern[end..]),
            }
        }
    }
}

fn error<T>(why: &'static str, part: impl Into<String>) -> Result<T, SyntaxError> {
    Err(SyntaxError { why, part: part.into() })
}

/// A character that means itself everywhere.
fn literal(c: char) -> String {
    if c.is_alphanumeric() || !c.is_ascii() { c.to_string() } else { format!("\\x{:02x}", u32::from(c)) }
}

/// A character outside of a class, where case may not count.
fn character(c: char) -> String {
    if unicode::is_later_folded(c) { format!("(?-i:{c})") } else { literal(c) }
}

impl<'p> Translator<'p> {
    fn new(pattern: &'p str, broken: usize) -> Self {
        Translator {
            pattern,
            at: 0,
            broken,
            regex: String::with_capacity(pattern.len() + 16),
            last: Last::Nothing,
            groups: vec![Group { repeated: 1 }],
            names: vec![],
        }
    }

    /// The expression, or what is wrong and how far it was read.
    fn translate(mut self) -> Result<String, (SyntaxError, usize)> {
        match self.run() {
            Ok(()) => Ok(self.regex),
            Err(error) => Err((error, self.at)),
        }
    }

    /// A name that ends that many bytes from here must be UTF-8; it is taken out before it is read.
    fn check_name(&self, length: usize) -> Result<(), SyntaxError> {
        match self.pattern.get(self.broken..self.at + length) {
            Some(broken) if !broken.is_empty() => error(NOT_UTF8, broken),
            _ => Ok(()),
        }
    }

    fn rest(&self) -> &'p str {
        &self.pattern[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn run(&mut self) -> Result<(), SyntaxError> {
        while let Some(c) = self.peek() {
            match c {
                '(' => self.open()?,
                ')' => {
                    if self.groups.len() == 1 {
                        return error(UNOPENED, self.pattern);
                    }
                    self.at += 1;
                    self.regex.push(')');
                    let repeated = self.groups.pop().map_or(1, |group| group.repeated);
                    self.item(repeated);
                }
                '|' => {
                    self.at += 1;
                    self.regex.push('|');
                    self.last = Last::Nothing;
                }
                '*' | '+' | '?' => {
                    let begin = self.at;
                    self.at += 1;
                    self.repeat(begin, 1)?;
                }
                '{' => self.braces()?,
                '[' => self.class()?,
                '\\' => self.escape()?,
                '^' | '$' | '.' => {
                    self.at += 1;
                    self.regex.push(c);
                    self.item(1);
                }
                _ => {
                    self.at += c.len_utf8();
                    self.regex.push_str(&character(c));
                    self.item(1);
                }
            }
        }
        if self.groups.len() > 1 {
            return error("missing closing )", self.pattern);
        }
        Ok(())
    }

    fn item(&mut self, repeated: u32) {
        self.last = Last::Item(repeated);
        if let Some(group) = self.groups.last_mut() {
            group.repeated = group.repeated.max(repeated);
        }
    }

    /// `*`, `+`, `?` or `{n,m}` between `begin` and here, perhaps with a `?` after it.
    fn repeat(&mut self, begin: usize, count: u32) -> Result<(), SyntaxError> {
        let operator = &self.pattern[begin..self.at];
        if self.peek() == Some('?') {
            self.at += 1;
        }
        let repeated = match self.last {
            Last::Nothing => {
                return error("missing argument to repetition operator", &self.pattern[begin..self.at]);
            }
            Last::Repetition(earlier, _) => {
                return error("invalid nested repetition operator", &self.pattern[earlier..self.at]);
            }
            Last::Item(repeated) => repeated.saturating_mul(count.max(1)),
        };
        if repeated > LARGEST {
            return error("invalid repeat count", operator);
        }
        self.regex.push_str(&self.pattern[begin..self.at]);
        self.item(repeated);
        self.last = Last::Repetition(begin, repeated);
        Ok(())
    }

    /// `{n}`, `{n,}`, `{n,m}`; any other brace is one.
    fn braces(&mut self) -> Result<(), SyntaxError> {
        let begin = self.at;
        let Some((least, most, length)) = read_counts(self.rest()) else {
            self.at += 1;
            self.regex.push_str("\\{");
            self.item(1);
            return Ok(());
        };
        self.at += length;
        let bad = |count: Option<u32>| count.is_none_or(|count| count > LARGEST);
        if bad(least) || most.is_some_and(bad) || most.flatten().zip(least).is_some_and(|(most, least)| least > most) {
            return error("invalid repeat count", &self.pattern[begin..self.at]);
        }
        let count = most.flatten().or(least).unwrap_or(1);
        self.repeat(begin, count)
    }

    /// `(`, `(?:`, `(?P<name>`, `(?<name>`, `(?i)`, `(?i-s:`
    fn open(&mut self) -> Result<(), SyntaxError> {
        let rest = self.rest();
        if self.groups.len() > DEPTH {
            return error("expression nests too deeply", self.pattern);
        }
        if !rest.starts_with("(?") {
            self.at += 1;
            self.begin("(");
            return Ok(());
        }
        // A name that has not begun is none to Go.
        let named = ["(?P<", "(?<"].into_iter().find(|start| rest.starts_with(start) && rest.len() > start.len());
        if let Some(start) = named {
            let Some(end) = rest.find('>') else {
                return error("invalid named capture", rest);
            };
            self.check_name(end)?;
            let name = &rest[start.len()..end];
            let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !is_name {
                return error("invalid named capture", &rest[..=end]);
            }
            self.at += end + 1;
            // Go lets a name stand twice; a replacement means the first. Names may begin with a digit there.
            let group = if self.names.contains(&name) { "(".to_owned() } else { format!("(?P<{}>", group_name(name)) };
            self.names.push(name);
            self.begin(&group);
            return Ok(());
        }
        self.flags(rest)
    }

    fn begin(&mut self, group: &str) {
        self.regex.push_str(group);
        self.groups.push(Group { repeated: 1 });
        self.last = Last::Nothing;
    }

    fn flags(&mut self, rest: &'p str) -> Result<(), SyntaxError> {
        const WHY: &str = "invalid or unsupported Perl syntax";
        let (mut negated, mut flagged) = (false, false);
        // Go lets a flag stand twice, and the last one count.
        let mut set: Vec<(char, bool)> = Vec::new();
        for (at, c) in rest.char_indices().skip(2) {
            match c {
                'i' | 'm' | 's' | 'U' => {
                    flagged = true;
                    set.retain(|(flag, _)| *flag != c);
                    set.push((c, !negated));
                }
                '-' if !negated => {
                    negated = true;
                    flagged = false;
                }
                ':' | ')' if !negated || flagged => {
                    self.at += at + 1;
                    let of = |value: bool| set.iter().filter(move |flag| flag.1 == value).map(|flag| flag.0);
                    let minus = if of(false).next().is_some() { "-" } else { "" };
                    let group =
                        format!("(?{}{minus}{}{c}", of(true).collect::<String>(), of(false).collect::<String>());
                    if c == ':' {
                        self.begin(&group);
                    } else {
                        // `(?)` sets nothing.
                        if group != "(?)" {
                            self.regex.push_str(&group);
                        }
                        self.last = match self.last {
                            Last::Nothing => Last::Nothing,
                            Last::Item(repeated) | Last::Repetition(_, repeated) => Last::Item(repeated),
                        };
                    }
                    return Ok(());
                }
                _ => return error(WHY, &rest[..at + c.len_utf8()]),
            }
        }
        error(WHY, rest)
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        let rest = self.rest();
        if let Some(quoted) = rest.strip_prefix("\\Q") {
            let (text, length) = match quoted.find("\\E") {
                Some(end) => (&quoted[..end], end + 4),
                None => (quoted, rest.len()),
            };
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
    fn unicode_class(&mut self) -> Result<String, SyntaxError> {
        let rest = self.rest();
        let mut negated = rest.starts_with("\\P");
        let (mut name, length) = match rest[2..].chars().next() {
            Some('{') => match rest.find('}') {
                Some(end) => {
                    self.check_name(end)?;
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
    fn escaped(&mut self) -> Result<char, SyntaxError> {
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

    fn class(&mut self) -> Result<(), SyntaxError> {
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
fn perl_class(c: char) -> Option<(&'static str, bool)> {
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

fn is_posix(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
        "word", "xdigit",
    ];
    NAMES.contains(&name)
}

/// The counts of a repetition in braces, the second one where there is one and a number where it has one, and its length.
/// A count that is too large to read is `None`.
fn read_counts(text: &str) -> Option<(Option<u32>, Option<Option<u32>>, usize)> {
    let inner = &text[1..text.find('}')?];
    let is_number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        plain && (digits.len() == 1 || !digits.starts_with('0'))
    };
    let number = |digits: &str| digits.parse::<u32>().ok().or(Some(u32::MAX));
    let length = inner.len() + 2;
    match inner.split_once(',') {
        None if is_number(inner) => Some((number(inner), None, length)),
        Some((least, "")) if is_number(least) => Some((number(least), None, length)),
        Some((least, most)) if is_number(least) && is_number(most) => Some((number(least), Some(number(most)), length)),
        _ => None,
    }
}

/// A group's name, which may begin with a digit in Go.
fn group_name(name: &str) -> String {
    format!("_{name}")
}

/// Writes a replacement: `$1`, `$name` (as long as can be), `${name}`, `$$`; a `$` that begins none of these stays.
pub(super) fn expand(replacement: &Subject<'_>, captures: &Captures<'_>, subject: &Subject<'_>, to: &mut Vec<u8>) {
    let mut rest: &str = replacement;
    let begins = |rest: &str| replacement.len() - rest.len();
    while let Some(at) = rest.find('$') {
        to.extend_from_slice(replacement.bytes(begins(rest)..begins(rest) + at));
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            to.push(b'$');
            rest = after;
            continue;
        }
        let (braced, begin) = if rest.starts_with('{') { (true, 1) } else { (false, 0) };
        let is_name = |c: char| unicode::is_letter_or_digit(c) || c == '_';
        let length = rest[begin..].find(|c| !is_name(c)).unwrap_or(rest.len() - begin);
        let (name, after) = rest[begin..].split_at(length);
        if name.is_empty() || braced && !after.starts_with('}') {
            to.push(b'$');
            continue;
        }
        rest = if braced { &after[1..] } else { after };
        let plain_number = name.bytes().all(|b| b.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
        let group = match name.parse::<usize>() {
            Ok(number) if plain_number => captures.get(number),
            _ => captures.name(&group_name(name)),
        };
        if let Some(group) = group {
            to.extend_from_slice(subject.bytes(group.range()));
        }
    }
    to.extend_from_slice(replacement.bytes(begins(rest)..replacement.len()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        let expression = to_regex(pattern.as_bytes()).unwrap();
        regex::Regex::new(&expression).unwrap_or_else(|e| panic!("{expression}: {e}")).is_match(text)
    }

    #[test]
    fn short_classes_know_ascii_only() {
        assert!(matches(r"^\w+$", "a_1") && !matches(r"^\w+$", "é") && matches(r"^\W$", "é"));
        assert!(matches(r"^[\d\s]+$", "1 2") && !matches(r"^\d$", "٣") && matches(r"^[^\D]$", "3"));
    }

    #[test]
    fn brackets_and_operators_within_a_class_are_characters() {
        assert!(matches("^[[a&&b~~]+$", "[&~") && matches("^[]a]+$", "]a") && matches("^[a-]+$", "-a"));
    }

    #[test]
    fn a_brace_that_repeats_nothing_is_a_brace() {
        assert!(matches("^a{,5}$", "a{,5}") && matches("^{$", "{") && matches("^a{2}$", "aa"));
    }

    #[test]
    fn flags_may_stand_twice() {
        assert!(matches("(?ii)^a$", "A") && matches("(?i-i)^a$", "a") && !matches("(?i-i)^a$", "A"));
        assert!(matches("(?is:^a.)", "A\n") && !matches("(?s-is:^a.)", "A\n"));
    }

    #[test]
    fn a_colon_in_brackets_begins_no_name_by_itself() {
        assert!(
            matches("^[[:]$", ":")
                && matches("^[[:]]$", ":]")
                && matches("^[[:a]$", "a")
                && matches("^[[:alpha:]]$", "a")
        );
    }

    #[test]
    fn errors_are_go_s() {
        for (pattern, said) in [
            ("(", "missing closing ): `(`"),
            ("a)", "unexpected ): `a)`"),
            ("[a", "missing closing ]: `[a`"),
            ("*a", "missing argument to repetition operator: `*`"),
            ("??a", "missing argument to repetition operator: `??`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            (r"\8", r"invalid escape sequence: `\8`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("[z-a]", "invalid character class range: `z-a`"),
        ] {
            assert_eq!(to_regex(pattern.as_bytes()).unwrap_err().to_string(), format!("error parsing regexp: {said}"));
        }
    }

    #[test]
    fn what_is_wrong_in_front_of_a_broken_character_is_found_first() {
        for (pattern, said) in [
            (&b"a\xffb"[..], "invalid UTF-8: `\u{fffd}b`"),
            (b"[a-\xff]c", "invalid UTF-8: `\u{fffd}]c`"),
            (b"[z-a\xff]", "invalid character class range: `z-a`"),
            (b"[[:al\xff:]]", "invalid character class range: `[:al\u{fffd}:]`"),
            (b"(a\xff", "invalid UTF-8: `\u{fffd}`"),
            (b"\\p{L\xff}b", "invalid UTF-8: `\u{fffd}`"),
            (b"(?P<a\xff.4>a)", "invalid UTF-8: `\u{fffd}.4`"),
            (b"(?P<\xff", "invalid UTF-8: `\u{fffd}`"),
            (b")\xff", "unexpected ): `)\u{fffd}`"),
            (b"((?P<", "invalid or unsupported Perl syntax: `(?P`"),
            (b"(?<", "invalid or unsupported Perl syntax: `(?<`"),
            (b"\\x{10f\\", "invalid escape sequence: `\\x{10f\\`"),
            (b"\\x{110000}", "invalid escape sequence: `\\x{110000`"),
            (b"\\x{}", "invalid escape sequence: `\\x{}`"),
            (b"\\x4g", "invalid escape sequence: `\\x4g`"),
            (b"\\\\p{L\xff}b", "invalid UTF-8: `\u{fffd}}b`"),
        ] {
            assert_eq!(to_regex(pattern).unwrap_err().to_string(), format!("error parsing regexp: {said}"));
        }
    }
}
