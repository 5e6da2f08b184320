//! How deeply the values that a program builds may nest: comparing, hashing and printing go down them.
//!
//! There is no recursion, and a loop puts what one turn built into one collection, so the depth is known from the code:
//! each op that builds adds one to what it is built of. A thousand rules that wrap each other (`p2 := [p1]`) are the way
//! to deep values. The bound is what a program adds to the depth of what it is given, which reading limits.

use lictor_ir::{Act, Label, NOWHERE, Node, Program, Slot};

use super::code::written;
use crate::front::components;
use crate::hash::Map;

/// More than this is an error.
const DEEPEST: u32 = 1_000;

/// With more slots in all of a routine's ops together it is not told what a slot holds where.
const MOST: usize = 1 << 26;

/// A routine that builds values which nest too deeply.
pub(super) fn too_deep(program: &Program) -> Option<u32> {
    let mut added = vec![0; program.routines.len()];
    let callees = |routine: usize| callees(program, routine);
    for routine in components(program.routines.len(), &callees).into_iter().flatten() {
        let depth = depth_of(program, routine, &added);
        if depth > DEEPEST {
            return Some(routine as u32);
        }
        added[routine] = depth;
    }
    None
}

fn ops(program: &Program, routine: usize) -> &[lictor_ir::Op] {
    let start = program.routines[routine].start as usize;
    let end = program.routines.get(routine + 1).map_or(program.code.len(), |next| next.start as usize);
    program.code.get(start..end).unwrap_or_default()
}

fn callees(program: &Program, routine: usize) -> Vec<usize> {
    let mut found = vec![];
    for op in ops(program, routine) {
        match op.act {
            Act::Func { routine, .. }
            | Act::Rule { routine, .. }
            | Act::Lookup { routine, .. }
            | Act::Ask { routine, .. } => {
                found.push(routine as usize);
            }
            Act::Extent { node, .. } => rules_of(program, node, &mut found),
            Act::Enter { with, .. } => {
                found.extend(program.withs[with as usize].mocks.iter().filter_map(|mock| match mock.by {
                    lictor_ir::Replacement::Routine(routine) => Some(routine as usize),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    found
}

fn rules_of(program: &Program, node: u32, found: &mut Vec<usize>) {
    let Some(Node { rule, children, .. }) = program.nodes.get(node as usize) else { return };
    found.extend(rule.map(|rule| rule as usize));
    children.iter().for_each(|(_, child)| rules_of(program, *child, found));
}

fn extent(program: &Program, node: u32, added: &[u32]) -> u32 {
    let Some(Node { rule, children, .. }) = program.nodes.get(node as usize) else { return 0 };
    let below = children.iter().map(|(_, child)| 1 + extent(program, *child, added)).max().unwrap_or(0);
    rule.map_or(0, |rule| added[rule as usize]).max(below)
}

/// How much deeper than its arguments, `input` and base data the result of a routine nests.
fn depth_of(program: &Program, routine: usize, added: &[u32]) -> u32 {
    let start = program.routines[routine].start;
    let mut slots = vec![0u32; usize::from(program.routines[routine].slots) + 1];
    // What slots hold where a jump further on leads to. Code is walked as written: what a label's own path did not write
    // is what the code in front of it left.
    let mut waiting: Map<Label, Vec<u32>> = Map::default();
    let all = ops(program, routine);
    // Else a slot counts as what is deepest of all that is ever in it.
    let forgets = all.len() * slots.len() <= MOST;
    let mut builders: Vec<u32> = vec![];
    // What `with` puts in the place of documents, once something does.
    let mut world = 0;
    let mut result = 0;
    for (at, op) in (start..).zip(all) {
        if let Some(there) = waiting.remove(&at) {
            slots.iter_mut().zip(there).for_each(|(here, there)| *here = there.max(*here));
        }
        if forgets {
            let mut leave = |to: Label| {
                if to != NOWHERE && to > at {
                    let there = waiting.entry(to).or_insert_with(|| slots.clone());
                    there.iter_mut().zip(&slots).for_each(|(there, here)| *there = (*there).max(*here));
                }
            };
            leave(op.to);
            match op.act {
                Act::Switch { table, .. } => program.tables[table as usize].arms().for_each(|arm| leave(arm.1)),
                Act::Choose { choice, .. } => {
                    program.choices[choice as usize].arms.iter().for_each(|arm| leave(arm.label));
                }
                _ => {}
            }
        }
        let of = |slot: Slot| slots.get(usize::from(slot)).copied().unwrap_or(0);
        let most = |first: Slot, n: usize| (0..n).map(|at| of(first.saturating_add(at as Slot))).max().unwrap_or(0);
        let (to, depth) = match op.act {
            Act::Input { dst, .. } | Act::Data { dst, .. } => (dst, world),
            Act::InputOr { dst, .. } => (dst, of(dst).max(world)),
            Act::FieldOr { dst, of: v, .. } => (dst, of(dst).max(of(v))),
            Act::Move { dst, src: v } => (dst, of(v)),
            Act::Settle { dst, v } => (dst, of(v).max(of(dst))),
            Act::Field { dst, of: v, .. } | Act::Get { dst, of: v, .. } | Act::Find { dst, of: v, .. } => (dst, of(v)),
            Act::Array { dst, first, n } | Act::Set { dst, first, n } => (dst, 1 + most(first, usize::from(n))),
            Act::Object { dst, first, n } => (dst, 1 + most(first, 2 * usize::from(n))),
            Act::Sub { dst, a, b } => (dst, of(a).max(of(b))),
            Act::Call { first, call } => (first, 2 + most(first, program.calls[call as usize].builtin.args.len())),
            Act::Func { first, routine } => {
                let args = usize::from(program.routines[routine as usize].args);
                (first, added[routine as usize] + most(first, args).max(world))
            }
            Act::Ask { first, routine } => (first, added[routine as usize] + of(first).max(world)),
            Act::Rule { dst, routine } | Act::Lookup { first: dst, routine } => (dst, added[routine as usize] + world),
            Act::Extent { dst, node } => (dst, extent(program, node, added) + world),
            Act::Names { dst, .. } => (dst, 1),
            Act::Each { of: v, val, .. } => (val, of(v)),
            Act::EachPair { of: v, key, val, .. } => {
                let depth = of(v);
                put(&mut slots, key, depth, forgets);
                (val, depth)
            }
            Act::EachWalk { of: v, path, val, .. } => {
                let depth = of(v);
                put(&mut slots, path, 1 + depth, forgets);
                (val, depth)
            }
            Act::Begin { .. } => {
                builders.push(0);
                continue;
            }
            Act::Emit { v } => {
                gather(&mut builders, of(v));
                continue;
            }
            Act::EmitPair { k, v } | Act::EmitEntry { k, v } => {
                // Groups put each value into a collection of its key.
                gather(&mut builders, 1 + of(k).max(of(v)));
                continue;
            }
            Act::EmitAt { first, n, .. } => {
                gather(&mut builders, u32::from(n) + most(first, usize::from(n) + 1));
                continue;
            }
            Act::Finish { dst } => (dst, 1 + builders.pop().unwrap_or(0)),
            Act::Enter { first, with } => {
                let with = &program.withs[with as usize];
                world = world.max(most(first, with.targets.len() + with.mocks.len()));
                continue;
            }
            Act::Return { v } => {
                result = result.max(of(v));
                continue;
            }
            act => match written(&act) {
                Some(dst) => (dst, 0),
                None => continue,
            },
        };
        put(&mut slots, to, depth, forgets);
    }
    result
}

fn put(slots: &mut [u32], slot: Slot, depth: u32, forgets: bool) {
    if let Some(known) = slots.get_mut(usize::from(slot)) {
        *known = if forgets { depth } else { (*known).max(depth) };
    }
}

fn gather(builders: &mut [u32], depth: u32) {
    if let Some(known) = builders.last_mut() {
        *known = (*known).max(depth);
    }
}
