//! Values out of the fuzzer's bytes: those of known calls, changed a little, or new ones that mostly have the declared type.

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use lictor_value::{Arena, Builtin, Object, Set, Type, Value, View, number};

use crate::seeds::Seeds;

/// How deep new values nest.
const DEPTH: usize = 5;

/// How long changed strings may get.
const LONGEST: usize = 4096;

/// What many texts take for syntax, and what lies at the edges of things.
const PIECES: &[&str] = &[
    "",
    " ",
    "\n",
    "\t",
    "\0",
    "\u{7f}",
    "é",
    "ß",
    "İ",
    "😀",
    "\u{2028}",
    "\u{fffd}",
    "\u{301}",
    ".",
    ",",
    ":",
    ";",
    "-",
    "_",
    "/",
    "\\",
    "\\u0041",
    "\\x{10ffff}",
    "%",
    "%%",
    "%d",
    "%-08.3f",
    "%+v",
    "%[2]*.[1]*f",
    "%x",
    "%q",
    "%41",
    "+",
    "*",
    "**",
    "?",
    "[",
    "]",
    "[^a-z]",
    "[!a]",
    "{",
    "}",
    "{a,b}",
    "{{",
    "}}",
    "{{.}}",
    "(",
    ")",
    "(?i)",
    "(?P<n>",
    "|",
    "^",
    "$",
    "\\b",
    "\\pL",
    "a{2,5}",
    "=",
    "==",
    "&",
    "&amp;",
    "#",
    "@",
    "!",
    "!!str ",
    "~",
    "'",
    "\"",
    "`",
    "<",
    ">",
    "|-\n  ",
    "- ",
    "? ",
    "--- ",
    "&a ",
    "*a",
    "<<: ",
    "0",
    "1",
    "9",
    "-1",
    "00",
    "0x",
    "0b1",
    "0o7",
    "1e9",
    ".5",
    "1_0",
    "NaN",
    "Inf",
    "null",
    "true",
    "v1",
    "1.2.3-a.1+b",
    "Mi",
    "KiB",
    "e3",
    "1h2m3.5s",
    "µs",
    "2006",
    "Jan",
    "MST",
    "-0700",
    "Z07:00",
    ".000",
    "2024-02-29T23:59:60Z",
    "10.0.0.0/8",
    "::ffff:1.2.3.4",
    "/128",
    "http://",
    "a@b",
    ":80",
    "?a=b",
    "#/definitions/a",
    "$ref",
    "type",
    "query{a}",
    "fragment f on T{a}",
    "\"\"\"",
    "YQ==",
    "6a",
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "10",
    "16",
    "63",
    "64",
    "65",
    "-0",
    "0.5",
    "1.0",
    "1e3",
    "-2.5",
    "0.1",
    "2.675",
    "1e21",
    "1e-7",
    "100000000000000000000",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "9007199254740993",
    "1e308",
    "1e309",
    "1e400",
    "1e-400",
    "4294967296",
    "2147483648",
    "123456789012345678901234567890.5",
    "1700000000000000000",
    "1709251199999999999",
    "-62135596800000000000",
    "1e18",
];

/// Reads values out of the fuzzer's bytes.
pub struct Reader<'b, 'v> {
    pub bytes: Unstructured<'b>,
    pub arena: &'v Arena,
    pub seeds: &'static Seeds,
}

impl<'v> Reader<'_, 'v> {
    /// Arguments for a builtin.
    pub fn args(&mut self, builtin: &Builtin) -> Result<Vec<Value<'v>>> {
        let known = self.seeds.of(builtin.name);
        let is_known = !known.is_empty() && self.bytes.ratio(15, 16)?;
        let mut example = if is_known { *self.bytes.choose(known)? } else { &[] };
        let mut args = Vec::new();
        for (at, argument) in builtin.args.iter().enumerate() {
            if is_known && self.bytes.ratio(1, 8)? {
                example = *self.bytes.choose(known)?;
            }
            args.push(match example.get(at) {
                Some(value) if self.bytes.ratio(15, 16)? => {
                    if self.bytes.arbitrary()? {
                        self.changed(*value, DEPTH)?
                    } else {
                        *value
                    }
                }
                _ => self.value(argument.ty, DEPTH)?,
            });
        }
        Ok(args)
    }

    /// A value of which a part is another.
    fn changed(&mut self, value: Value<'v>, depth: usize) -> Result<Value<'v>> {
        if self.bytes.ratio(1, 16)? {
            return self.value(Type::Any, 2);
        }
        if let Some(truth) = value.as_bool() {
            return Ok(Value::bool(!truth));
        }
        if value.is_number() {
            return self.number();
        }
        if let Some(text) = value.as_bytes() {
            return self.changed_text(text);
        }
        match value.view() {
            View::Array(items) => {
                let items = self.changed_items(items, depth)?;
                Ok(Value::array(self.arena.slice(&items)))
            }
            View::Set(set) => {
                let mut items = self.changed_items(set.items(), depth)?;
                Ok(Value::set(self.arena.one(Set::from_unsorted(self.arena, &mut items, true))))
            }
            View::Object(object) => {
                let mut pairs: Vec<_> = object.iter().collect();
                if pairs.is_empty() || self.bytes.ratio(1, 6)? {
                    pairs.push((self.value(Type::String, 1)?, self.value(Type::Any, depth.min(2))?));
                } else {
                    let at = self.bytes.choose_index(pairs.len())?;
                    match self.bytes.int_in_range(0..=5)? {
                        0 => drop(pairs.remove(at)),
                        1 => pairs[at].0 = self.changed(pairs[at].0, depth)?,
                        _ => pairs[at].1 = self.changed(pairs[at].1, depth)?,
                    }
                }
                Ok(self.object(pairs))
            }
            _ => self.value(Type::Any, 1),
        }
    }

    fn changed_items(&mut self, items: &[Value<'v>], depth: usize) -> Result<Vec<Value<'v>>> {
        let mut items = items.to_vec();
        if items.is_empty() {
            items.push(self.value(Type::Any, depth.min(2))?);
            return Ok(items);
        }
        let at = self.bytes.choose_index(items.len())?;
        let other = self.bytes.choose_index(items.len())?;
        match self.bytes.int_in_range(0..=7)? {
            0 => drop(items.remove(at)),
            1 => items.push(items[at]),
            2 => items.swap(at, other),
            3 => items.insert(at, self.value(Type::Any, depth.min(2))?),
            _ => items[at] = self.changed(items[at], depth)?,
        }
        Ok(items)
    }

    /// A text with one to three changes; still UTF-8 where it was, mostly.
    fn changed_text(&mut self, text: &[u8]) -> Result<Value<'v>> {
        let mut text = text.to_vec();
        for _ in 0..self.bytes.int_in_range(1..=3)? {
            let (mut from, mut to) = (self.position(&text)?, self.position(&text)?);
            if from > to {
                (from, to) = (to, from);
            }
            match self.bytes.int_in_range(0..=9)? {
                0 => drop(text.drain(from..to)),
                1 => text.truncate(to),
                2 => {
                    let part = text[from..to].to_vec();
                    drop(text.splice(to..to, part));
                }
                3 => {
                    let byte = self.bytes.arbitrary()?;
                    match text.get_mut(from) {
                        Some(place) => *place = byte,
                        None => text.push(byte),
                    }
                }
                4 => {
                    let other = self.known_text()?;
                    let (begin, end) = (self.position(other)?, self.position(other)?);
                    drop(text.splice(from..to, other[begin.min(end)..begin.max(end)].iter().copied()));
                }
                5 => drop(text.splice(from..to, self.known_text()?.iter().copied())),
                6 => {
                    let end = (from + 1..=text.len()).find(|end| is_between(&text, *end)).unwrap_or(from);
                    let piece = *self.bytes.choose(PIECES)?;
                    drop(text.splice(from..end, piece.bytes()));
                }
                _ => {
                    let piece = *self.bytes.choose(PIECES)?;
                    drop(text.splice(from..from, piece.bytes()));
                }
            }
            text.truncate(LONGEST);
        }
        Ok(Value::str(self.arena.slice(&text)))
    }

    /// A place between two characters of a text.
    fn position(&mut self, text: &[u8]) -> Result<usize> {
        let at = self.bytes.int_in_range(0..=text.len())?;
        Ok((0..=at).rev().find(|at| is_between(text, *at)).unwrap_or(0))
    }

    fn known_text(&mut self) -> Result<&'static [u8]> {
        Ok(self.bytes.choose(self.seeds.texts())?)
    }

    /// A value that mostly has a type.
    fn value(&mut self, ty: Type, depth: usize) -> Result<Value<'v>> {
        let stray = self.bytes.ratio(1, 16)?;
        self.typed(if stray { Type::Any } else { ty }, depth)
    }

    fn typed(&mut self, ty: Type, depth: usize) -> Result<Value<'v>> {
        match ty {
            Type::Any => {
                const KINDS: &[Type] = &[
                    Type::String,
                    Type::Number,
                    Type::Boolean,
                    Type::Null,
                    Type::Array(&Type::Any),
                    Type::Set(&Type::Any),
                    Type::Object(&Type::Any, &Type::Any),
                ];
                let kinds = if depth == 0 { &KINDS[..4] } else { KINDS };
                let kind = *self.bytes.choose(kinds)?;
                // Where no bytes are left whatever is unlikely happens each time: what goes astray here would do so for ever.
                self.typed(kind, depth)
            }
            Type::Null => Ok(Value::NULL),
            Type::Boolean => Ok(Value::bool(self.bytes.arbitrary()?)),
            Type::Number => self.number(),
            Type::String => match self.bytes.int_in_range(0..=3)? {
                0 => Ok(Value::str(self.arena.slice(self.bytes.arbitrary::<&str>()?.as_bytes()))),
                1 => {
                    let text = self.known_text()?;
                    self.changed_text(text)
                }
                _ => Ok(Value::str(self.known_text()?)),
            },
            Type::Array(item) => Ok(Value::array(self.arena.slice(&self.items(*item, depth)?))),
            Type::Set(item) => {
                let mut items = self.items(*item, depth)?;
                Ok(Value::set(self.arena.one(Set::from_unsorted(self.arena, &mut items, true))))
            }
            Type::Tuple(types, _) => {
                let items: Result<Vec<_>> = types.iter().map(|ty| self.value(*ty, depth.saturating_sub(1))).collect();
                Ok(Value::array(self.arena.slice(&items?)))
            }
            Type::Object(key, value) => {
                let keys = self.items(*key, depth)?;
                let pairs: Result<Vec<_>> =
                    keys.into_iter().map(|key| Ok((key, self.value(*value, depth.saturating_sub(1))?))).collect();
                Ok(self.object(pairs?))
            }
            Type::Record(fields, _) => {
                let mut pairs = Vec::new();
                for (key, ty) in fields {
                    if self.bytes.ratio(7, 8)? {
                        let key = Value::str(self.arena.slice(key.as_bytes()));
                        pairs.push((key, self.value(*ty, depth.saturating_sub(1))?));
                    }
                }
                Ok(self.object(pairs))
            }
            Type::OneOf(types) => {
                let ty = *self.bytes.choose(types)?;
                self.value(ty, depth)
            }
        }
    }

    fn object(&self, mut pairs: Vec<(Value<'v>, Value<'v>)>) -> Value<'v> {
        Value::object(self.arena.one(Object::from_unsorted(self.arena, &mut pairs)))
    }

    fn items(&mut self, ty: Type, depth: usize) -> Result<Vec<Value<'v>>> {
        let count = if depth == 0 { 0 } else { self.bytes.int_in_range(0..=5)? };
        (0..count).map(|_| self.value(ty, depth - 1)).collect()
    }

    fn number(&mut self) -> Result<Value<'v>> {
        let text = match self.bytes.int_in_range(0..=7)? {
            0 => self.bytes.arbitrary::<i64>()?.to_string(),
            1 => format!("{}.{}", self.bytes.arbitrary::<i16>()?, self.bytes.arbitrary::<u16>()?),
            2 => format!("{}e{}", self.bytes.arbitrary::<i16>()?, self.bytes.int_in_range(-400..=400)?),
            3 | 4 => (*self.bytes.choose(NUMBERS)?).to_owned(),
            _ => self.bytes.int_in_range(-9..=99)?.to_string(),
        };
        Ok(number::from_text(self.arena, &text))
    }
}

/// Whether a place is no place within a character.
fn is_between(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| byte & 0xc0 != 0x80)
}
