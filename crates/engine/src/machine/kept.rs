//! The memory that a session keeps between evaluations, so that none has to allocate it again: [`Kept`] stays as it is,
//! [`Values`] are emptied when an evaluation ends and change their lifetime on the way.

use lictor_value::{Scratch, Value};

use super::loops::Loop;
use super::walk::Level;
use super::{Frame, gather, memo, settle, with};

/// What a session keeps between evaluations as it is.
#[derive(Default)]
pub(crate) struct Kept {
    pub(super) memo: memo::Stamps,
    pub(super) gather: gather::Tables,
    pub(super) with: with::Saved,
    pub(super) frames: Vec<Frame>,
    pub(super) firsts: Vec<settle::First>,
    /// Where each constant was last found as a key of an object.
    pub(super) hints: Vec<u32>,
    /// Arms that can hold, of all choices in progress.
    pub(super) found: Vec<u32>,
    /// Arms that can hold, of [`Machine::told`].
    pub(super) told: Vec<u32>,
    pub(super) buffer: Vec<u8>,
    pub(super) scratch: Scratch,
    /// Working memory of choosers, by the number of their [`Linked`].
    pub(super) choosers: Vec<(u64, Box<dyn std::any::Any + Send>)>,
}

/// Vectors of values.
#[derive(Default)]
pub(crate) struct Values<'v> {
    pub(crate) stack: Stack<'v>,
    pub(super) memo: memo::Known<'v>,
    pub(super) gather: gather::Elements<'v>,
    pub(super) with: with::Replaced<'v>,
    pub(super) settle: Vec<settle::Conflict<'v>>,
    pub(super) levels: Vec<Level<'v>>,
    /// Free for any op.
    pub(super) scratch: Vec<Value<'v>>,
    pub(super) pairs: Vec<(Value<'v>, Value<'v>)>,
}

/// The slots and loops of all routines in progress, each routine's above its caller's.
#[derive(Default)]
pub(crate) struct Stack<'v> {
    pub(super) slots: Vec<Value<'v>>,
    pub(super) loops: Vec<Loop<'v>>,
}

impl Values<'_> {
    /// Bytes in use besides the arena's.
    #[inline]
    pub(super) fn bytes(&self) -> usize {
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
pub(super) fn emptied<A, B>(mut old: Vec<A>) -> Vec<B> {
    if old.capacity() == 0 {
        return Vec::new();
    }
    old.clear();
    old.into_iter().map(|_| unreachable!("the vector is empty")).collect()
}
