//! Small programs that are easy to get wrong, with OPA's answers; they are not part of this repository.
//!
//! `LICTOR_TRICKY_PROGRAMS` names a file of JSON lines: modules, documents, a query, and what OPA 1.22.2 made of it, which
//! is rows or errors with code, message and place, and what was printed. Without the variable the test says that it was
//! skipped. Each program is put to Lictor with its fast rooms and without; what differs, and is not known to, fails the test.
#![expect(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lictor::{BuildError, Builder, Error, Host, StandardHost, Version, json, report};
use serde_json::{Value as Json, json};

/// Programs that Lictor answers differently, each with its reason. One that agrees must not stand here.
const DIFFERENCES: &[(&str, &str)] = &[
    ("err/strict-after-conflict-order", "a rule is finished before its caller goes on"),
    ("with/print-order-with-conflict", "a rule is finished before its caller goes on"),
    ("exit/memo-undefined-function", "a call that is undefined is remembered, too"),
    ("rec/via-with-still", "of two ways round a cycle the shorter one is named; OPA takes one by chance"),
    ("tmpl/error-strict", "an error in a template string has its place"),
    ("with/unrelated-memo-kept", "`with` forgets only what depends on what it replaces"),
];

/// Keeps what is printed.
#[derive(Default)]
struct Listening {
    said: Mutex<Vec<String>>,
}

impl Host for Listening {
    fn now_ns(&self) -> i64 {
        StandardHost::default().now_ns()
    }

    fn random(&self, bytes: &mut [u8]) {
        StandardHost::default().random(bytes);
    }

    fn print(&self, _at: &str, message: &str) {
        self.said.lock().unwrap().push(message.to_owned());
    }
}

#[test]
fn tricky_programs_give_what_opa_gives() {
    let Some(file) = std::env::var_os("LICTOR_TRICKY_PROGRAMS") else {
        eprintln!("SKIPPED: LICTOR_TRICKY_PROGRAMS names no file of tricky programs");
        return;
    };
    let text = std::fs::read_to_string(file).unwrap();
    let programs: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!programs.is_empty(), "the file holds programs");
    let mut unexpected = Vec::new();
    for slow in [false, true] {
        let mut agreed = 0;
        for program in &programs {
            let name = program["name"].as_str().unwrap();
            let known = DIFFERENCES.iter().find(|(differing, _)| *differing == name);
            let (wanted, found) = (wanted(program), answer(program, slow));
            let same = wanted == found;
            agreed += usize::from(same);
            match known {
                None if !same => unexpected.push(format!("{program}\n    OPA  {wanted}\n    here {found}")),
                Some(_) if same => unexpected.push(format!("{name} agrees, so it is no difference")),
                _ => {}
            }
        }
        eprintln!("{agreed} of {} agree{}", programs.len(), if slow { " without fast rooms" } else { "" });
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}

fn wanted(program: &Json) -> Json {
    let mut wanted = json!({});
    for part in ["result", "errors", "prints"] {
        if let Some(it) = program.get(part) {
            wanted[part] = it.clone();
        }
    }
    if let Some(Json::Array(errors)) = program.get("errors") {
        wanted["errors"] = in_order(errors);
    }
    wanted
}

/// Errors in one order: those of a query come as they are found.
fn in_order(errors: &[Json]) -> Json {
    let mut errors = errors.to_vec();
    errors.sort_by_key(|error| (error["at"].to_string(), error["message"].to_string()));
    errors.into()
}

fn texts(list: &Json) -> Vec<&str> {
    list.as_array().map(|items| items.iter().map(|item| item.as_str().unwrap()).collect()).unwrap_or_default()
}

/// What Lictor says, in the shape of the file.
fn answer(program: &Json, slow: bool) -> Json {
    let host = Arc::new(Listening::default());
    let version = if program["v0"] == true { Version::V0 } else { Version::V1 };
    let imports: Vec<String> = texts(&program["imports"]).into_iter().map(str::to_owned).collect();
    let mut builder = Builder::new()
        .version(version)
        .host(Arc::clone(&host) as Arc<dyn Host>)
        .deadline(Duration::from_secs(20))
        .print(true)
        .strict(program["strict"] == true)
        .strict_builtin_errors(program["strict_builtin_errors"] == true)
        .query_in("question", program["query"].as_str().unwrap(), program["package"].as_str(), &imports);
    for (place, text) in texts(&program["modules"]).into_iter().enumerate() {
        builder = builder.module(format!("m{place}.rego"), text);
    }
    if let Some(data) = program.get("data") {
        builder = builder.data(data.to_string());
    }
    if slow {
        builder = builder.without_fast_rooms();
    }
    let mut answer = match evaluated(builder, program.get("input")) {
        Ok(result) => json!({ "result": result }),
        Err(errors) => json!({ "errors": in_order(&errors) }),
    };
    let said = std::mem::take(&mut *host.said.lock().unwrap());
    if !said.is_empty() {
        answer["prints"] = json!(said);
    }
    answer
}

fn evaluated(builder: Builder, input: Option<&Json>) -> Result<Vec<Json>, Vec<Json>> {
    let policy = builder.build().map_err(|error| match error {
        BuildError::Rejected(diagnostics) => diagnostics.iter().map(|it| placed(&report::json(it))).collect(),
        other => vec![json!({ "code": "", "message": other.to_string() })],
    })?;
    let mut session = policy.session();
    let input = input.map(Json::to_string);
    let rows = session.eval("question", input.as_ref().map(String::as_bytes)).map_err(|error| match error {
        Error::Evaluation(_) => vec![placed(&report::eval_json(&error))],
        other => vec![json!({ "code": "", "message": other.to_string() })],
    })?;
    let value = |value: lictor::Value<'_>| -> Json {
        let mut text = Vec::new();
        json::write_json(value, &mut text);
        serde_json::from_slice(&text).unwrap()
    };
    let row = |row: lictor::Row<'_>| {
        let mut shown = json!({ "expressions": row.expressions().map(|(_, it)| value(it)).collect::<Vec<_>>() });
        if row.bindings().len() > 0 {
            shown["bindings"] = row.bindings().map(|(name, it)| (name.to_owned(), value(it))).collect();
        }
        shown
    };
    Ok(rows.iter().map(row).collect())
}

/// An error as the file holds it: its place is one text.
fn placed(error: &Json) -> Json {
    let mut placed = json!({ "code": error["code"], "message": error["message"] });
    if let Some(at) = error.get("location") {
        let file = at["file"].as_str().unwrap_or_default();
        placed["at"] = format!("{file}:{}:{}", at["row"], at["col"]).into();
    }
    placed
}
