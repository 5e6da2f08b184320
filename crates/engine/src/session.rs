//! The session: one thread's scratch memory, and the evaluations in it.
//!
//! [`Session::begin`] borrows the session mutably and hands out its arena shared, so the compiler sees to it that no
//! answer outlives the reset that the next `begin` starts with.

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use lictor_value::{Arena, Host, Value};

use crate::error::{Error, Location};
use crate::linked::Linked;
use crate::machine::trace::Trace;
use crate::machine::{Kept, Machine, Values};

/// How much one evaluation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that values and unfinished collections may take. All evaluations since [`Session::begin`] share them with
    /// whatever the caller put in the arena.
    pub memory: usize,
    /// Turns of loops and calls.
    pub steps: u64,
    /// Calls within calls.
    pub depth: u32,
    /// The longest an evaluation may run. Looked at every thousand steps or so.
    pub deadline: Option<Duration>,
}

/// Far above what a policy needs, and bounded: 256 MiB, a thousand million steps, 10,000 calls deep, no deadline.
impl Default for Limits {
    fn default() -> Self {
        Limits { memory: 256 << 20, steps: 1_000_000_000, depth: 10_000, deadline: None }
    }
}

/// What a policy sees as `input`.
#[derive(Clone, Copy, Debug)]
pub enum Input<'s> {
    /// Nothing: `input` is undefined.
    Undefined,
    /// A whole value.
    Tree(Value<'s>),
    /// The values at the program's paths, by path id, [`Value::ABSENT`] where undefined. Every path that the entry's
    /// [`lictor_ir::Reads`] names is filled; others may be absent or left out at the end.
    Paths(&'s [Value<'s>]),
}

/// How to evaluate.
#[derive(Clone, Copy)]
pub struct Options<'o> {
    /// The outside world.
    pub host: &'o dyn Host,
    /// Whether the first builtin that fails ends the evaluation, where it is undefined otherwise.
    pub strict_builtin_errors: bool,
    /// The instant that policies see, in ns since 1970, instead of the host's.
    pub now_ns: Option<i64>,
    /// Set by another thread to end the evaluation.
    pub cancel: Option<&'o AtomicBool>,
    /// Whether `print` prints.
    pub print: bool,
    /// How many events of a traced program to note, the first ones; usually none.
    pub events: usize,
}

impl<'o> Options<'o> {
    /// Not strict, no fixed instant, not to be cancelled, silent, without events.
    pub fn new(host: &'o dyn Host) -> Self {
        Options { host, strict_builtin_errors: false, now_ns: None, cancel: None, print: false, events: 0 }
    }
}

/// One thread's scratch memory: it grows to what evaluations need and keeps it.
pub struct Session {
    arena: Arena,
    limits: Limits,
    kept: Kept,
    /// The vectors of values between evaluations: empty, with their capacity.
    spare: Values<'static>,
}

/// The time between two resets of a session's arena: inputs are built and evaluated in it.
pub struct Evaluation<'s> {
    arena: &'s Arena,
    limits: &'s Limits,
    kept: &'s mut Kept,
    spare: &'s mut Values<'static>,
}

/// A program, its data and an input: routines asked here share what they found out.
pub struct Inquiry<'e, 's> {
    machine: Machine<'s, 'e>,
    spare: &'e mut Values<'static>,
}

impl Session {
    /// A session with these limits.
    pub fn new(limits: Limits) -> Self {
        Session { arena: Arena::with_limit(limits.memory), limits, kept: Kept::default(), spare: Values::default() }
    }

    /// Forgets the last evaluations' values and starts over.
    #[inline]
    pub fn begin(&mut self) -> Evaluation<'_> {
        self.arena.reset();
        Evaluation { arena: &self.arena, limits: &self.limits, kept: &mut self.kept, spare: &mut self.spare }
    }

    /// Evaluates one routine: [`Session::begin`] and [`Evaluation::eval`] in one.
    ///
    /// # Errors
    /// As for [`Evaluation::eval`].
    pub fn eval<'s>(
        &'s mut self,
        linked: &'s Linked,
        routine: u32,
        input: Input<'s>,
        options: &Options<'_>,
    ) -> Result<Option<Value<'s>>, Error> {
        self.begin().eval(linked, routine, input, options)
    }

    /// The most bytes that values took since the last [`Session::begin`].
    pub fn peak(&self) -> usize {
        self.arena.peak()
    }

    /// What an evaluation may take.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl<'s> Evaluation<'s> {
    /// Where inputs are built; answers are made in it too.
    #[inline(always)]
    pub fn arena(&self) -> &'s Arena {
        self.arena
    }

    /// Evaluates one routine: [`Evaluation::open`] and [`Inquiry::ask`] in one.
    ///
    /// # Errors
    /// As for [`Inquiry::ask`].
    pub fn eval(
        &mut self,
        linked: &'s Linked,
        routine: u32,
        input: Input<'s>,
        options: &Options<'_>,
    ) -> Result<Option<Value<'s>>, Error> {
        self.open(linked, input, options).ask(routine)
    }

    /// Opens a program on an input, to ask it for any number of routines.
    #[inline]
    pub fn open<'e>(&'e mut self, linked: &'s Linked, input: Input<'s>, options: &'e Options<'e>) -> Inquiry<'e, 's> {
        // Empty vectors of values that live for ever are as good as any.
        let values: Values<'s> = std::mem::take(self.spare);
        let machine = Machine::new(self.arena, self.limits, linked, input, options, self.kept, values);
        Inquiry { machine, spare: self.spare }
    }
}

impl<'s> Inquiry<'_, 's> {
    /// Evaluates a routine of the program that takes no argument: `None` where it is undefined. What other routines
    /// found out before is not evaluated again. Values live until the session begins again.
    ///
    /// # Errors
    /// Conflicts, faults of builtins where evaluation is strict, limits. Each routine asked has all steps, and all the
    /// time, that the limits allow.
    ///
    /// # Panics
    /// When the program has no such routine.
    #[inline]
    pub fn ask(&mut self, routine: u32) -> Result<Option<Value<'s>>, Error> {
        self.machine.ask(routine).map_err(|error| *error)
    }

    /// Tells which arms of a choice can hold, ascending, where the routine that is asked next begins with it: others are not
    /// tried, and no chooser is asked. There may be too many of them, never too few.
    #[inline]
    pub fn tell(&mut self, choice: u32, arms: impl Iterator<Item = u32>) {
        self.machine.tell(choice, arms);
    }

    /// As [`Inquiry::ask`], and where in the source the value comes from, or of a partial set each member: in the order of
    /// definitions, the first ten thousand. Nothing is allocated where there is no value.
    ///
    /// # Errors
    /// As for [`Inquiry::ask`].
    ///
    /// # Panics
    /// When the program has no such routine.
    #[inline]
    #[expect(clippy::type_complexity, reason = "a value, and of its parts each with its place")]
    pub fn ask_why(&mut self, routine: u32) -> Result<(Option<Value<'s>>, Vec<(Value<'s>, Location)>), Error> {
        self.machine.ask_why(routine).map_err(|error| *error)
    }

    /// Where the value of a routine comes from, as [`Inquiry::ask_why`] tells it, for a routine that was asked before: it is
    /// evaluated once more.
    ///
    /// # Errors
    /// As for [`Inquiry::ask`].
    ///
    /// # Panics
    /// When the program has no such routine.
    pub fn sources(&mut self, routine: u32) -> Result<Vec<(Value<'s>, Location)>, Error> {
        self.machine.sources(routine).map_err(|error| *error)
    }
}

impl<'s> Inquiry<'_, 's> {
    /// Of a traced program, what was noted since this inquiry was opened or last asked for it: after a failed
    /// [`Inquiry::ask`], too. Of any other program, nothing.
    pub fn traced(&mut self) -> Trace<'s> {
        self.machine.traced()
    }
}

impl Drop for Inquiry<'_, '_> {
    #[inline]
    fn drop(&mut self) {
        *self.spare = std::mem::take(&mut self.machine.values).emptied();
    }
}

impl fmt::Debug for Inquiry<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inquiry").finish_non_exhaustive()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl fmt::Debug for Evaluation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluation").field("limits", self.limits).finish_non_exhaustive()
    }
}
