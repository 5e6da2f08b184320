//! Calls and answers as JSON, as `opa/main.go` describes them.

use lictor_value::{Builtin, Fault, Value, View, json};
use serde::Deserialize as _;
use serde_json::{Value as Json, json};

/// What a call gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A value, as the wire writes it.
    Value(Json),
    /// None.
    Undefined,
    /// None, with code and message.
    Error(String, String),
    /// OPA itself failed.
    Panic(String),
}

impl Answer {
    /// What a builtin gave here; `None` where a limit ended the call, which OPA may not have.
    pub fn ours(builtin: &Builtin, given: Option<Value<'_>>, fault: Option<&Fault>) -> Option<Answer> {
        Some(match (given, fault) {
            // Each value by itself, as OPA gives them.
            (Some(values), _) if builtin.relation => match values.as_array()? {
                [] => Answer::Undefined,
                [value] => Answer::Value(of_value(*value)),
                _ => Answer::Value(of_value(values)),
            },
            (Some(value), _) => Answer::Value(of_value(value)),
            (None, None) => Answer::Undefined,
            (None, Some(Fault::Halt(_))) => return None,
            (None, Some(Fault::Fatal { code, text })) => Answer::Error("halt".to_owned(), format!("{code}: {text}")),
            (None, Some(fault)) => {
                let code = fault.code();
                Answer::Error(code.to_owned(), format!("{}: {fault}", builtin.name))
            }
        })
    }

    /// Reads a line of OPA's.
    pub fn read(line: &str) -> Option<Answer> {
        // Values nest as deeply as texts of JSON that a call has.
        let mut reader = serde_json::Deserializer::from_str(line);
        reader.disable_recursion_limit();
        let Json::Array(mut parts) = Json::deserialize(&mut reader).ok()? else { return None };
        let text = |at: usize| Some(parts.get(at)?.as_str()?.to_owned());
        Some(match text(0)?.as_str() {
            "undefined" => Answer::Undefined,
            "error" => Answer::Error(text(1)?, text(2)?),
            "panic" => Answer::Panic(text(1)?),
            _ => Answer::Value(parts.pop()?),
        })
    }
}

/// Appends a call as a line.
pub fn write_call(name: &str, args: &[Value<'_>], to: &mut String) {
    let call: Vec<Json> = [Json::from(name)].into_iter().chain(args.iter().map(|value| of_value(*value))).collect();
    to.push_str(&Json::from(call).to_string());
    to.push('\n');
}

fn of_value(value: Value<'_>) -> Json {
    let all = |items: &[Value<'_>]| items.iter().map(|item| of_value(*item)).collect::<Json>();
    match value.view() {
        View::Array(items) => all(items),
        View::Set(set) => json!({"set": all(set.items())}),
        View::Object(object) => {
            let pairs: Json = object.iter().map(|(key, value)| json!([of_value(key), of_value(value)])).collect();
            json!({"object": pairs})
        }
        _ if value.is_number() => {
            let mut text = Vec::new();
            json::write_json(value, &mut text);
            json!({"number": String::from_utf8_lossy(&text)})
        }
        _ => match (value.as_bytes(), value.as_text(), value.as_bool()) {
            (_, Some(text), _) => Json::from(text),
            (Some(bytes), None, _) => json!({"bytes": bytes}),
            (None, None, Some(truth)) => Json::from(truth),
            (None, None, None) => Json::Null,
        },
    }
}
