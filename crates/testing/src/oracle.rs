//! OPA itself, where its binary is installed: the judge of every doubt.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::Json;
use crate::opa_cases::Unavailable;
use crate::question::{Answer, Answers, Question, Version};

/// The `opa` binary.
pub struct Oracle {
    program: PathBuf,
}

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow, default)]
    result: Vec<Row<'a>>,
    #[serde(default)]
    errors: Vec<OpaError>,
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    bindings: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct OpaError {
    #[serde(default)]
    code: String,
    message: String,
    location: Option<OpaLocation>,
}

#[derive(Deserialize)]
struct OpaLocation {
    file: String,
    row: u32,
}

impl fmt::Display for OpaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.location {
            // Modules lie in a directory of their own, which says nothing.
            let file = Path::new(&location.file).file_name().unwrap_or_default();
            write!(f, "{}:{}: ", file.display(), location.row)?;
        }
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl Oracle {
    /// The binary that `LICTOR_OPA` names, or `opa` on the path; `None` where there is none.
    pub fn installed() -> Option<Oracle> {
        let program = PathBuf::from(std::env::var_os("LICTOR_OPA").unwrap_or_else(|| "opa".into()));
        let works = Command::new(&program).arg("version").output().is_ok_and(|output| output.status.success());
        works.then_some(Oracle { program })
    }

    /// The binary; where there is none, it is said loudly that `what` did not run.
    ///
    /// # Panics
    ///
    /// Where there is none and the environment says `LICTOR_CONFORMANCE=required`.
    pub fn installed_or_skip(what: &str) -> Option<Oracle> {
        let installed = Oracle::installed();
        if installed.is_none() {
            let why = "there is no opa on the path, and LICTOR_OPA names none".to_owned();
            Unavailable::because(why).skip_or_panic(what);
        }
        installed
    }

    /// The binary, to be run with words of one's own.
    pub fn command(&self) -> Command {
        Command::new(&self.program)
    }

    fn eval(&self, question: &Question, place: &Path) -> Result<Answer, String> {
        let write = |name: &str, text: &str| -> io::Result<PathBuf> {
            let path = place.join(name);
            fs::write(&path, text)?;
            Ok(path)
        };
        let failed = |error: io::Error| error.to_string();
        let mut command = self.command();
        command.args(["eval", "--format", "json"]);
        match question.version {
            // The query too is read as v0 then; sentences and cases ask nothing that the dialects read differently.
            Version::V0 => command.arg("--v0-compatible"),
            Version::V1 => command.arg("--v1-compatible"),
        };
        if question.strict {
            command.arg("--strict-builtin-errors");
        }
        for (at, module) in question.modules.iter().enumerate() {
            command.arg("--data").arg(write(&Question::module_name(at), module).map_err(failed)?);
        }
        if let Some(data) = &question.data {
            command.arg("--data").arg(write("data.json", data).map_err(failed)?);
        }
        if let Some(input) = &question.input {
            command.arg("--input").arg(write("input.json", input).map_err(failed)?);
        }
        command.arg(&question.query);
        let output = command.output().map_err(failed)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let read: Output<'_> = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        if !read.errors.is_empty() {
            let texts: Vec<String> = read.errors.iter().map(OpaError::to_string).collect();
            return Ok(Answer::error(&read.errors[0].code, texts.join("\n")));
        }
        let bindings = |row: &Row<'_>| match row.bindings {
            Some(raw) => Json::from_raw(raw),
            None => Json::read("{}"),
        };
        Ok(Answer::Rows(read.result.iter().map(bindings).collect::<Result<_, _>>()?))
    }
}

impl Answers for Oracle {
    fn answer(&self, question: &Question) -> Answer {
        static QUESTIONS: AtomicU64 = AtomicU64::new(0);
        let number = QUESTIONS.fetch_add(1, Ordering::Relaxed);
        let place = std::env::temp_dir().join(format!("lictor-oracle-{}-{number}", std::process::id()));
        let answer = match fs::create_dir_all(&place) {
            Ok(()) => self.eval(question, &place).unwrap_or_else(|error| Answer::error("oracle", error)),
            Err(error) => Answer::error("oracle", error.to_string()),
        };
        // What is left behind in a temporary directory harms nobody.
        let _ = fs::remove_dir_all(&place);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{Choice, run};
    use crate::opa_cases::Cases;
    use crate::sentence::given;

    #[test]
    fn opa_answers_where_it_is_installed() {
        let Some(opa) = Oracle::installed_or_skip("the test of asking OPA") else { return };
        given(&opa)
            .v0()
            .module("package a\np { input.x > data.least }\nq = 1 / 0")
            .data("{\"least\": 1}")
            .input("{\"x\": 2}")
            .gives("data.a.p", "true")
            .leaves_undefined("data.a.q")
            .leaves_undefined("data.a.nothing")
            .strict()
            .fails("data.a.q", "divide by zero");
        given(&opa).module("package a\np if { x }").fails("data.a.p", "rego_unsafe_var_error");
    }

    #[test]
    #[ignore = "starts opa 4,427 times, which takes minutes; it checks the driver, not Lictor"]
    fn opa_passes_its_own_cases() {
        let Some(opa) = Oracle::installed() else { return };
        let Some(cases) = Cases::obtain_or_skip() else { return };
        let choice = Choice::from_environment();
        let report = run(&cases.evaluations, &opa, &choice, 2);
        report.print("OPA's cases, asked of OPA", &choice);
        // `opa eval` looks for conflicts of rules with data, fills opa.runtime(), and has no test.sleep: two cases each.
        if choice.cases.is_none() {
            assert_eq!(report.total() - report.passed(), 6, "{report}");
        }
    }
}
