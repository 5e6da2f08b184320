//! The loop over ops: one `match`, an explicit stack of callers, no recursion in Rust.

use lictor_ir::{Act, NO_SLOT, Op};
use lictor_value::{Halt, Object, Set, Value, View, number, same};

use super::arithmetic::less;
use super::document::find;
use super::kept::Stack;
use super::loops::{IDLE, Loop};
use super::memo::Remembered;
use super::with::Mocked;
use super::{Frame, Machine, NONE, Outcome, halt, walk};
use crate::error::ErrorKind;

impl<'v> Machine<'v, '_> {
    /// Runs a routine to its end.
    pub(crate) fn run(&mut self, stack: &mut Stack<'v>, routine: u32) -> Outcome<Option<Value<'v>>> {
        let program = self.program;
        let code: &[Op] = &program.code;
        let constants = self.constants;
        let (slots, loops) = (&mut stack.slots, &mut stack.loops);
        let first = &program.routines[routine as usize];

        // The routine in progress: what it is, where its slots and loops are, and where it stands.
        let mut current = routine;
        let (mut base, mut top) = (0, first.slots as usize);
        let (mut loops_base, mut loops_top) = (0, first.loops as usize);
        let mut at = first.start as usize;
        slots.resize(top, Value::NULL);
        loops.resize(loops_top, IDLE);
        let mut w: &mut [Value<'v>] = &mut slots[..];
        let mut its: &mut [Loop<'v>] = &mut loops[..];
        // Where its levels of walks begin.
        let mut levels = 0u32;
        // How far the document is that a rule's end returns to.
        let mut resume = 0u32;
        let mut fuel = self.refill()?;

        /// The slot's value.
        macro_rules! r {
            ($slot:expr) => {
                w[$slot as usize]
            };
        }
        macro_rules! it {
            ($it:expr) => {
                its[$it as usize]
            };
        }
        macro_rules! jump {
            ($to:expr) => {{
                at = $to as usize;
                continue;
            }};
        }
        /// Stores what is defined, or fails.
        macro_rules! set {
            ($dst:expr, $value:expr, $to:expr) => {
                match $value {
                    Some(value) => r!($dst) = value,
                    None => jump!($to),
                }
            };
        }
        /// Stores what a builtin gave; where it gave nothing, fails, or ends the evaluation.
        macro_rules! given {
            ($dst:expr, $value:expr, $to:expr) => {
                match $value {
                    Some(value) => r!($dst) = value,
                    None => {
                        self.check_fault(at)?;
                        jump!($to)
                    }
                }
            };
        }
        /// Goes on where the condition holds, or fails.
        macro_rules! need {
            ($holds:expr, $to:expr) => {
                if !$holds {
                    jump!($to)
                }
            };
        }
        macro_rules! step {
            () => {
                fuel -= 1;
                if fuel == 0 {
                    fuel = self.refill()?;
                }
            };
        }
        /// Begins a routine with arguments from slot `first` of this one.
        macro_rules! begin {
            ($routine:expr, $first:expr, $extra:expr, hide) => {{
                let mocks = self.mocks;
                self.hide_mocks();
                begin!($routine, $first, $extra, mocks)
            }};
            ($routine:expr, $first:expr, $extra:expr) => {
                begin!($routine, $first, $extra, self.mocks)
            };
            ($routine:expr, $first:expr, $extra:expr, $mocks:expr) => {{
                step!();
                let called = &program.routines[$routine as usize];
                if self.kept.frames.len() >= self.limits.depth as usize {
                    return Err(halt(Halt::Depth));
                }
                self.kept.frames.push(Frame {
                    at: at as u32,
                    routine: $routine,
                    caller: current,
                    base: base as u32,
                    top: top as u32,
                    loops: loops_base as u32,
                    loops_top: loops_top as u32,
                    extra: $extra,
                    mocks: $mocks,
                    found: self.kept.found.len() as u32,
                    levels,
                });
                current = $routine;
                let from = base + $first as usize;
                (base, top) = (top, top + called.slots as usize);
                (loops_base, loops_top) = (loops_top, loops_top + called.loops as usize);
                if top > slots.len() {
                    slots.resize(top, Value::NULL);
                }
                if loops_top > loops.len() {
                    loops.resize(loops_top, IDLE);
                }
                if called.args > 0 {
                    slots.copy_within(from..from + called.args as usize, base);
                }
                w = &mut slots[base..];
                its = &mut loops[loops_base..];
                levels = self.values.levels.len() as u32;
                jump!(called.start)
            }};
        }

        loop {
            let op = &code[at];
            match op.act {
                Act::Const { dst, k } => r!(dst) = constants[k as usize],
                Act::Move { dst, src } => r!(dst) = r!(src),
                Act::Input { dst, path } => set!(dst, self.input_at(path), op.to),
                Act::InputOr { dst, path } => {
                    if let Some(value) = self.input_at(path) {
                        r!(dst) = value;
                    }
                }
                Act::Data { dst, path } => set!(dst, self.data_at(path), op.to),
                Act::Field { dst, of, key } => set!(dst, self.field(r!(of), program.keys[key as usize]), op.to),
                Act::FieldOr { dst, of, key } => {
                    need!(r!(of).as_object().is_some(), op.to);
                    if let Some(value) = self.field(r!(of), program.keys[key as usize]) {
                        r!(dst) = value;
                    }
                }
                Act::Get { dst, of, key } => set!(dst, r!(of).get(r!(key)), op.to),
                Act::Find { dst, of, key } => set!(dst, find(r!(of), r!(key)), op.to),
                Act::Array { dst, first, n } => {
                    let items = &w[first as usize..first as usize + n as usize];
                    r!(dst) = Value::array(self.arena.slice(items));
                }
                Act::Set { dst, first, n } => {
                    let items = &mut self.values.scratch;
                    items.clear();
                    items.extend_from_slice(&w[first as usize..first as usize + n as usize]);
                    r!(dst) = Value::set(self.arena.one(Set::from_unsorted(self.arena, items, false)));
                }
                Act::Object { dst, first, n } => {
                    let pairs = &mut self.values.pairs;
                    pairs.clear();
                    let parts = &w[first as usize..first as usize + 2 * n as usize];
                    pairs.extend(parts.chunks_exact(2).map(|pair| (pair[0], pair[1])));
                    r!(dst) = Value::object(self.arena.one(Object::from_unsorted(self.arena, pairs)));
                }

                Act::Holds { a } => need!(r!(a).holds(), op.to),
                Act::IsFalse { a } => need!(!r!(a).holds(), op.to),
                Act::Eq { a, b } => need!(same(r!(a), r!(b)), op.to),
                Act::Ne { a, b } => need!(!same(r!(a), r!(b)), op.to),
                Act::Lt { a, b } => need!(less(r!(a), r!(b)), op.to),
                Act::Le { a, b } => need!(!less(r!(b), r!(a)), op.to),
                Act::Gt { a, b } => need!(less(r!(b), r!(a)), op.to),
                Act::Ge { a, b } => need!(!less(r!(a), r!(b)), op.to),
                Act::In { a, of } => need!(r!(of).has(r!(a)), op.to),
                Act::NotIn { a, of } => need!(!r!(of).has(r!(a)), op.to),
                Act::Shape { a, object, n } => need!(
                    match r!(a).view() {
                        View::Array(items) => !object && items.len() == n as usize,
                        View::Object(pairs) => object && pairs.len() == n as usize,
                        _ => false,
                    },
                    op.to
                ),
                Act::IsObject { a } => need!(r!(a).as_object().is_some(), op.to),
                Act::Collection { a } => {
                    need!(matches!(r!(a).view(), View::Array(_) | View::Object(_) | View::Set(_)), op.to)
                }

                Act::Add { dst, a, b } => given!(dst, self.compute("plus", number::add, r!(a), r!(b)), op.to),
                Act::Sub { dst, a, b } => given!(dst, self.subtract(r!(a), r!(b)), op.to),
                Act::Mul { dst, a, b } => given!(dst, self.compute("mul", number::mul, r!(a), r!(b)), op.to),
                Act::Div { dst, a, b } => given!(dst, self.compute("div", number::div, r!(a), r!(b)), op.to),
                Act::Rem { dst, a, b } => given!(dst, self.compute("rem", number::rem, r!(a), r!(b)), op.to),

                Act::Call { first, call } => {
                    let site = &program.calls[call as usize];
                    let call = match self.mocked(site.mock) {
                        None => call,
                        Some(Mocked::Call(by)) => by,
                        Some(Mocked::Value(value)) => {
                            r!(first) = value;
                            at += 1;
                            continue;
                        }
                        Some(Mocked::Routine(by)) => begin!(by, first, NONE, hide),
                    };
                    let n = program.calls[call as usize].builtin.args.len();
                    given!(first, self.call(at, call, &w[first as usize..first as usize + n]), op.to);
                    if self.arena.over_limit() {
                        return Err(halt(Halt::Memory));
                    }
                }
                Act::Test { first, call } => {
                    let site = &program.calls[call as usize];
                    let call = match self.mocked(site.mock) {
                        None => call,
                        Some(Mocked::Call(by)) => by,
                        Some(Mocked::Value(value)) => {
                            need!(value.holds(), op.to);
                            at += 1;
                            continue;
                        }
                        Some(Mocked::Routine(by)) => begin!(by, first, NONE, hide),
                    };
                    let n = program.calls[call as usize].builtin.args.len();
                    match self.call(at, call, &w[first as usize..first as usize + n]) {
                        Some(value) => need!(value.holds(), op.to),
                        None => {
                            self.check_fault(at)?;
                            jump!(op.to)
                        }
                    }
                }
                Act::Func { first, routine } => {
                    let called = &program.routines[routine as usize];
                    match self.mocked(called.mock) {
                        None => {}
                        Some(Mocked::Value(value)) => {
                            r!(first) = value;
                            at += 1;
                            continue;
                        }
                        Some(Mocked::Call(by)) => {
                            let n = program.calls[by as usize].builtin.args.len();
                            given!(first, self.call(at, by, &w[first as usize..first as usize + n]), op.to);
                            at += 1;
                            continue;
                        }
                        Some(Mocked::Routine(by)) => begin!(by, first, NONE, hide),
                    }
                    if !called.memo {
                        begin!(routine, first, NONE)
                    }
                    let args = &w[first as usize..first as usize + called.args as usize];
                    match self.memo.call(&mut self.kept.memo, &mut self.values.memo, routine, args) {
                        Remembered::Known(value) => {
                            need!(!value.is_absent(), op.to);
                            r!(first) = value;
                        }
                        Remembered::New(entry) => begin!(routine, first, entry),
                        Remembered::Busy => begin!(routine, first, NONE),
                    }
                }
                Act::Rule { dst, routine } => {
                    if let Some(value) = self.fixed(routine) {
                        r!(dst) = value;
                        at += 1;
                        continue;
                    }
                    match self.memo.rule(&self.kept.memo, &self.values.memo, routine) {
                        Some(value) => {
                            self.whole(routine)?;
                            need!(!value.is_absent(), op.to);
                            r!(dst) = value;
                        }
                        None => begin!(routine, 0, NONE),
                    }
                }
                Act::Lookup { first, routine } => match self.memo.rule(&self.kept.memo, &self.values.memo, routine) {
                    Some(value) => {
                        self.part(routine, r!(first))?;
                        set!(first, value.get(r!(first)), op.to);
                    }
                    None => begin!(routine, first, NONE),
                },
                Act::Ask { first, routine } => {
                    if let Some(whole) = self.memo.replaced(&self.kept.memo, &self.values.memo, routine) {
                        set!(first, whole.get(r!(first)), op.to);
                    } else {
                        let args = &w[first as usize..first as usize + 1];
                        match self.memo.call(&mut self.kept.memo, &mut self.values.memo, routine, args) {
                            Remembered::Known(value) => {
                                need!(!value.is_absent(), op.to);
                                r!(first) = value;
                            }
                            Remembered::New(entry) => begin!(routine, first, entry),
                            Remembered::Busy => begin!(routine, first, NONE),
                        }
                    }
                }

                Act::Extent { dst, node } => {
                    let rules = self.linked.rules_below(node);
                    let unknown = |rule: &u32| self.memo.rule(&self.kept.memo, &self.values.memo, *rule).is_none();
                    if let Some(next) = rules.iter().skip(resume as usize).position(unknown) {
                        resume += next as u32;
                        let (rule, place) = (rules[resume as usize], std::mem::take(&mut resume));
                        begin!(rule, 0, place)
                    }
                    resume = 0;
                    if !self.clashes.is_empty() {
                        rules.iter().try_for_each(|rule| self.whole(*rule))?;
                    }
                    set!(dst, self.extent(node, 0)?, op.to);
                }
                Act::Names { dst, node } => r!(dst) = self.names(node),

                Act::Each { it, of, val } => {
                    let Some(found) = Loop::over(r!(of)) else { jump!(op.to) };
                    r!(val) = found.val();
                    it!(it) = found;
                }
                Act::EachPair { it, of, key, val } => {
                    let Some(found) = Loop::over(r!(of)) else { jump!(op.to) };
                    (r!(key), r!(val)) = (found.key(), found.val());
                    it!(it) = found;
                }
                Act::Next { it, val } => {
                    step!();
                    let over = &mut it!(it);
                    if over.next() {
                        r!(val) = over.val();
                        jump!(op.to)
                    }
                }
                Act::NextPair { it, key, val } => {
                    step!();
                    let over = &mut it!(it);
                    if over.next() {
                        (r!(key), r!(val)) = (over.key(), over.val());
                        jump!(op.to)
                    }
                }
                Act::EachWalk { it, of, path, val } => {
                    let own = it as usize;
                    let count = loops_top - loops_base;
                    let others = its[..count].iter().enumerate().filter(|(other, _)| *other != own).map(|(_, l)| *l);
                    it!(it) = walk::start(self.arena, &mut self.values.levels, r!(of), levels, others);
                    r!(val) = r!(of);
                    if path != NO_SLOT {
                        r!(path) = Value::array(&[]);
                    }
                }
                Act::NextWalk { it, path, val } => {
                    step!();
                    let way = &mut it!(it);
                    if let Some(value) = walk::next(&mut self.values.levels, way) {
                        r!(val) = value;
                        if path != NO_SLOT {
                            r!(path) = walk::path(self.arena, &self.values.levels, way, &mut self.values.scratch);
                        }
                        jump!(op.to)
                    }
                }

                Act::Begin { kind } => self.gather().begin(kind),
                Act::Emit { v } => {
                    if self.sources.is_some() {
                        self.note_source(r!(v), at);
                    }
                    self.gather().emit(r!(v));
                }
                Act::EmitPair { k, v } => {
                    if self.gather().emit_pair(r!(k), r!(v)).is_err() {
                        return Err(self.error(at, ErrorKind::Keys));
                    }
                }
                Act::EmitEntry { k, v } => {
                    if self.gather().emit_pair(r!(k), r!(v)).is_err() {
                        self.clash(current, r!(k), at);
                    }
                }
                Act::EmitAt { first, n, leaf_set } => {
                    let path = &w[first as usize..first as usize + n as usize];
                    let value = r!(first as usize + n as usize);
                    if self.gather().emit_at(path, value, leaf_set).is_err() {
                        return Err(self.error(at, ErrorKind::Keys));
                    }
                }
                Act::Finish { dst } => {
                    let room = self.gather().len() * 4;
                    self.reserve(room)?;
                    r!(dst) = self.finish();
                }

                Act::Clear { dst } => r!(dst) = Value::ABSENT,
                Act::Settle { dst, v } => {
                    let value = r!(v);
                    if self.sources.is_some() {
                        self.note_source(value, at);
                    }
                    if r!(dst).is_absent() {
                        r!(dst) = value;
                        self.settle_first(dst, at);
                    } else if !same(r!(dst), value) {
                        self.settle_conflict(dst, value, at);
                    }
                }
                Act::Known { a } => {
                    self.settled(a, r!(a), current)?;
                    need!(!r!(a).is_absent(), op.to)
                }

                Act::Enter { first, with } => self.enter(with, &w[first as usize..], at)?,
                Act::Leave => self.leave(),

                Act::Jump => jump!(op.to),
                Act::Switch { on, table } => {
                    jump!(program.tables[table as usize].find(r!(on), constants).unwrap_or(op.to))
                }
                Act::Choose { it, choice } => {
                    let Some((found, arm)) = self.choose(choice, w) else { jump!(op.to) };
                    it!(it) = found;
                    jump!(program.choices[choice as usize].arms[arm as usize].label)
                }
                Act::NextChoice { it, choice } => {
                    step!();
                    if let Some(arm) = self.next_choice(&mut it!(it)) {
                        jump!(program.choices[choice as usize].arms[arm as usize].label)
                    }
                }

                Act::Return { .. } | Act::Undefined => {
                    let answer = if let Act::Return { v } = op.act { Some(r!(v)) } else { None };
                    let Some(frame) = self.kept.frames.pop() else { return Ok(answer) };
                    (base, top) = (frame.base as usize, frame.top as usize);
                    (loops_base, loops_top) = (frame.loops as usize, frame.loops_top as usize);
                    w = &mut slots[base..];
                    its = &mut loops[loops_base..];
                    self.mocks = frame.mocks;
                    self.kept.found.truncate(frame.found as usize);
                    self.values.levels.truncate(levels as usize);
                    levels = frame.levels;
                    current = frame.caller;
                    at = frame.at as usize;
                    let call = &code[at];
                    match call.act {
                        Act::Rule { dst, routine } => {
                            self.memo.remember(&mut self.kept.memo, &mut self.values.memo, routine, answer);
                            if !self.clashes.is_empty() {
                                self.clashes_remembered(routine);
                                self.whole(routine)?;
                            }
                            set!(dst, answer, call.to);
                        }
                        Act::Lookup { first, routine } => {
                            self.memo.remember(&mut self.kept.memo, &mut self.values.memo, routine, answer);
                            if !self.clashes.is_empty() {
                                self.clashes_remembered(routine);
                                self.part(routine, r!(first))?;
                            }
                            set!(first, answer.and_then(|value| value.get(r!(first))), call.to);
                        }
                        Act::Func { first, .. } | Act::Ask { first, .. } | Act::Call { first, .. } => {
                            if frame.extra != NONE {
                                self.values.memo.fill(frame.extra, answer);
                            }
                            set!(first, answer, call.to);
                        }
                        Act::Test { .. } => need!(answer.is_some_and(Value::holds), call.to),
                        Act::Extent { .. } => {
                            self.memo.remember(&mut self.kept.memo, &mut self.values.memo, frame.routine, answer);
                            if !self.clashes.is_empty() {
                                self.clashes_remembered(frame.routine);
                                self.whole(frame.routine)?;
                            }
                            resume = frame.extra + 1;
                            continue;
                        }
                        _ => unreachable!("only calls wait"),
                    }
                }
                Act::Print { first, n } => {
                    if self.options.print {
                        self.print(&w[first as usize..first as usize + n as usize], at);
                    }
                }
                Act::Mark { step, mark } => self.mark(step, mark, w),
            }
            at += 1;
        }
    }
}
