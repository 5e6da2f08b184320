//! Globs: `*.example.com`, with delimiters that `*` and `?` do not cross.
//!
//! The language is that of the Go package `github.com/gobwas/glob` 1.0. A glob is a regular expression in other words and
//! becomes one ([`syntax`]), so matching takes linear time.

mod syntax;

use lictor_value::{Builtin, Context, Prepared, Type, Value, View, text};
use regex::Regex;

use crate::family;
use crate::pattern;

const DELIMITERS: Type = Type::OneOf(&[Type::Null, Type::Array(&Type::String)]);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// Whether `match` has the form of `pattern`. `*` and `?` match no delimiter (`.` where the array is empty, and there
    /// are none where it is null), `**` matches anything; `[a-c]`, `[!a-c]` and `{a,b}` are as everywhere.
    "glob.match" { prepare: Some(prepare) } |
        cx,
        pattern ("the glob"): &[u8],
        delimiters ("what `*` and `?` do not match"): Value<'_> [DELIMITERS],
        match_ ("the text that may match"): Value<'_> [Type::String],
    | -> "result" ("whether the whole text matches"): Option<bool> {
        let delimiters = delimiter_runes(cx, delimiters)?;
        let Some(text) = match_.as_bytes() else { return cx.wrong_operand(3, "string", match_) };
        // The buffer is anybody's: taken and put back, so that no call allocates.
        let mut source = std::mem::take(cx.buffer);
        source.clear();
        source.extend_from_slice(pattern);
        source.push(b'-');
        delimiters.iter().for_each(|c| source.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()));
        let regex = pattern::pattern::<Glob>(cx, &source, || compile(pattern, &delimiters));
        *cx.buffer = source;
        let regex = regex?;
        Some(regex.is_match(&pattern::subject_with(text, pattern::BROKEN)))
    }
    /// The text with a backslash before everything that means something in a glob.
    "glob.quote_meta" |_cx, pattern ("any text"): &[u8]| -> "output" ("a glob that matches the text alone"): Vec<u8> {
        let mut quoted = Vec::with_capacity(pattern.len());
        for byte in pattern {
            if b"*?\\[]{}".contains(byte) {
                quoted.push(b'\\');
            }
            quoted.push(*byte);
        }
        quoted
    }
};

/// Keeps globs apart from regular expressions.
struct Glob;

fn compile(pattern: &[u8], delimiters: &[char]) -> Result<Regex, String> {
    let expression = syntax::to_regex(pattern, delimiters).map_err(|error| error.to_string())?;
    pattern::compile(&expression).map_err(|_| "glob: pattern is too large".to_owned())
}

fn prepare(args: &[Option<Value<'_>>]) -> Option<Prepared> {
    let [Some(pattern), Some(delimiters), _] = args else { return None };
    let delimiters = match delimiters.view() {
        View::Null => vec![],
        View::Array(items) => runes(items)?,
        _ => return None,
    };
    Some(Box::new(compile(pattern.as_bytes()?, &delimiters).ok()?))
}

fn delimiter_runes(cx: &mut Context<'_, '_>, delimiters: Value<'_>) -> Option<Vec<char>> {
    match delimiters.view() {
        View::Null => Some(vec![]),
        View::Array(items) => match runes(items) {
            Some(runes) => Some(runes),
            None => {
                let wrong = items.iter().find(|item| rune(**item).is_none()).copied().unwrap_or(delimiters);
                cx.wrong_element(2, delimiters, wrong, if wrong.as_bytes().is_some() { "rune" } else { "string" })
            }
        },
        _ => cx.wrong_operand(2, "one of {array, null}", delimiters),
    }
}

/// The delimiters of an array; `.` where it is empty.
fn runes(items: &[Value<'_>]) -> Option<Vec<char>> {
    if items.is_empty() { Some(vec!['.']) } else { items.iter().map(|item| rune(*item)).collect() }
}

/// A string of one rune.
fn rune(value: Value<'_>) -> Option<char> {
    let mut runes = text::runes(value.as_bytes()?);
    let (c, _) = runes.next()?;
    runes.next().is_none().then_some(c)
}
