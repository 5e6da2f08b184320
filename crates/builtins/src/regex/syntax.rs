//! From Go's syntax of regular expressions (`regexp/syntax`, flags `Perl`) to that of the crate `regex`.
//!
//! What differs: `\d`, `\w`, `\s` and `\b` know ASCII only in Go; within a class Go knows neither nested classes nor
//! operators; a brace that begins no repetition is a brace; octal escapes and `\Q..\E`; a repetition cannot be repeated.
//! Everything else is passed on, one construct after the other, after Go's checks.

mod class;
mod escape;
mod group;

pub(super) use group::group_name;

use std::fmt;

use crate::pattern::{BROKEN, subject_with};
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

const ESCAPE: &str = "invalid escape sequence";
const RANGE: &str = "invalid character class range";
const NOT_UTF8: &str = "invalid UTF-8";
const UNOPENED: &str = "unexpected )";

impl SyntaxError {
    /// Whether Go would have come to what is no UTF-8 before it found this error.
    fn is_in_broken(&self) -> bool {
        // Names between `[:` and `:]` are looked up whole, and of a bracket that closes nothing the whole pattern is told.
        let is_unread = matches!(self.why, NOT_UTF8 | UNOPENED) || self.part.starts_with("[:");
        !is_unread && self.part.contains(BROKEN)
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
    /// Where the flags begin that were set since, and whether repetitions were lazy before them: Go's repetition looks past
    /// flags, as in `a(?i)+`.
    flagged: Option<(usize, bool)>,
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

/// An open group.
struct Group {
    /// The most that numbers repeat anything in it.
    repeated: u32,
    /// Whether the flag `U` is set: repetitions are lazy unless a `?` follows.
    lazy: bool,
}

/// The expression that matches what Go's matches.
pub(super) fn to_regex(pattern: &[u8]) -> Result<String, SyntaxError> {
    match std::str::from_utf8(pattern) {
        Ok(pattern) => Translator::new(pattern, usize::MAX).translate().map_err(|(error, _)| error),
        Err(broken) => {
            // As Go reads on: what is wrong in front of it, and not with what it is in, is found first.
            let (pattern, end) = (subject_with(pattern, BROKEN), broken.valid_up_to());
            let error = match Translator::new(&pattern, end).translate() {
                Err((error, at)) if at <= end && !error.is_in_broken() => error,
                _ => SyntaxError { why: NOT_UTF8, part: pattern[end..].to_owned() },
            };
            Err(SyntaxError { part: error.part.replace(BROKEN, "\u{fffd}"), ..error })
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
            flagged: None,
            groups: vec![Group { repeated: 1, lazy: false }],
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

    /// What ends that many bytes from here must be UTF-8.
    fn check_utf8(&self, length: usize) -> Result<(), SyntaxError> {
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

    fn is_lazy(&self) -> bool {
        self.groups.last().is_some_and(|group| group.lazy)
    }

    fn item(&mut self, repeated: u32) {
        self.last = Last::Item(repeated);
        self.flagged = None;
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
        let flagged = self.flagged.map(|(at, lazy)| {
            // In front of the flags, and as lazy as behind them.
            let turned = (self.at > begin + operator.len()) != (lazy != self.is_lazy());
            // A bare `?` might make the repetition lazy that stands in front of it.
            let operator = if operator == "?" { "{0,1}" } else { operator };
            let repetition = format!("{operator}{}", if turned { "?" } else { "" });
            self.regex.insert_str(at, &repetition);
            (at + repetition.len(), lazy)
        });
        if flagged.is_none() {
            self.regex.push_str(&self.pattern[begin..self.at]);
        }
        self.item(repeated);
        (self.last, self.flagged) = (Last::Repetition(begin, repeated), flagged);
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
    fn a_repetition_looks_past_flags() {
        let found = |pattern: &str, text: &'static str| {
            let regex = to_regex(pattern.as_bytes()).unwrap();
            regex::Regex::new(&regex).unwrap().find(text).map(|found| found.as_str())
        };
        assert_eq!(found(r"\d(?i)+A", "x12a"), Some("12a"));
        assert_eq!(found("a(?i)+b", "AaB"), Some("aB"));
        assert_eq!(found("a(?U)+", "aaa"), Some("a"));
        assert_eq!(found("a(?U)+?", "aaa"), Some("aaa"));
        assert_eq!(found("(?U)a(?-U)+(?i)?B", "aab"), Some("aab"));
        assert_eq!(found("a+(?i)?b", "b"), Some("b"));
        assert_eq!(found("a(?i)(?s){2}", "aaa"), Some("aa"));
        assert!(to_regex(b"(?i)+").is_err() && to_regex(b"a(?i)++").is_err());
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
            (b"\\Qa\xffb\\Ec", "invalid UTF-8: `\u{fffd}b`"),
            (b"\\Qa\xffb", "invalid UTF-8: `\u{fffd}b`"),
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
