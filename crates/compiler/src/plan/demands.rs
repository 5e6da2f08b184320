//! What the routines of a program ask of values, found backwards through the finished code.
//!
//! `user := input.user; user.role == "admin"; object.get(user, "age", 0)` loads `input.user` and looks at two keys of it. What
//! is asked of a slot is what the ops behind ask of it, until it is written; what a function asks of its arguments is asked
//! of them at each call, and what callers ask of a rule's value is asked of what the rule returns. An op that is not
//! understood asks for all.
//!
//! Where paths of the code meet, both are asked; loops are gone through until nothing is added. So the result may be too
//! much, never too little.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;
use lictor_ir::{Act, Label, NOWHERE, Node, Op, Program, Replacement, RoutineKind, Slot, Source};
use lictor_value::{Value, View};

use super::code::written;
use super::demand::{Demand, of_test};

/// Through more constants a key is not followed.
pub(super) const FEW_KEYS: usize = 16;

/// What is asked of each slot at some place.
type State = HashMap<Slot, Demand, FixedState>;

fn ask(state: &mut State, slot: Slot, demand: &Demand) -> bool {
    match state.get_mut(&slot) {
        Some(known) => known.add(demand),
        None => {
            state.insert(slot, demand.clone());
            true
        }
    }
}

/// What is asked of a slot that is written here, and so not before.
fn take(state: &mut State, slot: Slot) -> Option<Demand> {
    state.remove(&slot)
}

/// What all routines ask.
pub(super) struct Demands<'p> {
    program: &'p Program,
    /// Of each routine, of each input path that it loads.
    inputs: Vec<BTreeMap<u32, Demand>>,
    /// Of each routine's arguments.
    args: Vec<Vec<Demand>>,
    /// Of each routine's value.
    results: Vec<Demand>,
    callers: Vec<Vec<u32>>,
    /// Routines to look at once more.
    ahead: Vec<u32>,
    waits: Vec<bool>,
    /// The ids of strings.
    names: HashMap<&'p [u8], u32, FixedState>,
    /// How much work is left.
    work: usize,
}

/// What is asked of slots is handed on so often at most, in all: then everything is asked of everything.
const MOST_WORK: usize = 1 << 25;

/// A place that ops jump to.
#[derive(Default)]
struct Meeting {
    asked: State,
    /// Whether an op behind it jumps there: it is looked at before what is asked here is known.
    back: bool,
}

/// One routine on the way.
#[derive(Default)]
struct Walk {
    labels: HashMap<Label, Meeting, FixedState>,
    inputs: BTreeMap<u32, Demand>,
    /// Of an op that takes a key which goes through constant strings, these.
    picks: HashMap<Label, Vec<u32>, FixedState>,
}

impl<'p> Demands<'p> {
    pub(super) fn of(program: &'p Program) -> Self {
        let count = program.routines.len();
        let mut demands = Demands {
            program,
            inputs: vec![BTreeMap::new(); count],
            args: program.routines.iter().map(|routine| vec![Demand::Kind; usize::from(routine.args)]).collect(),
            results: vec![Demand::Kind; count],
            callers: vec![vec![]; count],
            // Callees come first, so what they ask of arguments is known when their callers are looked at.
            ahead: (0..count as u32).rev().collect(),
            waits: vec![true; count],
            names: HashMap::default(),
            work: if program.marks.is_empty() { MOST_WORK } else { 0 },
        };
        for (id, routine) in program.routines.iter().enumerate() {
            // What replaces a function, or is replaced, may be called from anywhere.
            if routine.mock.is_some() {
                demands.args[id].fill(Demand::Whole);
                demands.results[id] = Demand::Whole;
            }
            if matches!(routine.kind, RoutineKind::Query | RoutineKind::Ask) {
                demands.results[id] = Demand::Whole;
            }
        }
        for mock in program.withs.iter().flat_map(|with| &with.mocks) {
            if let Replacement::Routine(routine) = mock.by {
                demands.args[routine as usize].fill(Demand::Whole);
                demands.results[routine as usize] = Demand::Whole;
            }
        }
        let asked = program.entries.iter().map(|entry| entry.routine);
        let asked: Vec<u32> = asked.chain(program.nodes.iter().filter_map(|node: &Node| node.rule)).collect();
        asked.into_iter().for_each(|routine| demands.results[routine as usize] = Demand::Whole);
        let ends = program.routines.iter().skip(1).map(|routine| routine.start);
        let ends: Vec<Label> = ends.chain([program.code.len() as Label]).collect();
        for (id, routine) in program.routines.iter().enumerate() {
            for op in &program.code[routine.start as usize..ends[id] as usize] {
                if let Act::Func { routine, .. } = op.act {
                    let callers = &mut demands.callers[routine as usize];
                    if callers.last() != Some(&(id as u32)) {
                        callers.push(id as u32);
                    }
                }
            }
        }
        while let Some(routine) = demands.ahead.pop() {
            if demands.work == 0 {
                demands.give_up(&ends);
                break;
            }
            demands.waits[routine as usize] = false;
            demands.look_at(routine, ends[routine as usize]);
        }
        demands
    }

    /// What a routine asks of each input path that it loads.
    pub(super) fn inputs(&self, routine: u32) -> &BTreeMap<u32, Demand> {
        &self.inputs[routine as usize]
    }

    /// Asks for all of everything. So it is with traced programs, which show what is in slots.
    fn give_up(&mut self, ends: &[Label]) {
        for (id, routine) in self.program.routines.iter().enumerate() {
            let mut walk = Walk::default();
            for op in &self.program.code[routine.start as usize..ends[id] as usize] {
                match op.act {
                    Act::Input { path, .. } | Act::InputOr { path, .. } => walk.input(path, &Demand::Whole),
                    Act::Choose { choice, .. } => {
                        for atom in self.program.choices[choice as usize].arms.iter().flat_map(|arm| &arm.guard.atoms) {
                            if let Source::Input(path) = atom.source {
                                walk.input(path, &Demand::Whole);
                            }
                        }
                    }
                    _ => {}
                }
            }
            self.inputs[id] = walk.inputs;
        }
    }

    fn again(&mut self, routine: u32) {
        if !std::mem::replace(&mut self.waits[routine as usize], true) {
            self.ahead.push(routine);
        }
    }

    fn look_at(&mut self, id: u32, end: Label) {
        let program = self.program;
        let start = program.routines[id as usize].start;
        let mut walk = Walk { picks: self.picks(start, end), ..Walk::default() };
        for_targets(program, start, end, |at, to| walk.labels.entry(to).or_default().back |= to <= at);
        let mut state;
        loop {
            let mut more = false;
            state = State::default();
            for at in (start..end).rev() {
                let op = &program.code[at as usize];
                self.work = self.work.saturating_sub(1 + state.len());
                self.step((id, at), op, &mut state, &mut walk);
                if let Some(known) = walk.labels.get_mut(&at) {
                    for (slot, demand) in &state {
                        more |= ask(&mut known.asked, *slot, demand) && known.back;
                    }
                }
            }
            // What is asked behind a label that leads back is known the next time.
            if !more || self.work == 0 {
                break;
            }
        }
        self.inputs[id as usize] = walk.inputs;
        let mut more = false;
        for (slot, known) in (0..).zip(&mut self.args[id as usize]) {
            if let Some(demand) = state.get(&slot) {
                more |= known.add(demand);
            }
        }
        if more {
            self.callers[id as usize].clone().into_iter().for_each(|caller| self.again(caller));
        }
    }

    /// The ops that take a key which goes through the strings of a constant collection, and these strings: `some k in ["sub",
    /// "id"]; input.token[k]`. A local is bound in one place only, so what was written last in the order of the code is what
    /// the op finds.
    fn picks(&mut self, start: Label, end: Label) -> HashMap<Label, Vec<u32>, FixedState> {
        let program = self.program;
        let mut picks = HashMap::default();
        let mut constants: HashMap<Slot, u32, FixedState> = HashMap::default();
        let mut ranges: HashMap<Slot, u32, FixedState> = HashMap::default();
        for (at, op) in (start..).zip(&program.code[start as usize..end as usize]) {
            match op.act {
                Act::Const { dst, k } => {
                    constants.insert(dst, k);
                    ranges.remove(&dst);
                }
                Act::Each { of, val, .. } => {
                    ranges.remove(&val);
                    ranges.extend(constants.get(&of).map(|k| (val, *k)));
                    constants.remove(&val);
                }
                Act::Get { dst, key, .. } => {
                    if let Some(k) = ranges.get(&key)
                        && let Some(keys) = self.names_in(*k)
                    {
                        picks.insert(at, keys);
                    }
                    constants.remove(&dst);
                    ranges.remove(&dst);
                }
                Act::EachPair { key, val, .. } | Act::EachWalk { path: key, val, .. } => {
                    for slot in [key, val] {
                        constants.remove(&slot);
                        ranges.remove(&slot);
                    }
                }
                act => {
                    if let Some(dst) = written(&act) {
                        constants.remove(&dst);
                        ranges.remove(&dst);
                    }
                }
            }
        }
        picks
    }

    /// The ids of the strings of a constant collection, if it is of few strings.
    fn names_in(&mut self, k: u32) -> Option<Vec<u32>> {
        let constants = self.program.constants();
        if self.names.is_empty() {
            let named = |(constant, id): (&Value<'p>, u32)| match constant.view() {
                View::Str(text) => Some((text, id)),
                _ => None,
            };
            self.names = constants.iter().zip(0..).filter_map(named).collect();
        }
        let items = match constants[k as usize].view() {
            View::Array(items) => items,
            View::Set(set) => set.items(),
            _ => return None,
        };
        let few = items.len() <= FEW_KEYS;
        items.iter().map(|item| self.names.get(item.as_bytes()?).copied()).collect::<Option<_>>().filter(|_| few)
    }

    /// Asks something of a routine's value.
    fn ask_result(&mut self, routine: u32, demand: &Demand) {
        if self.results[routine as usize].add(demand) {
            self.again(routine);
        }
    }

    /// From what is asked behind an op to what is asked before it.
    fn step(&mut self, (id, at): (u32, Label), op: &Op, state: &mut State, walk: &mut Walk) {
        let program = self.program;
        let whole = &Demand::Whole;
        let range = |state: &mut State, first: Slot, n: usize| {
            for at in 0..n {
                ask(state, first.saturating_add(at as Slot), whole);
            }
        };
        match op.act {
            Act::Jump | Act::Undefined => state.clear(),
            Act::Return { v } => {
                state.clear();
                ask(state, v, &self.results[id as usize]);
            }
            Act::Const { dst, .. }
            | Act::Data { dst, .. }
            | Act::Names { dst, .. }
            | Act::Finish { dst }
            | Act::Clear { dst }
            | Act::Extent { dst, .. } => drop(take(state, dst)),
            Act::Move { dst, src } => {
                if let Some(demand) = take(state, dst) {
                    ask(state, src, &demand);
                }
            }
            Act::Input { dst, path } => {
                let demand = take(state, dst).unwrap_or_default();
                walk.input(path, &demand);
            }
            Act::InputOr { dst, path } => {
                let demand = state.get(&dst).cloned();
                walk.input(path, &demand.unwrap_or_default());
            }
            Act::Field { dst, of, key } => {
                let demand = take(state, dst).unwrap_or_default();
                ask(state, of, &self.below(key, demand));
            }
            Act::FieldOr { dst, of, key } => {
                let demand = state.get(&dst).cloned();
                ask(state, of, &self.below(key, demand.unwrap_or_default()));
            }
            Act::Holds { a } | Act::IsFalse { a } | Act::IsObject { a } | Act::Collection { a } | Act::Known { a } => {
                ask(state, a, &Demand::Kind);
            }
            Act::Shape { a, .. } | Act::Emit { v: a } | Act::Switch { on: a, .. } => range(state, a, 1),
            Act::Each { of, val, .. } => {
                take(state, val);
                range(state, of, 1);
            }
            Act::EachPair { of, key, val, .. } => {
                take(state, key);
                take(state, val);
                range(state, of, 1);
            }
            Act::EachWalk { of, path, val, .. } => {
                take(state, path);
                take(state, val);
                range(state, of, 1);
            }
            Act::Get { dst, of, key } => {
                let demand = take(state, dst).unwrap_or_default();
                let keys = walk.picks.get(&at).map(|keys| {
                    let each = |key: &u32| (*key, demand.clone());
                    Demand::Keys(keys.iter().map(each).collect())
                });
                ask(state, of, keys.as_ref().unwrap_or(whole));
                range(state, key, 1);
            }
            Act::Find { dst, of, key } => {
                take(state, dst);
                range(state, of, 1);
                range(state, key, 1);
            }
            Act::Eq { a, b }
            | Act::Ne { a, b }
            | Act::Lt { a, b }
            | Act::Le { a, b }
            | Act::Gt { a, b }
            | Act::Ge { a, b }
            | Act::In { a, of: b }
            | Act::NotIn { a, of: b }
            | Act::EmitPair { k: a, v: b }
            | Act::EmitEntry { k: a, v: b }
            | Act::Settle { dst: a, v: b } => {
                range(state, a, 1);
                range(state, b, 1);
            }
            Act::Add { dst, a, b }
            | Act::Sub { dst, a, b }
            | Act::Mul { dst, a, b }
            | Act::Div { dst, a, b }
            | Act::Rem { dst, a, b } => {
                take(state, dst);
                range(state, a, 1);
                range(state, b, 1);
            }
            Act::Array { dst, first, n } | Act::Set { dst, first, n } => {
                take(state, dst);
                range(state, first, usize::from(n));
            }
            Act::Object { dst, first, n } => {
                take(state, dst);
                range(state, first, 2 * usize::from(n));
            }
            Act::Print { first, n } => range(state, first, usize::from(n)),
            Act::EmitAt { first, n, .. } => range(state, first, usize::from(n) + 1),
            Act::Call { first, call } | Act::Test { first, call } => {
                if matches!(op.act, Act::Call { .. }) {
                    take(state, first);
                }
                let call = &program.calls[call as usize];
                if call.mock.is_none() && asks_kind(call.builtin.name) {
                    ask(state, first, &Demand::Kind);
                } else {
                    range(state, first, call.builtin.args.len());
                }
            }
            Act::Func { first, routine } => {
                let demand = take(state, first).unwrap_or_default();
                self.ask_result(routine, &demand);
                for (slot, demand) in (first..).zip(&self.args[routine as usize]) {
                    ask(state, slot, demand);
                }
            }
            Act::Rule { dst, routine } => {
                let demand = take(state, dst).unwrap_or_default();
                self.ask_result(routine, &demand);
            }
            Act::Lookup { first, routine } => {
                take(state, first);
                range(state, first, 1);
                self.ask_result(routine, whole);
            }
            Act::Ask { first, .. } => {
                take(state, first);
                range(state, first, 1);
            }
            Act::Enter { first, with } => {
                let with = &program.withs[with as usize];
                range(state, first, with.targets.len() + with.mocks.len());
            }
            // Traced programs are not read by a lens.
            Act::Mark { .. }
            | Act::Next { .. }
            | Act::NextPair { .. }
            | Act::NextWalk { .. }
            | Act::Begin { .. }
            | Act::Leave
            | Act::NextChoice { .. } => {}
            Act::Choose { choice, .. } => {
                for atom in program.choices[choice as usize].arms.iter().flat_map(|arm| &arm.guard.atoms) {
                    let demand = of_test(&atom.test);
                    match atom.source {
                        Source::Input(path) => walk.input(path, &demand),
                        Source::Argument(slot) => {
                            ask(state, slot, &demand);
                        }
                        Source::Below(slot, path) => {
                            ask(state, slot, &self.at(path, demand));
                        }
                        Source::Data(_) => {}
                    }
                }
            }
        }
        let mut meet = |to: Label| {
            for (slot, demand) in walk.labels.get(&to).into_iter().flat_map(|meeting| &meeting.asked) {
                ask(state, *slot, demand);
            }
        };
        if op.to != NOWHERE {
            meet(op.to);
        }
        match op.act {
            Act::Switch { table, .. } => program.tables[table as usize].arms().for_each(|arm| meet(arm.1)),
            Act::Choose { choice, .. } | Act::NextChoice { choice, .. } => {
                program.choices[choice as usize].arms.iter().for_each(|arm| meet(arm.label));
            }
            _ => {}
        }
    }

    /// What is asked of an object of which something is asked at a key.
    fn below(&self, key: u16, demand: Demand) -> Demand {
        self.at_keys(&[self.program.keys[usize::from(key)]], demand)
    }

    /// The same for a path.
    fn at(&self, path: u32, demand: Demand) -> Demand {
        self.at_keys(&self.program.paths[path as usize].0, demand)
    }

    fn at_keys(&self, keys: &[u32], demand: Demand) -> Demand {
        let constants = self.program.constants();
        let is_name = |key: &u32| matches!(constants.get(*key as usize).map(|key| key.view()), Some(View::Str(_)));
        if !keys.iter().all(is_name) {
            return Demand::Whole;
        }
        keys.iter().rev().fold(demand, |demand, key| Demand::Keys(BTreeMap::from([(*key, demand)])))
    }
}

impl Walk {
    fn input(&mut self, path: u32, demand: &Demand) {
        self.inputs.entry(path).or_default().add(demand);
    }
}

/// Whether a builtin of one argument asks only what kind of value it is.
fn asks_kind(builtin: &str) -> bool {
    matches!(
        builtin,
        "type_name" | "is_array" | "is_boolean" | "is_null" | "is_number" | "is_object" | "is_set" | "is_string"
    )
}

/// Calls `f` with each op of a routine that may jump, and where to.
fn for_targets(program: &Program, start: Label, end: Label, mut f: impl FnMut(Label, Label)) {
    for (at, op) in (start..).zip(&program.code[start as usize..end as usize]) {
        if op.to != NOWHERE {
            f(at, op.to);
        }
        match op.act {
            Act::Switch { table, .. } => program.tables[table as usize].arms().for_each(|arm| f(at, arm.1)),
            Act::Choose { choice, .. } => program.choices[choice as usize].arms.iter().for_each(|arm| f(at, arm.label)),
            _ => {}
        }
    }
}
