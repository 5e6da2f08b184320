//! Walks: a value and everything inside it, parents before children, without recursion.
//!
//! A walk is a stack of levels, one for each collection on the way to the present value. All walks in progress share one
//! vector: a loop knows its first and one past its last level there, and whatever lies above belongs to walks that were
//! left, or are further in.

use lictor_value::{Arena, Value};

use super::loops::{IDLE, Loop, LoopKind, elements};

/// A collection on the way, and the element that the way goes through.
#[derive(Clone, Copy)]
pub(super) struct Level<'v> {
    keys: &'v [Value<'v>],
    vals: &'v [Value<'v>],
    at: u32,
}

impl<'v> Level<'v> {
    fn val(&self) -> Value<'v> {
        self.vals[self.at as usize]
    }

    fn key(&self) -> Value<'v> {
        if self.keys.is_empty() { Value::int(i64::from(self.at)) } else { self.keys[self.at as usize] }
    }
}

/// A walk that stands at its root. `others` are the routine's loops: the levels of those that are walks stay.
pub(super) fn start<'v>(
    arena: &'v Arena,
    levels: &mut Vec<Level<'v>>,
    of: Value<'v>,
    floor: u32,
    others: impl Iterator<Item = Loop<'v>>,
) -> Loop<'v> {
    let used = others.filter(|other| other.kind == LoopKind::Walk).map(|other| other.end).max().unwrap_or(0);
    let start = used.max(floor).min(levels.len() as u32);
    levels.truncate(start as usize);
    levels.push(Level { keys: &[], vals: arena.slice(&[of]), at: 0 });
    Loop { at: start, end: start + 1, kind: LoopKind::Walk, ..IDLE }
}

/// The walk's next value.
pub(super) fn next<'v>(levels: &mut Vec<Level<'v>>, walk: &mut Loop<'v>) -> Option<Value<'v>> {
    levels.truncate(walk.end as usize);
    let found = match elements(levels.last()?.val()) {
        Some((keys, vals)) => {
            levels.push(Level { keys, vals, at: 0 });
            Some(vals[0])
        }
        None => beside(levels, walk.at as usize),
    };
    match found {
        Some(_) => walk.end = levels.len() as u32,
        None => *walk = IDLE,
    }
    found
}

/// The next element of the innermost collection that has one more; the levels above it go.
fn beside<'v>(levels: &mut Vec<Level<'v>>, start: usize) -> Option<Value<'v>> {
    while levels.len() > start {
        let level = levels.last_mut()?;
        level.at += 1;
        if (level.at as usize) < level.vals.len() {
            return Some(level.val());
        }
        levels.pop();
    }
    None
}

/// The keys that lead to the present value.
pub(super) fn path<'v>(
    arena: &'v Arena,
    levels: &[Level<'v>],
    walk: &Loop<'v>,
    scratch: &mut Vec<Value<'v>>,
) -> Value<'v> {
    scratch.clear();
    scratch.extend(levels[walk.at as usize + 1..walk.end as usize].iter().map(Level::key));
    Value::array(arena.slice(scratch))
}
