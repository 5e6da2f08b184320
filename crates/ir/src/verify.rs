//! The verifier: whether a program keeps the rules that the engine relies on.
//!
//! Each routine is walked along all its paths with what is known at each op: which slots are written, which loops run,
//! which builders and `with`s are open. Where paths meet, slots and loops are those of both; builders and `with`s must be
//! the same. The engine is safe without it (nothing it does can touch memory it should not), but a program that fails here
//! may panic or answer wrongly. It runs on every program in tests.

mod effects;
mod reach;
mod tables;

use std::fmt;

use crate::op::{Act, Kind, Label, NOWHERE, Op};
use crate::program::{Program, Routine, RoutineKind};

use effects::{for_reads, loop_of, may_fail, writes};
use reach::{check_cycles, check_reads};
use tables::check_tables;

/// A rule that a program breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The routine.
    pub routine: Box<str>,
    /// The op, counted from the routine's first; `None` where the whole routine is meant.
    pub at: Option<Label>,
    /// What is wrong.
    pub what: Box<str>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{}: op {at}: {}", self.routine, self.what),
            None => write!(f, "{}: {}", self.routine, self.what),
        }
    }
}

/// Checks a program.
///
/// # Errors
/// All faults found; of each path through a routine the first one.
pub fn verify(program: &Program) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    if program.places.len() != program.code.len() {
        faults.push(Fault {
            routine: "program".into(),
            at: None,
            what: format!("{} places for {} ops", program.places.len(), program.code.len()).into(),
        });
    }
    for (routine, end) in program.extents() {
        check_routine(program, routine, end, &mut faults);
    }
    check_tables(program, &mut faults);
    if faults.is_empty() {
        check_cycles(program, &mut faults);
        check_reads(program, &mut faults);
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// What is known before an op, whatever path led there.
#[derive(Clone, PartialEq)]
struct State {
    written: Bits,
    loops: Bits,
    builders: Vec<Kind>,
    withs: usize,
}

#[derive(Clone, PartialEq)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(len: usize) -> Self {
        Bits(vec![0; len.div_ceil(64)])
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn set(&mut self, at: usize, to: bool) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word = *word & !(1 << (at % 64)) | u64::from(to) << (at % 64);
        }
    }

    /// Keeps what both have; whether that changed anything.
    fn meet(&mut self, other: &Bits) -> bool {
        let before = self.clone();
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
        *self != before
    }
}

/// A walk over one routine.
struct Walk<'p> {
    program: &'p Program,
    routine: &'p Routine,
    end: Label,
    states: Vec<Option<State>>,
    ahead: Vec<Label>,
}

type Checked<T = ()> = Result<T, String>;

fn check_routine(program: &Program, routine: &Routine, end: Label, faults: &mut Vec<Fault>) {
    let fault = |at: Option<Label>, what: String| Fault { routine: routine.name.clone(), at, what: what.into() };
    if routine.start >= end || end as usize > program.code.len() {
        faults.push(fault(None, "has no code".to_owned()));
        return;
    }
    if routine.args > routine.slots {
        faults.push(fault(None, "has more arguments than slots".to_owned()));
        return;
    }
    if routine.kind == RoutineKind::Ask && routine.args != 1 {
        faults.push(fault(None, "is asked for one key, and takes not one argument".to_owned()));
    }
    let mut written = Bits::new(routine.slots as usize);
    (0..routine.args as usize).for_each(|slot| written.set(slot, true));
    let first = State { written, loops: Bits::new(256), builders: Vec::new(), withs: 0 };
    let mut states = vec![None; (end - routine.start) as usize];
    states[0] = Some(first);
    let mut walk = Walk { program, routine, end, states, ahead: vec![routine.start] };
    while let Some(at) = walk.ahead.pop() {
        let Some(state) = walk.states[(at - routine.start) as usize].clone() else { continue };
        if let Err(what) = walk.step(at, state) {
            faults.push(fault(Some(at - routine.start), what));
            return;
        }
    }
}

impl Walk<'_> {
    /// Checks the op and hands on to those that may follow.
    fn step(&mut self, at: Label, state: State) -> Checked {
        let Op { act, to } = self.program.code[at as usize];
        self.check_ids(act)?;
        let mut read = Ok(());
        for_reads(self.program, act, |slot| {
            if slot >= self.routine.slots {
                read = Err(format!("reads slot {slot} of {}", self.routine.slots));
            } else if !state.written.has(slot as usize) {
                read = Err(format!("reads slot {slot}, which is not written on every path"));
            }
        });
        read?;
        let mut after = state.clone();
        for slot in writes(act).into_iter().flatten() {
            if slot >= self.routine.slots {
                return Err(format!("writes slot {slot} of {}", self.routine.slots));
            }
            after.written.set(slot as usize, true);
        }
        if let Some(it) = loop_of(act).filter(|it| *it >= self.routine.loops) {
            return Err(format!("uses loop {it} of {}", self.routine.loops));
        }
        let next = at + 1;
        match act {
            Act::Each { it, .. } | Act::EachPair { it, .. } | Act::EachWalk { it, .. } => {
                after.loops.set(it as usize, true);
                self.go(to, state)?;
                self.go(next, after)
            }
            Act::Next { it, .. } | Act::NextPair { it, .. } | Act::NextWalk { it, .. } => {
                if !state.loops.has(it as usize) {
                    return Err(format!("loop {it} is not begun on every path"));
                }
                self.go(to, after.clone())?;
                let mut done = state;
                done.loops.set(it as usize, false);
                self.go(next, done)
            }
            Act::Choose { it, choice } | Act::NextChoice { it, choice } => {
                let begins = matches!(act, Act::Choose { .. });
                if !begins && !state.loops.has(it as usize) {
                    return Err(format!("choice {it} is not begun on every path"));
                }
                after.loops.set(it as usize, true);
                for arm in &self.program.choices[choice as usize].arms {
                    self.go(arm.label, after.clone())?;
                }
                let mut done = state;
                done.loops.set(it as usize, false);
                self.go(if begins { to } else { next }, done)
            }
            Act::Switch { table, .. } => {
                let labels: Vec<Label> = self.program.tables[table as usize].arms().map(|arm| arm.1).collect();
                for label in labels {
                    self.go(label, state.clone())?;
                }
                self.go(to, state)
            }
            Act::Begin { kind } => {
                after.builders.push(kind);
                self.go(next, after)
            }
            Act::Emit { .. } | Act::EmitPair { .. } | Act::EmitEntry { .. } | Act::EmitAt { .. } => {
                let fits = match (act, after.builders.last()) {
                    (Act::Emit { .. }, Some(kind)) => matches!(kind, Kind::Array | Kind::Set { .. } | Kind::Count),
                    (Act::EmitPair { .. }, Some(kind)) => {
                        matches!(kind, Kind::Object | Kind::Groups | Kind::GroupSets)
                    }
                    (Act::EmitEntry { .. }, Some(kind)) => *kind == Kind::Object,
                    (_, Some(kind)) => *kind == Kind::Tree,
                    (_, None) => return Err("emits where no builder is open".to_owned()),
                };
                if !fits {
                    return Err(format!("does not fit the builder {:?}", after.builders.last()));
                }
                self.go(next, after)
            }
            Act::Finish { .. } => {
                if after.builders.pop().is_none() {
                    return Err("closes a builder where none is open".to_owned());
                }
                self.go(next, after)
            }
            Act::Enter { .. } => {
                after.withs += 1;
                self.go(next, after)
            }
            Act::Leave => {
                after.withs = after.withs.checked_sub(1).ok_or("leaves a with where none is entered")?;
                self.go(next, after)
            }
            Act::Return { .. } | Act::Undefined => {
                if !state.builders.is_empty() || state.withs > 0 {
                    return Err("leaves the routine with a builder or a with open".to_owned());
                }
                Ok(())
            }
            Act::Jump => self.go(to, state),
            _ if may_fail(act) => {
                self.go(to, state)?;
                self.go(next, after)
            }
            _ => self.go(next, after),
        }
    }

    /// Hands what is known on to the op at `to`.
    fn go(&mut self, to: Label, state: State) -> Checked {
        if to == NOWHERE {
            return Err("has no label".to_owned());
        }
        if to < self.routine.start || to >= self.end {
            return Err("goes outside its routine".to_owned());
        }
        match &mut self.states[(to - self.routine.start) as usize] {
            new @ None => *new = Some(state),
            Some(known) => {
                if known.builders != state.builders || known.withs != state.withs {
                    let label = to - self.routine.start;
                    return Err(format!("reaches op {label} with other builders or withs open than another path"));
                }
                let changed = known.written.meet(&state.written);
                if !(known.loops.meet(&state.loops) || changed) {
                    return Ok(());
                }
            }
        }
        self.ahead.push(to);
        Ok(())
    }

    /// Ids lie within their tables, and calls take what they are given.
    fn check_ids(&self, act: Act) -> Checked {
        let program = self.program;
        let within = |what: &str, id: usize, len: usize| {
            if id < len { Ok(()) } else { Err(format!("{what} {id} of {len}")) }
        };
        let called = |routine: u32, wanted: RoutineKind| {
            within("routine", routine as usize, program.routines.len())?;
            let found = program.routines[routine as usize].kind;
            if found == wanted { Ok(()) } else { Err(format!("calls a {found:?} as a {wanted:?}")) }
        };
        match act {
            Act::Const { k, .. } => within("constant", k as usize, program.constants().len()),
            Act::Input { path, .. } | Act::InputOr { path, .. } | Act::Data { path, .. } => {
                within("path", path as usize, program.paths.len())
            }
            Act::Field { key, .. } | Act::FieldOr { key, .. } => within("key", key as usize, program.keys.len()),
            Act::Test { call, .. } | Act::Call { call, .. } => within("call", call as usize, program.calls.len()),
            Act::Func { routine, .. } => called(routine, RoutineKind::Function),
            Act::Rule { routine, .. } | Act::Lookup { routine, .. } => called(routine, RoutineKind::Rule),
            Act::Ask { routine, .. } => called(routine, RoutineKind::Ask),
            Act::Extent { node, .. } | Act::Names { node, .. } => within("node", node as usize, program.nodes.len()),
            Act::Enter { with, .. } => within("with", with as usize, program.withs.len()),
            Act::Switch { table, .. } => within("table", table as usize, program.tables.len()),
            Act::Choose { choice, .. } | Act::NextChoice { choice, .. } => {
                within("choice", choice as usize, program.choices.len())
            }
            Act::Mark { mark, .. } => within("mark", mark as usize, program.marks.len()),
            _ => Ok(()),
        }
    }
}
