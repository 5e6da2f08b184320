//! Fixed rules: those whose value follows from constants and base data alone. They are evaluated once, when linking.
//!
//! A rule is fixed where neither it nor anything that it asks looks at the input, at the clock or another part of the outside,
//! and no `with` of the program makes its value stale. What takes long, fails, or is large is left to evaluations.

use lictor_ir::{Act, Program, RoutineKind, Source, Target};
use lictor_value::{Arena, Builtin, Frozen, NoHost, Object, Set, Value, View};

use crate::linked::Linked;
use crate::session::{Input, Limits, Options, Session};

/// What evaluating one rule may take; the memory is that of all of them.
const LIMITS: Limits = Limits { memory: 16 << 20, steps: 20_000, depth: 1_000, deadline: None };

/// After so many rules that take too long, or fail, no more are tried.
const PATIENCE: u32 = 8;

/// The most parts of a value that is kept, and how deep it may nest.
const PARTS: usize = 10_000;
const DEPTH: u32 = 32;

/// The values of fixed rules, an array by routine, [`Value::ABSENT`] where it is none; `None` where there are none at all.
pub(crate) fn values(linked: &Linked) -> Option<Frozen> {
    let program = &**linked.program();
    let wanted = wanted(program, linked);
    if wanted.is_empty() {
        return None;
    }
    let mut session = Session::new(LIMITS);
    let options = Options::new(&NoHost);
    let mut evaluation = session.begin();
    let mut inquiry = evaluation.open(linked, Input::Undefined, &options);
    let mut failed = 0;
    let mut found: Vec<(u32, Value<'_>)> = vec![];
    for routine in wanted {
        match inquiry.ask(routine) {
            Ok(value) => found.extend(value.map(|value| (routine, value))),
            Err(_) => failed += 1,
        }
        if failed == PATIENCE {
            break;
        }
    }
    let kept = Frozen::build(|arena| {
        let values = arena.filled(program.routines.len(), Value::ABSENT);
        for (routine, value) in found {
            if let Some(value) = copy(arena, value, &mut { PARTS }, DEPTH) {
                values[routine as usize] = value;
            }
        }
        Value::array(values)
    });
    let any = kept.root().as_array().is_some_and(|values| values.iter().any(|value| !value.is_absent()));
    any.then_some(kept)
}

/// The rules that are fixed and that something asks which is not.
fn wanted(program: &Program, linked: &Linked) -> Vec<u32> {
    let count = program.routines.len();
    let mut free: Vec<bool> = program.routines.iter().map(|routine| routine.mock.is_some()).collect();
    for with in &program.withs {
        let rules = with.targets.iter().filter_map(|target| match target {
            Target::Data { rules, .. } => Some(rules),
            Target::Input(_) => None,
        });
        for routine in with.drops.iter().chain(rules.flatten().map(|(rule, _)| rule)) {
            free[*routine as usize] = true;
        }
    }
    let mut callers: Vec<Vec<u32>> = vec![vec![]; count];
    let mut asked: Vec<(u32, u32)> = vec![];
    for (id, routine) in (0..).zip(&program.routines) {
        let end = program.routines.get(id as usize + 1).map_or(program.code.len(), |next| next.start as usize);
        for op in &program.code[routine.start as usize..end] {
            match op.act {
                Act::Input { .. } | Act::InputOr { .. } | Act::Print { .. } | Act::Mark { .. } | Act::Enter { .. } => {
                    free[id as usize] = true;
                }
                Act::Call { call, .. } | Act::Test { call, .. } => {
                    let call = &program.calls[call as usize];
                    free[id as usize] |= call.mock.is_some() || looks_outside(call.builtin);
                }
                Act::Choose { choice, .. } => {
                    let atoms = program.choices[choice as usize].arms.iter().flat_map(|arm| &arm.guard.atoms);
                    free[id as usize] |= atoms.into_iter().any(|atom| matches!(atom.source, Source::Input(_)));
                }
                Act::Func { routine, .. } | Act::Ask { routine, .. } => callers[routine as usize].push(id),
                Act::Rule { routine, .. } | Act::Lookup { routine, .. } => {
                    callers[routine as usize].push(id);
                    asked.push((id, routine));
                }
                Act::Extent { node, .. } => {
                    linked.rules_below(node).iter().for_each(|rule| callers[*rule as usize].push(id));
                }
                _ => {}
            }
        }
    }
    let mut ahead: Vec<u32> = (0..count as u32).filter(|id| free[*id as usize]).collect();
    while let Some(id) = ahead.pop() {
        for caller in &callers[id as usize] {
            if !std::mem::replace(&mut free[*caller as usize], true) {
                ahead.push(*caller);
            }
        }
    }
    let is_rule = |id: &u32| program.routines[*id as usize].kind == RoutineKind::Rule;
    let mut wanted: Vec<u32> = (asked.into_iter())
        .filter(|(caller, rule)| free[*caller as usize] && !free[*rule as usize])
        .map(|(_, rule)| rule)
        .filter(is_rule)
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// Whether a builtin's answer may depend on more than its arguments: the time zone is the host's.
fn looks_outside(builtin: &Builtin) -> bool {
    builtin.nondeterministic
        || builtin.placed
        || builtin.name.starts_with("time.")
        || matches!(builtin.name, "trace" | "print" | "internal.print" | "internal.test_case")
}

/// A copy of a value, if it is small.
fn copy<'v>(arena: &'v Arena, value: Value<'_>, parts: &mut usize, depth: u32) -> Option<Value<'v>> {
    *parts = parts.checked_sub(1)?;
    let depth = depth.checked_sub(1)?;
    let mut all = |items: &[Value<'_>]| -> Option<&'v [Value<'v>]> {
        let copies = items.iter().map(|item| copy(arena, *item, parts, depth)).collect::<Option<Vec<_>>>()?;
        Some(arena.slice(&copies))
    };
    Some(match value.view() {
        View::Null => Value::NULL,
        View::Bool(bool) => Value::bool(bool),
        View::Int(int) => Value::int(int),
        View::Number(text) => Value::number_text(std::str::from_utf8(arena.slice(text.as_bytes())).ok()?),
        View::Str(text) => Value::str(arena.slice(text)),
        View::Array(items) => Value::array(all(items)?),
        View::Set(set) => Value::set(arena.one(Set::from_sorted(arena, all(set.items())?, true))),
        View::Object(object) => {
            let keys = Set::from_sorted(arena, all(object.keys().items())?, true);
            Value::object(arena.one(Object::new(keys, all(object.vals())?)))
        }
    })
}
