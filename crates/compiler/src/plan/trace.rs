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

use lictor_ir::{Act, Mark, Slot, Source, Step, Test, Watched};

use super::Outcome;
use super::builder::{Builder, Load};
use super::guards::branch_guard;
use super::shared::AsOpa;
use crate::hir::{At, Callee, Constant, Definition, Literal, LiteralKind, Term, TermKind};

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

    /// Notes in a traced program that a definition gives a value.
    pub(super) fn pass(&mut self, at: At) {
        if self.shared.traced {
            let mark = self.new_mark(at, false);
            if let Some(mark) = self.shared.marks.get_mut(mark as usize) {
                mark.definition = true;
            }
            self.just(Act::Mark { step: Step::Pass, mark });
        }
    }

    /// Notes in a traced program that a part of a literal is evaluated.
    pub(super) fn reach(&mut self, at: At) {
        if self.shared.traced {
            let mark = self.new_mark(at, false);
            self.just(Act::Mark { step: Step::Pass, mark });
        }
    }

    /// Asks what OPA's rule index asks before it lets a definition be evaluated: where that is to be seen, and where what the
    /// index leaves out could raise.
    pub(super) fn index_of(&mut self, definition: &Definition, body: &[Literal]) -> Outcome<()> {
        let asks = match self.shared.as_opa {
            Some(AsOpa { index, .. }) => index,
            None => self.shared.strict,
        };
        if !asks {
            return Ok(());
        }
        if self.shared.as_opa.is_none() {
            self.load_needed(definition, body)?;
        }
        let guard = branch_guard(self.shared, self.root, definition, body, &self.uses, false);
        for atom in guard.atoms.iter().filter(|atom| !atom.negated) {
            let asked = matches!(
                atom.test,
                Test::Defined
                    | Test::Truthy
                    | Test::Equal(_)
                    | Test::OneOf(_)
                    | Test::HasElement(_)
                    | Test::StartsWith(_)
                    | Test::EndsWith(_)
            );
            if !asked {
                continue;
            }
            let a = match atom.source {
                Source::Input(path) => self.load(Load::Input(path))?,
                Source::Data(path) => self.load(Load::Data(path))?,
                Source::Argument(slot) => slot,
                // It does not look below arguments.
                Source::Below(..) => continue,
            };
            match &atom.test {
                Test::Truthy => self.emit(Act::Holds { a }),
                // It knows neither objects nor sets.
                Test::Equal(k)
                    if matches!(self.shared.constants.get(*k), Some(Constant::Object(_) | Constant::Set(_))) => {}
                Test::Equal(k) => {
                    let b = self.load(Load::Const(*k))?;
                    self.emit(Act::Eq { a, b });
                }
                Test::HasElement(k) => {
                    let item = self.load(Load::Const(*k))?;
                    self.emit(Act::In { a: item, of: a });
                }
                Test::OneOf(constants) => {
                    let first = self.slots(constants.len().max(1))?;
                    for (k, dst) in constants.iter().zip(first..) {
                        self.just(Act::Const { dst, k: *k });
                    }
                    let of = self.slot()?;
                    self.just(Act::Array { dst: of, first, n: constants.len() as u16 });
                    self.emit(Act::In { a, of });
                }
                Test::StartsWith(k) => self.affix("startswith", a, *k)?,
                Test::EndsWith(k) => self.affix("endswith", a, *k)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn affix(&mut self, name: &str, text: Slot, k: u32) -> Outcome<()> {
        let Some(builtin) = self.shared.registry.get(name) else { return Ok(()) };
        let first = self.slots(2)?;
        self.just(Act::Move { dst: first, src: text });
        self.just(Act::Const { dst: first + 1, k });
        let call = self.shared.plain_call(builtin);
        self.emit(Act::Test { first, call });
        Ok(())
    }

    fn new_mark(&mut self, at: At, begins_case: bool) -> u32 {
        let (file, start, end) = (at.file, at.span.start, at.span.end);
        let quiet = self.closures > 0;
        self.shared.marks.push(Mark {
            file,
            start,
            end,
            definition: false,
            quiet,
            begins_case,
            own: 0..0,
            watched: Box::default(),
        });
        self.shared.marks.len() as u32 - 1
    }

    /// The literal under way is explained by what explains the one at that mark.
    pub(super) fn watch_as(&mut self, mark: usize) {
        let watched = self.shared.marks.get(mark).map(|mark| mark.watched.to_vec()).unwrap_or_default();
        self.watching.found.extend(watched);
    }

    /// A call's result, out of its first argument's place, so that neither is taken for the other.
    pub(super) fn result_of(&mut self, first: Slot, want: Option<Slot>) -> Outcome<Slot> {
        if !self.shared.traced {
            return Ok(first);
        }
        let dst = self.wanted(want)?;
        self.just(Act::Move { dst, src: first });
        Ok(dst)
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
