//! The verifier: whether a program keeps the rules that the engine relies on.
//!
//! Each routine is walked along all its paths with what is known at each op: which slots are written, which loops run,
//! which builders and `with`s are open. Where paths meet, slots and loops are those of both; builders and `with`s must be
//! the same. The engine is safe without it (nothing it does can touch memory it should not), but a program that fails here
//! may panic or answer wrongly. It runs on every program in tests.

use std::collections::HashSet;
use std::fmt;

use crate::op::{Act, Kind, Label, NO_SLOT, NOWHERE, Op, Slot};
use crate::program::{Program, Replacement, Routine, RoutineKind, Target};

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

/// Calls `read` with every slot that an op reads.
fn for_reads(program: &Program, act: Act, mut read: impl FnMut(Slot)) {
    let mut range = |first: Slot, n: usize| (0..n).for_each(|i| read(first.saturating_add(i as Slot)));
    let args = |call: u32| program.calls[call as usize].builtin.args.len();
    match act {
        Act::Move { src: a, .. }
        | Act::Field { of: a, .. }
        | Act::Holds { a }
        | Act::IsFalse { a }
        | Act::Shape { a, .. }
        | Act::Collection { a }
        | Act::IsObject { a }
        | Act::InputOr { dst: a, .. }
        | Act::Each { of: a, .. }
        | Act::EachPair { of: a, .. }
        | Act::EachWalk { of: a, .. }
        | Act::Emit { v: a }
        | Act::Known { a }
        | Act::Switch { on: a, .. }
        | Act::Ask { first: a, .. }
        | Act::Lookup { first: a, .. }
        | Act::Return { v: a } => range(a, 1),
        Act::Get { of: a, key: b, .. }
        | Act::Find { of: a, key: b, .. }
        | Act::FieldOr { of: a, dst: b, .. }
        | Act::Eq { a, b }
        | Act::Ne { a, b }
        | Act::Lt { a, b }
        | Act::Le { a, b }
        | Act::Gt { a, b }
        | Act::Ge { a, b }
        | Act::In { a, of: b }
        | Act::NotIn { a, of: b }
        | Act::Add { a, b, .. }
        | Act::Sub { a, b, .. }
        | Act::Mul { a, b, .. }
        | Act::Div { a, b, .. }
        | Act::Rem { a, b, .. }
        | Act::EmitPair { k: a, v: b }
        | Act::EmitEntry { k: a, v: b }
        | Act::Settle { dst: a, v: b } => {
            range(a, 1);
            range(b, 1);
        }
        Act::Array { first, n, .. } | Act::Set { first, n, .. } | Act::Print { first, n } => range(first, n as usize),
        Act::Object { first, n, .. } => range(first, 2 * n as usize),
        Act::EmitAt { first, n, .. } => range(first, n as usize + 1),
        Act::Test { first, call } | Act::Call { first, call } => range(first, args(call)),
        Act::Func { first, routine } => range(first, program.routines[routine as usize].args as usize),
        Act::Enter { first, with } => {
            let with = &program.withs[with as usize];
            let values = with.mocks.iter().map(|mock| match mock.by {
                Replacement::Value(n) => n as usize + 1,
                _ => 0,
            });
            range(first, values.max().unwrap_or(0).max(with.targets.len()));
        }
        Act::Const { .. }
        | Act::Input { .. }
        | Act::Data { .. }
        | Act::Rule { .. }
        | Act::Extent { .. }
        | Act::Names { .. }
        | Act::Next { .. }
        | Act::NextPair { .. }
        | Act::NextWalk { .. }
        | Act::Begin { .. }
        | Act::Finish { .. }
        | Act::Clear { .. }
        | Act::Leave
        | Act::Jump
        | Act::Choose { .. }
        | Act::NextChoice { .. }
        | Act::Mark { .. }
        | Act::Undefined => {}
    }
}

/// The slots that an op writes where it does not fail.
fn writes(act: Act) -> [Option<Slot>; 2] {
    match act {
        Act::Const { dst, .. }
        | Act::Move { dst, .. }
        | Act::Input { dst, .. }
        | Act::Data { dst, .. }
        | Act::Field { dst, .. }
        | Act::Get { dst, .. }
        | Act::Find { dst, .. }
        | Act::Array { dst, .. }
        | Act::Set { dst, .. }
        | Act::Object { dst, .. }
        | Act::Add { dst, .. }
        | Act::Sub { dst, .. }
        | Act::Mul { dst, .. }
        | Act::Div { dst, .. }
        | Act::Rem { dst, .. }
        | Act::Call { first: dst, .. }
        | Act::Func { first: dst, .. }
        | Act::Rule { dst, .. }
        | Act::Ask { first: dst, .. }
        | Act::Lookup { first: dst, .. }
        | Act::Extent { dst, .. }
        | Act::Names { dst, .. }
        | Act::Each { val: dst, .. }
        | Act::Next { val: dst, .. }
        | Act::Finish { dst }
        | Act::Settle { dst, .. }
        | Act::Clear { dst } => [Some(dst), None],
        Act::EachPair { key, val, .. } | Act::NextPair { key, val, .. } => [Some(key), Some(val)],
        Act::EachWalk { path, val, .. } | Act::NextWalk { path, val, .. } => {
            [Some(val), (path != NO_SLOT).then_some(path)]
        }
        _ => [None, None],
    }
}

fn loop_of(act: Act) -> Option<u8> {
    match act {
        Act::Each { it, .. }
        | Act::EachPair { it, .. }
        | Act::EachWalk { it, .. }
        | Act::Next { it, .. }
        | Act::NextPair { it, .. }
        | Act::NextWalk { it, .. }
        | Act::Choose { it, .. }
        | Act::NextChoice { it, .. } => Some(it),
        _ => None,
    }
}

/// Whether an op may go to its label, loops and control aside.
fn may_fail(act: Act) -> bool {
    !matches!(
        act,
        Act::Const { .. }
            | Act::Move { .. }
            | Act::Array { .. }
            | Act::Set { .. }
            | Act::Object { .. }
            | Act::Names { .. }
            | Act::InputOr { .. }
            | Act::Settle { .. }
            | Act::Clear { .. }
            | Act::Print { .. }
            | Act::Mark { .. }
    )
}

/// What the tables name exists.
fn check_tables(program: &Program, faults: &mut Vec<Fault>) {
    let mut fault = |what: String| faults.push(Fault { routine: "program".into(), at: None, what: what.into() });
    let constants = program.constants().len();
    let routines = program.routines.len() as u32;
    let all_paths = program.paths.iter().chain(program.rules.iter().map(|rule| &rule.path));
    if all_paths.flat_map(|path| path.0.iter()).chain(&program.keys).any(|key| *key as usize >= constants) {
        fault("a path or key names a constant that is not there".to_owned());
    }
    let mut parents = vec![None; program.nodes.len()];
    for (id, node) in program.nodes.iter().enumerate() {
        for (_, child) in &node.children {
            match parents.get_mut(*child as usize) {
                Some(parent @ None) => *parent = Some(id),
                _ => fault(format!("node {id} has the child {child}, which is not there, or another node's")),
            }
        }
        if node.path as usize >= program.paths.len() || node.rule.is_some_and(|rule| rule >= routines) {
            fault(format!("node {id} names a path or rule that is not there"));
        }
        if node.children.iter().any(|(name, _)| *name as usize >= constants) {
            fault(format!("node {id} names a constant that is not there"));
        }
    }
    let above = |id: &usize| parents[*id];
    if (0..parents.len()).any(|id| std::iter::successors(Some(id), above).nth(parents.len()).is_some()) {
        fault("a node is below itself".to_owned());
    }
    for (id, with) in program.withs.iter().enumerate() {
        let of_targets = with.targets.iter().flat_map(|target| match target {
            Target::Input(_) => &[][..],
            Target::Data { rules, .. } => rules,
        });
        let of_mocks = with.mocks.iter().filter_map(|mock| match mock.by {
            Replacement::Routine(routine) => Some(routine),
            _ => None,
        });
        let named = of_targets.map(|(rule, _)| *rule).chain(with.drops.iter().copied()).chain(of_mocks);
        if named.into_iter().any(|routine| routine >= routines) {
            fault(format!("with {id} names a routine that is not there"));
        }
    }
    for entry in &program.entries {
        match program.routines.get(entry.routine as usize) {
            Some(routine) if routine.args == 0 => {}
            _ => fault(format!("entry {} is no routine without arguments", entry.name)),
        }
    }
    if !program.entries.is_sorted_by(|a, b| a.name <= b.name) {
        fault("entries are not sorted by name".to_owned());
    }
    if !program.screens.is_sorted_by(|a, b| a.routine < b.routine) {
        fault("screens are not sorted by routine".to_owned());
    }
    for screen in &program.screens {
        if screen.choice.is_some_and(|choice| choice as usize >= program.choices.len()) {
            fault(format!("the screen of routine {} names a choice that is not there", screen.routine));
        }
        if program.guards_of(screen).any(|guard| guard.atoms.is_empty()) {
            fault(format!("the screen of routine {} has an empty guard", screen.routine));
        }
    }
}

/// The routines that a routine may call.
fn callees(program: &Program, routine: &Routine, end: Label) -> HashSet<u32> {
    let mut found = HashSet::new();
    let mut nodes = Vec::new();
    for op in &program.code[routine.start as usize..end as usize] {
        match op.act {
            Act::Func { routine, .. }
            | Act::Rule { routine, .. }
            | Act::Lookup { routine, .. }
            | Act::Ask { routine, .. } => {
                found.insert(routine);
            }
            Act::Extent { node, .. } => nodes.push(node),
            Act::Enter { with, .. } => {
                found.extend(program.withs[with as usize].mocks.iter().filter_map(|mock| match mock.by {
                    Replacement::Routine(routine) => Some(routine),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    while let Some(node) = nodes.pop() {
        let node = &program.nodes[node as usize];
        found.extend(node.rule);
        nodes.extend(node.children.iter().map(|child| child.1));
    }
    found
}

/// For each routine those it may call.
fn calls(program: &Program) -> Vec<HashSet<u32>> {
    let mut all = vec![HashSet::new(); program.routines.len()];
    for (routine, end) in program.extents() {
        let id = program.routines.iter().position(|other| std::ptr::eq(other, routine));
        if let Some(id) = id {
            all[id] = callees(program, routine, end);
        }
    }
    all
}

/// No routine calls itself, however indirectly.
fn check_cycles(program: &Program, faults: &mut Vec<Fault>) {
    // Routines whose callees are all done leave, until none is left or a cycle is.
    let calls = calls(program);
    let mut waiting: Vec<usize> = calls.iter().map(HashSet::len).collect();
    let mut callers = vec![Vec::new(); calls.len()];
    for (caller, called) in calls.iter().enumerate() {
        called.iter().for_each(|called| callers[*called as usize].push(caller));
    }
    let mut done: Vec<usize> = (0..calls.len()).filter(|routine| waiting[*routine] == 0).collect();
    while let Some(routine) = done.pop() {
        for caller in &callers[routine] {
            waiting[*caller] -= 1;
            if waiting[*caller] == 0 {
                done.push(*caller);
            }
        }
    }
    if let Some(routine) = waiting.iter().position(|waits| *waits > 0) {
        let routine = program.routines[routine].name.clone();
        faults.push(Fault { routine, at: None, what: "calls itself, or something that does".into() });
    }
}

/// The reads of each entry name every path of `input` that an op it can reach loads.
fn check_reads(program: &Program, faults: &mut Vec<Fault>) {
    let calls = calls(program);
    for entry in &program.entries {
        let mut seen = HashSet::from([entry.routine]);
        let mut ahead = vec![entry.routine];
        while let Some(routine) = ahead.pop() {
            ahead.extend(calls[routine as usize].iter().copied().filter(|called| seen.insert(*called)));
        }
        let ends = program.extents().map(|(routine, end)| (routine.start, end));
        for (start, end) in ends {
            let reached = seen.iter().any(|routine| program.routines[*routine as usize].start == start);
            let code = &program.code[start as usize..end as usize];
            let missing = code.iter().filter(|_| reached).find_map(|op| match op.act {
                Act::Input { path, .. } | Act::InputOr { path, .. } if !entry.reads.names(path) => Some(path),
                _ => None,
            });
            if let Some(path) = missing {
                let what = format!("reads leave out path {path}").into();
                faults.push(Fault { routine: entry.name.clone(), at: None, what });
            }
        }
    }
}
