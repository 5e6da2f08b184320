//! OPA's own conformance cases, some 4,400: they are OPA's, so they are fetched, and never kept in this repository.
//!
//! A small Go program in `conformance/fetch` imports OPA's module and writes its cases as lines of JSON into the target
//! directory, once for each version of OPA. Without Go, or without a network and with an empty module cache, there are
//! no cases; [`Cases::obtain_or_skip`] then says so, or fails where `LICTOR_CONFORMANCE=required`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::Json;
use crate::question::{Question, Version};

/// All cases of a version of OPA.
#[derive(Debug)]
pub struct Cases {
    /// Queries with their answers.
    pub evaluations: Vec<Evaluation>,
    /// Modules that must not compile.
    pub compilations: Vec<Compilation>,
}

/// Why OPA, or what comes with it, is not there.
#[derive(Debug)]
pub struct Unavailable(String);

impl Unavailable {
    pub(crate) fn because(reason: String) -> Unavailable {
        Unavailable(reason)
    }

    /// Says loudly that `what` did not run.
    ///
    /// # Panics
    ///
    /// Where the environment says `LICTOR_CONFORMANCE=required`.
    pub fn skip_or_panic(&self, what: &str) {
        let required = std::env::var("LICTOR_CONFORMANCE").is_ok_and(|value| value == "required");
        assert!(!required, "{what}: required, but not available: {self}");
        eprintln!("\nSKIPPED: {what} did NOT run: {self}\n");
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A query and what must come of it.
#[derive(Debug, Deserialize)]
pub struct Evaluation {
    version: Dialect,
    /// The folder of the case, which says what it is about.
    pub folder: String,
    /// The file within the folder.
    pub file: String,
    /// OPA's name for the case; nearly unique.
    pub note: String,
    query: String,
    #[serde(default)]
    modules: Vec<String>,
    data: Option<Box<RawValue>>,
    input: Option<Box<RawValue>>,
    input_term: Option<String>,
    input_from_term: Option<Box<RawValue>>,
    want_result: Option<Vec<Box<RawValue>>>,
    /// A part of the error's text that must come.
    pub want_error: Option<String>,
    /// The error's code that must come.
    pub want_error_code: Option<String>,
    /// Whether arrays in the result are compared without their order.
    #[serde(default)]
    pub sort_bindings: bool,
    /// Whether generated variables in the result do not count.
    #[serde(default)]
    pub ignore_generated_vars: bool,
    #[serde(default)]
    strict_error: bool,
    /// Whether the case needs keywords that OPA calls experimental.
    #[serde(default)]
    pub experimental_keywords: bool,
}

/// Modules and what must be found wrong with them.
#[derive(Debug, Deserialize)]
pub struct Compilation {
    version: Dialect,
    /// The folder of the case, which says what it is about.
    pub folder: String,
    /// OPA's name for the case.
    pub note: String,
    /// The modules' texts.
    pub modules: Vec<String>,
    /// The dialect, if the case names one: `v0`, `v1` or `v0-compat-v1`.
    pub rego_version: Option<String>,
    /// Whether the compiler is in OPA's strict mode.
    #[serde(default)]
    pub strict: bool,
    /// Whether calls of `print` are kept.
    #[serde(default)]
    pub print_statements: bool,
    /// What must be found.
    pub want_errors: Vec<Finding>,
    /// Whether nothing else may be found.
    #[serde(default)]
    pub exhaustive: bool,
}

/// Something wrong with a module.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Finding {
    /// The module's name.
    #[serde(default = "Finding::first_module")]
    pub module: String,
    /// OPA's code.
    pub code: String,
    /// From 1.
    pub row: u32,
    /// From 1; 0 where the case leaves it open.
    #[serde(default)]
    pub col: u32,
    /// OPA's words.
    pub message: String,
}

impl Finding {
    fn first_module() -> String {
        Question::module_name(0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Dialect {
    #[serde(rename = "v0")]
    V0,
    #[serde(rename = "v1")]
    V1,
}

impl From<Dialect> for Version {
    fn from(dialect: Dialect) -> Version {
        match dialect {
            Dialect::V0 => Version::V0,
            Dialect::V1 => Version::V1,
        }
    }
}

impl Evaluation {
    /// The dialect of the case's modules.
    pub fn version(&self) -> Version {
        self.version.into()
    }

    /// The folder with the dialect before it: `v0/aggregates`.
    pub fn place(&self) -> String {
        place(self.version, &self.folder)
    }

    /// The case as a question. An input that only Rego can write, such as one with a set, becomes a `with` of the query.
    pub fn question(&self) -> Question {
        let text = |raw: &Option<Box<RawValue>>| raw.as_ref().map(|raw| raw.get().to_owned());
        let (input, query) = match (&self.input_term, &self.input_from_term) {
            (Some(_), Some(json)) => (Some(json.get().to_owned()), self.query.clone()),
            (Some(term), None) => (None, format!("{} with input as {term}", self.query.trim_end())),
            (None, _) => (text(&self.input), self.query.clone()),
        };
        Question {
            version: self.version(),
            modules: self.modules.clone(),
            data: text(&self.data),
            input,
            query,
            strict: self.strict_error,
        }
    }

    /// The rows that must come, if the case says so.
    pub fn want_rows(&self) -> Option<Result<Vec<Json>, String>> {
        let rows = self.want_result.as_ref()?;
        Some(rows.iter().map(|row| Json::from_raw(row)).collect())
    }
}

impl Compilation {
    /// The dialect of the case's modules; `None` for one that mixes both.
    pub fn version(&self) -> Option<Version> {
        match self.rego_version.as_deref() {
            None | Some("v1") => Some(Version::V1),
            Some("v0") => Some(Version::V0),
            Some(_) => None,
        }
    }

    /// The folder with what it is before it: `compile/v0/safety`.
    pub fn place(&self) -> String {
        format!("compile/{}", place(self.version, &self.folder))
    }
}

fn place(dialect: Dialect, folder: &str) -> String {
    match dialect {
        Dialect::V0 => format!("v0/{folder}"),
        Dialect::V1 => format!("v1/{folder}"),
    }
}

impl Cases {
    /// All cases, fetched if they are not there yet.
    pub fn obtain() -> Result<Cases, Unavailable> {
        let fetch = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/fetch");
        let target = target_directory().join("conformance");
        let file = target.join(format!("opa-{}.jsonl", pinned_version(&fetch)?));
        if !file.exists() {
            let go = fs::create_dir_all(&target)
                .and_then(|()| Command::new("go").args(["run", "."]).arg(&file).current_dir(&fetch).output())
                .map_err(|error| Unavailable(format!("`go run` does not start ({error})")))?;
            if !go.status.success() {
                let words = String::from_utf8_lossy(&go.stderr).trim_end().to_owned();
                return Err(Unavailable(format!("`go run` in conformance/fetch failed:\n{words}")));
            }
        }
        let text = fs::read_to_string(&file).map_err(|error| Unavailable(format!("{}: {error}", file.display())))?;
        Cases::read(&text).map_err(|error| Unavailable(format!("{}: {error}", file.display())))
    }

    /// The same; `None`, and a loud word, where there are none.
    ///
    /// # Panics
    ///
    /// Where there are none and the environment says `LICTOR_CONFORMANCE=required`.
    pub fn obtain_or_skip() -> Option<Cases> {
        match Cases::obtain() {
            Ok(cases) => Some(cases),
            Err(reason) => {
                reason.skip_or_panic("OPA's conformance cases");
                None
            }
        }
    }

    fn read(text: &str) -> Result<Cases, serde_json::Error> {
        #[derive(Deserialize)]
        struct Line<'a> {
            kind: &'a str,
        }
        let mut cases = Cases { evaluations: vec![], compilations: vec![] };
        for line in text.lines() {
            match serde_json::from_str::<Line<'_>>(line)?.kind {
                "evaluation" => cases.evaluations.push(serde_json::from_str(line)?),
                _ => cases.compilations.push(serde_json::from_str(line)?),
            }
        }
        Ok(cases)
    }
}

/// The version of OPA that the Go program pins.
fn pinned_version(fetch: &Path) -> Result<String, Unavailable> {
    let path = fetch.join("go.mod");
    let text = fs::read_to_string(&path).map_err(|error| Unavailable(format!("{}: {error}", path.display())))?;
    let pinned =
        text.lines().find_map(|line| line.split_once("github.com/open-policy-agent/opa ")).map(|(_, rest)| rest);
    let version = pinned.and_then(|rest| rest.split_whitespace().next());
    version.map(str::to_owned).ok_or_else(|| Unavailable(format!("{} pins no OPA", path.display())))
}

/// The target directory of the running test: it lies somewhere above its binary.
pub(crate) fn target_directory() -> PathBuf {
    let binary = std::env::current_exe().unwrap_or_default();
    let marked = binary.ancestors().find(|directory| directory.join("CACHEDIR.TAG").exists());
    marked.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_cases() {
        let text = concat!(
            r#"{"kind":"evaluation","version":"v0","folder":"sums","file":"a.yaml","note":"sums/one","query":"data.a.p = x","#,
            r#""modules":["package a"],"data":{"n":1.50},"input_term":"{1}","want_result":[{"x":1}],"strict_error":true}"#,
            "\n",
            r#"{"kind":"compilation","version":"v1","folder":"safety","file":"b.yaml","note":"b","modules":["package b"],"#,
            r#""want_errors":[{"code":"rego_unsafe_var_error","row":2,"message":"var x is unsafe"}]}"#,
        );
        let cases = Cases::read(text).unwrap();
        let case = &cases.evaluations[0];
        assert_eq!(case.place(), "v0/sums");
        let question = case.question();
        assert_eq!(question.query, "data.a.p = x with input as {1}");
        assert_eq!(question.data.as_deref(), Some(r#"{"n":1.50}"#));
        assert!(question.strict && question.input.is_none());
        assert_eq!(case.want_rows().unwrap().unwrap(), [Json::read(r#"{"x": 1}"#).unwrap()]);
        assert_eq!(cases.compilations[0].want_errors[0].module, "test-0.rego");
        assert_eq!(cases.compilations[0].version(), Some(Version::V1));
    }

    #[test]
    fn opas_cases_are_all_there() {
        let Some(cases) = Cases::obtain_or_skip() else { return };
        assert_eq!(cases.evaluations.len(), 4_427);
        assert_eq!(cases.compilations.len(), 22);
    }
}
