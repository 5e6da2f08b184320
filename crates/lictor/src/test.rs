//! Tests of policies: rules whose names begin with `test_`, found and run as `opa test` does.
//!
//! ```
//! use lictor::{Builder, TestOptions};
//!
//! let tests = Builder::new()
//!     .module("authz.rego", "package authz\n\nallow if input.user == \"ann\"")
//!     .module("authz_test.rego", r#"package authz_test
//!
//!         test_ann if data.authz.allow with input as {"user": "ann"}
//!         test_bob if data.authz.allow with input as {"user": "bob"}"#)
//!     .tests()?;
//! let mut passed = vec![];
//! tests.run(&TestOptions::default(), |result| passed.push((result.name.clone(), result.passed())))?;
//! assert_eq!(passed, [("test_ann".to_owned(), true), ("test_bob".to_owned(), false)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A test passes where its rule is `true`. `todo_test_` marks one that is not run. A rule with keys, `test_x[case]`, is a
//! table test: each key is a case, and a case that was begun but has no value failed. The program that is tested is the one
//! that would run anywhere else; a test that failed is then evaluated by one that notes what fails, to tell why.

mod cases;
mod coverage;
mod discover;
mod events;
pub(crate) mod explain;
mod places;
mod run;
mod walk;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lictor_engine::{ErrorKind, Limits, Linked, Location};
use lictor_syntax::{Diagnostic, Module};
use lictor_value::{Halt, Host};

pub use coverage::{Coverage, CoverageError, FileCoverage, Range, Skip};
pub use events::{Happened, What};
pub use explain::Reason;
pub use run::{PatternError, Repeat};

use crate::builder::Builder;
use crate::compile::{self, Compiled};
use crate::error::{BuildError, Error};
use crate::traceback::Frame;
use discover::Found;

/// The tests of some modules, compiled.
pub struct Tests {
    found: Vec<Found>,
    /// The modules, with what tests add to them.
    modules: Vec<Module>,
    compiled: Compiled,
    /// The program that tells why tests failed, made when the first one does.
    traced: OnceLock<Option<Linked>>,
    limits: Limits,
    now_ns: Option<i64>,
    strict_builtin_errors: bool,
    host: Arc<dyn Host>,
}

/// How tests are run.
#[derive(Clone, Debug)]
pub struct TestOptions {
    /// Only tests whose full names, `data.authz_test.test_ann`, match this regular expression.
    pub run: Option<String>,
    /// The longest a test may take; longer is an error.
    pub timeout: Duration,
    /// How many tests run at a time; 0 for as many as there are processors.
    pub parallel: usize,
    /// What to find out of tests that do not pass.
    pub explain: Explain,
}

/// What to find out of a test that does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explain {
    /// Nothing.
    Nothing,
    /// Why it failed, or where it was when an error ended it.
    Reasons,
    /// That, and what happened before.
    Events,
}

/// Five seconds a test, on all processors, with the reasons of those that failed.
impl Default for TestOptions {
    fn default() -> Self {
        TestOptions { run: None, timeout: Duration::from_secs(5), parallel: 0, explain: Explain::Reasons }
    }
}

/// How a test ended.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// The file it stands in.
    pub file: Arc<str>,
    /// Its row, from 1.
    pub row: u32,
    /// Its column, from 1.
    pub col: u32,
    /// Its package: `data.authz_test`.
    pub package: String,
    /// Its name there: `test_ann`; the second rule of one name is `test_ann#01`.
    pub name: String,
    /// Whether it passed.
    pub outcome: Outcome,
    /// How long it took.
    pub duration: Duration,
    /// What it printed.
    pub output: String,
    /// What it noted with `trace`, each with its place: `file:row`.
    pub notes: Vec<(String, String)>,
    /// The cases of a table test, by name.
    pub cases: Cases,
    /// Why it failed, where that is known; of a table test, each case knows why.
    pub reason: Option<Reason>,
    /// Where it was when an error ended it, the innermost literal first.
    pub traceback: Vec<Frame>,
    /// What happened, where that was asked for: the first ten thousand steps.
    pub events: Vec<Happened>,
}

/// Whether a test passed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It is `true`.
    Pass,
    /// It is undefined, or something other than `true`.
    Fail,
    /// It is marked with `todo_`.
    Skip,
    /// Its evaluation failed.
    Error(Error),
    /// It cannot be asked for.
    Rejected(Vec<Diagnostic>),
}

/// Cases of a table test, by name.
pub type Cases = BTreeMap<String, Case>;

/// A case of a table test.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Whether it, or one of the cases below, failed.
    pub fail: bool,
    /// The cases below, where there are keys after this one.
    pub cases: Cases,
    /// Why it failed, where that is known.
    pub reason: Option<Reason>,
}

/// Why a test has no outcome, in OPA's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestError {
    /// OPA's code; empty where there is none.
    pub code: &'static str,
    /// What went wrong.
    pub message: String,
    /// Where.
    pub at: Option<Location>,
}

impl TestResult {
    /// Whether it ran and passed.
    pub fn passed(&self) -> bool {
        matches!(self.outcome, Outcome::Pass)
    }

    /// Why it has no outcome.
    pub fn error(&self) -> Option<TestError> {
        match &self.outcome {
            Outcome::Error(Error::Evaluation(error)) => {
                let message = match error.kind {
                    ErrorKind::Halt(Halt::Deadline) => "context deadline exceeded".to_owned(),
                    _ => error.to_string(),
                };
                Some(TestError { code: error.code(), message, at: error.at.clone() })
            }
            Outcome::Error(error) => Some(TestError { code: "", message: error.to_string(), at: None }),
            Outcome::Rejected(diagnostics) => {
                let message = crate::report::opa_text(diagnostics).trim_end().to_owned();
                Some(TestError { code: "", message, at: None })
            }
            Outcome::Pass | Outcome::Fail | Outcome::Skip => None,
        }
    }
}

/// `file:row: code: message`, as far as there is each.
impl fmt::Display for TestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.at {
            write!(f, "{}:{}: ", at.file, at.row)?;
        }
        if !self.code.is_empty() {
            write!(f, "{}: ", self.code)?;
        }
        f.write_str(&self.message)
    }
}

impl Builder {
    /// Compiles what was gathered, with its tests. They print, whatever [`Builder::print`] was told.
    ///
    /// # Errors
    /// Everything that is wrong with policies and data.
    pub fn tests(self) -> Result<Tests, BuildError> {
        let mut modules = self.modules().map_err(BuildError::Rejected)?;
        modules.sort_by(|a, b| a.source.name().cmp(b.source.name()));
        let mut found = discover::tests(&mut modules);
        cases::note(&mut modules, &found);
        let compiled = compile::program(&self, &modules, found.iter().filter_map(Found::document).collect())?;
        discover::reject(&mut found, &modules);
        Ok(Tests {
            found,
            modules,
            compiled,
            traced: OnceLock::new(),
            limits: self.settings.limits,
            now_ns: self.settings.now_ns,
            strict_builtin_errors: self.settings.strict_builtin_errors,
            host: self.host,
        })
    }
}
