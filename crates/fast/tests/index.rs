//! The index finds just the arms whose guards hold.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

mod support;

use std::sync::Arc;

use lictor_engine::Chooser;
use lictor_fast::Index;
use lictor_ir::{Arm, Atom, Choice, Guard, Source, Test};
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

fn atom() -> impl Strategy<Value = Atom> {
    let id = || 0..VALUES.len() as u32;
    let texts = || 9..15u32;
    let test = prop_oneof![
        Just(Test::Defined),
        Just(Test::Truthy),
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
        guards in prop::collection::vec(prop::collection::vec(atom(), 0..4), 8..60),
        keys in prop::collection::vec(0..VALUES.len() as u32, 60),
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
