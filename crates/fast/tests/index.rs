//! The index finds just the arms whose guards hold, and so does the gate.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

mod support;

use std::sync::Arc;

use lictor_engine::Chooser;
use lictor_fast::{COMMON, Gate, GateScratch, Index};
use lictor_ir::{Arm, Atom, Choice, Guard, Source, Test, Types};
use lictor_value::{Arena, Frozen, Value, View, json, order};
use proptest::prelude::*;

/// What guards compare with and what places hold: values that are equal in other spellings, and of all types.
const VALUES: [&str; 20] = [
    "1",
    "1.0",
    "10e-1",
    "2",
    "-3.5",
    "1e400",
    "true",
    "false",
    "null",
    "\"\"",
    "\"a\"",
    "\"ab\"",
    "\"abc\"",
    "\"bc\"",
    "\"aé\"",
    "[1,\"a\",1.0]",
    "[]",
    "{\"k\":\"ab\"}",
    "{}",
    "12345678901234567890",
];
/// How many places there are.
const PLACES: u32 = 4;
/// Most arms: with this many, what one constant leads to has shelves of its own.
const MOST: usize = 400;

fn atom() -> impl Strategy<Value = Atom> {
    let id = || 0..VALUES.len() as u32;
    let texts = || 9..15u32;
    let test = prop_oneof![
        Just(Test::Defined),
        Just(Test::Truthy),
        prop::sample::select(vec!["is_null", "is_number", "is_string", "is_array", "is_object"])
            .prop_map(|name| Test::Is(Types::asked_by(name).unwrap())),
        id().prop_map(Test::Equal),
        id().prop_map(Test::NotEqual),
        prop::collection::vec(id(), 0..5).prop_map(Test::OneOf),
        id().prop_map(Test::HasElement),
        (id(), any::<bool>()).prop_map(|(bound, inclusive)| Test::Above { bound, inclusive }),
        (id(), any::<bool>()).prop_map(|(bound, inclusive)| Test::Below { bound, inclusive }),
        texts().prop_map(Test::StartsWith),
        texts().prop_map(Test::EndsWith),
        texts().prop_map(Test::Contains),
    ];
    (0..PLACES, any::<bool>(), any::<bool>(), test).prop_map(|(place, a, b, test)| Atom {
        source: Source::Input(place),
        negated: a && b,
        test,
    })
}

/// What a guard means, atom by atom.
fn holds(atom: &Atom, value: Option<Value<'_>>, constants: &[Value<'_>]) -> bool {
    let constant = |id: &u32| constants[*id as usize];
    let tested = value.is_some_and(|value| {
        let text = |id: &u32, is: fn(&str, &str) -> bool| match (value.as_text(), constant(id).as_text()) {
            (Some(value), Some(part)) => is(value, part),
            _ => false,
        };
        match &atom.test {
            Test::Defined => true,
            Test::Truthy => value.as_bool() != Some(false),
            Test::Is(types) => {
                let name = match value.view() {
                    View::Null => "is_null",
                    View::Bool(_) => "is_boolean",
                    View::Int(_) | View::Number(_) => "is_number",
                    View::Str(_) => "is_string",
                    View::Array(_) => "is_array",
                    View::Object(_) => "is_object",
                    View::Set(_) => "is_set",
                };
                Types::asked_by(name) == Some(*types)
            }
            Test::Equal(id) => order(value, constant(id)).is_eq(),
            Test::NotEqual(id) => order(value, constant(id)).is_ne(),
            Test::OneOf(ids) => ids.iter().any(|id| order(value, constant(id)).is_eq()),
            Test::HasElement(id) => {
                let is = |item: &Value<'_>| order(*item, constant(id)).is_eq();
                match value.view() {
                    View::Array(items) => items.iter().any(is),
                    View::Object(object) => object.vals().iter().any(is),
                    _ => false,
                }
            }
            Test::Above { bound, inclusive: false } => order(value, constant(bound)).is_gt(),
            Test::Above { bound, inclusive: true } => order(value, constant(bound)).is_ge(),
            Test::Below { bound, inclusive: false } => order(value, constant(bound)).is_lt(),
            Test::Below { bound, inclusive: true } => order(value, constant(bound)).is_le(),
            Test::StartsWith(id) => text(id, |value, part| value.starts_with(part)),
            Test::EndsWith(id) => text(id, |value, part| value.ends_with(part)),
            Test::Contains(id) => text(id, |value, part| value.contains(part)),
        }
    });
    tested != atom.negated
}

fn constants() -> Frozen {
    Frozen::build(|arena| Value::array(arena.collect(VALUES.iter().map(|v| json::parse(arena, v.as_bytes()).unwrap()))))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn found_are_the_arms_whose_guards_hold(
        // Half of all arms have an atom that a shelf can hold for sure, or there would be no index.
        guards in prop_oneof![
            9 => prop::collection::vec(prop::collection::vec(atom(), 0..4), 8..60),
            1 => prop::collection::vec(prop::collection::vec(atom(), 1..5), 200..MOST),
        ],
        keys in prop::collection::vec(0..VALUES.len() as u32, MOST),
        events in prop::collection::vec(prop::collection::vec(prop::option::of(0..VALUES.len()), 4), 1..6),
    ) {
        let arms = guards.iter().enumerate().map(|(at, atoms)| {
            let mut atoms = atoms.clone();
            if at % 3 > 0 {
                atoms.push(Atom { source: Source::Input(at as u32 % PLACES), negated: false, test: Test::Equal(keys[at]) });
            }
            Arm { guard: Guard { atoms }, label: at as u32 }
        });
        let choice = Choice { arms: arms.collect() };
        let program = Arc::new(support::program(constants(), vec![], vec![choice]));
        let Some(index) = Index::new(&program) else { return Err(TestCaseError::reject("not worth an index")) };
        let mut scratch = index.scratch();
        let arena = Arena::default();
        for event in events {
            let event: Vec<Option<Value<'_>>> =
                event.iter().map(|v| v.map(|v| json::parse(&arena, VALUES[v].as_bytes()).unwrap())).collect();
            let at = |source: &Source| match source {
                Source::Input(place) => event[*place as usize],
                _ => None,
            };
            let values: Vec<Value<'_>> =
                index.sources(0).unwrap().iter().map(|source| at(source).unwrap_or(Value::ABSENT)).collect();
            let mut found = vec![77];
            index.candidates(0, &values, &mut *scratch, &mut found);
            let wanted = program.choices[0].arms.iter().enumerate().filter(|(_, arm)| {
                arm.guard.atoms.iter().all(|atom| holds(atom, at(&atom.source), program.constants()))
            });
            let wanted: Vec<u32> = std::iter::once(77).chain(wanted.map(|(at, _)| at as u32)).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}

/// Texts that a gate's guards compare with besides the program's constants.
const TEXTS: [&str; 4] = ["ab", "b", "c", ""];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_gate_finds_the_guards_that_hold(
        guards in prop_oneof![
            3 => prop::collection::vec(prop::collection::vec(atom(), 0..4), 0..9),
            5 => prop::collection::vec(prop::collection::vec(atom(), 0..4), 8..60),
            1 => prop::collection::vec(prop::collection::vec(atom(), 1..5), 200..MOST),
        ],
        keys in prop::collection::vec((0..VALUES.len() as u32 + 4, 0..3u8), MOST),
        events in prop::collection::vec(
            (prop::collection::vec(prop::option::of(0..VALUES.len()), 4), prop::option::of(0..TEXTS.len())), 1..6),
    ) {
        // As guards of policies have them: first for whom the policy is, then what it asks.
        let guards = guards.iter().zip(&keys).map(|(atoms, (key, kind))| {
            let atom = |source, test| Atom { source, negated: false, test };
            let text = VALUES.len() as u32 + key % 4;
            let before = match kind {
                0 => vec![],
                1 => vec![atom(Source::Argument(0), Test::Equal(text))],
                _ => vec![atom(COMMON, Test::OneOf(vec![text, *key])), atom(Source::Input(1), Test::Equal(*key))],
            };
            Guard { atoms: before.into_iter().chain(atoms.clone()).collect() }
        });
        let guards: Vec<Guard> = guards.collect();
        let program = support::program(constants(), vec![], vec![]);
        let gate = Gate::new(&program, guards.clone(), &TEXTS).unwrap();
        let mut scratch = GateScratch::default();
        let arena = Arena::default();
        let all: Vec<Value<'_>> =
            program.constants().iter().copied().chain(TEXTS.iter().map(|text| Value::str(text.as_bytes()))).collect();
        for (event, text) in events {
            let event: Vec<Option<Value<'_>>> =
                event.iter().map(|v| v.map(|v| json::parse(&arena, VALUES[v].as_bytes()).unwrap())).collect();
            let at = |source: &Source| match source {
                Source::Input(place) => event[*place as usize],
                _ => text.map(|text| Value::str(TEXTS[text].as_bytes())),
            };
            let values: Vec<Value<'_>> =
                gate.sources().iter().map(|source| at(source).unwrap_or(Value::ABSENT)).collect();
            let found = gate.find(&values, &mut scratch);
            let holds = |guard: &Guard| guard.atoms.iter().all(|atom| holds(atom, at(&atom.source), &all));
            let wanted: Vec<u32> = (0..).zip(&guards).filter(|(_, guard)| holds(guard)).map(|(at, _)| at).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}

#[test]
fn few_arms_have_no_index() {
    let arm = |at: u32| Arm {
        guard: Guard { atoms: vec![Atom { source: Source::Input(0), negated: false, test: Test::Equal(at) }] },
        label: at,
    };
    let few = Choice { arms: (0..3).map(arm).collect() };
    assert!(Index::new(&Arc::new(support::program(constants(), vec![], vec![few]))).is_none());
    let without = Choice { arms: (0..50).map(|label| Arm { guard: Guard::default(), label }).collect() };
    assert!(Index::new(&Arc::new(support::program(constants(), vec![], vec![without]))).is_none());
}

/// The arms that an index finds where the first place holds a JSON text.
fn found(texts: &[&str], arms: Vec<Vec<Test>>, event: &str) -> Vec<u32> {
    let constants = Frozen::build(|arena| {
        let text = arena.slice(format!("[{}]", texts.join(",")).as_bytes());
        json::parse(arena, text).unwrap()
    });
    let arms = arms.into_iter().zip(0..).map(|(tests, label)| {
        let atoms = tests.into_iter().map(|test| Atom { source: Source::Input(0), negated: false, test }).collect();
        Arm { guard: Guard { atoms }, label }
    });
    let program = Arc::new(support::program(constants, vec![], vec![Choice { arms: arms.collect() }]));
    let index = Index::new(&program).unwrap();
    let arena = Arena::default();
    let mut found = vec![];
    let event = json::parse(&arena, event.as_bytes()).unwrap();
    index.candidates(0, &[event], &mut *index.scratch(), &mut found);
    found
}

#[test]
fn prefixes_of_many_lengths_are_all_found() {
    let texts: Vec<String> = (0..100).map(|length| format!("\"{}\"", "a".repeat(length))).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for test in [Test::StartsWith, Test::EndsWith, Test::Contains] {
        let arms = (0..100).map(|id| vec![test(id)]).collect();
        assert_eq!(found(&texts, arms, texts[57]), (0..58).collect::<Vec<u32>>());
    }
}

#[test]
fn a_range_holds_between_its_bounds_across_types() {
    let texts: Vec<String> = (0..40).map(|n| n.to_string()).chain(["\"x\"".to_owned()]).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let range = |lower: u32, upper: u32, inclusive| {
        vec![Test::Above { bound: lower, inclusive }, Test::Below { bound: upper, inclusive: !inclusive }]
    };
    let arms: Vec<Vec<Test>> = (0..39).map(|n| range(n, n + 1, true)).chain([range(3, 40, false)]).collect();
    assert_eq!(found(&texts, arms.clone(), "7"), [7, 39]);
    assert_eq!(found(&texts, arms.clone(), "7.5"), [7, 39]);
    assert_eq!(found(&texts, arms.clone(), "3.0"), [3]);
    assert_eq!(found(&texts, arms.clone(), "\"w\""), [39]);
    assert_eq!(found(&texts, arms.clone(), "\"x\""), [39]);
    assert!(found(&texts, arms, "[]").is_empty());
}

#[test]
fn ranges_within_each_other_are_all_found() {
    let texts: Vec<String> = (0..400).map(|n| n.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let range = |n: u32| {
        let inclusive = n.is_multiple_of(2);
        vec![Test::Above { bound: n, inclusive }, Test::Below { bound: 399 - n, inclusive: !inclusive }]
    };
    let arms: Vec<Vec<Test>> = (0..200).map(range).collect();
    assert_eq!(found(&texts, arms.clone(), "7"), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(found(&texts, arms.clone(), "8"), (0..9).collect::<Vec<_>>());
    assert_eq!(found(&texts, arms.clone(), "391"), (0..8).collect::<Vec<_>>());
    assert_eq!(found(&texts, arms.clone(), "392"), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(found(&texts, arms.clone(), "199.5"), (0..200).collect::<Vec<_>>());
    assert!(found(&texts, arms.clone(), "\"x\"").is_empty());
    assert!(found(&texts, arms, "-1").is_empty());
}

#[test]
fn arms_of_an_element_that_recurs_are_found_once() {
    let arms = (0..1_000).map(|_| vec![Test::HasElement(0)]).collect();
    let event = format!("[{}1]", "1.0,".repeat(20_000));
    assert_eq!(found(&["1"], arms, &event).len(), 1_000);
}
