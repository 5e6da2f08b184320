//! What happened in a test that did not pass, step by step: literals that are evaluated, hold and fail, and definitions that
//! give a value. Reasons ([`super::Reason`]) say why it failed; this says how it went.

use std::sync::Arc;

use lictor_engine::Event;
use lictor_ir::{Program, Step};
use lictor_syntax::Source;

use super::explain::{one_row, values};

/// The most events that are kept of a test.
pub(super) const MOST: usize = 10_000;

/// A step of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Its file.
    pub file: Arc<str>,
    /// Its row, from 1.
    pub row: u32,
    /// What it was.
    pub what: What,
    /// How many literals are under way around it.
    pub depth: usize,
    /// The literal or definition, on one row.
    pub text: String,
    /// Terms in it with their values as Rego text; `None` where one is undefined.
    pub values: Vec<(String, Option<String>)>,
}

/// What a step was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// A literal is evaluated.
    Eval,
    /// It holds.
    Hold,
    /// It fails, or has no more solutions.
    Fail,
    /// A definition gives a value.
    Exit,
}

impl What {
    /// Its name: `Eval`.
    pub fn name(self) -> &'static str {
        match self {
            What::Eval => "Eval",
            What::Hold => "Hold",
            What::Fail => "Fail",
            What::Exit => "Exit",
        }
    }
}

/// Events as people read them.
pub(super) fn happened(program: &Program, files: &[Arc<Source>], events: &[Event<'_>]) -> Vec<Happened> {
    let shown = |event: &Event<'_>| {
        let mark = program.marks.get(event.mark as usize)?;
        let source = files.get(mark.file as usize)?;
        let what = match event.step {
            Step::Begin => What::Eval,
            Step::Held => What::Hold,
            Step::Fail => What::Fail,
            Step::Pass if mark.definition => What::Exit,
            Step::Pass => return None,
        };
        let text = one_row(lictor_syntax::Span { start: mark.start, end: mark.end }.of(source.text()));
        let (values, _) = values(mark, source, &event.values);
        let row = source.position(mark.start).0;
        Some(Happened { file: source.name().clone(), row, what, depth: event.depth, text, values })
    };
    events.iter().filter_map(shown).collect()
}
