//! Regular expressions: Go's syntax and Go's answers, in linear time.
//!
//! Go's package `regexp` and the crate `regex` agree in what a match is (leftmost, then first alternative) and in most of
//! the syntax. [`syntax`] rewrites an expression where they do not, and finds Go's errors.

mod overlap;
mod replacement;
mod syntax;
mod template;

use std::sync::Arc;

use lictor_value::text::lossy;
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
    "regex.match" { prepare: Some(prepare_first) } |
        cx,
        pattern ("the regular expression"): &[u8],
        value ("the text to search"): &[u8],
    | -> "result" ("whether it matches somewhere"): Option<bool> {
        Some(compiled(cx, pattern)?.is_match(&pattern::subject(value)))
    }
    /// Whether the text is a regular expression.
    "regex.is_valid" |_cx, pattern ("any value"): Value<'_> [Type::String]|
    -> "result" ("whether it is a regular expression"): bool {
        pattern.as_bytes().is_some_and(|pattern| compile(pattern).is_ok())
    }
    /// The first `number` matches in `value`, all where it is negative.
    "regex.find_n" { prepare: Some(prepare_first) } |
        cx,
        pattern ("the regular expression"): &[u8],
        value ("the text to search"): &[u8],
        number ("how many matches to find, -1 for all"): Value<'_> [Type::Number],
    | -> "output" ("the texts that match"): Option<Value<'_>> [STRINGS] {
        let number = operand::int(cx, number, 3)?;
        let regex = compiled(cx, pattern)?;
        let subject = pattern::subject(value);
        let mut found = Vec::new();
        for matched in regex.find_iter(&subject).take(usize::try_from(number).unwrap_or(usize::MAX)) {
            found.push(cx.string(subject.bytes(matched.range())));
            cx.reserve(size_of_val(&found[..]))?;
        }
        Some(Value::array(cx.arena.slice(&found)))
    }
    /// The first `number` matches in `value`, each with what its groups matched.
    "regex.find_all_string_submatch_n" { prepare: Some(prepare_first) } |
        cx,
        pattern ("the regular expression"): &[u8],
        value ("the text to search"): &[u8],
        number ("how many matches to find, -1 for all"): Value<'_> [Type::Number],
    | -> "output" ("for each match its text and those of its groups"): Option<Value<'_>> [LISTS] {
        let number = operand::int(cx, number, 3)?;
        let regex = compiled(cx, pattern)?;
        let subject = pattern::subject(value);
        let mut found = Vec::new();
        for captures in regex.captures_iter(&subject).take(usize::try_from(number).unwrap_or(usize::MAX)) {
            let groups = captures.iter().map(|group| cx.string(group.map_or(&b""[..], |group| subject.bytes(group.range()))));
            let groups: Vec<Value<'_>> = groups.collect();
            found.push(Value::array(cx.arena.slice(&groups)));
            cx.reserve(size_of_val(&found[..]))?;
        }
        Some(Value::array(cx.arena.slice(&found)))
    }
    /// The pieces of `value` between the matches.
    "regex.split" { prepare: Some(prepare_first) } |
        cx,
        pattern ("the regular expression of what separates"): &[u8],
        value ("the text to take apart"): &[u8],
    | -> "output" ("the pieces"): Option<Value<'_>> [STRINGS] {
        let regex = compiled(cx, pattern)?;
        let subject = pattern::subject(value);
        let mut pieces = Vec::new();
        let (mut begin, mut end) = (0, 0);
        // As Go splits: a match that is empty at the beginning separates nothing.
        if pattern.is_empty() || !subject.is_empty() {
            for matched in regex.find_iter(&subject) {
                end = matched.start();
                if matched.end() != 0 {
                    pieces.push(cx.string(subject.bytes(begin..end)));
                    cx.reserve(size_of_val(&pieces[..]))?;
                }
                begin = matched.end();
            }
        }
        if end != subject.len() || subject.is_empty() && !pattern.is_empty() {
            pieces.push(cx.string(subject.bytes(begin..subject.len())));
        }
        Some(Value::array(cx.arena.slice(&pieces)))
    }
    /// The text with each match replaced; in the replacement `$1` and `${name}` are what groups matched.
    "regex.replace" { prepare: Some(prepare_second) } |
        cx,
        s ("the text to search"): &[u8],
        pattern ("the regular expression"): &[u8],
        value ("what comes in the place of a match"): &[u8],
    | -> "output" ("the text with its matches replaced"): Option<Value<'_>> [Type::String] {
        let regex = compiled(cx, pattern)?;
        let (subject, value) = (pattern::subject(s), pattern::subject(value));
        cx.buffer.clear();
        let mut end = 0;
        for captures in regex.captures_iter(&subject) {
            let Some(whole) = captures.get(0) else { continue };
            cx.buffer.extend_from_slice(subject.bytes(end..whole.start()));
            replacement::expand(&value, &captures, &subject, cx.buffer);
            end = whole.end();
            cx.reserve(0)?;
        }
        if end == 0 && cx.buffer.is_empty() {
            return Some(Value::str(s));
        }
        cx.buffer.extend_from_slice(subject.bytes(end..subject.len()));
        Some(cx.buffered())
    }
    /// Whether `value` matches the template: text in which regular expressions stand between two delimiters of one byte each.
    /// `regex.template_match("user:{[0-9]+}", "user:17", "{", "}")` is true.
    "regex.template_match" { prepare: Some(prepare_template) } |
        cx,
        template ("the template"): &[u8],
        value ("the text that may match"): &[u8],
        delimiter_start ("what begins a regular expression"): &[u8],
        delimiter_end ("what ends it"): &[u8],
    | -> "result" ("whether the whole text matches"): Option<bool> {
        let delimiters = match template::delimiters(delimiter_start, delimiter_end) {
            Ok(delimiters) => delimiters,
            Err(why) => return cx.fail(why),
        };
        let source = [template, &[delimiters.0, delimiters.1]].concat();
        let regex = pattern::pattern::<Template>(cx, &source, || template::to_regex(template, delimiters))?;
        Some(regex.is_match(&pattern::subject(value)))
    }
    /// Whether some text matches both patterns, in which only `.`, `[a-z]`, `+`, `*` and `\\` mean something.
    /// `regex.globs_match("a.*[x-z]", ".*y")` is true: `ay` is such a text.
    "regex.globs_match" |
        cx,
        glob1 ("a pattern"): &[u8],
        glob2 ("another pattern"): &[u8],
    | -> "result" ("whether they have a text in common"): Option<bool> {
        match overlap::overlap(glob1, glob2) {
            Ok(whether) => Some(whether),
            Err(why) => cx.fail(why),
        }
    }
    /// `regex.match` by its old name.
    "re_match" { deprecated: true, prepare: Some(prepare_first) } |cx, pattern: &[u8], value: &[u8]| -> Option<bool> {
        Some(compiled(cx, pattern)?.is_match(&pattern::subject(value)))
    }
};

/// Keeps regular expressions apart from globs.
struct Expression;

/// Keeps templates apart from both.
struct Template;

pub(crate) fn compile(pattern: &[u8]) -> Result<Regex, String> {
    let expression = syntax::to_regex(pattern).map_err(|error| error.to_string())?;
    pattern::compile(&expression).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "error parsing regexp: expression too large".to_owned(),
        _ => format!("error parsing regexp: invalid: `{}`", lossy(pattern)),
    })
}

fn compiled(cx: &mut Context<'_, '_>, pattern: &[u8]) -> Option<Arc<Regex>> {
    pattern::pattern::<Expression>(cx, pattern, || compile(pattern))
}

fn prepare_first(args: &[Option<Value<'_>>]) -> Option<Prepared> {
    prepared(*args.first()?)
}

fn prepare_second(args: &[Option<Value<'_>>]) -> Option<Prepared> {
    prepared(*args.get(1)?)
}

fn prepare_template(args: &[Option<Value<'_>>]) -> Option<Prepared> {
    let [Some(template), _, Some(start), Some(end)] = args else { return None };
    let delimiters = template::delimiters(start.as_bytes()?, end.as_bytes()?).ok()?;
    Some(Box::new(template::to_regex(template.as_bytes()?, delimiters).ok()?))
}

fn prepared(pattern: Option<Value<'_>>) -> Option<Prepared> {
    Some(Box::new(compile(pattern?.as_bytes()?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::FAMILY;
    use crate::family::calls::assert_gives;

    #[test]
    fn templates_are_text_with_expressions_between_delimiters() {
        let gives = |template: &str, value: &str, given: &str| {
            assert_gives(FAMILY, "regex.template_match", &[template, value, r#""<""#, r#"">""#], given);
        };
        gives(r#""/keys/<[a-f]{2}>.<(?i)JSON>""#, r#""/keys/ab.json""#, "true");
        gives(r#""/keys/<[a-f]{2}>.<(?i)JSON>""#, r#""/keys/abxjson""#, "false");
        gives(r#""<a|b>c""#, r#""bc""#, "true");
        gives(r#""<a<b>>""#, r#""a<b>""#, "true");
        gives(r#""""#, r#""""#, "true");
        gives(r#""<a""#, r#""""#, r#"fails: unbalanced braces in "<a""#);
        gives(r#""a>""#, r#""""#, r#"fails: unbalanced braces in "a>""#);
        gives(r#""<a(>""#, r#""""#, "fails: error parsing regexp: missing closing ): `^a($`");
        let long = [r#""a""#, r#""a""#, r#""<""#, r#"">>""#];
        let why = "fails: end delimiter has to be exactly one character long but is 1 long";
        assert_gives(FAMILY, "regex.template_match", &long, why);
    }

    #[test]
    fn what_is_no_utf8_is_one_character_a_byte_and_keeps_its_bytes() {
        let subject = crate::pattern::subject(b"a\xff\xfe-\xef\xbf\xbd!");
        let regex = super::compile(b"(.)-(.)").expect("it is one");
        let captures = regex.captures(&subject).expect("it matches");
        assert_eq!(subject.bytes(captures.get(0).expect("is the whole").range()), b"\xfe-\xef\xbf\xbd");
        let mut to = Vec::new();
        super::replacement::expand(&crate::pattern::subject(b"\x80$2$1"), &captures, &subject, &mut to);
        assert_eq!(to, b"\x80\xef\xbf\xbd\xfe");
    }

    #[test]
    fn patterns_match_where_they_have_a_text_in_common() {
        let gives = |left: &str, right: &str, given: &str| {
            assert_gives(FAMILY, "regex.globs_match", &[left, right], given);
        };
        gives(r#""keys.[a-f]+""#, r#"".*e""#, "true");
        gives(r#""keys.[a-f]+""#, r#"".*g""#, "false");
        gives(r#""[""#, r#""a""#, "fails: input:[, pos:1, found [ without matching ]: the input provided is invalid");
    }
}
