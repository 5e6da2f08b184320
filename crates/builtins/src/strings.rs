//! Strings: search, pieces, replacement, trimming. Positions and lengths count runes, not bytes.
//!
//! Rego's strings may hold bytes that are no UTF-8. Where OPA takes a string apart into runes each such byte becomes
//! U+FFFD; where it works on bytes they stay as they are. Everything here takes linear time in its operands, apart from
//! sorting. Formatting is in [`crate::sprintf`].

mod affix;
pub(crate) mod case;
mod find;
mod replace;

use lictor_value::{Builtin, Context, Object, Type, Value, View, number, text};
use memchr::memmem;
use num_bigint::BigInt;

use crate::family;
use crate::family::Number;
use crate::operand::{self, SetOrArray};

use affix::Texts;

const STRINGS: Type = Type::OneOf(&[Type::Array(&Type::String), Type::Set(&Type::String)]);
const ARRAY: Type = Type::Array(&Type::String);
const NUMBERS: Type = Type::Array(&Type::Number);
const PATTERNS: Type = Type::Object(&Type::String, &Type::String);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The strings of `collection` in a row, with `delimiter` between them.
    "concat" in "strings" |
        cx,
        delimiter ("what goes in between"): &[u8],
        collection ("the strings; a set gives them in order"): SetOrArray<'_> [STRINGS],
    | -> "output" ("the one string"): Option<Value<'_>> [Type::String] {
        concat(cx, delimiter, collection)
    }
    /// Whether `needle` occurs in `haystack`.
    "contains" in "strings" |
        _cx,
        haystack ("the string to look in"): &[u8],
        needle ("the string to look for"): &[u8],
    | -> "result" ("whether it is there"): bool { find::contains(haystack, needle) }
    /// Whether `search` ends with `base`.
    "endswith" in "strings"
    |_cx, search ("the whole string"): &[u8], base ("what may be its end"): &[u8]| -> "result" ("whether it is"): bool {
        search.ends_with(base)
    }
    /// Whether `search` begins with `base`.
    "startswith" in "strings" |
        _cx,
        search ("the whole string"): &[u8],
        base ("what may be its beginning"): &[u8],
    | -> "result" ("whether it is"): bool { search.starts_with(base) }
    /// The number, its fraction cut off, in base 2, 8, 10 or 16.
    "format_int" in "strings" |
        cx,
        number ("any number"): Number<'_>,
        base ("2, 8, 10 or 16"): Number<'_>,
    | -> "output" ("its digits"): Option<Value<'_>> [Type::String] {
        format_int(cx, number.0, base.0)
    }
    /// Where `needle` first occurs in `haystack`, in runes; -1 where it does not.
    "indexof" in "strings" |
        cx,
        haystack ("the string to look in"): &[u8],
        needle ("the string to look for"): &[u8],
    | -> "output" ("the position, from 0, or -1"): Option<i64> {
        if needle.is_empty() {
            return cx.fail("empty search character");
        }
        Some(find::first(haystack, needle))
    }
    /// Where `needle` occurs in `haystack`, in runes; occurrences may overlap.
    "indexof_n" in "strings" |
        cx,
        haystack ("the string to look in"): &[u8],
        needle ("the string to look for"): &[u8],
    | -> "output" ("all positions, from 0"): Option<Value<'_>> [NUMBERS] {
        if needle.is_empty() {
            return cx.fail("empty search character");
        }
        let found = find::all(haystack, needle);
        cx.reserve(found.len() * size_of::<Value<'_>>())?;
        Some(Value::array(cx.arena.collect(found.into_iter().map(Value::int))))
    }
    /// The string in lower case, rune by rune.
    "lower" in "strings" |cx, x ("any string"): Value<'_> [Type::String]|
    -> "y" ("the same in lower case"): Option<Value<'_>> [Type::String] {
        let bytes = family::take::<&[u8]>(cx, &[x], 0)?;
        cx.buffer.clear();
        Some(if case::lower(bytes, cx.buffer) { cx.buffered() } else { x })
    }
    /// The string in upper case, rune by rune.
    "upper" in "strings" |cx, x ("any string"): Value<'_> [Type::String]|
    -> "y" ("the same in upper case"): Option<Value<'_>> [Type::String] {
        let bytes = family::take::<&[u8]>(cx, &[x], 0)?;
        cx.buffer.clear();
        Some(if case::upper(bytes, cx.buffer) { cx.buffered() } else { x })
    }
    /// The string with every `old` replaced by `new`.
    "replace" in "strings" |
        cx,
        x ("the string to change"): &[u8],
        old ("what goes"): &[u8],
        new ("what comes in its place"): &[u8],
    | -> "y" ("the changed string"): Option<Value<'_>> [Type::String] {
        replace::all(cx, x, &[(old, new)])
    }
    /// The string with every key of `patterns` replaced by its value; of several keys at one place the first counts.
    "strings.replace_n" |
        cx,
        patterns ("for each string that goes what comes in its place"): &Object<'_> [PATTERNS],
        value ("the string to change"): &[u8],
    | -> "output" ("the changed string"): Option<Value<'_>> [Type::String] {
        let mut pairs = Vec::with_capacity(patterns.len());
        for (key, value) in patterns.iter() {
            let Some(old) = key.as_bytes() else { return cx.bad_operand(1, "non-string key found in pattern object") };
            let Some(new) = value.as_bytes() else {
                return cx.bad_operand(1, "non-string value found in pattern object");
            };
            pairs.push((old, new));
        }
        replace::all(cx, value, &pairs)
    }
    /// The runes of the string backwards.
    "strings.reverse" in "strings" |cx, x ("any string"): &[u8]|
    -> "y" ("the same backwards"): Value<'_> [Type::String] {
        cx.buffer.clear();
        let mut end = x.len();
        let starts: Vec<usize> = text::runes(x).map(|(_, size)| size).collect();
        for size in starts.into_iter().rev() {
            cx.buffer.extend_from_slice(&x[end - size..end]);
            end -= size;
        }
        cx.buffered()
    }
    /// How many times `substring` occurs in `search`, without overlaps.
    "strings.count" in "strings" |
        _cx,
        search ("the string to look in"): &[u8],
        substring ("the string to look for"): &[u8],
    | -> "output" ("how often it is there"): i64 {
        let count = match substring {
            [] => text::count_runes(search) + 1,
            _ => memmem::find_iter(search, substring).count(),
        };
        count as i64
    }
    /// Whether any of `search` begins with any of `base`.
    "strings.any_prefix_match" in "strings" |
        cx,
        search ("a string, or several"): Value<'_> [Texts::TYPE],
        base ("what may be a beginning, or several"): Value<'_> [Texts::TYPE],
    | -> "result" ("whether one of them is"): Option<bool> {
        let (search, base) = (Texts::read(cx, search, 1)?, Texts::read(cx, base, 2)?);
        Some(affix::any_begins(search, base))
    }
    /// Whether any of `search` ends with any of `base`.
    "strings.any_suffix_match" in "strings" |
        cx,
        search ("a string, or several"): Value<'_> [Texts::TYPE],
        base ("what may be an end, or several"): Value<'_> [Texts::TYPE],
    | -> "result" ("whether one of them is"): Option<bool> {
        let (search, base) = (Texts::read(cx, search, 1)?, Texts::read(cx, base, 2)?);
        Some(affix::any_ends(search, base))
    }
    /// The pieces of the string between the delimiters; its runes where the delimiter is empty.
    "split" in "strings" |
        cx,
        x ("the string to take apart"): &[u8],
        delimiter ("what is between the pieces"): &[u8],
    | -> "ys" ("the pieces"): Option<Value<'_>> [ARRAY] {
        let pieces = find::pieces(x, delimiter, usize::MAX);
        array(cx, &pieces)
    }
    /// The first `n` pieces of the string between the delimiters, or the last `-n` where `n` is negative.
    "strings.split_n" in "strings" |
        cx,
        x ("the string to take apart"): &[u8],
        delimiter ("what is between the pieces"): &[u8],
        n ("how many, counted from the end where it is negative"): Value<'_> [Type::Number],
    | -> "ys" ("the pieces"): Option<Value<'_>> [ARRAY] {
        let n = operand::int(cx, n, 3)?;
        let count = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
        if n >= 0 {
            let mut pieces = find::pieces(x, delimiter, count.saturating_add(1));
            pieces.truncate(count);
            return array(cx, &pieces);
        }
        let pieces = find::pieces(x, delimiter, usize::MAX);
        array(cx, &pieces[pieces.len().saturating_sub(count)..])
    }
    /// `length` runes from the rune `offset` on; all that follow where `length` is negative.
    "substring" in "strings" |
        cx,
        value ("the string to take from"): &[u8],
        offset ("where to begin, counted from 0"): Value<'_> [Type::Number],
        length ("how many runes to take, -1 for all"): Value<'_> [Type::Number],
    | -> "output" ("the part"): Option<Value<'_>> [Type::String] {
        let (offset, length) = (operand::int(cx, offset, 2)?, operand::int(cx, length, 3)?);
        let Ok(offset) = usize::try_from(offset) else { return cx.fail("negative offset") };
        Some(substring(cx, value, offset, usize::try_from(length).unwrap_or(usize::MAX)))
    }
    /// The string without the runes of `cutset` at both ends.
    "trim" in "strings" |
        cx,
        value ("the string to trim"): &[u8],
        cutset ("the runes that go"): &[u8],
    | -> "output" ("what is left"): Value<'_> [Type::String] {
        let cut = Cutset::new(cutset);
        Value::str(cx.arena.slice(cut.right(cut.left(value))))
    }
    /// The string without the runes of `cutset` at its beginning.
    "trim_left" in "strings" |
        cx,
        value ("the string to trim"): &[u8],
        cutset ("the runes that go"): &[u8],
    | -> "output" ("what is left"): Value<'_> [Type::String] {
        Value::str(cx.arena.slice(Cutset::new(cutset).left(value)))
    }
    /// The string without the runes of `cutset` at its end.
    "trim_right" in "strings" |
        cx,
        value ("the string to trim"): &[u8],
        cutset ("the runes that go"): &[u8],
    | -> "output" ("what is left"): Value<'_> [Type::String] {
        Value::str(cx.arena.slice(Cutset::new(cutset).right(value)))
    }
    /// The string without `prefix` at its beginning.
    "trim_prefix" in "strings" |
        _cx,
        value ("the string to trim"): &[u8],
        prefix ("what goes if it begins so"): &[u8],
    | -> "output" ("what is left"): Value<'_> [Type::String] {
        Value::str(value.strip_prefix(prefix).unwrap_or(value))
    }
    /// The string without `suffix` at its end.
    "trim_suffix" in "strings" |
        _cx,
        value ("the string to trim"): &[u8],
        suffix ("what goes if it ends so"): &[u8],
    | -> "output" ("what is left"): Value<'_> [Type::String] {
        Value::str(value.strip_suffix(suffix).unwrap_or(value))
    }
    /// The string without white space at both ends.
    "trim_space" in "strings" |_cx, value ("the string to trim"): &[u8]|
    -> "output" ("what is left"): Value<'_> [Type::String] {
        let space = |c: char| c.is_whitespace();
        Value::str(trim_right(trim_left(value, space), space))
    }
};

/// The string in lower case.
#[cfg(feature = "aws")]
pub(crate) fn lowered(bytes: &[u8]) -> Vec<u8> {
    let mut to = Vec::new();
    if case::lower(bytes, &mut to) { to } else { bytes.to_vec() }
}

fn concat<'v>(cx: &mut Context<'_, 'v>, delimiter: &[u8], of: SetOrArray<'v>) -> Option<Value<'v>> {
    if let [only] = of.1
        && only.as_bytes().is_some()
    {
        return Some(*only);
    }
    let mut bytes = delimiter.len() * of.1.len().saturating_sub(1);
    for item in of.1 {
        match item.as_bytes() {
            Some(text) => bytes += text.len(),
            None => return cx.wrong_element(2, of.0, *item, "string"),
        }
    }
    cx.reserve(bytes)?;
    cx.buffer.clear();
    for (at, item) in of.1.iter().enumerate() {
        if at > 0 {
            cx.buffer.extend_from_slice(delimiter);
        }
        cx.buffer.extend_from_slice(item.as_bytes().unwrap_or_default());
    }
    Some(cx.buffered())
}

fn array<'v>(cx: &mut Context<'_, 'v>, pieces: &[&'v [u8]]) -> Option<Value<'v>> {
    cx.reserve(size_of_val(pieces))?;
    Some(Value::array(cx.arena.collect(pieces.iter().map(|piece| Value::str(piece)))))
}

/// The base is compared as text: `10` is ten, `1e1` is no base. Of a number with a point or an exponent 64 bits
/// count, as for rounding.
fn format_int<'v>(cx: &mut Context<'_, 'v>, number: Value<'v>, base: Value<'v>) -> Option<Value<'v>> {
    let base = match base.as_int() {
        Some(base @ (2 | 8 | 10 | 16)) => base as u32,
        _ => return cx.bad_operand(2, "must be one of {2, 8, 10, 16}"),
    };
    let is_written_out = match number.view() {
        View::Number(text) => text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()),
        _ => true,
    };
    let int: BigInt = match cx.catch(number::to_big(number))? {
        Some(int) if is_written_out => int,
        _ => cx.catch(number::to_float(number))?.truncated(),
    };
    Some(cx.string(int.to_str_radix(base)))
}

/// Where the string is not ASCII, a part of it that is not all of it has its stray bytes replaced.
fn substring<'v>(cx: &mut Context<'_, 'v>, value: &'v [u8], offset: usize, length: usize) -> Value<'v> {
    if value.is_ascii() {
        let rest = value.get(offset..).unwrap_or_default();
        return Value::str(&rest[..length.min(rest.len())]);
    }
    if offset == 0 && length >= text::count_runes(value) && length != usize::MAX {
        return Value::str(value);
    }
    cx.buffer.clear();
    for (c, _) in text::runes(value).skip(offset).take(length) {
        cx.buffer.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    cx.buffered()
}

/// The runes that trimming takes away.
struct Cutset {
    runes: Vec<char>,
}

impl Cutset {
    fn new(cutset: &[u8]) -> Self {
        let mut runes: Vec<char> = text::runes(cutset).map(|(c, _)| c).collect();
        runes.sort_unstable();
        Cutset { runes }
    }

    fn left<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        trim_left(text, |c| self.runes.binary_search(&c).is_ok())
    }

    fn right<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        trim_right(text, |c| self.runes.binary_search(&c).is_ok())
    }
}

fn trim_left(text: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    let skipped: usize = text::runes(text).take_while(|(c, _)| cut(*c)).map(|(_, size)| size).sum();
    &text[skipped..]
}

fn trim_right(mut text: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    while let Some((c, size)) = last_rune(text) {
        if !cut(c) {
            break;
        }
        text = &text[..text.len() - size];
    }
    text
}

/// The last rune and its length, as Go decodes it; a byte that ends none is U+FFFD.
fn last_rune(text: &[u8]) -> Option<(char, usize)> {
    let last = *text.last()?;
    if last.is_ascii() {
        return Some((char::from(last), 1));
    }
    let whole = (2..=4.min(text.len())).find_map(|size| {
        let (c, taken) = text::first_rune(&text[text.len() - size..])?;
        (taken == size).then_some((c, size))
    });
    Some(whole.unwrap_or((char::REPLACEMENT_CHARACTER, 1)))
}
