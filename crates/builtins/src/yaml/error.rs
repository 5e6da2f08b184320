//! What is wrong with a YAML stream.

use std::fmt;

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Error {
    /// The words of Go's package `yaml` 3, with the line where it names one.
    Yaml(Option<usize>, String),
    /// Keys that stand twice and the like, one a line.
    Types(Vec<String>),
    /// What JSON cannot say.
    Json(String),
    /// It nests more deeply than values may.
    TooDeep,
    /// It is too large for this evaluation.
    Memory,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Yaml(Some(line), what) => write!(f, "yaml: line {line}: {what}"),
            Error::Yaml(None, what) => write!(f, "yaml: {what}"),
            Error::Types(lines) => write!(f, "yaml: unmarshal errors:\n  {}", lines.join("\n  ")),
            Error::Json(what) => f.write_str(what),
            Error::TooDeep => f.write_str("yaml: nested too deeply"),
            Error::Memory => f.write_str("yaml: too large"),
        }
    }
}

/// A fault without a line.
pub(super) fn plain(what: impl Into<String>) -> Error {
    Error::Yaml(None, what.into())
}
