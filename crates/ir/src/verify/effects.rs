//! What an op does to slots and loops.

use crate::op::{Act, NO_SLOT, Slot};
use crate::program::{Program, Replacement};

/// Calls `read` with every slot that an op reads.
pub(super) fn for_reads(program: &Program, act: Act, mut read: impl FnMut(Slot)) {
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
pub(super) fn writes(act: Act) -> [Option<Slot>; 2] {
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

pub(super) fn loop_of(act: Act) -> Option<u8> {
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
pub(super) fn may_fail(act: Act) -> bool {
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
