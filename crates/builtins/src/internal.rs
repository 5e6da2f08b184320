//! What the language itself calls: `in`, template strings, and the cases of table tests.

use lictor_value::{Builtin, Context, Fault, Type, Value, View, order, text};

use crate::family;

const TEXT: Type = Type::String;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// Whether `x` is an item, a member or a value of `of`: `x in of`.
    "internal.member_2" { infix: Some("in") } |_cx, x: Value<'_>, of: Value<'_>| -> bool { of.has(x) }
    /// Whether `of` has `x` at `key`: `key, x in of`.
    "internal.member_3" { infix: Some("in") } |_cx, key: Value<'_>, x: Value<'_>, of: Value<'_>| -> bool {
        of.get(key).is_some_and(|found| order(found, x).is_eq())
    }
    /// The parts of a template string in a row. Each is a text, or the set of an expression's values: none or one.
    "internal.template_string" |cx, parts: &[Value<'_>]| -> Option<Value<'_>> [TEXT] { template(cx, parts) }
    /// Tells the host that a case of a table test begins; `names` are the keys that name it.
    "internal.test_case" |cx, names: Value<'_> [Type::Array(&Type::Any)]| -> bool {
        if names.as_array().is_some() {
            cx.host.test_case(names);
        }
        true
    }
};

fn template<'v>(cx: &mut Context<'_, 'v>, parts: &[Value<'v>]) -> Option<Value<'v>> {
    cx.buffer.clear();
    let mut outputs = 1_usize;
    for part in parts {
        let value = match part.view() {
            View::Set(values) => match values.items() {
                [] => {
                    cx.buffer.extend_from_slice(b"<undefined>");
                    continue;
                }
                [value, rest @ ..] => {
                    outputs = outputs.saturating_add(rest.len());
                    *value
                }
            },
            // The compiler writes none of these: somebody calls it by hand.
            View::Array(_) | View::Object(_) => {
                let text = format!("illegal argument type: {}", part.type_name());
                return fatal(cx, "eval_internal_error", &text);
            }
            _ => *part,
        };
        match value.as_bytes() {
            Some(bytes) => cx.buffer.extend_from_slice(bytes),
            None => text::write_rego(value, cx.buffer),
        }
        cx.reserve(0)?;
    }
    if outputs > 1 {
        return fatal(cx, "eval_conflict_error", "template-strings must not produce multiple outputs");
    }
    Some(cx.buffered())
}

fn fatal<T>(cx: &mut Context<'_, '_>, code: &'static str, text: &str) -> Option<T> {
    cx.fault = Some(Fault::Fatal { code, text: text.into() });
    None
}
