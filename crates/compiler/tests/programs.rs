//! Small tricky programs from text to answer, compared with what OPA answered.
//!
//! The programs are data that lies beside the repository: `LICTOR_DATA` names the directory that has
//! `tricky-programs.jsonl`. Without it the test says that it was skipped. `LICTOR_ONLY=part-of-a-name` runs a few and
//! prints their code.

use std::sync::{Arc, Mutex};

use lictor_compiler::{Options, PlanOptions, QuerySource, analyse, plan};
use lictor_engine::{Input, Limits, Linked, Session};
use lictor_syntax::{Dialect, Version, parse_module, parse_query};
use lictor_testing::Json;
use lictor_value::{Frozen, Host, json};

/// Programs on which we are known to differ from OPA, each with its reason.
const DIFFERENCES: &[(&str, &str)] = &[
    ("conflict/in-second-solution-of-not", "a body below `not` is left at its first solution"),
    ("err/strict-after-conflict-order", "a rule is finished before its caller goes on"),
    ("with/print-order-with-conflict", "a rule is finished before its caller goes on"),
    ("err/strict-in-not-second-solution", "a body below `not` is left at its first solution"),
    ("exit/not-body-all-solutions", "a body below `not` is left at its first solution"),
    ("index/strict-error-before-equality-guard", "the errors of a definition that cannot hold are raised"),
    ("rec/via-with-still", "of two ways round a cycle we name the shorter one"),
    ("with/unrelated-memo-kept", "`with` forgets only what depends on what it replaces"),
    ("tmpl/error-strict", "an error in a template string has its place"),
    ("rule/partial-object-conflict-asked-other-key", "a partial rule is evaluated as a whole"),
    ("query/unsafe", "errors of a query come as they are found"),
    ("exit/memo-function", "a function without loops is evaluated for each call"),
    ("query/empty", "an empty query holds once; who asks refuses it"),
];

/// What a program says: rows, or the first error with its place.
#[derive(Debug, PartialEq)]
enum Said {
    Rows(Vec<Json>),
    Error { code: String, message: String, at: String },
}

#[derive(Default)]
struct Printed(Mutex<Vec<String>>);

impl Host for Printed {
    fn now_ns(&self) -> i64 {
        0
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn print(&self, _at: &str, message: &str) {
        self.0.lock().expect("one thread prints").push(message.to_owned());
    }
}

fn strings(json: Option<&Json>) -> Vec<&str> {
    let Some(Json::Array(items)) = json else { return vec![] };
    items.iter().map(|item| string(Some(item))).collect()
}

fn string(json: Option<&Json>) -> &str {
    match json {
        Some(Json::String(text)) => text,
        _ => "",
    }
}

fn is_set(program: &Json, key: &str) -> bool {
    program.get(key) == Some(&Json::Bool(true))
}

fn expected(program: &Json) -> Said {
    if let Some(Json::Array(errors)) = program.get("errors") {
        let error = |key| string(errors[0].get(key)).to_owned();
        return Said::Error { code: error("code"), message: error("message"), at: error("at") };
    }
    match program.get("result") {
        Some(Json::Array(rows)) => Said::Rows(rows.clone()),
        _ => Said::Rows(vec![]),
    }
}

fn found(code: &str, message: &str, at: Option<(&str, u32, u32)>) -> Said {
    let at = at.map(|(file, row, col)| format!("{file}:{row}:{col}")).unwrap_or_default();
    Said::Error { code: code.to_owned(), message: message.to_owned(), at }
}

/// The raw text of a field, which keeps numbers as they are written.
fn raw<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let fields: std::collections::HashMap<&str, &serde_json::value::RawValue> = serde_json::from_str(line).ok()?;
    fields.get(key).map(|raw| raw.get())
}

fn say(line: &str, program: &Json, show: bool) -> (Said, Vec<String>) {
    let version = if is_set(program, "v0") { Version::V0 } else { Version::V1 };
    let mut modules = vec![];
    for (i, text) in strings(program.get("modules")).into_iter().enumerate() {
        let parsed = parse_module(&format!("m{i}.rego"), text, version);
        if let Some(first) = parsed.diagnostics.first() {
            return (found(first.code.as_str(), &first.message, first.position()), vec![]);
        }
        modules.extend(parsed.tree);
    }
    let dialect = Dialect::new(version);
    let (source, parsed) = parse_query(string(program.get("query")), dialect);
    if let Some(first) = parsed.diagnostics.first() {
        return (found(first.code.as_str(), &first.message, first.position()), vec![]);
    }
    let imports: String = strings(program.get("imports")).iter().map(|path| format!("import {path}\n")).collect();
    let imports =
        parse_module("", &format!("package q\n{imports}"), version).tree.expect("imports can be read").imports;
    let package: Option<Vec<_>> = match string(program.get("package")) {
        "" => None,
        path => Some(path.split('.').map(Into::into).collect()),
    };
    let body = parsed.tree.unwrap_or_default();
    let query = QuerySource { name: "query".into(), body: &body, source, package, imports, dialect };
    let registry = lictor_builtins::registry();
    let options = Options { strict: is_set(program, "strict"), print: true };
    let analysis = analyse(&modules, &[query], &registry, &options);
    if let Some(first) = analysis.as_opa().first() {
        return (found(first.code.as_str(), &first.message, first.position()), vec![]);
    }
    let strict = is_set(program, "strict_builtin_errors");
    let planned = plan(&analysis.unit, &registry, &PlanOptions { strict_builtin_errors: strict });
    let planned = match planned {
        Ok(planned) => planned,
        Err(errors) => return (found("plan", &errors[0].message, None), vec![]),
    };
    if show {
        eprintln!("{planned}");
    }
    if let Err(faults) = lictor_ir::verify::verify(&planned) {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        return (found("verify", &faults.join("\n"), None), vec![]);
    }
    let read = |text: &str| Frozen::build(|arena| json::parse_copied(arena, text.as_bytes()).expect("well-formed"));
    let entry = planned.entry("query").expect("the query has an entry");
    let (routine, shows_false) = (entry.routine, entry.shows_false);
    let names: Vec<_> = entry.bindings.clone();
    let linked = match Linked::new(Arc::new(planned), Arc::new(read(raw(line, "data").unwrap_or("{}")))) {
        Ok(linked) => linked,
        Err(error) => {
            let (_, at) = &error.conflicts[0];
            return (found(error.code(), &error.to_string(), Some((&at.file, at.row, at.col))), vec![]);
        }
    };
    let input = raw(line, "input").map(read);
    let host = Printed::default();
    let mut options = lictor_engine::Options::new(&host);
    options.strict_builtin_errors = strict;
    options.print = true;
    let mut session = Session::new(Limits::default());
    let input = input.as_ref().map_or(Input::Undefined, |input| Input::Tree(input.root()));
    let said = match session.eval(&linked, routine, input, &options) {
        Ok(None) => Said::Rows(vec![]),
        Ok(Some(rows)) => {
            let mut text = vec![];
            json::write_json(rows, &mut text);
            let text = String::from_utf8(text).expect("JSON is UTF-8");
            let Json::Array(rows) = Json::read(&text).expect("JSON is well-formed") else { panic!("no rows: {text}") };
            Said::Rows(
                rows.into_iter().map(|row| object(row, &names)).filter(|row| shows_false || holds(row)).collect(),
            )
        }
        Err(error) => {
            let at = error.at.as_ref().map(|at| (&*at.file, at.row, at.col));
            found(error.code(), &error.to_string(), at)
        }
    };
    let printed = host.0.into_inner().expect("one thread prints");
    (said, printed)
}

/// A row as OPA shows it.
fn object(row: Json, names: &[Box<str>]) -> Json {
    let Json::Array(mut columns) = row else { panic!("a row is an array") };
    let expressions = columns.split_off(names.len());
    let mut fields = std::collections::BTreeMap::from([("expressions".to_owned(), Json::Array(expressions))]);
    if !names.is_empty() {
        let bindings = names.iter().map(|name| name.to_string()).zip(columns).collect();
        fields.insert("bindings".to_owned(), Json::Object(bindings));
    }
    Json::Object(fields)
}

/// Whether no expression of a row is false.
fn holds(row: &Json) -> bool {
    !matches!(row.get("expressions"), Some(Json::Array(items)) if items.contains(&Json::Bool(false)))
}

#[test]
fn tricky_programs_answer_as_opa_does() {
    let Ok(data) = std::env::var("LICTOR_DATA") else {
        eprintln!("SKIPPED: LICTOR_DATA does not name the directory of tricky-programs.jsonl");
        return;
    };
    let text = std::fs::read_to_string(format!("{data}/tricky-programs.jsonl")).expect("the programs can be read");
    let only = std::env::var("LICTOR_ONLY").unwrap_or_default();
    let (mut passed, mut failed) = (0, vec![]);
    for line in text.lines() {
        let program = Json::read(line).expect("each line is JSON");
        let name = string(program.get("name")).to_owned();
        if !name.contains(&only) || DIFFERENCES.iter().any(|(different, _)| *different == name) {
            continue;
        }
        let show = !only.is_empty();
        if show {
            eprintln!(
                "== {name}\n{}\n{}",
                strings(program.get("modules")).join("\n--\n"),
                string(program.get("query"))
            );
        }
        let expected = expected(&program);
        let said = std::panic::catch_unwind(|| say(line, &program, show));
        match said {
            Ok((said, printed)) if said == expected => {
                let want: Vec<_> = strings(program.get("prints")).into_iter().map(str::to_owned).collect();
                if printed == want {
                    passed += 1
                } else {
                    failed.push(format!("{name}: printed {printed:?}, not {want:?}"))
                }
            }
            Ok((said, _)) => failed.push(format!("{name}:\n   opa {expected:?}\n  said {said:?}")),
            Err(_) => failed.push(format!("{name}: panicked")),
        }
    }
    eprintln!("{passed} agree, {} differ", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
