//! Vocabularies: words of which texts are strung together at random, and calls that take such texts.
//!
//! A text of words that mean something to a parser comes to more of its errors than bytes do. In a file of them
//!
//! ```text
//! # a comment
//! @size 3 1 1.5 - K
//!   Mi ~s
//! ["units.parse", "$size"]
//! ```
//!
//! `@size 3` begins a vocabulary whose texts have up to three of the words that follow, also in further lines that two blanks
//! begin. In a word `~s` is a blank, `~n`, `~t`
//! and `~r` are what they are behind a backslash, `~xf4` is a byte, `~~` is `~`, and `<size>` a text of that vocabulary. A
//! line in brackets is a call: `"$size"` is a text, and `"$json:size"` the value that a text is as JSON, or null.

use std::collections::HashMap;

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use lictor_value::{Arena, Value, json};
use serde_json::Value as Json;

/// How long a text may get before vocabularies within vocabularies are left out.
const LONGEST: usize = 4096;

/// Vocabularies and the calls that use them.
#[derive(Default)]
pub struct Vocabularies {
    words: HashMap<String, (usize, Vec<Word>)>,
    /// The vocabulary that is being read.
    last: String,
    calls: Vec<Vec<Json>>,
}

/// Bytes and names of vocabularies in turn.
type Word = Vec<Part>;

enum Part {
    Bytes(Vec<u8>),
    Vocabulary(String),
}

impl Vocabularies {
    /// Reads a file of them; on failure, the line and what is wrong with it.
    pub fn read(text: &str) -> std::result::Result<Vocabularies, String> {
        let mut all = Vocabularies::default();
        for (at, line) in text.lines().enumerate() {
            all.read_line(line).map_err(|why| format!("line {}: {why}: {line}", at + 1))?;
        }
        let unknown = all.words.values().flat_map(|(_, words)| words).flatten().find_map(|part| match part {
            Part::Vocabulary(name) if !all.words.contains_key(name) => Some(name),
            _ => None,
        });
        unknown.map_or(Ok(()), |name| Err(format!("there is no vocabulary {name}")))?;
        Ok(all)
    }

    fn read_line(&mut self, line: &str) -> std::result::Result<(), String> {
        if line.starts_with('[') {
            self.calls.push(serde_json::from_str(line).map_err(|why| why.to_string())?);
        } else if let Some(vocabulary) = line.strip_prefix('@') {
            let mut parts = vocabulary.split_ascii_whitespace();
            let name = parts.next().ok_or("a name was expected")?;
            let most = parts.next().and_then(|most| most.parse().ok()).filter(|most| *most > 0);
            let most = most.ok_or("how many words a text has at most was expected")?;
            let words = parts.map(word).collect::<std::result::Result<_, _>>()?;
            name.clone_into(&mut self.last);
            self.words.insert(name.to_owned(), (most, words));
        } else if let Some(more) = line.strip_prefix("  ") {
            let (_, words) = self.words.get_mut(&self.last).ok_or("a vocabulary was expected before its words")?;
            for part in more.split_ascii_whitespace() {
                words.push(word(part)?);
            }
        } else if !line.is_empty() && !line.starts_with('#') {
            return Err("a comment, a vocabulary or a call was expected".to_owned());
        }
        Ok(())
    }

    /// Keeps the calls of builtins whose names have this part.
    pub fn keep(&mut self, part: &str) {
        self.calls.retain(|call| call.first().and_then(Json::as_str).is_some_and(|name| name.contains(part)));
    }

    /// Whether there is nothing to call.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// One of the calls: the builtin's name and arguments.
    pub fn call<'c, 'v>(&'c self, bytes: &mut Unstructured<'_>, arena: &'v Arena) -> Result<(&'c str, Vec<Value<'v>>)> {
        let call = bytes.choose(&self.calls)?;
        let name = call.first().and_then(Json::as_str).unwrap_or_default();
        let args = call.iter().skip(1).map(|arg| self.value(arg, bytes, arena)).collect::<Result<_>>()?;
        Ok((name, args))
    }

    fn value<'v>(&self, template: &Json, bytes: &mut Unstructured<'_>, arena: &'v Arena) -> Result<Value<'v>> {
        let mut text = Vec::new();
        let is_json = match template {
            Json::String(name) if name.starts_with('$') => {
                let parsed = name.strip_prefix("$json:");
                self.string_together(parsed.unwrap_or(&name[1..]), bytes, &mut text)?;
                parsed.is_some()
            }
            Json::Array(items) => {
                let items = items.iter().map(|item| self.value(item, bytes, arena)).collect::<Result<Vec<_>>>()?;
                return Ok(Value::array(arena.slice(&items)));
            }
            other => {
                text = other.to_string().into_bytes();
                true
            }
        };
        let text = arena.slice(&text);
        Ok(if is_json { json::parse(arena, text).unwrap_or(Value::NULL) } else { Value::str(text) })
    }

    fn string_together(&self, name: &str, bytes: &mut Unstructured<'_>, to: &mut Vec<u8>) -> Result<()> {
        let Some((most, words)) = self.words.get(name).filter(|_| to.len() < LONGEST) else { return Ok(()) };
        for _ in 0..bytes.int_in_range(1..=*most)? {
            for part in bytes.choose(words)? {
                match part {
                    Part::Bytes(part) => to.extend_from_slice(part),
                    Part::Vocabulary(name) => self.string_together(name, bytes, to)?,
                }
            }
        }
        Ok(())
    }
}

/// Reads a word.
fn word(text: &str) -> std::result::Result<Word, String> {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let (mut word, mut rest) = (vec![], text);
    let mut bytes = Vec::new();
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        let name = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).map(|(name, _)| name);
        let name = name.filter(|name| is_name(name));
        if let Some(name) = name {
            word.push(Part::Bytes(std::mem::take(&mut bytes)));
            word.push(Part::Vocabulary(name.to_owned()));
            length = name.len() + 2;
        } else if c == '~' {
            length = 2;
            bytes.push(match rest.as_bytes().get(1) {
                Some(b's') => b' ',
                Some(b'n') => b'\n',
                Some(b't') => b'\t',
                Some(b'r') => b'\r',
                Some(b'~') => b'~',
                Some(b'x') => {
                    length = 4;
                    let digits = rest.get(2..4).ok_or("two digits were expected behind ~x")?;
                    u8::from_str_radix(digits, 16).map_err(|why| format!("~x{digits}: {why}"))?
                }
                _ => return Err("s, n, t, r, x or ~ was expected behind ~".to_owned()),
            });
        } else {
            bytes.extend_from_slice(&rest.as_bytes()[..length]);
        }
        rest = &rest[length..];
    }
    word.push(Part::Bytes(bytes));
    Ok(word)
}
