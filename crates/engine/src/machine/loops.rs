//! A loop in progress: over the elements of a collection, the nodes of a walk, or the arms of a choice.

use lictor_value::{Value, View};

/// A loop, walk or choice in progress.
#[derive(Clone, Copy)]
pub(super) struct Loop<'v> {
    /// Keys, where they are not positions.
    pub(super) keys: &'v [Value<'v>],
    pub(super) vals: &'v [Value<'v>],
    /// The position; of walks the first level, of choices the position among what was found or all arms.
    pub(super) at: u32,
    /// Of walks, one past the last level; of choices, the end.
    pub(super) end: u32,
    pub(super) kind: LoopKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LoopKind {
    Elements,
    Walk,
    /// Among the arms found.
    Choice,
    /// Among all arms.
    Arms,
}

pub(super) const IDLE: Loop<'static> = Loop { keys: &[], vals: &[], at: 0, end: 0, kind: LoopKind::Elements };

impl<'v> Loop<'v> {
    /// A loop over a collection, at its first element; `None` where there is none.
    #[inline(always)]
    pub(super) fn over(of: Value<'v>) -> Option<Self> {
        let (keys, vals) = elements(of)?;
        Some(Loop { keys, vals, ..IDLE })
    }

    #[inline(always)]
    pub(super) fn val(&self) -> Value<'v> {
        self.vals[self.at as usize]
    }

    #[inline(always)]
    pub(super) fn key(&self) -> Value<'v> {
        if self.keys.is_empty() { Value::int(i64::from(self.at)) } else { self.keys[self.at as usize] }
    }

    /// Moves on; whether there is an element.
    #[inline(always)]
    pub(super) fn next(&mut self) -> bool {
        self.at += 1;
        (self.at as usize) < self.vals.len()
    }
}

/// Keys (none where they are positions) and values of a collection that has some.
#[inline(always)]
pub(super) fn elements<'v>(of: Value<'v>) -> Option<(&'v [Value<'v>], &'v [Value<'v>])> {
    let (keys, vals): (&[Value<'v>], &[Value<'v>]) = match of.view() {
        View::Array(items) => (&[], items),
        View::Set(set) => (set.items(), set.items()),
        View::Object(object) => (object.keys().items(), object.vals()),
        _ => return None,
    };
    (!vals.is_empty()).then_some((keys, vals))
}
