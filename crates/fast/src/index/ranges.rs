//! Ranges: the arms of which both a lower and an upper bound hold of a value.
//!
//! All bounds together cut the values into stretches, and of all values of one stretch the same ranges hold. So one search
//! for the stretch leads to a list of them. Ranges that lie within each other would need long lists: these are a tree of
//! maxima instead, which is searched for each bound by itself.

use lictor_value::{Value, View, order};

use super::bounds::{Bound, Side, Sorted};
use super::sampled::Sampled;

/// An arm's range.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub(super) lower: Bound,
    pub(super) upper: Bound,
    pub(super) arm: u32,
}

/// Arms with a range each.
pub(super) enum Ranges {
    None,
    Stretches(Stretches),
    Tree(Tree),
}

impl Ranges {
    pub(super) fn new(ranges: Vec<Range>, constants: &[Value<'_>]) -> Self {
        if ranges.is_empty() {
            return Ranges::None;
        }
        match Stretches::new(&ranges, constants) {
            Some(stretches) => Ranges::Stretches(stretches),
            None => Ranges::Tree(Tree::new(ranges, constants)),
        }
    }

    /// Adds the arms whose range holds a value.
    pub(super) fn find(&self, value: Value<'_>, constants: &[Value<'_>], found: &mut Vec<u32>) {
        match self {
            Ranges::None => {}
            Ranges::Stretches(stretches) => stretches.find(value, constants, found),
            Ranges::Tree(tree) => tree.find(value, constants, found),
        }
    }
}

/// Where a bound cuts: before all values equal to its constant, or after them.
#[derive(Clone, Copy)]
struct Cut {
    constant: u32,
    after: bool,
}

impl Cut {
    fn lower(bound: Bound) -> Cut {
        Cut { constant: bound.constant, after: !bound.inclusive }
    }

    fn upper(bound: Bound) -> Cut {
        Cut { constant: bound.constant, after: bound.inclusive }
    }

    fn order(self, other: Cut, constants: &[Value<'_>]) -> std::cmp::Ordering {
        order(constants[self.constant as usize], constants[other.constant as usize]).then(self.after.cmp(&other.after))
    }

    /// Whether a value lies behind the cut.
    fn is_passed(self, value: Value<'_>, constants: &[Value<'_>]) -> bool {
        let order = order(constants[self.constant as usize], value);
        order.is_lt() || !self.after && order.is_eq()
    }

    /// The least whole number behind the cut, if its constant is one.
    fn whole(self, constants: &[Value<'_>]) -> Option<i64> {
        match constants[self.constant as usize].view() {
            View::Int(int) if self.after => int.checked_add(1),
            View::Int(int) => Some(int),
            _ => None,
        }
    }
}

/// Up to here, per range, its stretches are counted out.
const STRETCHES: usize = 8;

/// A list of arms for each stretch between two cuts.
pub(super) struct Stretches {
    /// Each once, ascending.
    cuts: Vec<Cut>,
    /// The least whole numbers behind all cuts, side by side.
    whole: Option<Sampled>,
    /// Of each stretch, where its arms begin; the first one lies before all cuts.
    starts: Vec<u32>,
    arms: Vec<u32>,
}

impl Stretches {
    /// `None` where lists would be long.
    fn new(ranges: &[Range], constants: &[Value<'_>]) -> Option<Self> {
        let both = |range: &Range| [Cut::lower(range.lower), Cut::upper(range.upper)];
        let mut cuts: Vec<Cut> = ranges.iter().flat_map(both).collect();
        cuts.sort_by(|a, b| a.order(*b, constants));
        cuts.dedup_by(|a, b| a.order(*b, constants).is_eq());
        let passed = |cut: Cut| cuts.partition_point(|known| known.order(cut, constants).is_lt());
        // A range lies behind its lower cut and before its upper one; one that is upside down lies nowhere.
        let stretches: Vec<_> = (ranges.iter())
            .map(|range| passed(Cut::lower(range.lower)) + 1..passed(Cut::upper(range.upper)) + 1)
            .collect();
        if stretches.iter().map(ExactSizeIterator::len).sum::<usize>() > STRETCHES * ranges.len() {
            return None;
        }
        let mut lists: Vec<Vec<u32>> = vec![vec![]; cuts.len() + 1];
        for (range, stretches) in ranges.iter().zip(stretches) {
            stretches.for_each(|stretch| lists[stretch].push(range.arm));
        }
        let mut starts = vec![0];
        let mut arms = vec![];
        for list in lists {
            arms.extend(list);
            starts.push(u32::try_from(arms.len()).ok()?);
        }
        let whole = cuts.iter().map(|cut| cut.whole(constants)).collect::<Option<_>>().map(Sampled::new);
        Some(Stretches { cuts, whole, starts, arms })
    }

    fn find(&self, value: Value<'_>, constants: &[Value<'_>], found: &mut Vec<u32>) {
        let stretch = match (&self.whole, value.view()) {
            (Some(whole), View::Int(int)) => whole.up_to(int),
            _ => self.cuts.partition_point(|cut| cut.is_passed(value, constants)),
        };
        let (start, end) = (self.starts[stretch], self.starts[stretch + 1]);
        found.extend_from_slice(&self.arms[start as usize..end as usize]);
    }
}

/// Arms by lower bound. Those whose lower bound holds come first; among them a tree of maxima leads to those whose upper
/// bound holds too.
pub(super) struct Tree {
    lower: Sorted,
    arms: Vec<u32>,
    upper: Sorted,
    /// How far behind the end of `upper` the bound of each range stands; then the highest of each [`FAN`] nodes of the level
    /// before.
    levels: Vec<Vec<u32>>,
}

/// How many nodes have one parent.
const FAN: usize = 16;

impl Tree {
    fn new(mut ranges: Vec<Range>, constants: &[Value<'_>]) -> Self {
        ranges.sort_by(|a, b| Side::Lower.wider(a.lower, b.lower, constants));
        let mut by_upper: Vec<usize> = (0..ranges.len()).collect();
        by_upper.sort_by(|a, b| Side::Upper.wider(ranges[*a].upper, ranges[*b].upper, constants));
        let mut positions = vec![0; ranges.len()];
        for (position, range) in (0..).zip(by_upper.iter().rev()) {
            positions[*range] = position;
        }
        let mut levels = vec![positions];
        while let Some(last) = levels.last()
            && last.len() > 1
        {
            let maxima = last.chunks(FAN).map(|nodes| nodes.iter().copied().max().unwrap_or_default()).collect();
            levels.push(maxima);
        }
        let upper = by_upper.into_iter().map(|range| ranges[range].upper).collect();
        Tree {
            lower: Sorted::new(ranges.iter().map(|range| range.lower).collect(), constants, Side::Lower),
            arms: ranges.iter().map(|range| range.arm).collect(),
            upper: Sorted::new(upper, constants, Side::Upper),
            levels,
        }
    }

    fn find(&self, value: Value<'_>, constants: &[Value<'_>], found: &mut Vec<u32>) {
        let until = self.lower.holding(value, constants);
        if until > 0 {
            let least = self.arms.len() - self.upper.holding(value, constants);
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
