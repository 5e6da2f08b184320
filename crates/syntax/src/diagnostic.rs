//! A diagnostic: what is wrong, as data. Rendering is the facade's.

use std::sync::Arc;

use crate::json::Json;
use crate::span::{Source, Span};

/// A finding about source text.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// OPA's code: `rego_parse_error`, `rego_unsafe_var_error` and so on.
    pub code: Code,
    /// OPA's words.
    pub message: String,
    /// The source it is about; `None` where it is about none (a data conflict).
    pub source: Option<Arc<Source>>,
    /// The place. OPA names only its beginning.
    pub span: Span,
    /// More places, each with a label.
    pub labels: Vec<(Span, String)>,
    /// What to do about it.
    pub hints: Vec<String>,
    /// What OPA says besides: of type errors, the types that met.
    pub details: Option<Box<Details>>,
}

/// What OPA says besides an error's message.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    /// As lines below the message.
    pub lines: Vec<String>,
    /// As JSON.
    pub json: Json,
}

/// OPA's codes of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The text is not Rego.
    Parse,
    /// Anything that compiling finds and that has no code of its own.
    Compile,
    /// Types, arities, undefined functions.
    Type,
    /// A variable that nothing binds.
    UnsafeVar,
    /// A rule that needs itself.
    Recursion,
}

impl Code {
    /// The code as OPA writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Parse => "rego_parse_error",
            Code::Compile => "rego_compile_error",
            Code::Type => "rego_type_error",
            Code::UnsafeVar => "rego_unsafe_var_error",
            Code::Recursion => "rego_recursion_error",
        }
    }
}

impl Diagnostic {
    /// A diagnostic at one place, without labels or hints.
    pub fn new(code: Code, message: impl Into<String>, source: &Arc<Source>, span: Span) -> Self {
        let source = Some(Arc::clone(source));
        Diagnostic { code, message: message.into(), source, span, labels: vec![], hints: vec![], details: None }
    }

    /// A diagnostic about no place.
    pub fn placeless(code: Code, message: impl Into<String>) -> Self {
        let (labels, hints) = (vec![], vec![]);
        Diagnostic { code, message: message.into(), source: None, span: Span::default(), labels, hints, details: None }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with another place labelled.
    #[must_use]
    pub fn label(mut self, span: Span, label: impl Into<String>) -> Self {
        self.labels.push((span, label.into()));
        self
    }

    /// File, row and column of the place's beginning, rows and columns from 1.
    pub fn position(&self) -> Option<(&str, u32, u32)> {
        let source = self.source.as_ref()?;
        let (row, col) = source.position(self.span.start);
        Some((source.name(), row, col))
    }
}
