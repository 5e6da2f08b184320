//! Any builtin with any values, without a network or a clock: it gives a well-formed value or none, gives the same when
//! called again, and keeps to the arena's limit. It does not compare with OPA; `lictor`'s tests of builtins do.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use lictor_value::{Arena, Builtin, Context, NoHost, Object, Scratch, Set, Type, Value, View, json, number, order};

static BUILTINS: LazyLock<Vec<&'static Builtin>> =
    LazyLock::new(|| lictor_builtins::FAMILIES.iter().flat_map(|(_, family)| *family).collect());

/// How deep values nest.
const DEPTH: usize = 6;

/// Reads values out of the fuzzer's bytes.
struct Reader<'b, 'v> {
    bytes: Unstructured<'b>,
    arena: &'v Arena,
}

impl<'v> Reader<'_, 'v> {
    /// A value that mostly has a type.
    fn value(&mut self, ty: Type, depth: usize) -> Result<Value<'v>> {
        let stray = self.bytes.ratio(1, 16)?;
        match if stray { Type::Any } else { ty } {
            Type::Any => {
                const KINDS: &[Type] = &[
                    Type::Null,
                    Type::Boolean,
                    Type::Number,
                    Type::String,
                    Type::Array(&Type::Any),
                    Type::Set(&Type::Any),
                    Type::Object(&Type::Any, &Type::Any),
                ];
                let kinds = if depth == 0 { &KINDS[..4] } else { KINDS };
                let kind = *self.bytes.choose(kinds)?;
                self.value(kind, depth)
            }
            Type::Null => Ok(Value::NULL),
            Type::Boolean => Ok(Value::bool(self.bytes.arbitrary()?)),
            Type::Number => self.number(),
            Type::String => Ok(Value::str(self.arena.slice(self.bytes.arbitrary::<&str>()?.as_bytes()))),
            Type::Array(item) => Ok(Value::array(self.arena.slice(&self.items(*item, depth)?))),
            Type::Set(item) => {
                let mut items = self.items(*item, depth)?;
                Ok(Value::set(self.arena.one(Set::from_unsorted(self.arena, &mut items, true))))
            }
            Type::Tuple(types, _) => {
                let items: Result<Vec<_>> =
                    types.iter().map(|ty| self.value(*ty, depth.saturating_sub(1))).collect();
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
        let text = match self.bytes.int_in_range(0..=3)? {
            0 => self.bytes.int_in_range(-9..=99)?.to_string(),
            1 => self.bytes.arbitrary::<i64>()?.to_string(),
            2 => format!("{}.{}", self.bytes.arbitrary::<i16>()?, self.bytes.arbitrary::<u16>()?),
            _ => format!("{}e{}", self.bytes.arbitrary::<i16>()?, self.bytes.int_in_range(-30_000..=30_000)?),
        };
        Ok(number::from_text(self.arena, &text))
    }
}

/// Holds that sets and keys ascend, and numbers are JSON's.
fn check(value: Value<'_>) {
    let ascend = |items: &[Value<'_>]| items.windows(2).all(|pair| order(pair[0], pair[1]).is_lt());
    match value.view() {
        View::Number(text) => assert!(json::is_number(text.as_bytes()), "{text}"),
        View::Array(items) => items.iter().copied().for_each(check),
        View::Set(set) => {
            assert!(ascend(set.items()), "{value:?}");
            set.items().iter().copied().for_each(check);
        }
        View::Object(object) => {
            assert!(ascend(object.keys().items()), "{value:?}");
            object.iter().for_each(|(key, inner)| {
                check(key);
                check(inner);
            });
        }
        _ => {}
    }
    assert!(!value.is_absent());
}

fn call<'v>(builtin: &Builtin, arena: &'v Arena, args: &[Value<'v>]) -> Option<Value<'v>> {
    let mut cx = Context {
        arena,
        buffer: &mut Vec::new(),
        host: &NoHost,
        scratch: &mut Scratch::default(),
        prepared: None,
        fault: None,
    };
    (builtin.run)(&mut cx, args)
}

fuzz_target!(|bytes: &[u8]| {
    let arena = Arena::with_limit(8 << 20);
    let mut reader = Reader { bytes: Unstructured::new(bytes), arena: &arena };
    let Ok(builtin) = reader.bytes.choose(&BUILTINS).copied() else { return };
    let args: Result<Vec<_>> = builtin.args.iter().map(|argument| reader.value(argument.ty, DEPTH)).collect();
    let Ok(args) = args else { return };
    let given = call(builtin, &arena, &args);
    let taken = arena.used();
    assert!(taken < 64 << 20, "{}{args:?} took {taken} bytes", builtin.name);
    let Some(value) = given else { return };
    check(value);
    // A second call may fail where the first left little of the arena.
    if !builtin.nondeterministic
        && let Some(again) = call(builtin, &arena, &args)
    {
        assert!(order(value, again).is_eq(), "{}{args:?} gave {value:?}, then {again:?}", builtin.name);
    }
});
