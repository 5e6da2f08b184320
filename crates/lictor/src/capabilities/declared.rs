//! Builtins as a capabilities file declares them: with other types or flags than those here, or such as are not here at all.
//!
//! Policies are checked by what the file says, as OPA checks them. A builtin that is not here may be called by a policy that
//! is only checked; evaluating the call ends in an error. Declarations live as long as the program: each is kept once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use lictor_value::{Argument, Builtin, Context, Fault, Registry, Type, Value};
use serde_json::{Map, Value as Json, json};

use super::of_builtin;

/// How deeply a type may be nested.
const MOST_DEPTH: usize = 64;

/// Puts into a registry what a file declares of a builtin, where that is something else than what is there.
pub(super) fn put(name: &str, declared: &Json, registry: &mut Registry) {
    // These are the language's own, and no builtins here.
    if matches!(name, "assign" | "eq" | "print" | "internal.print") || !declared["decl"].is_object() {
        return;
    }
    let known = registry.get(name);
    let essence = essence(declared);
    if known.is_some_and(|known| self::essence(&of_builtin(known)) == essence) {
        return;
    }
    static KEPT: Mutex<Option<HashMap<String, &'static Builtin>>> = Mutex::new(None);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.get_or_insert_default().entry(format!("{name} {essence}"));
    registry.put(kept.or_insert_with(|| leak(builtin(name, declared, known))));
}

/// What is checked of a declaration: types and flags, without names and words.
fn essence(declared: &Json) -> Json {
    json!({
        "args": types(&declared["decl"]["args"]),
        "result": types(&declared["decl"]["result"]),
        "deprecated": declared["deprecated"] == true,
        "relation": declared["relation"] == true,
    })
}

/// A type, or several, without names and words. Of one alternative there is no choice, and no fields are none.
fn types(of: &Json) -> Json {
    match of {
        Json::Object(fields) => {
            let kept = fields.iter().filter(|(key, value)| {
                !(matches!(key.as_str(), "name" | "description") || *key == "static" && **value == json!([]))
            });
            let mut kept: Map<String, Json> = kept.map(|(key, value)| (key.clone(), types(value))).collect();
            kept.sort_keys();
            match kept.get("of") {
                Some(Json::Array(alternatives)) if alternatives.len() == 1 => alternatives[0].clone(),
                Some(Json::Array(alternatives)) => {
                    let mut alternatives = alternatives.clone();
                    alternatives.sort_by_key(Json::to_string);
                    kept.insert("of".into(), alternatives.into());
                    kept.into()
                }
                _ => kept.into(),
            }
        }
        Json::Array(items) => items.iter().map(types).collect(),
        other => other.clone(),
    }
}

fn leak<T>(it: T) -> &'static T {
    Box::leak(Box::new(it))
}

fn builtin(name: &str, declared: &Json, known: Option<&'static Builtin>) -> Builtin {
    let args = declared["decl"]["args"].as_array().map(Vec::as_slice).unwrap_or_default();
    let args: Vec<Argument> = args.iter().map(argument).collect();
    let flag = |name: &str| declared[name] == true;
    Builtin {
        name: known.map_or_else(|| &**leak(name.to_owned()), |known| known.name),
        infix: known.and_then(|known| known.infix),
        doc: known.map_or("", |known| known.doc),
        categories: known.map_or(&[], |known| known.categories),
        args: leak(args),
        result: argument(&declared["decl"]["result"]),
        // What is not the same each time is not, whoever says so.
        nondeterministic: known.is_none_or(|known| known.nondeterministic),
        relation: flag("relation"),
        deprecated: flag("deprecated"),
        placed: known.is_some_and(|known| known.placed),
        run: known.map_or(unsupported, |known| known.run),
        prepare: known.and_then(|known| known.prepare),
    }
}

fn unsupported<'v>(cx: &mut Context<'_, 'v>, _: &[Value<'v>]) -> Option<Value<'v>> {
    cx.fault = Some(Fault::Unsupported);
    None
}

fn argument(said: &Json) -> Argument {
    let text = |name: &str| said[name].as_str().map_or("", |text| &**leak(text.to_owned()));
    Argument { name: text("name"), doc: text("description"), ty: read(said, MOST_DEPTH) }
}

/// A type; what cannot be read could be anything.
fn read(said: &Json, depth: usize) -> Type {
    if depth == 0 {
        return Type::Any;
    }
    let one = |said: &Json| read(said, depth - 1);
    let inner = |said: &Json| -> &'static Type { leak(one(said)) };
    let pair = |said: &Json| (inner(&said["key"]), inner(&said["value"]));
    let some = |name: &str| Some(&said[name]).filter(|said| !said.is_null());
    let list = |name: &str| said[name].as_array().map(Vec::as_slice).unwrap_or_default();
    match said["type"].as_str().unwrap_or_default() {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "number" => Type::Number,
        "string" => Type::String,
        "set" => Type::Set(inner(&said["of"])),
        "array" => match (list("static"), some("dynamic")) {
            ([], rest) => Type::Array(rest.map_or(&Type::Any, inner)),
            (items, rest) => Type::Tuple(leak(items.iter().map(one).collect::<Vec<_>>()), rest.map(inner)),
        },
        "object" => {
            let fields = list("static").iter().map(|field| {
                let name = field["key"].as_str().unwrap_or_default().to_owned();
                (&**leak(name), one(&field["value"]))
            });
            let fields: Vec<(&'static str, Type)> = fields.collect();
            let rest = some("dynamic").map(pair);
            match (fields.is_empty(), rest) {
                (true, Some((key, value))) => Type::Object(key, value),
                _ => Type::Record(leak(fields), rest),
            }
        }
        "any" => match list("of") {
            [] => Type::Any,
            several => Type::OneOf(leak(several.iter().map(one).collect::<Vec<_>>())),
        },
        _ => Type::Any,
    }
}
