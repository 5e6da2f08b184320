//! Calls to begin with: those of the golden tests, and of the vectors that `LICTOR_VECTORS` names.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicPtr;

use lictor::Builder;
use lictor_value::{Arena, Object, Set, Value, View, json};
use serde_json::value::RawValue;

/// Arguments of known calls, by the builtin's name. They live as long as the program.
pub struct Seeds {
    calls: HashMap<&'static str, Vec<&'static [Value<'static>]>>,
    texts: Vec<&'static [u8]>,
    /// Where all of it lies; held, it is no leak to those who look for leaks.
    _arena: AtomicPtr<Arena>,
}

impl Seeds {
    /// Reads them all.
    pub fn load() -> Seeds {
        let arena: &'static Arena = Box::leak(Box::new(Arena::with_limit(usize::MAX)));
        let held = AtomicPtr::new(std::ptr::from_ref(arena).cast_mut());
        let mut seeds = Seeds { calls: HashMap::new(), texts: Vec::new(), _arena: held };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
        for file in files(&root.join("lictor/tests/builtins"), "txt") {
            file.lines().filter(|line| !line.starts_with(' ')).for_each(|call| seeds.add(arena, call));
        }
        seeds.add_tokens(arena, &root.join("builtins/tests/jwt"));
        if let Some(vectors) = std::env::var_os("LICTOR_VECTORS") {
            for line in files(Path::new(&vectors), "jsonl").iter().flat_map(|file| file.lines()) {
                // Answers may be numbers beyond those of floating point.
                let line: HashMap<String, Box<RawValue>> = serde_json::from_str(line).expect("vectors are JSON");
                let call = line.get("call").and_then(|call| serde_json::from_str::<String>(call.get()).ok());
                seeds.add(arena, &call.unwrap_or_default());
            }
        }
        let known: usize = seeds.calls.values().map(Vec::len).sum();
        eprintln!("{known} calls of {} builtins to begin with", seeds.calls.len());
        let mut texts = Vec::new();
        seeds.calls.values().flatten().flat_map(|args| args.iter()).for_each(|value| collect(*value, &mut texts));
        texts.sort_unstable();
        texts.dedup();
        seeds.texts = texts;
        seeds
    }

    /// Known calls of a builtin.
    pub fn of(&self, name: &str) -> &[&'static [Value<'static>]] {
        self.calls.get(name).map_or(&[], Vec::as_slice)
    }

    /// Strings of all calls.
    pub fn texts(&self) -> &[&'static [u8]] {
        &self.texts
    }

    /// Adds a call that is written `NAME(ARGUMENTS)`; others are none of a builtin alone.
    fn add(&mut self, arena: &'static Arena, call: &str) {
        let Some((name, args)) = call.split_once('(').and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)))
        else {
            return;
        };
        let Ok(policy) = Builder::new().query("args", format!("[{args}]")).build() else { return };
        let mut session = policy.session();
        let Ok(rows) = session.eval("args", None) else { return };
        if let Some((_, args)) = rows.iter().next().and_then(|row| row.expressions().last()) {
            self.add_args(name, copy(arena, args));
        }
    }

    fn add_args(&mut self, name: &str, args: Value<'static>) {
        if let (Some(builtin), Some(args)) = (lictor_builtins::registry().get(name), args.as_array())
            && builtin.args.len() == args.len()
        {
            self.calls.entry(builtin.name).or_default().push(args);
        }
    }

    /// Calls with keys and tokens, whose texts stand in a file of their own.
    fn add_tokens(&mut self, arena: &'static Arena, folder: &Path) {
        let read = |name| std::fs::read_to_string(folder.join(name)).expect("it is part of the repository");
        let material: HashMap<String, String> = serde_json::from_str(&read("material.json")).expect("it is JSON");
        for line in read("calls.txt").lines() {
            let Some((name, args)) = line.split_once(' ').filter(|_| line.starts_with("io.")) else { continue };
            let filled = material.iter().fold(args.to_owned(), |filled, (name, text)| {
                filled.replace(&format!("\"@{name}\""), &serde_json::Value::from(text.as_str()).to_string())
            });
            self.add_args(name, json::parse_copied(arena, filled.as_bytes()).expect("arguments are JSON"));
        }
    }
}

fn files(folder: &Path, extension: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let paths = entries.flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("it is text")).collect()
}

fn collect(value: Value<'static>, texts: &mut Vec<&'static [u8]>) {
    match value.view() {
        View::Array(items) => items.iter().for_each(|item| collect(*item, texts)),
        View::Set(set) => set.items().iter().for_each(|item| collect(*item, texts)),
        View::Object(object) => object.iter().for_each(|(key, value)| {
            collect(key, texts);
            collect(value, texts);
        }),
        _ => texts.extend(value.as_bytes()),
    }
}

/// A value in another arena.
fn copy<'v>(arena: &'v Arena, value: Value<'_>) -> Value<'v> {
    let all = |items: &[Value<'_>]| items.iter().map(|item| copy(arena, *item)).collect::<Vec<_>>();
    match value.view() {
        View::Array(items) => Value::array(arena.slice(&all(items))),
        View::Set(set) => Value::set(arena.one(Set::from_unsorted(arena, &mut all(set.items()), true))),
        View::Object(object) => {
            let mut pairs = object.iter().map(|(key, value)| (copy(arena, key), copy(arena, value))).collect();
            Value::object(arena.one(Object::from_unsorted(arena, &mut pairs)))
        }
        _ => match value.as_bytes() {
            Some(bytes) => Value::str(arena.slice(bytes)),
            None => {
                let mut text = Vec::new();
                json::write_json(value, &mut text);
                json::parse_copied(arena, &text).expect("a scalar is JSON")
            }
        },
    }
}
