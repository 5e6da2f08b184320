//! Compares what the registry declares with OPA's own declarations.
//!
//! `LICTOR_CAPABILITIES` names a file that `opa capabilities --current` wrote; without it the test says that it was
//! skipped.

use lictor_value::{Builtin, Type};
use serde_json::{Value, json};

#[test]
fn declarations_are_those_of_opa() {
    let Some(path) = std::env::var_os("LICTOR_CAPABILITIES") else {
        eprintln!("SKIPPED: LICTOR_CAPABILITIES names no output of `opa capabilities --current`");
        return;
    };
    let capabilities: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let registry = lictor_builtins::registry();
    let (mut missing, mut differing) = (Vec::new(), Vec::new());
    for theirs in capabilities["builtins"].as_array().unwrap() {
        let name = theirs["name"].as_str().unwrap();
        match registry.get(name) {
            None => missing.push(name),
            Some(ours) => {
                let (ours, theirs) = (declaration(ours), essence(theirs));
                if ours != theirs {
                    differing.push(format!("{name}\n  OPA  {theirs}\n  here {ours}"));
                }
            }
        }
    }
    eprintln!("not here: {}", missing.join(" "));
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// What the compiler goes by: arity and types, and the flags.
fn declaration(builtin: &Builtin) -> Value {
    json!({
        "args": builtin.args.iter().map(|argument| of_type(argument.ty)).collect::<Vec<_>>(),
        // OPA declares no result where nobody may take one.
        "result": if builtin.name == "internal.test_case" { json!(null) } else { of_type(builtin.result.ty) },
        "infix": builtin.infix.unwrap_or(""),
        "relation": builtin.relation,
        "nondeterministic": builtin.nondeterministic,
        "deprecated": builtin.deprecated,
    })
}

fn essence(builtin: &Value) -> Value {
    let declaration = &builtin["decl"];
    json!({
        "args": declaration["args"].as_array().into_iter().flatten().map(bare).collect::<Vec<_>>(),
        "result": if declaration["result"].is_null() { json!(null) } else { bare(&declaration["result"]) },
        "infix": builtin["infix"].as_str().unwrap_or(""),
        "relation": builtin["relation"].as_bool().unwrap_or(false),
        "nondeterministic": builtin["nondeterministic"].as_bool().unwrap_or(false),
        "deprecated": builtin["deprecated"].as_bool().unwrap_or(false),
    })
}

/// A type without names and descriptions, alternatives in one order.
fn bare(ty: &Value) -> Value {
    match ty {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(key, _)| !matches!(key.as_str(), "name" | "description"));
            let bare = |(key, value): (&String, &Value)| {
                let mut value = bare(value);
                if let (Value::Array(alternatives), "of") = (&mut value, key.as_str()) {
                    alternatives.sort_by_key(Value::to_string);
                }
                (key.clone(), value)
            };
            // The keys in order too: alternatives are sorted by their text.
            let mut kept: std::collections::BTreeMap<_, _> = kept.map(bare).collect();
            // Of one alternative there is no choice, and a list of no keys says nothing.
            if let Some(Value::Array(alternatives)) = kept.get("of")
                && let [only] = &alternatives[..]
            {
                return only.clone();
            }
            if kept.contains_key("dynamic") && kept.get("static") == Some(&json!([])) {
                kept.remove("static");
            }
            Value::Object(kept.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(bare).collect()),
        other => other.clone(),
    }
}

fn of_type(ty: Type) -> Value {
    let value = match ty {
        Type::Any => json!({"type": "any"}),
        Type::Null => json!({"type": "null"}),
        Type::Boolean => json!({"type": "boolean"}),
        Type::Number => json!({"type": "number"}),
        Type::String => json!({"type": "string"}),
        Type::Array(items) => json!({"type": "array", "dynamic": of_type(*items)}),
        Type::Tuple(items, None) => {
            json!({"type": "array", "static": items.iter().map(|item| of_type(*item)).collect::<Vec<_>>()})
        }
        Type::Tuple(items, Some(rest)) => json!({
            "type": "array",
            "static": items.iter().map(|item| of_type(*item)).collect::<Vec<_>>(),
            "dynamic": of_type(*rest),
        }),
        Type::Set(members) => json!({"type": "set", "of": of_type(*members)}),
        Type::Object(key, value) => json!({"type": "object", "dynamic": pair(*key, *value)}),
        Type::Record(fields, rest) => {
            let fields: Vec<_> =
                fields.iter().map(|(key, value)| json!({"key": key, "value": of_type(*value)})).collect();
            match rest {
                Some((key, value)) => json!({"type": "object", "static": fields, "dynamic": pair(*key, *value)}),
                None => json!({"type": "object", "static": fields}),
            }
        }
        Type::OneOf(types) => {
            json!({"type": "any", "of": types.iter().map(|ty| of_type(*ty)).collect::<Vec<_>>()})
        }
    };
    bare(&value)
}

fn pair(key: Type, value: Type) -> Value {
    json!({"key": of_type(key), "value": of_type(value)})
}
