//! A question to an evaluator of Rego, and its answer.

use std::collections::BTreeMap;

use crate::json::Json;

/// A dialect of Rego.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Version {
    /// Before OPA 1.0.
    V0,
    /// Since OPA 1.0.
    #[default]
    V1,
}

/// Modules, documents, and what to ask of them.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The dialect of the modules. Queries are always v1, as in OPA's own tests.
    pub version: Version,
    /// The modules' texts; the first is called `test-0.rego`, the second `test-1.rego`.
    pub modules: Vec<String>,
    /// The base data, JSON text of an object.
    pub data: Option<String>,
    /// The input, JSON text.
    pub input: Option<String>,
    /// The query.
    pub query: String,
    /// Whether an error of a builtin is an error of the query.
    pub strict: bool,
}

/// What an evaluator says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// For each result its bindings, an object from variables to values; none at all for what is undefined.
    Rows(Vec<Json>),
    /// The evaluation, or before it the compilation, failed.
    Error {
        /// OPA's code: `eval_conflict_error`. The first, where there are many.
        code: String,
        /// All there is to say, as OPA prints it: `test-0.rego:4: eval_conflict_error: ...`.
        text: String,
    },
}

/// Whoever can answer questions.
pub trait Answers {
    /// Answers one.
    fn answer(&self, question: &Question) -> Answer;
}

impl Question {
    /// The name of the module in that place.
    pub fn module_name(place: usize) -> String {
        format!("test-{place}.rego")
    }
}

impl Answer {
    /// An error of that code.
    pub fn error(code: &str, text: impl Into<String>) -> Answer {
        Answer::Error { code: code.to_owned(), text: text.into() }
    }

    /// The value of the variable `x` in the only row.
    pub fn only(&self) -> Option<&Json> {
        match self {
            Answer::Rows(rows) if rows.len() == 1 => rows[0].get("x"),
            _ => None,
        }
    }

    /// The same rows with all values that are arrays sorted, for queries whose order is left open.
    #[must_use]
    pub fn sorted(self) -> Answer {
        let sorted = |row: Json| match row {
            Json::Object(fields) => Json::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| match value {
                        Json::Array(mut items) => {
                            items.sort();
                            (name, Json::Array(items))
                        }
                        other => (name, other),
                    })
                    .collect::<BTreeMap<_, _>>(),
            ),
            other => other,
        };
        match self {
            Answer::Rows(rows) => Answer::Rows(rows.into_iter().map(sorted).collect()),
            error => error,
        }
    }
}
