//! The lens reads what the tree reader reads, and refuses what it refuses.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

mod support;

use std::sync::Arc;

use lictor_fast::{Lens, LensOptions, LensScratch};
use lictor_ir::{Part, Path, Program, Reads};
use lictor_value::{Arena, Frozen, Object, Value, View, json};
use proptest::prelude::*;

/// The paths that are read in all tests: one a prefix of others, one of one letter, one with a key that is empty, one with
/// a key that needs no ASCII, one that is longer than eight bytes.
const PATHS: [&[&str]; 14] = [
    &["a"],
    &["token", "apiKeyType"],
    &["token", "validTo"],
    &["token", "tags"],
    &["token", "tags", "owner"],
    &["token", "scheduledExpireTime"],
    &["", "b"],
    &["é", "a"],
    &["request", "http", "headers", "authorization"],
    &["tags"],
    &["request"],
    &["request", "http"],
    &["request", "http", "headers"],
    &[],
];
/// Those of which only the kind is read.
const KINDS: [u32; 2] = [9, 12];
/// Those of which only parts are read.
const PARTS: [(u32, &[u32]); 3] = [(10, &[11]), (11, &[12]), (13, &[10, 9, 0])];

/// What is read at a path of a text's tree.
fn wanted<'v>(arena: &'v Arena, tree: Value<'v>, id: u32) -> Option<Value<'v>> {
    let path = PATHS[id as usize];
    let value = path.iter().try_fold(tree, |at, key| at.get(Value::str(key.as_bytes())))?;
    let parts: &[u32] = match PARTS.iter().find(|(path, _)| *path == id) {
        Some((_, below)) => below,
        None if KINDS.contains(&id) => &[],
        None => return Some(value),
    };
    Some(match value.view() {
        View::Array(_) => Value::array(&[]),
        View::Object(_) => {
            let pair = |below: &u32| {
                let longer = PATHS[*below as usize];
                let value = wanted(arena, tree, *below)?;
                Some((Value::str(longer[path.len()].as_bytes()), value))
            };
            let mut pairs: Vec<_> = parts.iter().filter_map(pair).collect();
            Value::object(arena.one(Object::from_unsorted(arena, &mut pairs)))
        }
        _ => value,
    })
}

/// A program with these paths and nothing else.
fn program(paths: &[&[&str]]) -> (Arc<Program>, Reads) {
    let keys: Vec<&str> = paths.concat();
    let constants = Frozen::build(|arena| {
        Value::array(arena.collect(keys.iter().map(|key| Value::str(arena.slice(key.as_bytes())))))
    });
    let mut next = 0;
    let mut path = |keys: &[&str]| {
        let ids = next..next + keys.len() as u32;
        next = ids.end;
        Path(ids.collect())
    };
    let paths: Vec<Path> = paths.iter().map(|keys| path(keys)).collect();
    let reads = Reads { paths: (0..paths.len() as u32).collect(), ..Reads::default() };
    (Arc::new(support::program(constants, paths, vec![])), reads)
}

struct Lenses {
    all: Vec<(&'static str, Lens)>,
    scratch: LensScratch,
}

impl Lenses {
    fn new() -> Self {
        let (program, mut reads) = program(&PATHS);
        reads.paths.retain(|id| !KINDS.contains(id) && PARTS.iter().all(|(part, _)| part != id));
        reads.kinds = KINDS.into();
        reads.parts = PARTS.iter().map(|(path, below)| Part { path: *path, below: below.to_vec() }).collect();
        let lens = |options| Lens::new(&program, &[&reads], options).unwrap();
        let portable = LensOptions { portable: true, ..LensOptions::default() };
        let trusted = LensOptions { trusted: true, ..LensOptions::default() };
        let narrow = LensOptions { narrow: true, ..LensOptions::default() };
        let all = vec![
            ("wide", lens(LensOptions::default())),
            ("narrow", lens(narrow)),
            ("portable", lens(portable)),
            ("trusted", lens(trusted)),
        ];
        Lenses { all, scratch: LensScratch::default() }
    }

    /// Compares all lenses with the tree reader on a text: when its shape is not known, when it is being learnt, when it is
    /// known.
    fn agree(&mut self, text: &[u8]) -> Result<(), String> {
        (0..3).try_for_each(|_| self.agree_once(text))
    }

    fn agree_once(&mut self, text: &[u8]) -> Result<(), String> {
        let arena = Arena::default();
        let tree = json::parse(&arena, text);
        for (name, lens) in &self.all {
            let read = lens.read(text, &arena, &mut self.scratch);
            let shown = String::from_utf8_lossy(text);
            let (tree, values) = match (&tree, read) {
                (Err(_), Err(_)) => continue,
                (Err(_), Ok(_)) if *name == "trusted" => continue,
                // The tree reader mends what is no UTF-8, as OPA does; the lens is for those who refuse it.
                (Ok(_), Err(_)) if std::str::from_utf8(text).is_err() => continue,
                (Ok(_), Ok(_)) if *name != "trusted" && std::str::from_utf8(text).is_err() => {
                    return Err(format!("{name} takes what is no UTF-8: {shown}"));
                }
                (Ok(tree), Ok(values)) => (*tree, values),
                (Ok(_), Err(_)) => return Err(format!("{name} refuses {shown}")),
                (Err(error), Ok(_)) => return Err(format!("{name} takes {shown}: {error:?}")),
            };
            for (id, path) in PATHS.iter().enumerate() {
                let wanted = wanted(&arena, tree, id as u32);
                let found = values.get(id).copied().filter(|value| !value.is_absent());
                let json = |value: Option<Value<'_>>| value.map(|value| format!("{value:?}"));
                if json(wanted) != json(found) {
                    let (wanted, found) = (json(wanted), json(found));
                    return Err(format!("{name}, {path:?} of {shown}: {found:?} and not {wanted:?}"));
                }
            }
        }
        Ok(())
    }
}

/// Texts that are JSON, with keys from the paths more often than not.
fn document() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        3 => prop::sample::select(vec!["a", "b", "token", "apiKeyType", "validTo", "tags", "owner", "", "é", "request"]),
        2 => prop::sample::select(vec!["scheduledExpireTime", "http", "headers", "authorization", "xtoken", "okens"]),
        1 => prop::sample::select(vec!["\\u0061", "tok\\u0065n", "a\\\"", "\\\\", "t\\nags", "\\u00e9", "\\ud83d\\ude00"]),
    ];
    let scalar = prop_oneof![
        prop::sample::select(vec![
            "0",
            "-0",
            "1.50",
            "1e3",
            "12345678901234567890",
            "-7",
            "1E-2",
            "18",
            "123456789012"
        ]),
        prop::sample::select(vec![
            "true",
            "false",
            "null",
            "\"\"",
            "\"é😀\"",
            "\"a\\u00e9\\n\"",
            "\"\\ud800x\"",
            "\"[{:,\""
        ]),
        prop::sample::select(vec!["{}", "[]", "[[],{}]", "\"USER\"", "\"a long text, longer than eight bytes\""]),
    ];
    let space = || prop::sample::select(vec!["", "", "", " ", "\n", "\t ", "\r\n   "]);
    scalar.prop_map(str::to_owned).prop_recursive(6, 60, 8, move |inner| {
        let pair = (space(), key.clone(), space(), inner.clone(), space());
        let pair = pair.prop_map(|(a, key, b, value, c)| format!("{a}\"{key}\"{b}:{value}{c}"));
        prop_oneof![
            3 => prop::collection::vec(pair, 0..8).prop_map(|pairs| format!("{{{}}}", pairs.join(","))),
            1 => prop::collection::vec((space(), inner, space()), 0..6).prop_map(|items| {
                let items: Vec<String> = items.into_iter().map(|(a, item, b)| format!("{a}{item}{b}")).collect();
                format!("[{}]", items.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn documents_are_read_as_trees_are(text in document(), pad in 0..130usize) {
        let mut lenses = Lenses::new();
        lenses.agree(text.as_bytes()).map_err(TestCaseError::fail)?;
        // The same across other block borders.
        let padded = format!("{}{text}{}", " ".repeat(pad), "\n".repeat(pad % 7));
        lenses.agree(padded.as_bytes()).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn what_is_broken_is_refused_alike(
        text in document(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, any::<u8>()), 1..4),
    ) {
        let mut lenses = Lenses::new();
        lenses.agree(text.as_bytes()).map_err(TestCaseError::fail)?;
        let mut bytes = text.into_bytes();
        for (at, kind, byte) in edits {
            let signs = b"\"\\{}[]:,0-1eE.+tfn \n\x00\x1f\x7f\x80\xc3\xff";
            let sign = signs[usize::from(byte) % signs.len()];
            let at = at.index(bytes.len() + 1);
            match kind {
                0 if at < bytes.len() => bytes[at] = sign,
                1 if at < bytes.len() => { bytes.remove(at); }
                2 if at < bytes.len() => bytes[at] = byte,
                _ => bytes.insert(at, sign),
            }
        }
        lenses.agree(&bytes).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn what_almost_has_a_known_shape_is_read_alike(
        text in document(),
        variants in prop::collection::vec(prop::collection::vec((any::<prop::sample::Index>(), 0..6u8, any::<u8>()), 1..4), 1..12),
    ) {
        let mut lenses = Lenses::new();
        let text = text.into_bytes();
        lenses.agree(&text).map_err(TestCaseError::fail)?;
        for edits in variants {
            let mut bytes = text.clone();
            edits.into_iter().for_each(|(at, kind, byte)| edit(&mut bytes, at, kind, byte));
            // Once, so that it meets the first text's shape and not its own; then that text has its shape still.
            lenses.agree_once(&bytes).map_err(TestCaseError::fail)?;
            lenses.agree_once(&text).map_err(TestCaseError::fail)?;
        }
    }
}

/// Changes one byte, puts one in, takes one out, or writes a part up to some comma twice or not at all.
fn edit(bytes: &mut Vec<u8>, at: prop::sample::Index, kind: u8, byte: u8) {
    let signs = b"\"\\{}[]:,0-1eE.+tfnabk \n\x00\x1f\x7f\x80\xc3\xff";
    let sign = signs[usize::from(byte) % signs.len()];
    let commas: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b',').collect();
    let place = at.index(bytes.len() + 1);
    match kind {
        0 if place < bytes.len() => bytes[place] = sign,
        // Another byte that may well have the same kind: the shape stays.
        1 if place < bytes.len() => bytes[place] ^= 1 << (byte % 8),
        2 if place < bytes.len() => drop(bytes.remove(place)),
        3 | 4 if commas.len() > 1 => {
            let first = at.index(commas.len() - 1);
            let member = bytes[commas[first]..commas[first + 1]].to_vec();
            match kind {
                3 => drop(bytes.splice(commas[first]..commas[first], member)),
                _ => drop(bytes.drain(commas[first]..commas[first + 1])),
            }
        }
        _ => bytes.insert(place, sign),
    }
}

#[test]
fn texts_of_one_shape_have_their_own_values() {
    let mut lenses = Lenses::new();
    let texts = [
        r#"{"a":1,"token":{"validTo":12345678901234567,"tags":{"owner":"a"},"tags":{"x":true}},"é":{"a":"é"}}"#,
        r#"{"a":"x","token":{"validTo":"USER","tags":{"owner":"a"b"},"tags":{"owner":false}},"é":{"a":"é"}}"#,
        r#"{"b":1,"token":{"validTo":0,"tags":{"owner":"a"},"tags":{"x":null}},"":{"b":""}}"#,
        r#"{"b":01,"token":{"validTo":0,"tags":{"owner":"a"},"tags":{"x":null}},"":{"b":""}}"#,
        r#"{"b":1,"token":{"validTo":0,"tags":{"owner":"a"},"tags":{"x":nul}},"":{"b":""}}"#,
        r#"{"token":1,"token":{"validTo":0,"tags":{"owner":"a"},"tags":{"x":null}},"":{"b":""}}"#,
        r#" { "a" : 1.5 ,"token": {"validTo" :-2, "tags" :{"owner": "a"}, "tags":{"x" :1 }} , "é" : {"a":" " } } "#,
    ];
    for _ in 0..4 {
        for text in texts {
            lenses.agree_once(text.as_bytes()).unwrap();
        }
    }
}

#[test]
fn more_shapes_than_are_kept_are_read_alike() {
    let mut lenses = Lenses::new();
    let shape = |number: usize| {
        let items = "1,".repeat(number % 400);
        let keys: Vec<String> = (0..number % 7).map(|key| format!("\"k{number}-{key}\":{key}")).collect();
        format!("{{\"z\":[{items}0],\"token\":{{{}}},\"a\":{number}}}", keys.join(","))
    };
    for number in (0..500).chain(100..300).chain(0..50) {
        lenses.agree(shape(number).as_bytes()).unwrap();
    }
    // Ever new ones, then some of the first again.
    for number in 0..2_000 {
        let text = format!("{{\"a\":{number},\"token\":{{\"k{}\":1,\"validTo\":{number}}}}}", number / 3);
        lenses.agree_once(text.as_bytes()).unwrap();
    }
    lenses.agree(shape(1).as_bytes()).unwrap();
}

const EVENT: &str = r#"{"metadata": {"action": "onsave", "type": "token"}, "token": {"apiKeyType": "USER",
  "validTo": 1779647400001, "tags": {"owner": "a\"b", "x": [1, 2.5, {"owner": 3}]}, "tags": {"team": "é"}, "validTo": "x"},
  "a": [true, false, null], "request": {"http": {"headers": {"authorization": "Bearer a.b.c"}}}}"#;

#[test]
fn every_beginning_and_every_changed_byte_is_read_alike() {
    let mut lenses = Lenses::new();
    let event = EVENT.as_bytes();
    lenses.agree(event).unwrap();
    for end in 0..event.len() {
        lenses.agree(&event[..end]).unwrap();
    }
    for at in 0..event.len() {
        for byte in 0..=255 {
            let mut changed = event.to_vec();
            changed[at] = byte;
            lenses.agree(&changed).unwrap();
        }
    }
}

#[test]
fn nesting_is_bounded_as_in_trees() {
    let mut lenses = Lenses::new();
    for depth in [1, 63, 64, 65, json::MAX_DEPTH - 1, json::MAX_DEPTH, json::MAX_DEPTH + 1, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let value = if open == "[" { "" } else { "1" };
            let text = format!("{}{value}{}", open.repeat(depth), close.repeat(depth));
            lenses.agree(text.as_bytes()).unwrap();
            lenses.agree(open.repeat(depth).as_bytes()).unwrap();
        }
    }
}

#[test]
fn long_and_odd_texts_are_read_alike() {
    let mut lenses = Lenses::new();
    let texts: [Vec<u8>; 16] = [
        b"".into(),
        b" ".into(),
        b"\xef\xbb\xbf{}".into(),
        b"{}{}".into(),
        b"1 2".into(),
        b"\"a\" \"b\"".into(),
        b"{\"a\":1e99999}".into(),
        b"[1e-99999]".into(),
        b"{\"a\":\"\xff\xfe\"}".into(),
        b"{\"a\xff\":1,\"a\":2}".into(),
        b"{\"a\":tru}".into(),
        b"{\"a\":truex}".into(),
        b"{\"a\":01}".into(),
        format!("{{\"a\":\"{}\"}}", "\\\\".repeat(100)).into_bytes(),
        format!("{{\"a\":{}}}", "9".repeat(1000)).into_bytes(),
        format!("{{\"{}\":1,\"a\":\"{}\"}}", "k".repeat(300), "v".repeat(5000)).into_bytes(),
    ];
    for text in texts {
        lenses.agree(&text).unwrap();
    }
}

#[test]
fn a_lens_on_everything_there_is_none() {
    let (program, reads) = program(&[&["a"], &[]]);
    assert!(Lens::new(&program, &[&reads], LensOptions::default()).is_none());
    let (program, reads) = self::program(&[&["a\u{fffd}"]]);
    assert!(Lens::new(&program, &[&reads], LensOptions::default()).is_none());
}

#[test]
fn other_paths_are_read_wholly_beside_those_of_a_program() {
    let (program, mut reads) = program(&[&["a"], &["b", "c"]]);
    (reads.paths, reads.kinds) = (vec![1], vec![0]);
    let also: [&[&str]; 4] = [&["new", "path"], &["a"], &["b", "c"], &["new"]];
    let lens = Lens::with(&program, &[&reads], &also, LensOptions::default()).unwrap();
    let at: Vec<usize> = lens.also().iter().map(|id| *id as usize).collect();
    assert_eq!((&at[1..3], at[0] >= 2 && at[3] >= 2), (&[0, 1][..], true), "those that are known are not read twice");
    let (arena, mut scratch) = (Arena::default(), LensScratch::default());
    let text = br#"{"a": {"x": [1]}, "b": {"c": "d"}, "new": {"path": 7}}"#;
    for _ in 0..3 {
        let values = lens.read(text, &arena, &mut scratch).unwrap();
        let json = |at: usize| {
            let mut json = vec![];
            json::write_json(values[at], &mut json);
            String::from_utf8(json).unwrap()
        };
        assert_eq!(at.iter().map(|at| json(*at)).collect::<Vec<_>>(), ["7", r#"{"x":[1]}"#, r#""d""#, r#"{"path":7}"#]);
    }
}
