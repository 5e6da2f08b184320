//! Marks: in a traced program each literal says when it begins, holds and fails, and each definition when it gives a value.
//!
//! ```text
//!      Mark Begin 7
//!      ..                  the literal; failing leads to pad
//!      Mark Held 7
//!      jump on
//! pad: Mark Fail 7         it failed, or its loop has ended after it held: the machine knows which
//!      jump away
//! on:
//! ```
//!
//! Nothing moves out of its place in a traced program, and all definitions are tried: what is noted is what was written.

use lictor_ir::{Act, Mark, Slot, Step, Watched};

use super::Outcome;
use super::builder::Builder;
use crate::hir::{At, Callee, Literal, LiteralKind, Term, TermKind};

/// What the planning of a literal knows of it.
#[derive(Default)]
pub(super) struct Watching {
    /// How many loops and closures stand around it: what is inside more has many values.
    loops: u32,
    closures: u32,
    found: Vec<Watched>,
}

impl Builder<'_, '_> {
    /// A literal with its marks.
    pub(super) fn traced(&mut self, literal: &Literal) -> Outcome<()> {
        let mark = self.new_mark(literal.at, begins_case(literal));
        let (outer, pad, on) = (self.fail, self.code.label(), self.code.label());
        let first = self.taken();
        self.just(Act::Mark { step: Step::Begin, mark });
        self.fail = pad;
        let watching = Watching { loops: self.open_loops(), closures: self.closures, found: vec![] };
        let before = std::mem::replace(&mut self.watching, watching);
        self.plain(literal)?;
        let watched = std::mem::replace(&mut self.watching, before).found;
        self.just(Act::Mark { step: Step::Held, mark });
        if self.fail == pad {
            self.fail = outer;
        }
        self.jump(on);
        self.code.bind(pad);
        self.just(Act::Mark { step: Step::Fail, mark });
        self.jump(outer);
        self.code.bind(on);
        let end = self.taken();
        if let Some(mark) = self.shared.marks.get_mut(mark as usize) {
            mark.watched = watched.into();
            mark.own = first as Slot..end as Slot;
        }
        Ok(())
    }

    /// Notes in a traced program that something is evaluated that fails with the literal around it.
    pub(super) fn pass(&mut self, at: At) {
        if self.shared.traced {
            let mark = self.new_mark(at, false);
            self.just(Act::Mark { step: Step::Pass, mark });
        }
    }

    fn new_mark(&mut self, at: At, begins_case: bool) -> u32 {
        let (file, start, end) = (at.file, at.span.start, at.span.end);
        let quiet = self.closures > 0;
        self.shared.marks.push(Mark { file, start, end, quiet, begins_case, own: 0..0, watched: Box::default() });
        self.shared.marks.len() as u32 - 1
    }

    /// A term of the literal under way has this slot's value, where it has only one.
    pub(super) fn watch(&mut self, term: &Term, slot: Slot) {
        let one = self.watching.loops == self.open_loops() && self.watching.closures == self.closures;
        if self.shared.traced && one && !matches!(term.kind, TermKind::Constant(_)) {
            let At { span, .. } = term.at;
            self.watching.found.push(Watched { start: span.start, end: span.end, slot });
        }
    }
}

/// Whether a literal tells that a case of a table test begins.
fn begins_case(literal: &Literal) -> bool {
    match &literal.kind {
        LiteralKind::Term(Term { kind: TermKind::Call(Callee::Builtin(builtin), _), .. }) => {
            builtin.name == "internal.test_case"
        }
        _ => false,
    }
}
