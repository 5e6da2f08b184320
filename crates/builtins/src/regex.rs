//! Regular expressions: Go's syntax and Go's answers, in linear time.
//!
//! Go's package `regexp` and the crate `regex` agree in what a match is (leftmost, then first alternative) and in most of
//! the syntax. [`syntax`] rewrites an expression where they do not, and finds Go's errors.

mod syntax;

use lictor_value::{Builtin, Context, Prepared, Type, Value};
use regex::Regex;

use crate::family;
use crate::operand;
use crate::pattern;

const STRINGS: Type = Type::Array(&Type::String);
const LISTS: Type = Type::Array(&Type::Array(&Type::String));

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// Whether `value` has a match of `pattern`.
    "regex.match" { prepare: Some(prepare_first) } |cx, pattern: &[u8], value: &[u8]| -> Option<bool> {
        Some(compiled(cx, pattern)?.is_match(&pattern::subject(value)))
    }
    /// Whether the text is a regular expression.
    "regex.is_valid" |_cx, pattern: Value<'_> [Type::String]| -> bool {
        pattern.as_bytes().is_some_and(|pattern| compile(pattern).is_ok())
    }
    /// The first `number` matches in `value`, all where it is negative.
    "regex.find_n" { prepare: Some(prepare_first) }
    |cx, pattern: &[u8], value: &[u8], number: Value<'_> [Type::Number]| -> Option<Value<'_>> [STRINGS] {
        let number = operand::int(cx, number, 3)?;
        let regex = compiled(cx, pattern)?;
        let subject = pattern::subject(value);
        let mut found = Vec::new();
        for matched in regex.find_iter(&subject).take(usize::try_from(number).unwrap_or(usize::MAX)) {
            found.push(cx.string(matched.as_str()));
            cx.reserve(size_of_val(&found[..]))?;
        }
        Some(Value::array(cx.arena.slice(&found)))
    }
    /// The first `number` matches in `value`, each with what its groups matched.
    "regex.find_all_string_submatch_n" { prepare: Some(prepare_first) }
    |cx, pattern: &[u8], value: &[u8], number: Value<'_> [Type::Number]| -> Option<Value<'_>> [LISTS] {
        let number = operand::int(cx, number, 3)?;
        let regex = compiled(cx, pattern)?;
        let subject = pattern::subject(value);
        let mut found = Vec::new();
        for captures in regex.captures_iter(&subject).take(usize::try_from(number).unwrap_or(usize::MAX)) {
            let groups = captures.iter().map(|group| cx.string(group.map_or("", |group| group.as_str())));
            let groups: Vec<Value<'_>> = groups.collect();
            found.push(Value::array(cx.arena.slice(&groups)));
            cx.reserve(size_of_val(&found[..]))?;
        }
        Some(Value::array(cx.arena.slice(&found)))
    }
    /// The pieces of `value` between the matches.
    "regex.split" { prepare: Some(prepare_first) }
    |cx, pattern: &[u8], value: &[u8]| -> Option<Value<'_>> [STRINGS] {
        let regex = compiled(cx, pattern)?;
        let subject = pattern::subject(value);
        let mut pieces = Vec::new();
        let (mut begin, mut end) = (0, 0);
        // As Go splits: a match that is empty at the beginning separates nothing.
        if pattern.is_empty() || !subject.is_empty() {
            for matched in regex.find_iter(&subject) {
                end = matched.start();
                if matched.end() != 0 {
                    pieces.push(cx.string(&subject[begin..end]));
                    cx.reserve(size_of_val(&pieces[..]))?;
                }
                begin = matched.end();
            }
        }
        if end != subject.len() || subject.is_empty() && !pattern.is_empty() {
            pieces.push(cx.string(&subject[begin..]));
        }
        Some(Value::array(cx.arena.slice(&pieces)))
    }
    /// The text with each match replaced; in the replacement `$1` and `${name}` are what groups matched.
    "regex.replace" { prepare: Some(prepare_second) }
    |cx, s: Value<'_> [Type::String], pattern: &[u8], value: &[u8]| -> Option<Value<'_>> [Type::String] {
        let Some(text) = s.as_bytes() else { return cx.wrong_operand(1, "string", s) };
        let regex = compiled(cx, pattern)?;
        let (subject, value) = (pattern::subject(text), pattern::subject(value));
        cx.buffer.clear();
        let mut end = 0;
        for captures in regex.captures_iter(&subject) {
            let Some(whole) = captures.get(0) else { continue };
            cx.buffer.extend_from_slice(&subject.as_bytes()[end..whole.start()]);
            syntax::expand(&value, &captures, cx.buffer);
            end = whole.end();
            cx.reserve(0)?;
        }
        if end == 0 && cx.buffer.is_empty() {
            return Some(s);
        }
        cx.buffer.extend_from_slice(&subject.as_bytes()[end..]);
        Some(cx.buffered())
    }
    /// `regex.match` by its old name.
    "re_match" { deprecated: true, prepare: Some(prepare_first) } |cx, pattern: &[u8], value: &[u8]| -> Option<bool> {
        Some(compiled(cx, pattern)?.is_match(&pattern::subject(value)))
    }
};

/// Keeps regular expressions apart from globs.
struct Expression;

fn compile(pattern: &[u8]) -> Result<Regex, String> {
    let expression = syntax::to_regex(pattern).map_err(|error| error.to_string())?;
    pattern::compile(&expression).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "error parsing regexp: expression too large".to_owned(),
        _ => format!("error parsing regexp: invalid: `{}`", String::from_utf8_lossy(pattern)),
    })
}

fn compiled(cx: &mut Context<'_, '_>, pattern: &[u8]) -> Option<Regex> {
    pattern::pattern::<Expression>(cx, pattern, || compile(pattern))
}

fn prepare_first(args: &[Option<Value<'_>>]) -> Option<Prepared> {
    prepared(*args.first()?)
}

fn prepare_second(args: &[Option<Value<'_>>]) -> Option<Prepared> {
    prepared(*args.get(1)?)
}

fn prepared(pattern: Option<Value<'_>>) -> Option<Prepared> {
    Some(Box::new(compile(pattern?.as_bytes()?).ok()?))
}
