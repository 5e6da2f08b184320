//! Laws of values: order, equality and hashing agree; collections hold what was put in; arithmetic is exact on integers.

use std::collections::BTreeSet;

use lictor_value::number::{self, Float};
use lictor_value::{Arena, Object, Set, Value, hash, order, same};
use proptest::prelude::*;
use proptest::sample::select;

/// A value without an arena.
#[derive(Clone, Debug)]
enum Sample {
    Null,
    Bool(bool),
    Number(String),
    Str(Vec<u8>),
    Array(Vec<Sample>),
    Set(Vec<Sample>),
    Object(Vec<(Sample, Sample)>),
}

impl Sample {
    fn build<'v>(&self, arena: &'v Arena) -> Value<'v> {
        let all = |items: &[Sample]| items.iter().map(|item| item.build(arena)).collect::<Vec<_>>();
        match self {
            Sample::Null => Value::NULL,
            Sample::Bool(b) => Value::bool(*b),
            Sample::Number(text) => number::from_text(arena, text),
            Sample::Str(bytes) => Value::str(arena.slice(bytes)),
            Sample::Array(items) => Value::array(arena.slice(&all(items))),
            Sample::Set(items) => Value::set(arena.one(Set::from_unsorted(arena, &mut all(items), true))),
            Sample::Object(pairs) => {
                let mut pairs = pairs.iter().map(|(key, value)| (key.build(arena), value.build(arena))).collect();
                Value::object(arena.one(Object::from_unsorted(arena, &mut pairs)))
            }
        }
    }
}

/// Texts of numbers, many of them equal.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "0.0",
    "0e5",
    "1",
    "1.0",
    "10e-1",
    "0.1e1",
    "-1",
    "-1.0",
    "2",
    "1.5",
    "1.50",
    "15e-1",
    "100",
    "1e2",
    "9223372036854775807",
    "9223372036854775807.0",
    "9223372036854775808",
    "922337203685477580.8e1",
    "1e400",
    "1e-400",
];

fn sample() -> impl Strategy<Value = Sample> {
    let scalar = prop_oneof![
        Just(Sample::Null),
        any::<bool>().prop_map(Sample::Bool),
        select(NUMBERS).prop_map(|text| Sample::Number(text.to_owned())),
        (-3i64..3).prop_map(|int| Sample::Number(int.to_string())),
        proptest::collection::vec(select(b"ab\xff".as_slice()), 0..3).prop_map(Sample::Str),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(Sample::Str),
    ];
    scalar.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Sample::Array),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Sample::Set),
            proptest::collection::vec((inner.clone(), inner), 0..4).prop_map(Sample::Object),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 8 } else { 256 }))]

    #[test]
    fn order_is_total_and_agrees_with_equality_and_hash(a in sample(), b in sample(), c in sample()) {
        let arena = Arena::default();
        let (a, b, c) = (a.build(&arena), b.build(&arena), c.build(&arena));
        prop_assert!(order(a, a).is_eq() && same(a, a));
        prop_assert_eq!(order(a, b), order(b, a).reverse());
        prop_assert_eq!(same(a, b), order(a, b).is_eq());
        if same(a, b) {
            prop_assert_eq!(hash(a), hash(b));
            prop_assert_eq!(order(a, c), order(b, c));
        }
        if order(a, b).is_le() && order(b, c).is_le() {
            prop_assert!(order(a, c).is_le());
        }
    }

    #[test]
    fn sets_hold_what_was_put_in(items in proptest::collection::vec(sample(), 0..24), other in sample()) {
        let arena = Arena::default();
        let items: Vec<_> = items.iter().map(|item| item.build(&arena)).collect();
        let other = other.build(&arena);
        let indexed = Set::from_unsorted(&arena, &mut items.clone(), true);
        let plain = Set::from_unsorted(&arena, &mut items.clone(), false);
        prop_assert!(indexed.items().windows(2).all(|pair| order(pair[0], pair[1]).is_lt()));
        for item in &items {
            prop_assert!(indexed.contains(*item) && plain.contains(*item));
        }
        let is_in = items.iter().any(|item| same(*item, other));
        prop_assert_eq!((indexed.contains(other), plain.contains(other)), (is_in, is_in));
    }

    #[test]
    fn of_equal_keys_the_last_value_stays(pairs in proptest::collection::vec((sample(), sample()), 0..24)) {
        let arena = Arena::default();
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| (key.build(&arena), value.build(&arena))).collect();
        let object = Object::from_unsorted(&arena, &mut pairs.clone());
        for (key, _) in &pairs {
            let last = pairs.iter().rfind(|pair| same(pair.0, *key)).map(|pair| pair.1);
            prop_assert!(object.get(*key).zip(last).is_some_and(|(found, last)| same(found, last)));
        }
    }

    #[test]
    fn set_algebra_is_that_of_sets(a in proptest::collection::btree_set(0i64..40, 0..30),
                                   b in proptest::collection::btree_set(0i64..40, 0..30)) {
        let arena = Arena::default();
        let build = |set: &BTreeSet<i64>| {
            Set::from_unsorted(&arena, &mut set.iter().copied().map(Value::int).collect(), true)
        };
        let read = |set: Set<'_>| set.items().iter().filter_map(|item| item.as_int()).collect::<BTreeSet<_>>();
        let (x, y) = (build(&a), build(&b));
        prop_assert_eq!(read(Set::union(&arena, &x, &y)), a.union(&b).copied().collect::<BTreeSet<_>>());
        prop_assert_eq!(read(Set::intersection(&arena, &x, &y)), a.intersection(&b).copied().collect::<BTreeSet<_>>());
        prop_assert_eq!(read(Set::difference(&arena, &x, &y)), a.difference(&b).copied().collect::<BTreeSet<_>>());
    }

    #[test]
    fn integer_arithmetic_is_exact(a in any::<i64>(), b in any::<i64>()) {
        let arena = Arena::default();
        let (x, y) = (Value::int(a), Value::int(b));
        let (a, b) = (i128::from(a), i128::from(b));
        let text = |value: Result<Value<'_>, number::NumberError>| value.map(|value| format!("{value:?}"));
        prop_assert_eq!(text(number::add(&arena, x, y)), Ok((a + b).to_string()));
        prop_assert_eq!(text(number::sub(&arena, x, y)), Ok((a - b).to_string()));
        prop_assert_eq!(text(number::mul(&arena, x, y)), Ok((a * b).to_string()));
        if b != 0 {
            prop_assert_eq!(text(number::rem(&arena, x, y)), Ok((a % b).to_string()));
        }
    }

    #[test]
    fn the_shortest_text_of_a_float_reads_back(digits in 1u64.., power in -30i32..30, divisor in 1i64..1000) {
        let arena = Arena::default();
        let text = format!("{digits}e{power}");
        let quotient = number::div(&arena, number::from_text(&arena, &text), Value::int(divisor));
        let printed = format!("{:?}", quotient.map_err(|error| TestCaseError::fail(format!("{error:?}")))?);
        let again = Float::from_text(&printed).and_then(|float| float.to_text());
        // Integers past 64 bits print all their digits, of which a float keeps 64 bits.
        prop_assert_eq!(again, Ok(printed));
    }

    #[test]
    fn numbers_are_ordered_as_floats_where_floats_are_exact(a in -1_000_000i32..1_000_000, b in -1_000_000i32..1_000_000) {
        let arena = Arena::default();
        let value = |n: i32| number::from_text(&arena, &format!("{}e-3", n));
        prop_assert_eq!(order(value(a), value(b)), a.cmp(&b));
    }
}
