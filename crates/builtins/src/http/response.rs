//! The object that a response becomes.

use std::collections::BTreeMap;

use lictor_value::json::JsonErrorKind;
use lictor_value::network::HttpResponse;
use lictor_value::{Context, Halt, Object, Value, json};

use super::header;
use super::problem::Problem;

/// How bodies are read whatever their media type says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Decoding {
    pub(super) json: bool,
    pub(super) yaml: bool,
}

/// The object: status, body as value and as text, headers by their names in lower case.
pub(super) fn object<'v>(
    cx: &mut Context<'_, 'v>,
    response: &HttpResponse,
    decoding: Decoding,
) -> Result<Value<'v>, Problem> {
    // What is read of the body takes no more than a few times its size; the readers look after the rest.
    if cx.reserve(response.size().saturating_mul(2)).is_none() {
        return Err(Problem::Halt(Halt::Memory));
    }
    let body = body(cx, response, decoding)?;
    let headers = headers(cx, response);
    let mut pairs = vec![
        (cx.string("status"), cx.string(&response.status)),
        (cx.string("status_code"), Value::int(i64::from(response.code))),
        (cx.string("body"), body),
        (cx.string("raw_body"), cx.string(&response.body)),
        (cx.string("headers"), headers),
    ];
    Ok(Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut pairs))))
}

fn headers<'v>(cx: &Context<'_, 'v>, response: &HttpResponse) -> Value<'v> {
    let mut by_name: BTreeMap<String, Vec<Value<'v>>> = BTreeMap::new();
    for (name, value) in &response.headers {
        by_name.entry(name.to_ascii_lowercase()).or_default().push(cx.string(value));
    }
    let pair = |(name, values): (String, Vec<_>)| (cx.string(name), Value::array(cx.arena.slice(&values)));
    let mut pairs = by_name.into_iter().map(pair).collect();
    Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut pairs)))
}

/// The body's value; null where it has none.
fn body<'v>(cx: &Context<'_, 'v>, response: &HttpResponse, decoding: Decoding) -> Result<Value<'v>, Problem> {
    let content_type = response.header("Content-Type").unwrap_or_default();
    if decoding.json || header::is_json(content_type) {
        return json(cx, &response.body);
    }
    if decoding.yaml || header::is_yaml(content_type) {
        let value = crate::yaml::value_if_any(cx.arena, &response.body).map_err(Problem::Halt)?;
        return Ok(value.unwrap_or(Value::NULL));
    }
    Ok(Value::NULL)
}

/// The first value of a JSON text: what follows it does not count.
fn json<'v>(cx: &Context<'_, 'v>, text: &[u8]) -> Result<Value<'v>, Problem> {
    let error = match json::parse_copied(cx.arena, text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    match error.kind {
        JsonErrorKind::TrailingData(_) => {
            Ok(json::parse_copied(cx.arena, &text[..error.offset]).unwrap_or(Value::NULL))
        }
        JsonErrorKind::TooDeep => Err(Problem::Halt(Halt::Depth)),
        JsonErrorKind::Memory | JsonErrorKind::TooLarge => Err(Problem::Halt(Halt::Memory)),
        _ => Ok(Value::NULL),
    }
}
