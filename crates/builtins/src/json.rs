//! JSON text, and picking parts of objects by paths. Patches are in [`crate::patch`].

use lictor_value::json::{self, JsonError, JsonErrorKind};
use lictor_value::text::quoted;
use lictor_value::{Arena, Builtin, Context, Fault, Halt, Object, Type, Value, View};

use crate::family;
use crate::paths::{PATHS, Paths};

mod trailing;

const OBJECT: Type = Type::Object(&Type::Any, &Type::Any);
const OPTIONS: Type = Type::Record(
    &[("indent", Type::String), ("prefix", Type::String), ("pretty", Type::Boolean)],
    Some((&Type::String, &Type::Any)),
);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The value as JSON.
    "json.marshal" in "encoding" |_cx, x ("any value"): Value<'_>| -> "y" ("its JSON"): Vec<u8> {
        let mut to = Vec::new();
        json::write_json(x, &mut to);
        to
    }
    /// The value as JSON, on many lines where `pretty` says so, or `prefix` or `indent` is given.
    "json.marshal_with_options" in "encoding" |
        cx,
        x ("any value"): Value<'_>,
        opts ("how it is laid out: `pretty`, `prefix`, `indent`"): &Object<'_> [OPTIONS],
    | -> "y" ("its JSON"): Option<Vec<u8>> {
        marshal(cx, x, opts)
    }
    /// The value of a JSON text.
    "json.unmarshal" in "encoding" |cx, x ("JSON"): &[u8]| -> "y" ("the value that it says"): Option<Value<'_>> {
        cx.catch(json::parse(cx.arena, x).map_err(|error| fault(error, x)))
    }
    /// Whether the value is a string of JSON.
    "json.is_valid" in "encoding" |cx, x ("any value"): Value<'_> [Type::String]|
    -> "result" ("whether it is a string of JSON"): Option<bool> {
        let Some(bytes) = x.as_bytes() else {
            return Some(false);
        };
        let arena = Arena::default();
        match json::check(&arena, bytes) {
            Ok(()) => Some(true),
            Err(error) => match fault(error, bytes) {
                halt @ Fault::Halt(_) => cx.catch(Err(halt)),
                _ => Some(false),
            },
        }
    }
    /// The object with only what is at some paths. A path is a string, with `/` between keys, or an array of keys.
    "json.filter" in "object" |
        cx,
        object ("the object"): &Object<'_>,
        paths ("paths to what stays"): Value<'_> [PATHS],
    | -> "filtered" ("the object without the rest"): Option<Value<'_>> [OBJECT] {
        let paths = Paths::read(cx, paths, 2)?;
        Some(paths.filter(cx, Value::object(object)))
    }
    /// The object without what is at some paths. A path is a string, with `/` between keys, or an array of keys.
    "json.remove" in "object" |
        cx,
        object ("the object"): &Object<'_>,
        paths ("paths to what goes"): Value<'_> [PATHS],
    | -> "output" ("the object without it"): Option<Value<'_>> [OBJECT] {
        let paths = Paths::read(cx, paths, 2)?;
        Some(paths.remove(cx, Value::object(object)))
    }
};

/// What a malformed text does to the call. Texts that only this reader refuses end the evaluation: what a stranger sends
/// must not make a rule undefined that is defined elsewhere.
pub(crate) fn fault(error: JsonError, text: &[u8]) -> Fault {
    match error.kind {
        JsonErrorKind::TooDeep => Fault::Halt(Halt::Depth),
        JsonErrorKind::TooLarge | JsonErrorKind::Memory => Fault::Halt(Halt::Memory),
        JsonErrorKind::TrailingData(_) => {
            let rest = &text[error.offset..];
            trailing::trailing(rest).map_or_else(|error| fault(error, rest), |why| Fault::Failed(why.into()))
        }
        // OPA looks at numbers when all the rest is in order.
        JsonErrorKind::Number(_) => match json::check(&Arena::default(), text) {
            Err(first) => fault(first, text),
            Ok(()) => Fault::Failed(error.kind.to_string().into()),
        },
        kind => Fault::Failed(kind.to_string().into()),
    }
}

fn marshal(cx: &mut Context<'_, '_>, value: Value<'_>, options: &Object<'_>) -> Option<Vec<u8>> {
    let (mut prefix, mut indent): (&[u8], &[u8]) = (b"", b"\t");
    let (mut pretty, mut implied) = (None, false);
    for (at, (key, option)) in options.iter().enumerate() {
        let Some(name) = key.as_bytes() else {
            let found = key.type_name();
            let why = format!("operand {at} must be string but got {found}");
            return cx.bad_operand(2, format!("failed to stringify key {key:?} at index {at}: {why}"));
        };
        match (name, option.as_bytes(), option.as_bool()) {
            (b"prefix", Some(text), _) => (prefix, implied) = (text, true),
            (b"indent", Some(text), _) => (indent, implied) = (text, true),
            (b"pretty", _, Some(asked)) => pretty = Some(asked),
            (b"prefix" | b"indent", None, _) => {
                let found = option.type_name();
                let why = format!("operand {at} must be string but got {found}");
                return cx.bad_operand(2, format!("key {} failed cast to string: {why}", quoted(name)));
            }
            (b"pretty", ..) => return cx.bad_operand(2, format!("key {} failed cast to bool", quoted(name))),
            _ => return cx.bad_operand(2, format!("object contained unknown key {}", quoted(name))),
        }
    }
    let mut to = Vec::new();
    if pretty.unwrap_or(implied) {
        let (lines, levels) = lines_and_levels(value, 0);
        let space = lines.saturating_mul(prefix.len()).saturating_add(levels.saturating_mul(indent.len()));
        cx.reserve(space)?;
        to.extend_from_slice(prefix);
        json::write_json_indented(value, prefix, indent, &mut to);
    } else {
        json::write_json(value, &mut to);
    }
    Some(to)
}

/// How many lines a value takes at most, and how many levels they are indented by in all.
fn lines_and_levels(value: Value<'_>, depth: usize) -> (usize, usize) {
    let sum = |items: &[Value<'_>], own: (usize, usize)| {
        items
            .iter()
            .map(|item| lines_and_levels(*item, depth + 1))
            .fold(own, |(lines, levels), (more, deeper)| (lines.saturating_add(more), levels.saturating_add(deeper)))
    };
    let own = (2, 2 * depth);
    match value.view() {
        View::Array(items) => sum(items, own),
        View::Set(set) => sum(set.items(), own),
        View::Object(object) => sum(object.vals(), own),
        _ => own,
    }
}
