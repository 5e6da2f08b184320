//! OPA's answers to thousands of builtin calls; they are not part of this repository.
//!
//! `LICTOR_VECTORS` names a directory of `.jsonl` files, one a family; each line holds a `call`, which is a query, and what
//! OPA 1.22.2 made of it: `result`; `undefined`, with a `strict_error` where there is one when errors of builtins end the
//! evaluation; `compile_error`; or `print_error`, where the result is no JSON. Numbers are compared as text, errors by code
//! and message. Every vector must agree, or be a difference that `conformance/differences.toml` gives a reason for.
//!
//! `LICTOR_VECTOR_FAMILY` names one file to run alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::differences::known_differences;

/// A call and what OPA made of it.
#[derive(Deserialize)]
pub struct Vector {
    /// The query.
    pub call: String,
    #[serde(default, deserialize_with = "even_null")]
    result: Option<Box<RawValue>>,
    strict_error: Option<Problem>,
    compile_error: Option<Problem>,
    print_error: Option<String>,
    /// Whether the errors of a schema, the answer's second part, come in any order.
    #[serde(default)]
    unordered: bool,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    message: String,
}

/// A field that is there, and may be null.
fn even_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::deserialize(from).map(Some)
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A value, as JSON.
    Value(String),
    /// No value.
    Undefined,
    /// An error.
    Error {
        /// Its code.
        code: String,
        /// What it says.
        message: String,
    },
    /// A value that cannot be printed, and why.
    Unprintable(String),
}

impl Vector {
    /// Whether OPA reports an error of a builtin here when asked to.
    pub fn is_strict(&self) -> bool {
        self.strict_error.is_some()
    }

    /// Whether OPA gets as far as calling a builtin, and can print what comes of it.
    pub fn is_evaluated(&self) -> bool {
        self.compile_error.is_none() && self.print_error.is_none()
    }

    fn expected(&self) -> Outcome {
        if let Some(result) = &self.result {
            return Outcome::Value(result.get().to_owned());
        }
        if let Some(why) = &self.print_error {
            return Outcome::Unprintable(why.clone());
        }
        match self.strict_error.as_ref().or(self.compile_error.as_ref()) {
            Some(Problem { code, message }) => Outcome::Error { code: code.clone(), message: message.clone() },
            None => Outcome::Undefined,
        }
    }

    fn shown(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Value(json) => {
                normal(json, self.unordered).unwrap_or_else(|why| format!("no JSON, {why}: {json}"))
            }
            Outcome::Undefined => "undefined".to_owned(),
            Outcome::Error { code, message } => format!("{code}: {message}"),
            Outcome::Unprintable(why) => why.clone(),
        }
    }
}

/// JSON in one form, in which numbers stand as they were written.
fn normal(json: &str, unordered: bool) -> serde_json::Result<String> {
    Ok(match json.trim_start().as_bytes().first() {
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            let items = items.into_iter().map(|item| normal(item.get(), false)).collect::<Result<Vec<_>, _>>()?;
            match &items[..] {
                [verdict, errors] if unordered => {
                    let errors: Vec<&RawValue> = serde_json::from_str(errors)?;
                    let mut errors: Vec<_> = errors.into_iter().map(RawValue::get).collect();
                    errors.sort_unstable();
                    format!("[{verdict},[{}]]", errors.join(","))
                }
                _ => format!("[{}]", items.join(",")),
            }
        }
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
            let field = |(key, value): (String, &RawValue)| {
                Ok::<_, serde_json::Error>(format!("{}:{}", serde_json::to_string(&key)?, normal(value.get(), false)?))
            };
            format!("{{{}}}", fields.into_iter().map(field).collect::<Result<Vec<_>, _>>()?.join(","))
        }
        Some(b'"') => serde_json::to_string(&serde_json::from_str::<String>(json)?)?,
        _ => serde_json::from_str::<&RawValue>(json)?.get().to_owned(),
    })
}

/// The vectors that the environment names.
pub struct Vectors {
    /// Families by name.
    files: Vec<(String, PathBuf)>,
    known: BTreeMap<String, String>,
}

/// What came of the vectors of a family.
#[derive(Default)]
struct Tally {
    agreed: usize,
    known: usize,
    /// Those that were not answered.
    left_out: usize,
    wrong: Vec<String>,
}

impl Vectors {
    /// The vectors, or a line that says that `what` was skipped.
    ///
    /// # Panics
    ///
    /// Where the environment names a directory that cannot be read.
    pub fn named_or_skip(what: &str) -> Option<Vectors> {
        let Some(directory) = std::env::var_os("LICTOR_VECTORS") else {
            eprintln!("SKIPPED: {what} did NOT run: LICTOR_VECTORS names no directory of builtin vectors");
            return None;
        };
        let wanted = std::env::var("LICTOR_VECTOR_FAMILY").ok();
        let entries = std::fs::read_dir(&directory).expect("LICTOR_VECTORS names a directory");
        let mut files: Vec<(String, PathBuf)> = entries
            .map(|entry| entry.expect("it can be listed").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
            .map(|path| (path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), path))
            .filter(|(name, _)| wanted.as_ref().is_none_or(|wanted| wanted == name))
            .collect();
        files.sort();
        assert!(!files.is_empty(), "LICTOR_VECTORS names a directory without such vectors");
        Some(Vectors { files, known: known_differences("vectors") })
    }

    /// Puts all calls to `answer`, on several threads, and returns how many it answered. `None` leaves a call out.
    ///
    /// # Panics
    ///
    /// Where an answer is not OPA's and no known difference either, and where a known difference is none.
    pub fn check(&self, answer: impl Fn(&Vector) -> Option<Outcome> + Sync) -> usize {
        let tallies: Vec<_> = self.files.iter().map(|_| Mutex::new(Tally::default())).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some((name, file)) = self.files.get(at) else { return };
                *tallies[at].lock().expect("nobody else has it") = self.run(name, file, &answer);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
                // Debug builds need much stack for what vectors nest.
                let thread = std::thread::Builder::new().stack_size(64 << 20);
                thread.spawn_scoped(scope, work).expect("a thread can be started");
            }
        });
        let (mut wrong, mut answered) = (Vec::new(), 0);
        for ((name, _), tally) in self.files.iter().zip(tallies) {
            let tally = tally.into_inner().expect("all threads ended well");
            let Tally { agreed, known, left_out, .. } = tally;
            let differ = tally.wrong.len();
            eprintln!(
                "{name:20} agree {agreed:5}  known differences {known:3}  left out {left_out:4}  wrong {differ:4}"
            );
            answered += agreed + known;
            wrong.extend(tally.wrong);
        }
        assert!(wrong.is_empty(), "\n{}\n{} are wrong", wrong.join("\n"), wrong.len());
        answered
    }

    fn run(&self, name: &str, file: &Path, answer: &impl Fn(&Vector) -> Option<Outcome>) -> Tally {
        let mut tally = Tally::default();
        for line in std::fs::read_to_string(file).expect("the file can be read").lines() {
            let vector: Vector = serde_json::from_str(line).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
            let Some(found) = answer(&vector) else {
                tally.left_out += 1;
                continue;
            };
            let (theirs, ours) = (vector.shown(&vector.expected()), vector.shown(&found));
            let call = &vector.call;
            match (theirs == ours, self.known.contains_key(&format!("{name}: {call}"))) {
                (true, false) => tally.agreed += 1,
                (false, true) => tally.known += 1,
                (true, true) => tally.wrong.push(format!("{call}\n    differences.toml lists it, but it agrees")),
                (false, false) => tally.wrong.push(format!("{call}\n    OPA  {theirs}\n    here {ours}")),
            }
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_and_texts_of_numbers_count() {
        let same = |one: &str, other: &str| assert_eq!(normal(one, false).unwrap(), normal(other, false).unwrap());
        same(r#"{"b": 1, "a": "\u0041"}"#, r#"{"a":"A","b":1}"#);
        assert_ne!(normal("[1.0]", false).unwrap(), normal("[1]", false).unwrap());
        assert_eq!(normal(r#"[false, ["b", "a"]]"#, true).unwrap(), r#"[false,["a","b"]]"#);
        assert!(normal("[1", false).is_err() && normal(".5", false).is_err());
    }

    #[test]
    fn lines_say_what_is_expected() {
        let read = |line: &str| serde_json::from_str::<Vector>(line).unwrap();
        let value = read(r#"{"call": "1 + 1.50", "result": 2.50}"#);
        assert_eq!((value.expected(), value.is_strict()), (Outcome::Value("2.50".into()), false));
        let error = read(r#"{"call": "f(1)", "undefined": true, "strict_error": {"code": "c", "message": "m"}}"#);
        assert_eq!((error.shown(&error.expected()), error.is_strict()), ("c: m".into(), true));
        assert_eq!(read(r#"{"call": "f(1)", "undefined": true}"#).expected(), Outcome::Undefined);
        assert_eq!(read(r#"{"call": "null", "result": null}"#).expected(), Outcome::Value("null".into()));
        assert!(!read(r#"{"call": ".5", "print_error": "no"}"#).is_evaluated());
    }
}
