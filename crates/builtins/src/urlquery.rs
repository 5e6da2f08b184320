//! Query strings of URLs, as Go escapes and reads them.

use lictor_value::text::quoted;
use lictor_value::{Builtin, Context, Object, Type, Value, json, order, same};

use crate::family;
use crate::operand::items;

const STRINGS: Type = Type::Array(&Type::String);
const PARAMETERS: Type = Type::Object(&Type::String, &STRINGS);
const PARAMETER: Type = Type::OneOf(&[Type::String, STRINGS, Type::Set(&Type::String)]);

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The string with all but letters, digits and `-_.~` escaped; a space becomes `+`.
    "urlquery.encode" in "encoding" |_cx, x ("any string"): &[u8]| -> "y" ("the escaped string"): Vec<u8> {
        let mut to = Vec::new();
        escape(x, &mut to);
        to
    }
    /// What the escaped string stands for.
    "urlquery.decode" in "encoding" |cx, x ("an escaped string"): &[u8]|
    -> "y" ("the string that it stands for"): Option<Vec<u8>> {
        match unescape(x) {
            Ok(bytes) => Some(bytes),
            Err(message) => cx.fail(message),
        }
    }
    /// The query string of an object of strings, or of arrays or sets of strings.
    "urlquery.encode_object" in "encoding" |
        cx,
        object ("for each name a value, or several"): &Object<'_> [Type::Object(&Type::String, &PARAMETER)],
    | -> "y" ("the query string"): Option<Vec<u8>> {
        encode_object(cx, object)
    }
    /// The parameters of a query string: for each name, the values in their order.
    "urlquery.decode_object" in "encoding" |cx, x ("a query string, without `?`"): &[u8]|
    -> "object" ("for each name an array of values"): Option<Value<'_>> [PARAMETERS] {
        match parameters(x) {
            Ok(parameters) => Some(gather(cx, parameters)),
            Err(message) => cx.fail(message),
        }
    }
};

/// Escapes all but letters, digits and `-_.~`; a space becomes `+`.
pub(crate) fn escape(bytes: &[u8], to: &mut Vec<u8>) {
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => to.push(*byte),
            b' ' => to.push(b'+'),
            _ => to.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
}

fn unescape(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|b| char::from(*b).to_digit(16));
        rest = after;
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                rest = &after[2..];
            }
            (b'%', _, _) => {
                let at = text.len() - after.len() - 1;
                return Err(format!("invalid URL escape {}", quoted(&text[at..text.len().min(at + 3)])));
            }
            (b'+', _, _) => bytes.push(b' '),
            _ => bytes.push(*byte),
        }
    }
    Ok(bytes)
}

fn encode_object(cx: &mut Context<'_, '_>, object: &Object<'_>) -> Option<Vec<u8>> {
    // A key that is no string stands as its JSON text; of keys with one text the last one wins.
    let mut pairs = std::collections::BTreeMap::new();
    for (key, value) in object.iter() {
        let text = key.as_bytes().map_or_else(
            || {
                let mut text = Vec::new();
                json::write_json(key, &mut text);
                text
            },
            <[u8]>::to_vec,
        );
        pairs.insert(text, value);
    }
    let mut query = Vec::new();
    for (key, value) in pairs {
        for item in items(value).unwrap_or(&[value]) {
            let Some(text) = item.as_bytes() else {
                return cx.bad_operand(1, "values must be string, array[string], or set[string]");
            };
            if !query.is_empty() {
                query.push(b'&');
            }
            escape(&key, &mut query);
            query.push(b'=');
            escape(text, &mut query);
        }
    }
    Some(query)
}

/// A name and its value, unescaped.
pub(crate) type Parameter = (Vec<u8>, Vec<u8>);

/// The query string of these parameters.
pub(crate) fn query(parameters: &[Parameter]) -> Vec<u8> {
    let mut query = Vec::new();
    for (name, value) in parameters {
        if !query.is_empty() {
            query.push(b'&');
        }
        escape(name, &mut query);
        query.push(b'=');
        escape(value, &mut query);
    }
    query
}

/// The parameters of a query string, in their order.
pub(crate) fn parameters(query: &[u8]) -> Result<Vec<Parameter>, String> {
    let mut parameters = Vec::new();
    let mut failure = None;
    for pair in query.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
        if pair.contains(&b';') {
            failure = Some(String::from("invalid semicolon separator in query"));
            continue;
        }
        let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        match (unescape(&pair[..at]), unescape(pair.get(at + 1..).unwrap_or_default())) {
            (Ok(name), Ok(value)) => parameters.push((name, value)),
            (Err(message), _) | (_, Err(message)) => failure = failure.or(Some(message)),
        }
    }
    failure.map_or(Ok(parameters), Err)
}

fn gather<'v>(cx: &Context<'_, 'v>, parameters: Vec<Parameter>) -> Value<'v> {
    let mut pairs: Vec<_> = parameters.iter().map(|(name, value)| (cx.string(name), cx.string(value))).collect();
    pairs.sort_by(|a, b| order(a.0, b.0));
    let values = |same_name: &[(Value<'v>, Value<'v>)]| {
        let values = cx.arena.collect(same_name.iter().map(|pair| pair.1));
        (same_name[0].0, Value::array(values))
    };
    let mut gathered: Vec<_> = pairs.chunk_by(|a, b| same(a.0, b.0)).map(values).collect();
    Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut gathered)))
}
