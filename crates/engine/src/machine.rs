//! The machine: what an evaluation works on, and what sessions keep of it.
//!
//! The loop over ops is in [`run`]; each noun it works with has a file beside it. Vectors come in two kinds: plain ones
//! stay in the session as they are ([`Kept`]), those of values are emptied when an evaluation ends and change their
//! lifetime on the way ([`Values`]).

mod arithmetic;
mod calls;
mod choice;
mod clashes;
pub(crate) mod document;
mod extent;
mod gather;
mod kept;
mod loops;
mod memo;
mod print;
mod run;
mod settle;
pub(crate) mod trace;
mod walk;
mod with;

use std::sync::atomic::Ordering;

use lictor_ir::{Path, Program, RoutineKind};
use lictor_value::{Arena, Fault, Halt, Value, effort};

use crate::error::{Error, ErrorKind, Location};
use crate::linked::{Linked, location};
use crate::session::{Input, Limits, Options};

use document::Document;
use gather::Gather;
pub(crate) use kept::{Kept, Values};
use memo::Memo;

/// Values, each with where in the source it comes from.
pub(crate) type Located<'v> = Vec<(Value<'v>, Location)>;

/// More sources than these are not noted.
const MOST_SOURCES: usize = 10_000;

/// Parts of values that may be looked at beside one for 16 steps.
const EFFORT: u64 = 1 << 24;

/// Steps between two looks at the limits.
const STRIDE: u32 = 1024;

/// A caller that waits.
#[derive(Clone, Copy)]
struct Frame {
    /// The calling op: it knows where the answer goes and where undefined goes.
    at: u32,
    /// What runs: the routine called, or the one that replaces it.
    routine: u32,
    /// The routine that calls.
    caller: u32,
    /// The caller's first slot and loop, and one past its last ones.
    base: u32,
    top: u32,
    loops: u32,
    loops_top: u32,
    /// For calls that are remembered, the entry; for documents, how far they are.
    extra: u32,
    /// The caller's part of the mocks.
    mocks: u32,
    /// Where the called routine's arms found, and levels of walks, begin.
    found: u32,
    levels: u32,
}

/// No entry, in [`Frame::extra`].
const NONE: u32 = u32::MAX;

/// One evaluation.
pub(crate) struct Machine<'v, 'm> {
    arena: &'v Arena,
    linked: &'v Linked,
    program: &'v Program,
    constants: &'v [Value<'v>],
    input: Document<'v>,
    data: &'v [Value<'v>],
    fixed: &'v [Value<'v>],
    kept: &'m mut Kept,
    pub(crate) values: Values<'v>,
    options: &'m Options<'m>,
    limits: &'m Limits,
    /// Steps that remain after the present stride.
    steps: u64,
    /// When to end, in the host's ticks.
    deadline: Option<i64>,
    /// Why the last op has no value, where a builtin failed.
    fault: Option<(&'static str, Fault)>,
    /// The generation of memos, and the number of the next version of calls.
    memo: Memo,
    /// Where the mocks begin that are seen now: those before are switched off by a replacement.
    mocks: u32,
    /// Whether nothing of an earlier evaluation is left but what it remembered.
    clean: bool,
    /// The choice whose arms the caller knows.
    told: Option<u32>,
    /// Of a routine that is asked where its values come from: each value, and the op that gave it.
    sources: Option<Vec<(Value<'v>, usize)>>,
    /// Keys of partial rules with two values.
    clashes: Vec<clashes::Clashing<'v>>,
    /// Of a traced program, what was noted.
    trace: Option<Box<trace::Trace<'v>>>,
}

type Outcome<T> = Result<T, Box<Error>>;

impl<'v, 'm> Machine<'v, 'm> {
    pub(crate) fn new(
        arena: &'v Arena,
        limits: &'m Limits,
        linked: &'v Linked,
        input: Input<'v>,
        options: &'m Options<'m>,
        kept: &'m mut Kept,
        values: Values<'v>,
    ) -> Self {
        let program: &'v Program = linked.program();
        let constants = program.constants();
        if kept.hints.len() < constants.len() {
            kept.hints.resize(constants.len(), 0);
        }
        kept.scratch.begin();
        if let Some(now) = options.now_ns {
            kept.scratch.set_now_ns(now);
        }
        let memo = kept.memo.begin(program.routines.len());
        Machine {
            arena,
            linked,
            program,
            constants,
            input: Document::new(input),
            data: linked.data(),
            fixed: linked.fixed(),
            kept,
            values,
            options,
            limits,
            steps: 0,
            deadline: None,
            fault: None,
            memo,
            mocks: 0,
            clean: false,
            told: None,
            sources: None,
            clashes: vec![],
            trace: None,
        }
    }

    /// Evaluates a routine with all the steps and time that the limits allow.
    pub(crate) fn ask(&mut self, routine: u32) -> Outcome<Option<Value<'v>>> {
        if !self.clean {
            self.clear();
        }
        let is_rule = self.program.routines[routine as usize].kind == RoutineKind::Rule;
        if is_rule && let Some(known) = self.memo.rule(&self.kept.memo, &self.values.memo, routine) {
            self.told = None;
            self.whole(routine)?;
            return Ok((!known.is_absent()).then_some(known));
        }
        self.steps = self.limits.steps;
        if let Some(longest) = self.limits.deadline {
            let longest = i64::try_from(longest.as_nanos()).unwrap_or(i64::MAX);
            self.deadline = Some(self.options.host.tick_ns().saturating_add(longest));
            self.kept.scratch.set_deadline(self.deadline);
        }
        let mut stack = std::mem::take(&mut self.values.stack);
        let effort = effort::limit(self.limits.steps / 16 + EFFORT);
        let mut answer = self.run(&mut stack, routine);
        self.told = None;
        if effort.lift() {
            // What was compared or printed since then is worth nothing.
            answer = Err(halt(Halt::Steps));
        } else if let Ok(Some(value)) = &answer
            && !effort::fits(*value, (self.limits.memory / size_of::<Value<'_>>()) as u64)
        {
            answer = Err(halt(Halt::Memory));
        }
        self.values.stack = stack;
        self.clean = answer.is_ok();
        if is_rule && let Ok(value) = &answer {
            self.memo.remember(&mut self.kept.memo, &mut self.values.memo, routine, *value);
            if !self.clashes.is_empty() {
                self.clashes_remembered(routine);
                self.whole(routine)?;
            }
        }
        answer
    }

    /// Evaluates a routine, and notes where in the source its value, or each element of it, comes from.
    pub(crate) fn ask_why(&mut self, routine: u32) -> Outcome<(Option<Value<'v>>, Located<'v>)> {
        let known = self.memo.rule(&self.kept.memo, &self.values.memo, routine).is_some();
        self.sources = Some(vec![]);
        let answer = self.ask(routine);
        let noted = self.sources.take().unwrap_or_default();
        let answer = answer?;
        // What was known already was not evaluated.
        if known && answer.is_some() {
            return Ok((answer, self.sources(routine)?));
        }
        Ok((answer, self.located(noted)))
    }

    /// Evaluates a routine once more, to learn where in the source its value, or each element of it, comes from. What other
    /// routines found out is known by now.
    pub(crate) fn sources(&mut self, routine: u32) -> Outcome<Located<'v>> {
        if !self.clean {
            self.clear();
        }
        self.steps = self.limits.steps;
        self.sources = Some(vec![]);
        let mut stack = std::mem::take(&mut self.values.stack);
        let answer = self.run(&mut stack, routine);
        self.values.stack = stack;
        self.clean = answer.is_ok();
        let sources = self.sources.take().unwrap_or_default();
        answer?;
        self.unremembered(routine)?;
        Ok(self.located(sources))
    }

    /// Values with the places of the ops that they come from.
    fn located(&self, noted: Vec<(Value<'v>, usize)>) -> Located<'v> {
        let placed = |(value, at): (_, usize)| Some((value, location(self.program, *self.program.places.get(at)?)));
        noted.into_iter().filter_map(placed).collect()
    }

    /// Notes where a value of the routine asked comes from.
    #[cold]
    fn note_source(&mut self, value: Value<'v>, at: usize) {
        if !self.kept.frames.is_empty() || self.kept.gather.depth() > 1 {
            return;
        }
        if let Some(sources) = self.sources.as_mut().filter(|sources| sources.len() < MOST_SOURCES) {
            sources.push((value, at));
        }
    }

    /// Forgets what an evaluation that ended in an error, or in another session's midst, left behind.
    fn clear(&mut self) {
        let kept = &mut *self.kept;
        kept.frames.clear();
        kept.firsts.clear();
        kept.found.clear();
        kept.gather.begin();
        self.values.gather.clear();
        self.values.settle.clear();
        self.values.levels.clear();
        if let Some((input, data)) = self.values.with.clear() {
            (self.input, self.data) = (input, data);
        }
        self.mocks = 0;
        self.fault = None;
        self.clashes.retain(clashes::Clashing::is_remembered);
        if !kept.with.is_empty() {
            self.clashes.clear();
            kept.with.begin();
            self.values.memo.clear();
            self.memo = kept.memo.begin(self.program.routines.len());
        }
    }

    /// Takes the next stride of steps, after a look at all limits.
    #[cold]
    #[inline(never)]
    fn refill(&mut self) -> Outcome<u32> {
        if self.options.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            return Err(halt(Halt::Cancelled));
        }
        if self.deadline.is_some_and(|end| self.options.host.tick_ns() > end) {
            return Err(halt(Halt::Deadline));
        }
        self.check_memory()?;
        if self.steps == 0 {
            return Err(halt(Halt::Steps));
        }
        let stride = self.steps.min(u64::from(STRIDE)) as u32;
        self.steps -= u64::from(stride);
        Ok(stride)
    }

    /// Whether values and unfinished collections together are within the limit.
    #[inline]
    fn check_memory(&self) -> Outcome<()> {
        if self.arena.used() + self.values.bytes() > self.limits.memory { Err(halt(Halt::Memory)) } else { Ok(()) }
    }

    /// Whether there is room for `n` more values.
    #[inline]
    fn reserve(&self, n: usize) -> Outcome<()> {
        if self.arena.has_room((n * size_of::<Value<'_>>()).saturating_add(self.values.bytes())) {
            Ok(())
        } else {
            Err(halt(Halt::Memory))
        }
    }

    /// The builders.
    #[inline(always)]
    fn gather(&mut self) -> Gather<'_, 'v> {
        Gather { elements: &mut self.values.gather, tables: &mut self.kept.gather }
    }

    /// Closes the innermost builder.
    fn finish(&mut self) -> Value<'v> {
        let arena = self.arena;
        self.gather().finish(arena)
    }

    /// An error at the op there.
    #[cold]
    fn error(&self, at: usize, kind: ErrorKind) -> Box<Error> {
        Box::new(Error { kind, at: self.program.places.get(at).map(|place| location(self.program, *place)) })
    }

    /// `of` at a constant key.
    #[inline(always)]
    fn field(&mut self, of: Value<'v>, key: u32) -> Option<Value<'v>> {
        of.get_near(self.constants[key as usize], &mut self.kept.hints[key as usize])
    }

    /// `of` below a path of constant keys.
    #[inline]
    fn below(&mut self, of: Value<'v>, path: &Path) -> Option<Value<'v>> {
        let mut at = of;
        for key in &path.0 {
            at = self.field(at, *key)?;
        }
        (!at.is_absent()).then_some(at)
    }

    /// `input` at a path of the program.
    #[inline(always)]
    fn input_at(&mut self, path: u32) -> Option<Value<'v>> {
        match self.input {
            Document::Paths(values) => values.get(path as usize).copied().filter(|value| !value.is_absent()),
            Document::Tree(root) => self.below(root, &self.program.paths[path as usize]),
        }
    }

    /// Base data at a path of the program.
    #[inline(always)]
    fn data_at(&self, path: u32) -> Option<Value<'v>> {
        self.data.get(path as usize).copied().filter(|value| !value.is_absent())
    }

    /// The value of a rule that is the same for every input.
    #[inline(always)]
    fn fixed(&self, routine: u32) -> Option<Value<'v>> {
        self.fixed.get(routine as usize).copied().filter(|value| !value.is_absent())
    }
}

#[cold]
fn halt(why: Halt) -> Box<Error> {
    Box::new(Error { kind: ErrorKind::Halt(why), at: None })
}
