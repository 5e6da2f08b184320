//! No builtin panics on any values, and what it gives is well-formed: sets and keys ascend, numbers are JSON's.

use lictor_value::{Arena, Builtin, Context, NoHost, Object, Scratch, Set, Type, Value, View, json, number, order};
use proptest::prelude::*;
use proptest::sample::{Index, select};

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

/// Texts that builtins look into.
const TEXTS: &[&str] = &[
    "",
    "a",
    "b",
    "a/b",
    "/a/0",
    "-",
    "é😀",
    "path",
    "op",
    "add",
    "remove",
    "copy",
    "value",
    "1.2.3",
    "1.0.0-rc.1",
    "10Mi",
    "1e3K",
    "%41+b",
    "YWI=",
    "YWI",
    "6162",
    "[1,{\"a\":2}]",
    "a: [1, 2]\nb: {c: ~}\n",
    "10.0.0.0/8",
    "::1/64",
    "a.*b",
    "[a-z]+",
    "{a,b}*",
    "%d %s",
    "2006-01-02",
    "Mon Jan _2 15:04:05.000 2006 MST",
    "Fri Jul 14 02:40:00.123 2017 GMT",
    "Europe/Paris",
    "{{range $k, $v := .}}{{$k}}{{index $v 0 | printf \"%v\"}}{{else}}{{end}}",
    "{{with .a}}{{.b}}{{else if len .path}}{{slice .path 0 1}}{{end}}",
    "{{define \"r\"}}{{template \"r\" .}}{{end}}{{template \"r\" .}}",
    "1h30m",
    "0x1p-2",
    "1_000",
    "https://a.b/c?d=e",
    "&a [*a]",
    "pretty",
    "indent",
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "3",
    "10",
    "-0",
    "0.5",
    "1.0",
    "1e3",
    "-2.5",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e400",
    "1e-400",
    "1e30000",
    "123456789012345678901234567890.5",
    "64",
    "1000000000000",
];

fn scalar() -> impl Strategy<Value = Sample> {
    prop_oneof![
        Just(Sample::Null),
        any::<bool>().prop_map(Sample::Bool),
        select(NUMBERS).prop_map(|text| Sample::Number(text.to_owned())),
        any::<i64>().prop_map(|int| Sample::Number(int.to_string())),
        select(TEXTS).prop_map(|text| Sample::Str(text.as_bytes().to_vec())),
        proptest::collection::vec(any::<u8>(), 0..12).prop_map(Sample::Str),
        any::<String>().prop_map(|text| Sample::Str(text.into_bytes())),
    ]
}

fn sample() -> impl Strategy<Value = Sample> {
    scalar().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Sample::Array),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Sample::Set),
            proptest::collection::vec((inner.clone(), inner), 0..4).prop_map(Sample::Object),
        ]
    })
}

/// A value that nearly always has the declared type.
fn of_type(ty: Type) -> BoxedStrategy<Sample> {
    let items = |ty: Type| proptest::collection::vec(of_type(ty), 0..4);
    let exact = match ty {
        Type::Any => return sample().boxed(),
        Type::Null => Just(Sample::Null).boxed(),
        Type::Boolean => any::<bool>().prop_map(Sample::Bool).boxed(),
        Type::Number => select(NUMBERS).prop_map(|text| Sample::Number(text.to_owned())).boxed(),
        Type::String => prop_oneof![
            3 => select(TEXTS).prop_map(|text| Sample::Str(text.as_bytes().to_vec())),
            1 => any::<String>().prop_map(|text| Sample::Str(text.into_bytes())),
            1 => proptest::collection::vec(any::<u8>(), 0..12).prop_map(Sample::Str),
        ]
        .boxed(),
        Type::Array(item) => items(*item).prop_map(Sample::Array).boxed(),
        Type::Tuple(types, _) => {
            types.iter().map(|ty| of_type(*ty)).collect::<Vec<_>>().prop_map(Sample::Array).boxed()
        }
        Type::Set(item) => items(*item).prop_map(Sample::Set).boxed(),
        Type::Object(key, value) => {
            proptest::collection::vec((of_type(*key), of_type(*value)), 0..4).prop_map(Sample::Object).boxed()
        }
        Type::Record(fields, _) => {
            let field = |(key, ty): &(&str, Type)| {
                let key = Sample::Str(key.as_bytes().to_vec());
                of_type(*ty).prop_map(move |value| (key.clone(), value))
            };
            fields.iter().map(field).collect::<Vec<_>>().prop_map(Sample::Object).boxed()
        }
        Type::OneOf(types) => proptest::strategy::Union::new(types.iter().map(|ty| of_type(*ty))).boxed(),
    };
    prop_oneof![9 => exact, 1 => sample()].boxed()
}

fn all() -> Vec<&'static Builtin> {
    lictor_builtins::FAMILIES.iter().flat_map(|(_, family)| family.iter()).collect()
}

fn call() -> impl Strategy<Value = (&'static str, Vec<Sample>)> {
    any::<Index>().prop_flat_map(|which| {
        let all = all();
        let builtin: &'static Builtin = which.get::<&'static Builtin>(&all);
        let args: Vec<_> = builtin.args.iter().map(|argument| of_type(argument.ty)).collect();
        (Just(builtin.name), args)
    })
}

fn check(value: Value<'_>) -> Result<(), TestCaseError> {
    let ascend = |items: &[Value<'_>]| items.windows(2).all(|pair| order(pair[0], pair[1]).is_lt());
    match value.view() {
        View::Number(text) => {
            prop_assert!(json::is_number(text.as_bytes()), "{text}");
            prop_assert!(number::plain_int(text).is_none(), "{text} is a plain integer");
        }
        View::Array(items) => items.iter().try_for_each(|item| check(*item))?,
        View::Set(set) => {
            prop_assert!(ascend(set.items()), "{value:?}");
            set.items().iter().try_for_each(|item| check(*item))?;
        }
        View::Object(object) => {
            prop_assert!(ascend(object.keys().items()), "{value:?}");
            object.iter().try_for_each(|(key, inner)| check(key).and_then(|()| check(inner)))?;
        }
        _ => {}
    }
    prop_assert!(!value.is_absent());
    Ok(())
}

/// As many calls as `PROPTEST_CASES` says, or what a run of all tests has time for.
fn cases() -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(4096),
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn builtins_give_well_formed_values_or_a_reason((name, args) in call()) {
        let registry = lictor_builtins::registry();
        let builtin = registry.get(name).unwrap();
        let arena = Arena::with_limit(8 << 20);
        let args: Vec<_> = args.iter().map(|sample| sample.build(&arena)).collect();
        let mut cx = Context {
            arena: &arena,
            buffer: &mut Vec::new(),
            host: &NoHost,
            scratch: &mut Scratch::default(),
            prepared: None,
            fault: None,
        };
        let given = (builtin.run)(&mut cx, &args);
        prop_assert!(arena.used() < 64 << 20, "{name}{args:?} took {} bytes", arena.used());
        if let Some(value) = given {
            check(value)?;
        }
    }
}
