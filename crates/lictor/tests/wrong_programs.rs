//! Small wrong programs, and what OPA says of them: code, words and place of each error, in one file beside the program.
//!
//! `wrong_programs.golden` holds the programs: `=== name` with the words `strict` and `v0` where they apply, a module, files
//! each after a line `--- name` (more modules, `schema.json`, `schemas/..`), and after `>>>` the errors. An entry called
//! `@name` is a text that others name. With `LICTOR_UPDATE=1` the errors are asked of `opa` anew, which must be installed.
#![expect(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use lictor::{BuildError, Builder, Diagnostic, Version};
use serde_json::Value as Json;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wrong_programs.golden");

struct Program<'g> {
    /// The line after `===`.
    title: &'g str,
    /// All between the title and the errors.
    text: &'g str,
    /// Files by name.
    files: Vec<(String, String)>,
    errors: &'g str,
}

impl Program<'_> {
    fn is(&self, word: &str) -> bool {
        self.title.split(' ').skip(1).any(|it| it == word)
    }

    fn schema_folder(&self) -> bool {
        self.files.iter().any(|(name, _)| name.starts_with("schemas/"))
    }

    fn schema_file(&self) -> bool {
        self.files.iter().any(|(name, _)| name == "schema.json")
    }

    /// What Lictor says, as the file holds it.
    fn errors(&self) -> String {
        let version = if self.is("v0") { Version::V0 } else { Version::V1 };
        let mut builder = Builder::new().version(version).strict(self.is("strict")).print(true);
        for (name, text) in &self.files {
            let path: Vec<&str> = name.split('/').skip(1).map(|part| part.split('.').next().unwrap()).collect();
            builder = match name.strip_suffix(".rego") {
                Some(_) => builder.module(name, text.trim_end_matches('\n').to_owned() + "\n"),
                None => builder.schema(&path, text.as_bytes()),
            };
        }
        match builder.check() {
            Ok(()) => String::new(),
            Err(BuildError::Rejected(diagnostics)) => lines(diagnostics.iter().map(error).collect()),
            Err(other) => format!("- : {other}\n"),
        }
    }

    /// What OPA says.
    fn errors_of_opa(&self, folder: &Path) -> String {
        let mut command = Command::new(std::env::var_os("LICTOR_OPA").unwrap_or_else(|| "opa".into()));
        command.args(["check", "--format", "json"]).current_dir(folder);
        command.args(self.is("strict").then_some("--strict")).args(self.is("v0").then_some("--v0-compatible"));
        if self.schema_folder() || self.schema_file() {
            command.args(["--schema", if self.schema_file() { "schema.json" } else { "schemas" }]);
        }
        for (name, text) in &self.files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text.trim_end_matches('\n').to_owned() + "\n").unwrap();
            command.args(name.ends_with(".rego").then_some(name));
        }
        let output = command.output().expect("opa is installed");
        let said: Json = serde_json::from_slice(&output.stderr).unwrap_or_default();
        let errors = said["errors"].as_array().cloned().unwrap_or_default();
        lines(
            errors
                .iter()
                .map(|error| {
                    let (at, file) = (&error["location"], error["location"]["file"].as_str());
                    let place =
                        file.map(|file| (file.to_owned(), at["row"].as_u64().unwrap(), at["col"].as_u64().unwrap()));
                    (
                        place,
                        error["code"].as_str().unwrap_or_default().to_owned(),
                        error["message"].as_str().unwrap().to_owned(),
                    )
                })
                .collect(),
        )
    }
}

type Entry = (Option<(String, u64, u64)>, String, String);

fn error(diagnostic: &Diagnostic) -> Entry {
    let place = diagnostic.opa_position().map(|(file, row, col)| (file.to_owned(), row.into(), col.into()));
    (place, diagnostic.code.as_str().to_owned(), diagnostic.message.clone())
}

/// Errors in order of place, those of one place by their words.
fn lines(mut errors: Vec<Entry>) -> String {
    errors.sort();
    errors
        .into_iter()
        .fold(String::new(), |mut text, (place, code, message)| {
            let place = place.map_or("-".to_owned(), |(file, row, col)| format!("{file}:{row}:{col}"));
            writeln!(text, "{place} {code}: {}", message.replace('\n', "\n    ")).unwrap();
            text
        })
        .trim_end()
        .to_owned()
}

/// The entries of the file: those that are texts for others, and programs.
fn entries(golden: &str) -> impl Iterator<Item = &str> {
    golden.split("\n=== ").map(|entry| entry.strip_prefix("=== ").unwrap_or(entry))
}

fn programs(golden: &str) -> Vec<Program<'_>> {
    let mut named: HashMap<&str, &str> = HashMap::new();
    let mut programs = vec![];
    for entry in entries(golden) {
        let (title, rest) = entry.split_once('\n').unwrap();
        if title.starts_with('@') {
            named.insert(title, rest.trim_end());
            continue;
        }
        let (text, errors) = rest.split_once(">>>\n").unwrap();
        let files = format!("m0.rego\n{text}");
        let file = |part: &str| {
            let (name, text) = part.split_once('\n').unwrap();
            (name.to_owned(), (*named.get(text.trim_end()).unwrap_or(&text)).to_owned())
        };
        let files = files.split("\n--- ").map(file).collect();
        programs.push(Program { title, text, files, errors: errors.trim_end() });
    }
    programs
}

#[test]
fn wrong_programs_are_told_what_opa_tells_them() {
    let golden = std::fs::read_to_string(GOLDEN).unwrap();
    let programs = programs(&golden);
    assert!(programs.len() > 600, "the file holds programs");
    if std::env::var_os("LICTOR_UPDATE").is_some() {
        let shared: String =
            golden.split("=== ").filter(|entry| entry.starts_with('@')).map(|it| format!("=== {it}")).collect();
        let text = programs.iter().fold(shared, |mut text, program| {
            let folder = tempfile::tempdir().unwrap();
            let errors = program.errors_of_opa(folder.path());
            write!(text, "=== {}\n{}>>>\n{errors}\n", program.title, program.text).unwrap();
            text
        });
        std::fs::write(GOLDEN, text).unwrap();
        return;
    }
    let mut differing = String::new();
    for program in &programs {
        let found = program.errors();
        if found != program.errors {
            write!(differing, "=== {}\n{}OPA:\n{}\nhere:\n{found}\n", program.title, program.text, program.errors)
                .unwrap();
        }
    }
    assert!(differing.is_empty(), "{differing}");
}
