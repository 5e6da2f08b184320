//! Late passes over one routine's finished code: jumps to jumps, the twin of a condition in front of a jump, and ops
//! that nothing leads to.

use lictor_ir::{Act, NOWHERE, Op};

use super::code::Assembled;

/// The same code, shorter.
pub(super) fn optimise(mut code: Assembled) -> Assembled {
    thread(&mut code);
    twins(&mut code);
    sweep(&mut code);
    code
}

/// Where a jump to `to` ends up.
fn end_of(ops: &[Op], mut to: u32) -> u32 {
    // A chain of jumps is shorter than the code; a circle of jumps cannot be written.
    for _ in 0..ops.len() {
        match ops.get(to as usize) {
            Some(Op { act: Act::Jump, to: next }) if *next != to => to = *next,
            _ => break,
        }
    }
    to
}

fn thread(code: &mut Assembled) {
    for at in 0..code.ops.len() {
        let to = code.ops[at].to;
        if to != NOWHERE {
            code.ops[at].to = end_of(&code.ops, to);
        }
    }
    let ops = &code.ops;
    code.tables.iter_mut().flat_map(|(_, arms)| arms).for_each(|arm| arm.1 = end_of(ops, arm.1));
    code.choices.iter_mut().flat_map(|(_, arms)| arms).for_each(|arm| arm.1 = end_of(ops, arm.1));
}

/// The condition that holds exactly where this one does not, for conditions that are defined on all values.
fn twin(act: Act) -> Option<Act> {
    Some(match act {
        Act::Holds { a } => Act::IsFalse { a },
        Act::IsFalse { a } => Act::Holds { a },
        Act::Eq { a, b } => Act::Ne { a, b },
        Act::Ne { a, b } => Act::Eq { a, b },
        Act::Lt { a, b } => Act::Ge { a, b },
        Act::Le { a, b } => Act::Gt { a, b },
        Act::Gt { a, b } => Act::Le { a, b },
        Act::Ge { a, b } => Act::Lt { a, b },
        Act::In { a, of } => Act::NotIn { a, of },
        Act::NotIn { a, of } => Act::In { a, of },
        _ => return None,
    })
}

/// Which ops something jumps to.
fn targets(code: &Assembled) -> Vec<bool> {
    let mut is = vec![false; code.ops.len()];
    let arms = code.tables.iter().flat_map(|(_, arms)| arms.iter().map(|arm| arm.1));
    let choices = code.choices.iter().flat_map(|(_, arms)| arms.iter().map(|arm| arm.1));
    for to in code.ops.iter().map(|op| op.to).chain(arms).chain(choices) {
        if let Some(is) = is.get_mut(to as usize) {
            *is = true;
        }
    }
    is
}

/// `condition -> 2; jump 9; 2:` is `twin -> 9`.
fn twins(code: &mut Assembled) {
    let is_target = targets(code);
    for at in 0..code.ops.len().saturating_sub(1) {
        let (Op { act, to }, Op { act: Act::Jump, to: away }) = (code.ops[at], code.ops[at + 1]) else { continue };
        if let Some(twin) = twin(act)
            && to as usize == at + 2
            && !is_target[at + 1]
        {
            code.ops[at] = Op { act: twin, to: away };
            code.ops[at + 1] = Op { act: Act::Jump, to: at as u32 + 2 };
        }
    }
}

/// Drops what nothing leads to, and jumps to the next op.
fn sweep(code: &mut Assembled) {
    let live = reached(code);
    let keep: Vec<bool> = (0..code.ops.len())
        .map(|at| {
            let skips = matches!(code.ops[at], Op { act: Act::Jump, to } if leads_on(&live, at, to as usize));
            live[at] && !skips
        })
        .collect();
    let mut moved = Vec::with_capacity(keep.len() + 1);
    let mut count = 0;
    for keep in &keep {
        moved.push(count);
        count += u32::from(*keep);
    }
    moved.push(count);
    let place = |to: u32| if to == NOWHERE { NOWHERE } else { moved.get(to as usize).copied().unwrap_or(NOWHERE) };
    let mut at = 0;
    code.places.retain(|_| {
        at += 1;
        keep[at - 1]
    });
    at = 0;
    code.ops.retain(|_| {
        at += 1;
        keep[at - 1]
    });
    code.ops.iter_mut().for_each(|op| op.to = place(op.to));
    code.tables.iter_mut().flat_map(|(_, arms)| arms).for_each(|arm| arm.1 = place(arm.1));
    code.choices.iter_mut().flat_map(|(_, arms)| arms).for_each(|arm| arm.1 = place(arm.1));
}

/// Whether nothing live stands between a jump and where it leads.
fn leads_on(live: &[bool], at: usize, to: usize) -> bool {
    at < to && to <= live.len() && !live[at + 1..to].contains(&true)
}

fn reached(code: &Assembled) -> Vec<bool> {
    let mut live = vec![false; code.ops.len()];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        let (Some(mark), Some(op)) = (live.get_mut(at as usize), code.ops.get(at as usize)) else { continue };
        if std::mem::replace(mark, true) {
            continue;
        }
        if op.to != NOWHERE {
            open.push(op.to);
        }
        match op.act {
            Act::Jump | Act::Return { .. } | Act::Undefined => {}
            Act::Switch { table, .. } => {
                let arms = code.tables.iter().filter(|(id, _)| *id == table).flat_map(|(_, arms)| arms);
                open.extend(arms.map(|arm| arm.1));
            }
            Act::Choose { choice, .. } => {
                let arms = code.choices.iter().filter(|(id, _)| *id == choice).flat_map(|(_, arms)| arms);
                open.extend(arms.map(|arm| arm.1));
            }
            _ => open.push(at + 1),
        }
    }
    live
}
