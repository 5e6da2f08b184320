//! The fields of an annotation: from YAML to what is known, and to the object that policies see. What the annotation is
//! about is settled elsewhere.

use lictor_syntax::ast::{LiteralKind, TermKind};
use lictor_syntax::{Dialect, Version, parse_query};
use serde_norway::{Mapping, Value};

use crate::hir::Constant;

/// Why a block cannot be read, and on which of its lines: `# METADATA` is line 0.
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) message: String,
}

impl From<String> for Wrong {
    fn from(message: String) -> Self {
        Wrong { line: 0, message }
    }
}

/// A schema that an annotation puts at a path.
#[derive(Debug)]
pub(crate) struct SchemaAnnotation {
    /// `input` or `data`, and the keys below.
    pub(crate) path: Vec<Constant>,
    /// Where the schema is.
    pub(crate) schema: SchemaSource,
}

/// Where the schema of an annotation is.
#[derive(Debug)]
pub(crate) enum SchemaSource {
    /// Among those given: the keys below `schema`.
    Named(Vec<Constant>),
    /// In the annotation, as JSON text.
    Written(String),
}

/// What an annotation says.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) scope: Option<String>,
    pub(super) entrypoint: bool,
    pub(super) schemas: Vec<SchemaAnnotation>,
    /// Everything as it is written.
    pub(super) written: Mapping,
    title: String,
    description: String,
    organizations: Vec<Constant>,
    related_resources: Vec<Constant>,
    authors: Vec<Constant>,
    shown_schemas: Vec<Constant>,
    custom: Option<Constant>,
    labels: Option<Constant>,
}

/// What go-yaml would read a field as.
#[derive(Clone, Copy)]
enum Wanted {
    Text,
    Bool,
    Texts,
    Anything,
    Maps,
    Map,
}

impl Wanted {
    fn go(self) -> &'static str {
        match self {
            Wanted::Text => "string",
            Wanted::Bool => "bool",
            Wanted::Texts => "[]string",
            Wanted::Anything => "[]interface {}",
            Wanted::Maps => "[]map[string]interface {}",
            Wanted::Map => "map[string]interface {}",
        }
    }

    fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null) => true,
            (Wanted::Text, value) => !value.is_sequence() && !value.is_mapping(),
            (Wanted::Bool, value) => value.is_bool(),
            (Wanted::Texts | Wanted::Anything | Wanted::Maps, value) => value.is_sequence(),
            (Wanted::Map, value) => value.is_mapping(),
        }
    }
}

const FIELDS: [(&str, Wanted); 11] = [
    ("scope", Wanted::Text),
    ("title", Wanted::Text),
    ("entrypoint", Wanted::Bool),
    ("description", Wanted::Text),
    ("organizations", Wanted::Texts),
    ("related_resources", Wanted::Anything),
    ("authors", Wanted::Anything),
    ("schemas", Wanted::Maps),
    ("compile", Wanted::Map),
    ("custom", Wanted::Map),
    ("labels", Wanted::Map),
];

impl Fields {
    /// Reads the text of a block, whose `# METADATA` is in that row.
    pub(super) fn read(yaml: &str, row: u32) -> Result<Fields, Wrong> {
        if yaml.trim().is_empty() {
            return Err("expected METADATA block, found whitespace".to_owned().into());
        }
        let map = read(yaml).map_err(|wrong| Wrong { message: hinted(wrong.message, yaml, row), ..wrong })?;
        let text = |name: &str| map.get(name).and_then(scalar).unwrap_or_default();
        let list = |name: &str| map.get(name).and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
        let mut fields = Fields {
            scope: Some(text("scope")).filter(|scope| !scope.is_empty()),
            entrypoint: map.get("entrypoint").and_then(Value::as_bool) == Some(true),
            title: text("title"),
            description: text("description"),
            organizations: list("organizations").iter().map(|item| string(&scalar(item).unwrap_or_default())).collect(),
            ..Fields::default()
        };
        for item in list("related_resources") {
            let resource = related(item)
                .map_err(|why| Wrong::from(format!("invalid related-resource definition {}: {why}", go_value(item))))?;
            fields.related_resources.push(resource);
        }
        for item in list("schemas") {
            let (schema, shown) = schema(item)?;
            fields.schemas.push(schema);
            fields.shown_schemas.push(shown);
        }
        for item in list("authors") {
            let author = author(item)
                .map_err(|why| Wrong::from(format!("invalid author definition {}: {why}", go_value(item))))?;
            fields.authors.push(author);
        }
        compile(&map)?;
        let map_of = |name: &str| match map.get(name) {
            Some(Value::Mapping(map)) if !map.is_empty() => Some(object(map)),
            _ => None,
        };
        (fields.custom, fields.labels) = (map_of("custom"), map_of("labels"));
        fields.written = map;
        Ok(fields)
    }

    /// What policies see of it.
    pub(super) fn says(&self, scope: &str) -> Constant {
        let mut says = vec![(string("scope"), string(scope))];
        let mut put = |name: &str, value: Constant| says.push((string(name), value));
        for (name, text) in [("title", &self.title), ("description", &self.description)] {
            if !text.is_empty() {
                put(name, string(text));
            }
        }
        if self.entrypoint {
            put("entrypoint", Constant::Bool(true));
        }
        let lists = [
            ("organizations", &self.organizations),
            ("related_resources", &self.related_resources),
            ("authors", &self.authors),
            ("schemas", &self.shown_schemas),
        ];
        for (name, list) in lists {
            if !list.is_empty() {
                put(name, Constant::Array(list.clone()));
            }
        }
        for (name, map) in [("custom", &self.custom), ("labels", &self.labels)] {
            if let Some(map) = map {
                put(name, map.clone());
            }
        }
        Constant::Object(says)
    }
}

fn string(text: &str) -> Constant {
    Constant::String(text.into())
}

/// Reads a block's YAML as a map with fields of the right types.
fn read(yaml: &str) -> Result<Mapping, Wrong> {
    let text = format!("{yaml}\n");
    let read: Value = serde_norway::from_str(&text).map_err(|error| unreadable(&error, yaml))?;
    let map = match read {
        Value::Mapping(map) => map,
        Value::Null => Mapping::new(),
        other => {
            let what = format!("line 1: cannot unmarshal {} into ast.rawAnnotation", node(&other));
            return Err(Wrong { line: 2, message: format!("yaml: unmarshal errors:\n  {what}") });
        }
    };
    types(&map, yaml)?;
    Ok(map)
}

/// An error of the YAML reader in go-yaml's words. The line that those name is one that OPA counts from the second on.
fn unreadable(error: &serde_norway::Error, yaml: &str) -> Wrong {
    let text = error.to_string();
    if let Some(key) = text.split("duplicate entry with key ").nth(1) {
        let key = key.split(" at line ").next().unwrap_or_default();
        let bare = key.trim_matches('"');
        let mut lines = (1..).zip(yaml.lines()).filter(|(_, line)| {
            line.trim_start().strip_prefix(bare).is_some_and(|rest| rest.trim_start().starts_with(':'))
        });
        let (first, again) = (lines.next().map_or(1, |line| line.0), lines.next().map_or(1, |line| line.0));
        let what = format!("line {again}: mapping key {key} already defined at line {first}");
        return Wrong { line: again + 1, message: format!("yaml: unmarshal errors:\n  {what}") };
    }
    let what = text.split(" at line ").next().unwrap_or_default();
    let what = what.split(", while ").next().unwrap_or_default();
    if what.ends_with("unknown anchor") {
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let name = yaml.split('*').nth(1).and_then(|rest| rest.split(|c| !is_name(c)).next()).unwrap_or_default();
        return Wrong { line: 1, message: format!("yaml: unknown anchor '{name}' referenced") };
    }
    // Lines from 0; what is being read counts before what is wrong in it.
    let context = text.rsplit_once(", while ").and_then(|(_, context)| context.rsplit_once(" at line "));
    let context =
        context.and_then(|(_, place)| place.split(' ').next()?.parse::<usize>().ok()).map_or(0, |line| line - 1);
    let problem = error.location().map_or(0, |location| location.line().saturating_sub(1));
    let line = if context > 0 { context } else { problem };
    let of_tokens = !what.starts_with("did not find expected");
    match line {
        0 => Wrong { line: 1, message: format!("yaml: {what}") },
        line => {
            let line = line + usize::from(of_tokens);
            Wrong { line: line + 1, message: format!("yaml: line {line}: {what}") }
        }
    }
}

/// A guess of OPA's why YAML cannot be read: no blank behind a colon.
fn hinted(message: String, yaml: &str, row: u32) -> String {
    (row + 1..).zip(yaml.lines()).fold(message, |message, (row, line)| {
        let parts: Vec<&str> = line.split(':').skip(1).collect();
        let mut symbols = vec![];
        for (at, part) in parts.iter().enumerate() {
            match part.chars().next() {
                None if at + 1 == parts.len() => break,
                Some(' ' | '\t') => break,
                Some(symbol) if symbol.is_ascii_graphic() => symbols.push(format!("'{symbol}'")),
                Some(symbol) => symbols.push(format!("'\\u{:04x}'", u32::from(symbol))),
                None => symbols.push("'\\ufffd'".to_owned()),
            }
        }
        if symbols.is_empty() {
            return message;
        }
        let symbols = symbols.join(" ");
        let what = "immediately following a key/value separator ':' is not a legal yaml space character";
        format!("{message}\n  Hint: on line {row}, symbol(s) [{symbols}] {what}")
    })
}

/// Whether what is said of compiling to queries of data can be read.
fn compile(map: &Mapping) -> Result<(), Wrong> {
    let Some(Value::Mapping(compile)) = map.get("compile") else { return Ok(()) };
    let unreadable = |text: &str| {
        let (_, parsed) = parse_query(text, Dialect::new(Version::V1));
        (!parsed.diagnostics.is_empty()).then(|| lictor_syntax::opa_text(&parsed.as_opa().diagnostics))
    };
    for unknown in compile.get("unknowns").and_then(Value::as_sequence).into_iter().flatten().filter_map(Value::as_str)
    {
        if let Some(why) = unreadable(unknown) {
            let what = format!("invalid unknowns element {unknown:?}");
            return Err(format!("{what}: failed to parse ref: failed to parse term: {why}").into());
        }
    }
    match compile.get("mask_rule").and_then(Value::as_str).map(|rule| (rule, unreadable(rule))) {
        Some((rule, Some(why))) => {
            Err(format!("invalid mask_rule annotation {rule:?}: failed to parse term: {why}").into())
        }
        _ => Ok(()),
    }
}

/// Whether each field is of its type; go-yaml's words where one is not.
fn types(map: &Mapping, yaml: &str) -> Result<(), Wrong> {
    let mut wrong: Vec<(usize, String)> = vec![];
    for (name, wanted) in FIELDS {
        let Some(value) = map.get(name) else { continue };
        let line = 1 + yaml.lines().position(|line| line.trim_start().starts_with(&format!("{name}:"))).unwrap_or(0);
        // Items in the row of their field's name, or each in a row of its own.
        let own_rows = yaml.lines().nth(line - 1).is_some_and(|line| line.trim_end().ends_with(':'));
        if !wanted.takes(value) {
            wrong.push((line, format!("line {line}: cannot unmarshal {} into {}", node(value), wanted.go())));
        } else if let (Wanted::Maps | Wanted::Texts, Some(items)) = (wanted, value.as_sequence()) {
            let (of, go) = match wanted {
                Wanted::Maps => (Wanted::Map, "map[string]interface {}"),
                _ => (Wanted::Text, "string"),
            };
            for (at, item) in items.iter().enumerate().filter(|(_, item)| !of.takes(item)) {
                let line = if own_rows { line + at + 1 } else { line };
                wrong.push((line, format!("line {line}: cannot unmarshal {} into {go}", node(item))));
            }
        }
    }
    wrong.sort();
    match wrong.first() {
        None => Ok(()),
        Some((line, _)) => {
            let lines: Vec<&str> = wrong.iter().map(|(_, text)| &**text).collect();
            Err(Wrong { line: *line + 1, message: format!("yaml: unmarshal errors:\n  {}", lines.join("\n  ")) })
        }
    }
}

/// A node as go-yaml names it.
fn node(value: &Value) -> String {
    let (tag, text) = match value {
        Value::Null => return "!!null".into(),
        Value::Bool(_) => ("bool", scalar(value)),
        Value::Number(number) if number.is_f64() => ("float", scalar(value)),
        Value::Number(_) => ("int", scalar(value)),
        Value::String(_) => ("str", scalar(value)),
        Value::Sequence(_) => return "!!seq".into(),
        Value::Mapping(_) => return "!!map".into(),
        Value::Tagged(tagged) => return node(&tagged.value),
    };
    let text = text.unwrap_or_default();
    let short = if text.len() > 10 { text.get(..7).map(|start| format!("{start}...")) } else { None };
    format!("!!{tag} `{}`", short.unwrap_or(text))
}

/// The text of a scalar.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(it) => Some(it.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// A value as Go prints it with `%s`.
fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "%!s(<nil>)".into(),
        Value::Bool(it) => format!("%!s(bool={it})"),
        Value::Number(number) if number.is_f64() => format!("%!s(float64={number})"),
        Value::Number(number) => format!("%!s(int={number})"),
        Value::String(text) => text.clone(),
        Value::Sequence(items) => format!("[{}]", items.iter().map(go_value).collect::<Vec<_>>().join(" ")),
        Value::Mapping(map) => {
            let mut pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{}:{}", go_value(key), go_value(value))).collect();
            pairs.sort();
            format!("map[{}]", pairs.join(" "))
        }
        Value::Tagged(tagged) => go_value(&tagged.value),
    }
}

/// A resource: a URL, or its `ref` with a description.
fn related(value: &Value) -> Result<Constant, &'static str> {
    let resource = |url: &str, description: &str| {
        let description = Some(description).filter(|text| !text.is_empty());
        let description = description.map(|text| (string("description"), string(text)));
        Constant::Object(description.into_iter().chain([(string("ref"), string(url))]).collect())
    };
    match value {
        Value::String(url) if url.is_empty() => Err("ref URL may not be empty string"),
        Value::String(url) => Ok(resource(url, "")),
        Value::Mapping(map) => {
            let field = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or_default().trim();
            match field("ref") {
                "" => Err("'ref' value required in object"),
                url => Ok(resource(url, field("description"))),
            }
        }
        _ => Err("invalid value type, must be string or map"),
    }
}

/// An author: `Name <address>`, or `name` and `email`.
fn author(value: &Value) -> Result<Constant, &'static str> {
    let (name, email) = match value {
        Value::String(text) => {
            let mut words: Vec<&str> = text.split_whitespace().collect();
            let last = words.last().ok_or("author is an empty string")?;
            let email = last.strip_prefix('<').and_then(|last| last.strip_suffix('>'));
            if email.is_some() {
                words.pop();
            }
            (words.join(" "), email.unwrap_or_default().to_owned())
        }
        Value::Mapping(map) => {
            let field = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
            let (name, email) = (field("name"), field("email"));
            if name.is_empty() && email.is_empty() {
                return Err("'name' and/or 'email' values required in object");
            }
            (name, email)
        }
        _ => return Err("invalid value type, must be string or map"),
    };
    let fields = [("name", name), ("email", email)].into_iter().filter(|(_, text)| !text.is_empty());
    Ok(Constant::Object(fields.map(|(key, text)| (string(key), string(&text))).collect()))
}

/// A schema for a path, and what policies see of it.
fn schema(value: &Value) -> Result<(SchemaAnnotation, Constant), Wrong> {
    let pair = value.as_mapping().and_then(|map| map.iter().next());
    let (key, value) =
        pair.map_or((String::new(), &Value::Null), |(key, value)| (scalar(key).unwrap_or_default(), value));
    let (root, keys) = reference(&key).ok_or_else(|| "invalid document reference".to_owned())?;
    let path: Vec<Constant> = [string(&root)].into_iter().chain(keys).collect();
    let shown_path = (string("path"), Constant::Array(path.clone()));
    let (schema, shown) = match value {
        Value::String(name) => {
            let named = reference(name).filter(|(root, _)| root == "schema");
            let (_, keys) = named.ok_or_else(|| "invalid schema reference".to_owned())?;
            let whole = [string("schema")].into_iter().chain(keys.clone()).collect();
            (SchemaSource::Named(keys), (string("schema"), Constant::Array(whole)))
        }
        Value::Mapping(map) => {
            let mut json = String::new();
            write_json(value, &mut json);
            (SchemaSource::Written(json), (string("definition"), object(map)))
        }
        _ => return Err(format!("invalid schema declaration for path \"{key}\"").into()),
    };
    Ok((SchemaAnnotation { path, schema }, Constant::Object(vec![shown_path, shown])))
}

/// A reference with constant keys: its name, and the keys.
fn reference(text: &str) -> Option<(String, Vec<Constant>)> {
    let (_, parsed) = parse_query(text, Dialect::new(Version::V1));
    let body = parsed.tree.filter(|_| parsed.diagnostics.is_empty())?;
    let [literal] = &body[..] else { return None };
    let LiteralKind::Term(term) = &literal.kind else { return None };
    match &term.kind {
        TermKind::Var(name) => Some((name.to_string(), vec![])),
        TermKind::Ref(base, keys) => {
            let TermKind::Var(name) = &base.kind else { return None };
            let keys = keys.iter().map(crate::front::tree::constant).collect::<Option<Vec<_>>>()?;
            Some((name.to_string(), keys))
        }
        _ => None,
    }
}

/// A value as JSON text.
fn write_json(value: &Value, out: &mut String) {
    let quote = |text: &str| lictor_syntax::Json::String(text.into()).to_string();
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => out.push_str(&quote(text)),
        Value::Sequence(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Mapping(map) => {
            out.push('{');
            for (at, (key, value)) in map.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(&quote(&scalar(key).unwrap_or_default()));
                out.push(':');
                write_json(value, out);
            }
            out.push('}');
        }
        Value::Tagged(tagged) => write_json(&tagged.value, out),
    }
}

pub(super) fn object(map: &Mapping) -> Constant {
    let key = |key: &Value| match key {
        Value::String(text) => string(text),
        other => match constant(other) {
            Constant::Number(text) => Constant::String(text),
            Constant::Bool(it) => string(if it { "true" } else { "false" }),
            _ => string("null"),
        },
    };
    Constant::Object(map.iter().map(|(name, value)| (key(name), constant(value))).collect())
}

fn constant(value: &Value) -> Constant {
    match value {
        Value::Null => Constant::Null,
        Value::Bool(it) => Constant::Bool(*it),
        Value::Number(number) => Constant::Number(number.to_string().into()),
        Value::String(text) => string(text),
        Value::Sequence(items) => Constant::Array(items.iter().map(constant).collect()),
        Value::Mapping(map) => object(map),
        Value::Tagged(tagged) => constant(&tagged.value),
    }
}
