//! Everything that can go wrong, as values. Their words stand here and in the stages' own errors.

use lictor_syntax::Diagnostic;

use crate::document::DataError;
use crate::load::LoadError;
use crate::policy_set::SetError;

/// Why policies and data make no [`crate::Policy`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The policies are not Rego, or break one of its rules: everything that was found.
    #[error("{}", crate::report::opa_text(.0).trim_end())]
    Rejected(Vec<Diagnostic>),
    /// Data files make no document.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A policy set could not be read.
    #[error(transparent)]
    Set(#[from] SetError),
    /// A schema is neither JSON nor YAML.
    #[error("{name}: {why}")]
    Schema {
        /// The schema, by its path.
        name: String,
        /// What is wrong with its text.
        why: String,
    },
    /// A query says nothing.
    #[error("cannot evaluate empty query")]
    EmptyQuery,
    /// There is no policy set, where one is needed.
    #[error("there is no policy set")]
    NoSets,
    /// A policy of a set has no rule that could deny anything.
    #[error("{file}: policy `{policy}` has no rule `deny`, so it could never refuse anything")]
    NothingDenies {
        /// The policy.
        policy: String,
        /// Its file.
        file: String,
    },
    /// A set gives a policy a parameter that it does not have.
    #[error("{file}: policy `{policy}` reads no parameter `{parameter}`")]
    UnreadParameter {
        /// The policy.
        policy: String,
        /// Its file.
        file: String,
        /// The parameter.
        parameter: String,
    },
}

/// Why an evaluation has no answer. Never an allow.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is not JSON.
    #[error("malformed JSON at line {row}, column {col}: {message}")]
    Malformed {
        /// The row, from 1.
        row: usize,
        /// The column, from 1, in bytes.
        col: usize,
        /// What is wrong.
        message: String,
    },
    /// The event does not say what it is about, and nobody else did.
    #[error("cannot tell what the event is about: {0}")]
    Unrouted(&'static str),
    /// The policy's evaluation failed: a conflict, a limit, a builtin where evaluation is strict.
    #[error("{}", crate::report::eval_line(.0))]
    Evaluation(#[from] lictor_engine::Error),
    /// What is known of the token's use cannot be had.
    #[error(transparent)]
    Usage(#[from] crate::usage::StoreError),
    /// The policy has no entry of that name.
    #[error("there is no entry `{0}`; queries and documents are named when the policy is built")]
    NoEntry(String),
    /// The event is larger than its reader takes.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The most that is taken, in bytes.
        limit: usize,
    },
    /// A value could not be written as JSON.
    #[error("the event cannot be written as JSON: {0}")]
    Unserializable(String),
}
