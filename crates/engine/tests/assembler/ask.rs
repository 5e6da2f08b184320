//! Questions to programs, with answers as text.

use std::sync::Arc;

use lictor_builtins::family;
use lictor_engine::{Input, Limits, Linked, Options, Session};
use lictor_ir::Program;
use lictor_value::{Arena, Builtin, Frozen, NoHost, Registry, Value, json};

use super::{Parts, program};

/// Builtins for tests, beside those of the language.
static FAMILY: &[Builtin] = family! {
    /// Whether `haystack` has `needle` in it.
    "test.contains" |_cx, haystack: &[u8], needle: &[u8]| -> bool {
        haystack.windows(needle.len()).any(|part| part == needle)
    }
    /// The string twice.
    "test.twice" |cx, text: &[u8]| -> Option<Vec<u8>> {
        cx.reserve(2 * text.len())?;
        Some([text, text].concat())
    }
};

/// All builtins.
pub(crate) fn builtins() -> Registry {
    let mut families: Vec<&'static [Builtin]> = lictor_builtins::FAMILIES.iter().map(|(_, family)| *family).collect();
    families.push(FAMILY);
    Registry::new(&families)
}

/// A value from JSON, in memory of its own.
pub(crate) fn frozen(text: &str) -> Arc<Frozen> {
    Arc::new(Frozen::build(|arena| json::parse_copied(arena, text.as_bytes()).unwrap()))
}

/// A program to ask.
pub(crate) struct Asked {
    pub(crate) program: Arc<Program>,
    pub(crate) data: &'static str,
    pub(crate) input: Option<&'static str>,
    pub(crate) strict: bool,
    pub(crate) limits: Limits,
}

/// A program without parts.
pub(crate) fn given(text: &str) -> Asked {
    given_with(text, Parts::default())
}

pub(crate) fn given_with(text: &str, parts: Parts) -> Asked {
    Asked {
        program: program(text, parts, &builtins()),
        data: "{}",
        input: None,
        strict: false,
        limits: Limits::default(),
    }
}

impl Asked {
    pub(crate) fn data(mut self, data: &'static str) -> Self {
        self.data = data;
        self
    }

    pub(crate) fn input(mut self, input: &'static str) -> Self {
        self.input = Some(input);
        self
    }

    pub(crate) fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    pub(crate) fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The first routine's answer as Rego text, `undefined`, or the error as `code: message (row)`. Asked twice in one
    /// session with `input` as a tree, and once with its values at the program's paths: all three must agree.
    pub(crate) fn answer(self) -> String {
        let linked = Linked::new(self.program.clone(), frozen(self.data)).expect("program and data fit");
        let mut options = Options::new(&NoHost);
        options.strict_builtin_errors = self.strict;
        let mut session = Session::new(self.limits);
        let mut answers = Vec::new();
        for paths in [false, false, true] {
            let mut evaluation = session.begin();
            let arena = evaluation.arena();
            let input = match self.input {
                None if paths => Input::Paths(&[]),
                None => Input::Undefined,
                Some(text) => {
                    let root = json::parse_copied(arena, text.as_bytes()).unwrap();
                    if paths { Input::Paths(at_paths(arena, root, &self.program)) } else { Input::Tree(root) }
                }
            };
            answers.push(match evaluation.eval(&linked, 0, input, &options) {
                Ok(Some(value)) => format!("{value:?}"),
                Ok(None) => "undefined".to_owned(),
                Err(error) => {
                    let row = error.at.as_ref().map_or(0, |at| at.row);
                    format!("{}: {error} ({row})", error.code())
                }
            });
        }
        assert_eq!(answers[0], answers[1], "the second evaluation of a session answers as the first");
        assert_eq!(answers[0], answers[2], "paths answer as the tree");
        answers.remove(0)
    }
}

/// The values of `root` at the program's paths.
pub(crate) fn at_paths<'v>(arena: &'v Arena, root: Value<'v>, program: &Program) -> &'v [Value<'v>] {
    let at = |path: &lictor_ir::Path| {
        let found = path.0.iter().try_fold(root, |value, key| value.get(program.constants()[*key as usize]));
        // Constants live elsewhere; what was found lives in `root`.
        found.unwrap_or(Value::ABSENT)
    };
    let values: Vec<Value<'v>> = program.paths.iter().map(at).collect();
    arena.slice(&values)
}
