//! What holds of routines together: none calls itself, and the reads of an entry name all that it can load.

use std::collections::HashSet;

use crate::op::{Act, Label};
use crate::program::{Program, Replacement, Routine};

use super::Fault;

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
pub(super) fn check_cycles(program: &Program, faults: &mut Vec<Fault>) {
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
pub(super) fn check_reads(program: &Program, faults: &mut Vec<Fault>) {
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
