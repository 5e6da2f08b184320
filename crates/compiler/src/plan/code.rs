//! A routine's code while it is written: labels have names, and ops may still be put in front of a loop.

use lictor_ir::{Act, Guard, NOWHERE, Op, Slot};

use crate::hir::At;

/// A place in the code that may not be known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(u32);

impl Label {
    /// For ops that need none.
    pub(super) const NONE: Label = Label(u32::MAX);
}

#[derive(Clone, Copy)]
struct Line {
    act: Act,
    to: Label,
    at: At,
}

/// Ops in the making.
#[derive(Default)]
pub(super) struct Code {
    lines: Vec<Line>,
    /// What goes in front of the line at a position; labels bound there lead to it.
    inserted: Vec<(u32, Line)>,
    labels: Vec<u32>,
    /// Jump tables by their id in the program.
    pub(super) tables: Vec<(u32, Vec<(u32, Label)>)>,
    /// Choices by their id in the program.
    pub(super) choices: Vec<(u32, Vec<(Guard, Label)>)>,
}

/// Finished code; labels count from its own first op.
pub(super) struct Assembled {
    pub(super) ops: Vec<Op>,
    pub(super) places: Vec<At>,
    pub(super) tables: Vec<(u32, Vec<(u32, u32)>)>,
    pub(super) choices: Vec<(u32, Vec<(Guard, u32)>)>,
}

impl Code {
    /// A new label, to be bound once.
    pub(super) fn label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(self.labels.len() as u32 - 1)
    }

    /// The label's place is here.
    pub(super) fn bind(&mut self, label: Label) {
        if let Some(place) = self.labels.get_mut(label.0 as usize) {
            *place = self.lines.len() as u32;
        }
    }

    /// Where the next op goes.
    pub(super) fn position(&self) -> u32 {
        self.lines.len() as u32
    }

    /// Adds an op.
    pub(super) fn emit(&mut self, act: Act, to: Label, at: At) {
        self.lines.push(Line { act, to, at });
    }

    /// Puts an op in front of the one at `position`.
    pub(super) fn insert(&mut self, position: u32, act: Act, to: Label, at: At) {
        self.inserted.push((position, Line { act, to, at }));
    }

    /// Puts the insertions where they belong and turns labels into places.
    pub(super) fn assemble(mut self) -> Assembled {
        // Stable: what was inserted first at one place stays first.
        self.inserted.sort_by_key(|(position, _)| *position);
        let mut lines = Vec::with_capacity(self.lines.len() + self.inserted.len());
        let mut moved = Vec::with_capacity(self.lines.len() + 1);
        let mut inserted = self.inserted.iter().peekable();
        for position in 0..=self.lines.len() {
            moved.push(lines.len() as u32);
            while let Some((_, line)) = inserted.next_if(|(at, _)| *at as usize == position) {
                lines.push(*line);
            }
            lines.extend(self.lines.get(position).copied());
        }
        let place = |label: Label| match self.labels.get(label.0 as usize) {
            Some(line) => moved.get(*line as usize).copied().unwrap_or(NOWHERE),
            None => NOWHERE,
        };
        Assembled {
            ops: lines.iter().map(|line| Op { act: line.act, to: place(line.to) }).collect(),
            places: lines.iter().map(|line| line.at).collect(),
            tables: self
                .tables
                .iter()
                .map(|(id, arms)| (*id, arms.iter().map(|(k, label)| (*k, place(*label))).collect()))
                .collect(),
            choices: self
                .choices
                .iter()
                .map(|(id, arms)| (*id, arms.iter().map(|(guard, label)| (guard.clone(), place(*label))).collect()))
                .collect(),
        }
    }
}

/// The slot that an op writes, apart from the loops' slots.
pub(super) fn written(act: &Act) -> Option<Slot> {
    use Act::*;
    match *act {
        Const { dst, .. }
        | Move { dst, .. }
        | Input { dst, .. }
        | InputOr { dst, .. }
        | FieldOr { dst, .. }
        | Data { dst, .. }
        | Field { dst, .. }
        | Get { dst, .. }
        | Find { dst, .. }
        | Array { dst, .. }
        | Set { dst, .. }
        | Object { dst, .. }
        | Add { dst, .. }
        | Sub { dst, .. }
        | Mul { dst, .. }
        | Div { dst, .. }
        | Rem { dst, .. }
        | Rule { dst, .. }
        | Extent { dst, .. }
        | Names { dst, .. }
        | Finish { dst }
        | Clear { dst }
        | Settle { dst, .. } => Some(dst),
        Call { first, .. } | Func { first, .. } | Lookup { first, .. } | Ask { first, .. } => Some(first),
        _ => None,
    }
}
