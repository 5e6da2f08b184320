//! JSON Schema: whether a schema can be used, and whether documents keep to it.
//!
//! OPA uses a fork of gojsonschema, which knows drafts 4, 6 and 7 and a hybrid of them for schemas that name none. Its
//! errors are results here and part of what policies see, so that their order and words are followed: [`compiler`] makes
//! a [`schema`] of a document (references: [`mod@reference`], [`pool`]), [`validator`] holds documents to it. No reference
//! leads out of the process. Numbers are exact ([`decimal`]) but where values are compared ([`canonical`]).

mod canonical;
mod compiler;
mod decimal;
mod email;
mod format;
mod pool;
mod reference;
mod schema;
mod shapes;
mod validator;

use std::collections::HashMap;
use std::sync::Arc;

use lictor_value::json::JsonErrorKind;
use lictor_value::{Arena, Builtin, Context, Fault, Halt, Object, Prepared, Shape, Type, Value, View, effort, json};

use crate::family;
use schema::Schemas;
use validator::Failure;

const DOCUMENT: Type = Type::OneOf(&[Type::String, Type::Object(&Type::Any, &Type::Any)]);
const VALID: Type = Type::Tuple(&[Type::Boolean, Type::OneOf(&[Type::Null, Type::String])], None);
const MATCH: Type = Type::Tuple(&[Type::Boolean, Type::Array(&FAILURE)], None);
const FAILURE: Type = Type::Record(
    &[("desc", Type::String), ("error", Type::String), ("field", Type::String), ("type", Type::String)],
    None,
);

/// How many compiled schemas a session keeps.
const KEPT: usize = 64;

/// How long their texts may be.
const KEPT_BYTES: usize = 1 << 16;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// Whether a schema, an object or JSON text, can be used: `[true, null]`, or `[false, why]`. Its patterns are Go's
    /// regular expressions.
    ///
    /// `json.verify_schema({"minLength": -1})` is
    /// `[false, "jsonschema: minLength must be greater than or equal to 0"]`
    "json.verify_schema" in "object" { nondeterministic: true, prepare: Some(prepare_first) } |
        cx,
        schema ("a schema, or a string of its JSON"): Value<'_> [DOCUMENT],
    | -> "output" ("`[valid, error]`; the error is null where there is none"): Option<Value<'_>> [VALID] {
        let verdict = match compiled(cx, schema) {
            Ok(_) => [Value::bool(true), Value::NULL],
            Err(Wrong::Halt(halt)) => return cx.catch(Err(Fault::Halt(halt))),
            Err(Wrong::Text(text)) => [Value::bool(false), cx.string(format!("jsonschema: {text}"))],
        };
        Some(Value::array(cx.arena.slice(&verdict)))
    }
    /// Whether a document keeps to a schema, each an object or JSON text: `[true, []]`, or `[false, errors]` with what
    /// does not hold and where.
    ///
    /// `json.match_schema({"scope": 1}, {"properties": {"scope": {"type": "string"}}})[1][0].field` is `"scope"`
    "json.match_schema" in "object" { nondeterministic: true, prepare: Some(prepare_second) } |
        cx,
        document ("a value, or a string of JSON"): Value<'_> [DOCUMENT],
        schema ("the schema, or a string of its JSON"): Value<'_> [DOCUMENT],
    | -> "output" ("`[matches, errors]`"): Option<Value<'_>> [MATCH] {
        let arena = Arena::default();
        let matched = read(&arena, document).and_then(|document| {
            let schemas = compiled(cx, schema)?;
            let deep = |_| Wrong::Text("document and schema are nested too deeply".to_owned());
            validator::validate(&schemas, document).map_err(deep)
        });
        match matched {
            Ok(failures) => {
                let valid = Value::bool(failures.is_empty());
                let list: Vec<Value<'_>> = failures.iter().map(|failure| describe(cx, failure)).collect();
                Some(Value::array(cx.arena.slice(&[valid, Value::array(cx.arena.slice(&list))])))
            }
            Err(Wrong::Halt(halt)) => cx.catch(Err(Fault::Halt(halt))),
            Err(Wrong::Text(text)) => cx.fail(text),
        }
    }
};

/// The shape of the documents that keep to a schema, which is given as JSON text, as OPA's type checker sees it.
///
/// # Errors
/// What is wrong with the schema, in OPA's words.
///
/// ```
/// use lictor_builtins::jsonschema::shape;
/// use lictor_value::Shape;
///
/// assert_eq!(shape(br#"{"type": "string"}"#), Ok(Shape::String));
/// assert!(shape(br#"{"type": "text"}"#).is_err());
/// ```
pub fn shape(text: &[u8]) -> Result<Shape, String> {
    let arena = Arena::default();
    let compiled = read_text(&arena, text).and_then(|schema| compiler::compile(&arena, schema).map_err(Wrong::Text));
    match compiled {
        Ok(schemas) => shapes::shape(&schemas).map_err(|why| format!("type checking: {why}")),
        Err(Wrong::Text(why)) => Err(format!("unable to compile the schema: {why}")),
        Err(Wrong::Halt(_)) => Err("unable to compile the schema: it is too large".to_owned()),
    }
}

/// Why a document or schema cannot be used.
enum Wrong {
    Text(String),
    Halt(Halt),
}

/// The schemas that this session compiled, by their texts.
#[derive(Default)]
struct Kept(HashMap<Vec<u8>, Arc<Schemas>>);

fn prepare_first(args: &[Option<Value<'_>>]) -> Option<Prepared> {
    prepare(*args.first()?)
}

fn prepare_second(args: &[Option<Value<'_>>]) -> Option<Prepared> {
    prepare(*args.get(1)?)
}

fn prepare(schema: Option<Value<'_>>) -> Option<Prepared> {
    let arena = Arena::default();
    let schemas = compiler::compile(&arena, read_text(&arena, &text(schema?).ok()?).ok()?).ok()?;
    Some(Box::new(Arc::new(schemas)))
}

/// Compiles a schema, or takes the one that was prepared or kept.
fn compiled(cx: &mut Context<'_, '_>, schema: Value<'_>) -> Result<Arc<Schemas>, Wrong> {
    if let Some(prepared) = cx.prepared.and_then(|prepared| prepared.downcast_ref::<Arc<Schemas>>()) {
        return Ok(prepared.clone());
    }
    let text = text(schema)?;
    if let Some(kept) = cx.scratch.of_session::<Kept>().0.get(&text) {
        return Ok(kept.clone());
    }
    let arena = Arena::default();
    let schemas = Arc::new(compiler::compile(&arena, read_text(&arena, &text)?).map_err(Wrong::Text)?);
    let kept = &mut cx.scratch.of_session::<Kept>().0;
    if text.len() <= KEPT_BYTES {
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(text, schemas.clone());
    }
    Ok(schemas)
}

/// The JSON text that a value is or stands for.
fn text(value: Value<'_>) -> Result<Vec<u8>, Wrong> {
    match value.view() {
        View::Str(text) => Ok(text.to_vec()),
        View::Object(_) | View::Array(_) => {
            let mut text = Vec::new();
            json::write_json(value, &mut text);
            Ok(text)
        }
        _ => Err(Wrong::Text("wrong type, expected string or object".to_owned())),
    }
}

fn read_text<'v>(arena: &'v Arena, text: &[u8]) -> Result<Value<'v>, Wrong> {
    json::parse_copied(arena, text).map_err(|error| match error.kind {
        JsonErrorKind::TooDeep => Wrong::Halt(Halt::Depth),
        JsonErrorKind::TooLarge | JsonErrorKind::Memory => Wrong::Halt(Halt::Memory),
        // OPA computes with them here, and nowhere else.
        kind @ JsonErrorKind::Number(_) => Wrong::Text(kind.to_string()),
        _ => Wrong::Text("invalid JSON string".to_owned()),
    })
}

/// The document that a value is: itself where it is JSON, or else what its text means.
fn read<'v>(arena: &'v Arena, value: Value<'v>) -> Result<Value<'v>, Wrong> {
    match value.view() {
        View::Object(_) | View::Array(_) if is_json(value) => Ok(value),
        _ => read_text(arena, &text(value)?),
    }
}

/// Whether a value has neither sets nor keys that are no strings.
fn is_json(value: Value<'_>) -> bool {
    match value.view() {
        View::Array(items) => effort::spend(items.len()) && items.iter().all(|item| is_json(*item)),
        View::Object(object) => {
            let pair = |(key, item): (Value<'_>, Value<'_>)| key.as_bytes().is_some() && is_json(item);
            effort::spend(object.len()) && object.iter().all(pair)
        }
        View::Set(_) => false,
        _ => true,
    }
}

fn describe<'v>(cx: &Context<'_, 'v>, failure: &Failure) -> Value<'v> {
    let Failure { kind, field, description } = failure;
    let mut pairs = vec![
        (cx.string("desc"), cx.string(description)),
        (cx.string("error"), cx.string(format!("{field}: {description}"))),
        (cx.string("field"), cx.string(field)),
        (cx.string("type"), cx.string(kind)),
    ];
    Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut pairs)))
}

#[cfg(test)]
mod tests {
    use lictor_value::{NoHost, Scratch};

    use super::*;

    /// Calls a builtin of the family with JSON values, or with text after `text:`, and prints the answer.
    fn call(name: &str, args: &[&str]) -> Result<String, Fault> {
        let arena = Arena::default();
        let args: Vec<Value<'_>> = args
            .iter()
            .map(|arg| match arg.strip_prefix("text:") {
                Some(text) => Value::str(arena.slice(text.as_bytes())),
                None => json::parse(&arena, arg.as_bytes()).expect("it is JSON"),
            })
            .collect();
        let builtin = FAMILY.iter().find(|builtin| builtin.name == name).expect("it is in the family");
        let mut cx = Context {
            arena: &arena,
            buffer: &mut Vec::new(),
            host: &NoHost,
            scratch: &mut Scratch::default(),
            prepared: None,
            fault: None,
        };
        match (builtin.run)(&mut cx, &args) {
            Some(value) => {
                let mut text = Vec::new();
                json::write_json(value, &mut text);
                Ok(String::from_utf8(text).expect("JSON is UTF-8"))
            }
            None => Err(cx.fault.expect("what has no value has a reason")),
        }
    }

    #[test]
    fn schemas_can_be_used_or_it_is_said_why_not() {
        for (schema, verdict) in [
            (r#"{"type": ["string", "null"]}"#, "[true,null]"),
            (r##"{"properties": {"up": {"$ref": "#"}}}"##, "[true,null]"),
            (r#"text:{"maxItems": 2.0}"#, r#"[false,"jsonschema: maxItems must be of an integer"]"#),
            ("text:{", r#"[false,"jsonschema: invalid JSON string"]"#),
            (
                r#"{"type": "key"}"#,
                r#"[false,"jsonschema: has a primitive type that is NOT VALID -- given: /key/ Expected valid values are:[array boolean integer number null object string]"]"#,
            ),
            (
                r#"{"exclusiveMinimum": true}"#,
                r#"[false,"jsonschema: exclusiveMinimum cannot be used without minimum"]"#,
            ),
            (r##"{"$ref": "#/definitions/key"}"##, r#"[false,"jsonschema: Object has no key 'definitions'"]"#),
            (r##"{"$ref": "#/k", "k": {}, "type": "ignored"}"##, "[true,null]"),
            (r#"{"$ref": "key.json"}"#, r#"[false,"jsonschema: Reference /key.json must be canonical"]"#),
            (
                r#"{"$ref": "https://keys.example/k"}"#,
                r#"[false,"jsonschema: remote reference loading disabled: https://keys.example/k"]"#,
            ),
            (r#"{"$ref": "http://json-schema.org/draft-07/schema#"}"#, "[true,null]"),
        ] {
            assert_eq!(call("json.verify_schema", &[schema]).as_deref(), Ok(verdict), "{schema}");
        }
    }

    #[test]
    fn documents_are_told_what_they_do_not_keep_to() {
        let schema = r##"{
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "pattern": "^k_", "minLength": 4},
                "scopes": {"type": "array", "items": {"$ref": "#/definitions/scope"}, "uniqueItems": true},
                "limit": {"type": "integer", "minimum": 1, "multipleOf": 5}
            },
            "additionalProperties": false,
            "definitions": {"scope": {"enum": ["read", "write"]}}
        }"##;
        for (document, errors) in [
            (r#"{"id": "k_17", "scopes": ["read"], "limit": 1e1}"#, &[][..]),
            ("{}", &["(Root): id is required"]),
            (
                r#"{"id": "k7"}"#,
                &["id: String length must be greater than or equal to 4", "id: Does not match pattern '^k_'"],
            ),
            (
                r#"{"id": "k_17", "scopes": ["read", "admin", "read"], "owner": 1}"#,
                &[
                    "(Root): Additional property owner is not allowed",
                    "scopes.1: scopes.1 must be one of the following: \"read\", \"write\"",
                    "scopes: array items[0,2] must be unique",
                ],
            ),
            (
                r#"{"id": "k_17", "limit": -7}"#,
                &["limit: Must be a multiple of 5", "limit: Must be greater than or equal to 1"],
            ),
            (r#"{"id": "k_17", "limit": 0.5}"#, &["limit: Invalid type. Expected: integer, given: number"]),
        ] {
            let answer = call("json.match_schema", &[document, schema]).expect("the schema can be used");
            let answer: serde_json::Value = serde_json::from_str(&answer).expect("it is JSON");
            assert_eq!(answer[0], errors.is_empty(), "{document}");
            let said: Vec<&str> =
                answer[1].as_array().into_iter().flatten().filter_map(|e| e["error"].as_str()).collect();
            assert_eq!(said, errors, "{document}");
        }
    }

    #[test]
    fn an_error_says_its_kind_and_place() {
        assert_eq!(
            call(
                "json.match_schema",
                &[r#"{"on": [true, null]}"#, r#"{"properties": {"on": {"items": {"type": "boolean"}}}}"#]
            )
            .as_deref(),
            Ok(
                r#"[false,[{"desc":"Invalid type. Expected: boolean, given: null","error":"on.1: Invalid type. Expected: boolean, given: null","field":"on.1","type":"invalid_type"}]]"#
            )
        );
    }

    #[test]
    fn of_alternatives_the_one_that_holds_best_is_explained() {
        let schema = r#"{"anyOf": [{"type": "string"}, {"properties": {"a": {"minimum": 2}, "b": {"const": 1}}}]}"#;
        let answer = call("json.match_schema", &[r#"{"a": 1, "b": 1}"#, schema]).expect("the schema can be used");
        assert!(
            answer.contains("a: Must be greater than or equal to 2") && !answer.contains("given: object"),
            "{answer}"
        );
    }

    #[test]
    fn what_cannot_be_used_is_a_fault() {
        let fault = |document, schema| call("json.match_schema", &[document, schema]).expect_err("it cannot be used");
        assert_eq!(fault("1", "{}"), Fault::Failed("wrong type, expected string or object".into()));
        assert_eq!(fault("text:[", "{}"), Fault::Failed("invalid JSON string".into()));
        assert_eq!(fault("text:1e99999", "{}"), Fault::Failed("invalid number: number too big".into()));
        assert_eq!(fault("{}", r#"{"minimum": "1"}"#), Fault::Failed("minimum must be of a Number".into()));
        // Schemas that need themselves first.
        let deep = Fault::Failed("document and schema are nested too deeply".into());
        for schema in [
            r##"{"$ref": "#"}"##,
            r##"{"allOf": [{"$ref": "#"}]}"##,
            r##"{"if": {"not": {"anyOf": [{"$ref": "#"}]}}}"##,
            r##"{"dependencies": {"a": {"oneOf": [{"$ref": "#"}]}}}"##,
        ] {
            assert_eq!(fault(r#"{"a": 1}"#, schema), deep);
        }
    }

    #[test]
    fn what_nests_deeply_is_refused_or_read() {
        let nested = |depth: usize| format!("{}true{}", r#"{"not":"#.repeat(depth), "}".repeat(depth));
        let verdict = call("json.verify_schema", &[&nested(200)]).expect("it always answers");
        assert!(verdict.contains("nested more than"), "{verdict}");
        assert_eq!(call("json.verify_schema", &[&nested(140)]).as_deref(), Ok("[true,null]"));
        let deep = format!("{}1{}", "[".repeat(400), "]".repeat(400));
        let matched = call("json.match_schema", &[&deep, r##"{"items": {"$ref": "#"}}"##]);
        assert!(matches!(matched, Err(Fault::Failed(_))), "each item is two schemas deeper");
        let chain: Vec<String> =
            (0..2_000).map(|at| format!(r##""d{at}": {{"items": {{"$ref": "#/d{}"}}}}"##, at + 1)).collect();
        let schema = format!(r##"{{"$ref": "#/d0", "d2000": {{}}, {}}}"##, chain.join(","));
        assert_eq!(call("json.verify_schema", &[&schema]).as_deref(), Ok("[true,null]"));
    }

    #[test]
    fn a_prepared_schema_gives_the_same_answers() {
        let arena = Arena::default();
        let schema = json::parse(&arena, br#"{"type": "object"}"#).expect("it is JSON");
        let prepared = prepare_second(&[None, Some(schema)]).expect("it can be used");
        let mut cx = Context {
            arena: &arena,
            buffer: &mut Vec::new(),
            host: &NoHost,
            scratch: &mut Scratch::default(),
            prepared: Some(&prepared),
            fault: None,
        };
        let matched = (FAMILY[1].run)(&mut cx, &[schema, schema]).and_then(Value::as_array);
        assert_eq!(matched.and_then(|pair| pair[0].as_bool()), Some(true));
    }
}
