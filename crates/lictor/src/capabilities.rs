//! What policies may use, as OPA's capabilities files say it: builtins with their types, keywords that need an import, and
//! features of the language.
//!
//! Only descriptions are in Lictor's own words, where OPA has some; all else is as OPA has it, for the builtins that are
//! there.

mod allowed;
mod declared;
mod history;

use lictor_syntax::Version;
use lictor_value::{Argument, Builtin, Type};
use serde_json::{Map, Value as Json, json};

pub use allowed::{Capabilities, CapabilitiesError};
pub use history::{capabilities_of, versions};

/// The version of OPA whose capabilities these are, as `opa capabilities` names it.
pub const VERSION: &str = "v1.22.2";

/// What there is for policies of a version of the language.
///
/// ```
/// use lictor::{Version, capabilities::capabilities};
///
/// let there_is = capabilities(Version::V1);
/// let builtins = there_is["builtins"].as_array().unwrap();
/// assert!(builtins.iter().any(|builtin| builtin["name"] == "startswith"));
/// ```
pub fn capabilities(version: Version) -> Json {
    let mut builtins: Vec<_> = lictor_builtins::registry().iter().map(of_builtin).chain(of_language()).collect();
    builtins.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    let (keywords, features): (&[&str], &[&str]) = match version {
        Version::V0 => (
            &["and", "contains", "every", "if", "in", "not", "or"],
            &[
                "keywords_in_refs",
                "rego_v1",
                "rego_v1_import",
                "rego_v2",
                "rego_v2_import",
                "rule_head_ref_string_prefixes",
                "rule_head_refs",
            ],
        ),
        Version::V1 => {
            (&["and", "not", "or"], &["keywords_in_refs", "rego_v1", "rego_v2", "rego_v2_import", "template_strings"])
        }
    };
    json!({"builtins": builtins, "future_keywords": keywords, "features": features})
}

/// What is part of the language here and a builtin to OPA.
fn of_language() -> [Json; 4] {
    let any = json!({"type": "any"});
    let infix = |name: &str, infix: &str| {
        let declaration = json!({"args": [any, any], "result": {"type": "boolean"}, "type": "function"});
        json!({"name": name, "decl": declaration, "infix": infix})
    };
    let printed = json!({"type": "array", "dynamic": {"type": "set", "of": any}});
    [
        infix("assign", ":="),
        infix("eq", "="),
        json!({"name": "internal.print", "decl": {"args": [printed], "type": "function"}}),
        json!({"name": "print", "decl": {"type": "function", "variadic": any}}),
    ]
}

fn of_builtin(builtin: &'static Builtin) -> Json {
    let mut declaration = Map::new();
    if !builtin.args.is_empty() {
        declaration.insert("args".into(), builtin.args.iter().map(|it| of_operand(builtin, it)).collect());
    }
    // OPA declares no result where nobody may take one.
    if builtin.name != "internal.test_case" {
        declaration.insert("result".into(), of_operand(builtin, &builtin.result));
    }
    declaration.insert("type".into(), "function".into());
    let mut said = Map::new();
    said.insert("name".into(), builtin.name.into());
    if is_described(builtin) {
        said.insert("description".into(), summary(builtin.doc).into());
    }
    if !builtin.categories.is_empty() {
        said.insert("categories".into(), builtin.categories.into());
    }
    said.insert("decl".into(), declaration.into());
    if let Some(infix) = builtin.infix {
        said.insert("infix".into(), infix.into());
    }
    let flags = [
        ("relation", builtin.relation),
        ("deprecated", builtin.deprecated),
        ("nondeterministic", builtin.nondeterministic),
    ];
    for (flag, _) in flags.iter().filter(|(_, is_set)| *is_set) {
        said.insert((*flag).into(), true.into());
    }
    said.into()
}

/// Whether OPA says what it does. Of operators that compare it only says what the result is.
fn is_described(builtin: &Builtin) -> bool {
    builtin.is_documented() && !builtin.categories.contains(&"comparison")
}

/// An argument of a builtin, or its result.
fn of_operand(builtin: &Builtin, operand: &Argument) -> Json {
    let mut said = Map::new();
    if !operand.doc.is_empty() {
        said.insert("description".into(), operand.doc.into());
    }
    if builtin.is_documented() {
        said.insert("name".into(), operand.name.into());
    }
    said.extend(of_type(operand.ty));
    said.into()
}

/// The first paragraph of documentation, in one line; examples follow it.
fn summary(doc: &str) -> String {
    doc.lines().map(str::trim).take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn of_type(ty: Type) -> Map<String, Json> {
    let (name, parts): (&str, Vec<(&str, Json)>) = match ty {
        Type::Any => ("any", vec![]),
        Type::Null => ("null", vec![]),
        Type::Boolean => ("boolean", vec![]),
        Type::Number => ("number", vec![]),
        Type::String => ("string", vec![]),
        Type::Array(item) => ("array", vec![("dynamic", of_type(*item).into())]),
        Type::Tuple(items, None) => ("array", vec![("static", of_types(items))]),
        Type::Tuple(items, Some(rest)) => {
            ("array", vec![("dynamic", of_type(*rest).into()), ("static", of_types(items))])
        }
        Type::Set(member) => ("set", vec![("of", of_type(*member).into())]),
        Type::Object(key, value) => ("object", vec![("dynamic", of_pair(*key, *value))]),
        Type::Record(fields, rest) => {
            let dynamic = rest.map(|(key, value)| ("dynamic", of_pair(*key, *value)));
            let fields = fields.iter().map(|(key, ty)| json!({"key": key, "value": of_type(*ty)})).collect();
            ("object", dynamic.into_iter().chain([("static", fields)]).collect())
        }
        Type::OneOf(types) => ("any", vec![("of", of_types(types))]),
    };
    let mut said: Map<_, _> = parts.into_iter().map(|(key, part)| (key.to_owned(), part)).collect();
    said.insert("type".into(), name.into());
    said
}

fn of_types(types: &[Type]) -> Json {
    types.iter().map(|ty| Json::from(of_type(*ty))).collect()
}

fn of_pair(key: Type, value: Type) -> Json {
    json!({"key": of_type(key), "value": of_type(value)})
}
