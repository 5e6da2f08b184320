//! Why an evaluation has no answer, in OPA's codes and words.
//!
//! All English of the engine stands in the [`fmt::Display`] below. A builtin's fault is an error to strict evaluations
//! only; to others it is undefined and never gets here.

use std::fmt;
use std::sync::Arc;

use lictor_value::Halt;

/// What went wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub kind: ErrorKind,
    /// Where in the source; `None` where a whole evaluation was ended.
    pub at: Option<Location>,
}

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file's name; empty for queries.
    pub file: Arc<str>,
    /// The row, from 1.
    pub row: u32,
    /// The column, from 1, in bytes.
    pub col: u32,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The definitions of a complete rule or a function gave different values.
    Values {
        /// Whether it is a function.
        function: bool,
        /// The rule's path: `data.authz.level`.
        name: Box<str>,
        /// The first value, and of each definition its first value that differs from that one; ten at most.
        values: Vec<Conflicting>,
        /// Whether there are more.
        more: bool,
    },
    /// One key of an object has two values, or one path of a rule leads through another's value.
    Keys,
    /// The path of a `with` leads through something that is no object.
    DocumentPath,
    /// A builtin failed, and the evaluation is strict.
    Builtin {
        /// The builtin's name.
        name: Box<str>,
        /// OPA's words after it.
        text: Box<str>,
    },
    /// An operand of a builtin has the wrong type, and the evaluation is strict.
    Operand {
        /// The builtin's name.
        name: Box<str>,
        /// OPA's words after it: `operand 1 must be string but got number`.
        text: Box<str>,
    },
    /// A builtin that a capabilities file declares is not there.
    Unsupported {
        /// The builtin's name.
        name: Box<str>,
    },
    /// A builtin found what the evaluation cannot go on with, strict or not.
    Fatal {
        /// OPA's code.
        code: &'static str,
        /// OPA's words.
        text: Box<str>,
    },
    /// The evaluation was ended: a limit, a deadline, or the caller.
    Halt(Halt),
}

/// A value that conflicts with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflicting {
    /// The value as Rego text.
    pub value: Box<str>,
    /// The definition's file.
    pub file: Arc<str>,
    /// The definition's row, from 1.
    pub row: u32,
}

impl Error {
    /// OPA's code. Limits that OPA does not have are `eval_limit_error`.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::Values { .. } | ErrorKind::Keys | ErrorKind::DocumentPath => "eval_conflict_error",
            ErrorKind::Builtin { .. } => "eval_builtin_error",
            ErrorKind::Operand { .. } => "eval_type_error",
            ErrorKind::Unsupported { .. } => "eval_internal_error",
            ErrorKind::Fatal { code, .. } => code,
            ErrorKind::Halt(Halt::Cancelled | Halt::Deadline) => "eval_cancel_error",
            ErrorKind::Halt(_) => "eval_limit_error",
        }
    }
}

/// The message, without code and place.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ErrorKind::Values { function, name, values, more } => {
                let (what, inputs) = if *function { ("function", " for the same inputs") } else { ("rule", "") };
                write!(f, "{what} {name} produced conflicting values{inputs}:")?;
                for Conflicting { value, file, row } in values {
                    write!(f, "\n  {value} at {file}:{row}")?;
                }
                if *more { f.write_str("\n  ...") } else { Ok(()) }
            }
            ErrorKind::Keys => f.write_str("object keys must be unique"),
            ErrorKind::DocumentPath => f.write_str("bad document path"),
            ErrorKind::Builtin { name, text } | ErrorKind::Operand { name, text } => write!(f, "{name}: {text}"),
            ErrorKind::Unsupported { name } => write!(f, "unsupported built-in: {name}"),
            ErrorKind::Fatal { text, .. } => f.write_str(text),
            ErrorKind::Halt(Halt::Cancelled) => f.write_str("caller cancelled query execution"),
            ErrorKind::Halt(Halt::Deadline) => f.write_str("query execution passed its deadline"),
            ErrorKind::Halt(Halt::Memory) => f.write_str("query execution needs more memory than allowed"),
            ErrorKind::Halt(Halt::Steps) => f.write_str("query execution takes more steps than allowed"),
            ErrorKind::Halt(Halt::Depth) => f.write_str("calls are nested more deeply than allowed"),
        }
    }
}

impl std::error::Error for Error {}
