//! Bounds and ranges: the arms whose bounds hold of a value, by binary search.

use std::cmp::Ordering;

use lictor_value::{Value, View, order};

/// A bound: a constant, and whether it is itself enough.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub(super) constant: u32,
    pub(super) inclusive: bool,
}

type Compare = fn(Value<'_>, Value<'_>) -> Ordering;

/// On which side bounds bound a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Lower bounds.
    Lower,
    /// Upper bounds.
    Upper,
}

impl Side {
    /// How bounds are sorted: those that hold of a value come before those that do not.
    fn compare(self) -> Compare {
        match self {
            Side::Lower => order,
            Side::Upper => |a, b| order(b, a),
        }
    }
}

/// Which of two bounds holds of more values.
fn wider(a: Bound, b: Bound, constants: &[Value<'_>], compare: Compare) -> Ordering {
    compare(constants[a.constant as usize], constants[b.constant as usize]).then(b.inclusive.cmp(&a.inclusive))
}

fn holds(bound: Bound, value: Value<'_>, constants: &[Value<'_>], compare: Compare) -> bool {
    match compare(constants[bound.constant as usize], value) {
        Ordering::Less => true,
        Ordering::Equal => bound.inclusive,
        Ordering::Greater => false,
    }
}

/// Bounds, those that hold of a value before those that do not.
#[derive(Default)]
struct Sorted {
    bounds: Vec<Bound>,
    /// Where all bounds are whole numbers of 64 bits: the least or greatest whole number that each holds of. They stand side
    /// by side, where constants lie all over the memory.
    whole: Option<Box<[i64]>>,
}

impl Sorted {
    /// `side` tells lower bounds from upper ones.
    fn new(bounds: Vec<Bound>, constants: &[Value<'_>], side: Side) -> Self {
        let whole = |bound: &Bound| match (constants[bound.constant as usize].view(), side) {
            (View::Int(int), _) if bound.inclusive => Some(int),
            (View::Int(int), Side::Lower) => int.checked_add(1),
            (View::Int(int), Side::Upper) => int.checked_sub(1),
            _ => None,
        };
        let whole = bounds.iter().map(whole).collect();
        Sorted { bounds, whole }
    }

    /// How many hold of a value: those come first, or where bounds are sorted the other way, last.
    fn holding(&self, value: Value<'_>, constants: &[Value<'_>], side: Side, first: bool) -> usize {
        let is = |at: bool| at == first;
        let before = match (&self.whole, value.view()) {
            (Some(whole), View::Int(int)) => whole.partition_point(|bound| {
                is(match side {
                    Side::Lower => *bound <= int,
                    Side::Upper => int <= *bound,
                })
            }),
            _ => self.bounds.partition_point(|bound| is(holds(*bound, value, constants, side.compare()))),
        };
        if first { before } else { self.bounds.len() - before }
    }
}

/// Arms with one bound each, those that hold of a value first.
#[derive(Default)]
pub(super) struct Bounds {
    bounds: Sorted,
    arms: Vec<u32>,
}

impl Bounds {
    pub(super) fn new(mut bounds: Vec<(Bound, u32)>, constants: &[Value<'_>], side: Side) -> Self {
        bounds.sort_by(|a, b| wider(a.0, b.0, constants, side.compare()));
        let (bounds, arms) = bounds.into_iter().unzip();
        Bounds { bounds: Sorted::new(bounds, constants, side), arms }
    }

    /// Adds the arms whose bound holds.
    pub(super) fn find(&self, value: Value<'_>, constants: &[Value<'_>], side: Side, found: &mut Vec<u32>) {
        if !self.arms.is_empty() {
            found.extend_from_slice(&self.arms[..self.bounds.holding(value, constants, side, true)]);
        }
    }
}

/// An arm's range.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub(super) lower: Bound,
    pub(super) upper: Bound,
    pub(super) arm: u32,
}

/// Arms with a range each, by lower bound. Those whose lower bound holds come first; among them a tree of maxima leads to
/// those whose upper bound holds too.
#[derive(Default)]
pub(super) struct Ranges {
    lower: Sorted,
    arms: Vec<u32>,
    /// The upper bounds, those that hold of more values last.
    upper: Sorted,
    /// The highest position in `upper` of each [`FAN`] nodes of the level before; the first level is the ranges' own.
    levels: Vec<Vec<u32>>,
}

/// How many nodes have one parent.
const FAN: usize = 16;

impl Ranges {
    pub(super) fn new(mut ranges: Vec<Range>, constants: &[Value<'_>]) -> Self {
        if ranges.is_empty() {
            return Ranges::default();
        }
        ranges.sort_by(|a, b| wider(a.lower, b.lower, constants, Side::Lower.compare()));
        let mut by_upper: Vec<usize> = (0..ranges.len()).collect();
        by_upper.sort_by(|a, b| wider(ranges[*b].upper, ranges[*a].upper, constants, Side::Upper.compare()));
        let mut positions = vec![0; ranges.len()];
        for (position, range) in (0..).zip(&by_upper) {
            positions[*range] = position;
        }
        let mut levels = vec![positions];
        while let Some(last) = levels.last()
            && last.len() > 1
        {
            let maxima = last.chunks(FAN).map(|nodes| nodes.iter().copied().max().unwrap_or_default()).collect();
            levels.push(maxima);
        }
        Ranges {
            lower: Sorted::new(ranges.iter().map(|range| range.lower).collect(), constants, Side::Lower),
            arms: ranges.iter().map(|range| range.arm).collect(),
            upper: {
                let upper = by_upper.into_iter().map(|range| ranges[range].upper).collect();
                Sorted::new(upper, constants, Side::Upper)
            },
            levels,
        }
    }

    /// Adds the arms whose range holds a value.
    pub(super) fn find(&self, value: Value<'_>, constants: &[Value<'_>], found: &mut Vec<u32>) {
        if self.arms.is_empty() {
            return;
        }
        let until = self.lower.holding(value, constants, Side::Lower, true);
        if until > 0 {
            let least = self.arms.len() - self.upper.holding(value, constants, Side::Upper, false);
            self.descend(self.levels.len() - 1, 0, until, least as u32, found);
        }
    }

    /// Adds what is below a node, of the first `until` ranges, with an upper bound at `least` or behind.
    fn descend(&self, level: usize, node: usize, until: usize, least: u32, found: &mut Vec<u32>) {
        if self.levels[level][node] < least {
            return;
        }
        if level == 0 {
            found.push(self.arms[node]);
            return;
        }
        // A level has 1/FAN of the nodes of the one before, so a level's nodes stand for FAN^level ranges each.
        let below = FAN.pow(level as u32 - 1);
        let children = node * FAN..self.levels[level - 1].len().min((node + 1) * FAN);
        for child in children.take_while(|child| child * below < until) {
            self.descend(level - 1, child, until, least, found);
        }
    }
}
