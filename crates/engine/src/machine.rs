//! The machine: what an evaluation works on, and what sessions keep of it.
//!
//! The loop over ops is in [`run`]; each noun it works with has a file beside it. Vectors come in two kinds: plain ones
//! stay in the session as they are ([`Kept`]), those of values are emptied when an evaluation ends and change their
//! lifetime on the way ([`Values`]).

mod arithmetic;
mod clashes;
pub(crate) mod document;
mod extent;
mod gather;
mod memo;
mod print;
mod run;
mod settle;
pub(crate) mod trace;
mod walk;
mod with;

use std::sync::atomic::Ordering;

use lictor_ir::{Path, Program, RoutineKind, Source};
use lictor_value::{Arena, Builtin, Context, Fault, Halt, Scratch, Value, effort};

use crate::error::{Error, ErrorKind, Location};
use crate::linked::{Linked, location};
use crate::session::{Input, Limits, Options};

use document::Document;
use gather::Gather;
use memo::Memo;
use walk::Level;

/// Values, each with where in the source it comes from.
pub(crate) type Located<'v> = Vec<(Value<'v>, Location)>;

/// More sources than these are not noted.
const MOST_SOURCES: usize = 10_000;

/// Parts of values that may be looked at beside one for 16 steps.
const EFFORT: u64 = 1 << 24;

/// Steps between two looks at the limits.
const STRIDE: u32 = 1024;

/// What a session keeps between evaluations as it is.
#[derive(Default)]
pub(crate) struct Kept {
    memo: memo::Stamps,
    gather: gather::Tables,
    with: with::Saved,
    frames: Vec<Frame>,
    firsts: Vec<settle::First>,
    /// Where each constant was last found as a key of an object.
    hints: Vec<u32>,
    /// Arms that can hold, of all choices in progress.
    found: Vec<u32>,
    /// Arms that can hold, of [`Machine::told`].
    told: Vec<u32>,
    buffer: Vec<u8>,
    scratch: Scratch,
    /// Working memory of choosers, by the number of their [`Linked`].
    choosers: Vec<(u64, Box<dyn std::any::Any + Send>)>,
}

/// Vectors of values.
#[derive(Default)]
pub(crate) struct Values<'v> {
    pub(crate) stack: Stack<'v>,
    memo: memo::Known<'v>,
    gather: gather::Elements<'v>,
    with: with::Replaced<'v>,
    settle: Vec<settle::Conflict<'v>>,
    levels: Vec<Level<'v>>,
    /// Free for any op.
    scratch: Vec<Value<'v>>,
    pairs: Vec<(Value<'v>, Value<'v>)>,
}

/// The slots and loops of all routines in progress, each routine's above its caller's.
#[derive(Default)]
pub(crate) struct Stack<'v> {
    slots: Vec<Value<'v>>,
    loops: Vec<Loop<'v>>,
}

/// A loop, walk or choice in progress.
#[derive(Clone, Copy)]
struct Loop<'v> {
    /// Keys, where they are not positions.
    keys: &'v [Value<'v>],
    vals: &'v [Value<'v>],
    /// The position; of walks the first level, of choices the position among what was found or all arms.
    at: u32,
    /// Of walks, one past the last level; of choices, the end.
    end: u32,
    kind: LoopKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LoopKind {
    Elements,
    Walk,
    /// Among the arms found.
    Choice,
    /// Among all arms.
    Arms,
}

const IDLE: Loop<'static> = Loop { keys: &[], vals: &[], at: 0, end: 0, kind: LoopKind::Elements };

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

    /// Tells which arms of a choice can hold: for the next routine asked, which begins with it.
    pub(crate) fn tell(&mut self, choice: u32, arms: impl Iterator<Item = u32>) {
        self.told = Some(choice);
        self.kept.told.clear();
        self.kept.told.extend(arms);
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

    /// Calls a builtin; where it gives nothing, [`Machine::check_fault`] says whether evaluation goes on.
    #[inline(always)]
    fn call(&mut self, at: usize, call: u32, args: &[Value<'v>]) -> Option<Value<'v>> {
        let call = &self.program.calls[call as usize];
        if call.builtin.placed {
            self.tell_place(at);
        }
        let mut cx = Context {
            arena: self.arena,
            buffer: &mut self.kept.buffer,
            host: self.options.host,
            scratch: &mut self.kept.scratch,
            prepared: call.prepared.as_deref(),
            fault: None,
        };
        let answer = (call.builtin.run)(&mut cx, args);
        if answer.is_none() {
            let fault = cx.fault;
            self.note(call.builtin, fault);
        }
        answer
    }

    /// Lets the builtin that is called know where its call stands.
    #[cold]
    fn tell_place(&mut self, at: usize) {
        let place = self.program.places.get(at).map(|place| location(self.program, *place));
        self.kept.scratch.set_place(match place {
            Some(Location { file, row, col }) if file.is_empty() => format!("{row}:{col}"),
            Some(Location { file, row, .. }) => format!("{file}:{row}"),
            None => String::new(),
        });
    }

    #[cold]
    fn note(&mut self, builtin: &'static Builtin, fault: Option<Fault>) {
        self.fault = fault.map(|fault| (builtin.name, fault));
    }

    /// After an op gave nothing: an error where a limit was passed, or a builtin failed and evaluation is strict.
    #[inline]
    fn check_fault(&mut self, at: usize) -> Outcome<()> {
        if self.fault.is_none() { Ok(()) } else { self.raise_fault(at) }
    }

    #[cold]
    fn raise_fault(&mut self, at: usize) -> Outcome<()> {
        let strict = self.options.strict_builtin_errors;
        let Some((name, fault)) = self.fault.take() else { return Ok(()) };
        let name = name.into();
        let kind = match fault {
            Fault::Halt(why) => ErrorKind::Halt(why),
            Fault::Unsupported => ErrorKind::Unsupported { name },
            Fault::Fatal { code, text } => ErrorKind::Fatal { code, text },
            _ if !strict => return Ok(()),
            Fault::Failed(text) => ErrorKind::Builtin { name, text },
            wrong => ErrorKind::Operand { name, text: wrong.to_string().into() },
        };
        Err(self.error(at, kind))
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

    /// Finds the arms of a choice that can hold: a loop over them, and the first one.
    #[inline]
    fn choose(&mut self, choice: u32, slots: &[Value<'v>]) -> Option<(Loop<'v>, u32)> {
        if self.told == Some(choice) {
            self.told = None;
            let start = self.kept.found.len() as u32;
            self.kept.found.extend_from_slice(&self.kept.told);
            let first = *self.kept.told.first()?;
            let end = self.kept.found.len() as u32;
            return Some((Loop { at: start, end, kind: LoopKind::Choice, ..IDLE }, first));
        }
        let arms = self.program.choices[choice as usize].arms.len() as u32;
        let linked = self.linked;
        let chooser = linked.chooser();
        let Some((chooser, sources)) = chooser.and_then(|c| Some((c, c.sources(choice)?))) else {
            return (arms > 0).then_some((Loop { end: arms, kind: LoopKind::Arms, ..IDLE }, 0));
        };
        let mut looked_at = std::mem::take(&mut self.values.scratch);
        looked_at.clear();
        for source in sources {
            let value = match *source {
                Source::Input(path) => self.input_at(path),
                Source::Data(path) => self.data_at(path),
                Source::Argument(slot) => slots.get(slot as usize).copied(),
                Source::Below(slot, path) => match slots.get(slot as usize) {
                    Some(value) => self.below(*value, &self.program.paths[path as usize]),
                    None => None,
                },
            };
            looked_at.push(value.unwrap_or(Value::ABSENT));
        }
        let start = self.kept.found.len();
        let kept = &mut *self.kept;
        let scratch = scratch_of(&mut kept.choosers, linked);
        chooser.candidates(choice, &looked_at, scratch, &mut kept.found);
        self.values.scratch = looked_at;
        let first = *self.kept.found.get(start)?;
        let end = self.kept.found.len() as u32;
        Some((Loop { at: start as u32, end, kind: LoopKind::Choice, ..IDLE }, first))
    }

    /// The next arm of a choice.
    #[inline]
    fn next_choice(&mut self, choice: &mut Loop<'v>) -> Option<u32> {
        choice.at += 1;
        if choice.at < choice.end {
            return match choice.kind {
                LoopKind::Choice => self.kept.found.get(choice.at as usize).copied(),
                _ => Some(choice.at),
            };
        }
        None
    }
}

/// A session works with few programs at a time: the oldest one's memory goes when there are more than this.
const CHOOSERS: usize = 8;

fn scratch_of<'a>(
    choosers: &'a mut Vec<(u64, Box<dyn std::any::Any + Send>)>,
    linked: &Linked,
) -> &'a mut (dyn std::any::Any + Send) {
    let at = match choosers.iter().position(|(number, _)| *number == linked.number()) {
        Some(at) => at,
        None => {
            if choosers.len() == CHOOSERS {
                choosers.remove(0);
            }
            let scratch: Box<dyn std::any::Any + Send> =
                linked.chooser().map_or_else(|| Box::new(()) as Box<_>, |chooser| chooser.scratch());
            choosers.push((linked.number(), scratch));
            choosers.len() - 1
        }
    };
    &mut *choosers[at].1
}

#[cold]
fn halt(why: Halt) -> Box<Error> {
    Box::new(Error { kind: ErrorKind::Halt(why), at: None })
}

impl Values<'_> {
    /// Bytes in use besides the arena's.
    #[inline]
    fn bytes(&self) -> usize {
        self.gather.bytes()
            + self.memo.bytes()
            + self.levels.len() * size_of::<Level<'_>>()
            + self.settle.len() * size_of::<settle::Conflict<'_>>()
    }

    /// The same vectors, empty, for another lifetime.
    pub(crate) fn emptied<'w>(self) -> Values<'w> {
        Values {
            stack: Stack { slots: emptied(self.stack.slots), loops: emptied(self.stack.loops) },
            memo: self.memo.emptied(),
            gather: self.gather.emptied(),
            with: self.with.emptied(),
            settle: emptied(self.settle),
            levels: emptied(self.levels),
            scratch: emptied(self.scratch),
            pairs: emptied(self.pairs),
        }
    }
}

/// An empty vector for another lifetime in the same memory: collecting in place keeps the allocation.
#[inline(always)]
fn emptied<A, B>(mut old: Vec<A>) -> Vec<B> {
    if old.capacity() == 0 {
        return Vec::new();
    }
    old.clear();
    old.into_iter().map(|_| unreachable!("the vector is empty")).collect()
}

impl<'v> Loop<'v> {
    /// A loop over a collection, at its first element; `None` where there is none.
    #[inline(always)]
    fn over(of: Value<'v>) -> Option<Self> {
        let (keys, vals) = elements(of)?;
        Some(Loop { keys, vals, ..IDLE })
    }

    #[inline(always)]
    fn val(&self) -> Value<'v> {
        self.vals[self.at as usize]
    }

    #[inline(always)]
    fn key(&self) -> Value<'v> {
        if self.keys.is_empty() { Value::int(i64::from(self.at)) } else { self.keys[self.at as usize] }
    }

    /// Moves on; whether there is an element.
    #[inline(always)]
    fn next(&mut self) -> bool {
        self.at += 1;
        (self.at as usize) < self.vals.len()
    }
}

/// Keys (none where they are positions) and values of a collection that has some.
#[inline(always)]
fn elements<'v>(of: Value<'v>) -> Option<(&'v [Value<'v>], &'v [Value<'v>])> {
    use lictor_value::View;
    let (keys, vals): (&[Value<'v>], &[Value<'v>]) = match of.view() {
        View::Array(items) => (&[], items),
        View::Set(set) => (set.items(), set.items()),
        View::Object(object) => (object.keys().items(), object.vals()),
        _ => return None,
    };
    (!vals.is_empty()).then_some((keys, vals))
}
