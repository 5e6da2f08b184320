//! Bounds: the arms whose one bound holds of a value, by search among all bounds.

use std::cmp::Ordering;

use lictor_value::{Value, View, order};

use super::sampled::Sampled;

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

    /// The order of bounds by whether they hold of more values: such first.
    pub(super) fn wider(self, a: Bound, b: Bound, constants: &[Value<'_>]) -> Ordering {
        self.compare()(constants[a.constant as usize], constants[b.constant as usize])
            .then(b.inclusive.cmp(&a.inclusive))
    }

    fn holds(self, bound: Bound, value: Value<'_>, constants: &[Value<'_>]) -> bool {
        match self.compare()(constants[bound.constant as usize], value) {
            Ordering::Less => true,
            Ordering::Equal => bound.inclusive,
            Ordering::Greater => false,
        }
    }
}

/// Bounds on one side, those that hold of more values first.
pub(super) struct Sorted {
    side: Side,
    bounds: Vec<Bound>,
    /// Where all bounds are whole numbers of 64 bits: the least or greatest whole number that each holds of, of which
    /// the greatest are turned upside down, so that they ascend too. Constants lie all over the memory.
    whole: Option<Sampled>,
}

impl Sorted {
    /// Bounds that are sorted as [`Side::wider`] says.
    pub(super) fn new(bounds: Vec<Bound>, constants: &[Value<'_>], side: Side) -> Self {
        let whole = |bound: &Bound| match (constants[bound.constant as usize].view(), side) {
            (View::Int(int), Side::Lower) if bound.inclusive => Some(int),
            (View::Int(int), Side::Lower) => int.checked_add(1),
            (View::Int(int), Side::Upper) if bound.inclusive => Some(!int),
            (View::Int(int), Side::Upper) => int.checked_sub(1).map(|int| !int),
            _ => None,
        };
        let whole = bounds.iter().map(whole).collect::<Option<_>>().map(Sampled::new);
        Sorted { side, bounds, whole }
    }

    /// How many hold of a value: the first ones.
    pub(super) fn holding(&self, value: Value<'_>, constants: &[Value<'_>]) -> usize {
        match (&self.whole, value.view(), self.side) {
            (Some(whole), View::Int(int), Side::Lower) => whole.up_to(int),
            (Some(whole), View::Int(int), Side::Upper) => whole.up_to(!int),
            _ => self.bounds.partition_point(|bound| self.side.holds(*bound, value, constants)),
        }
    }
}

/// Arms with one bound each, those that hold of a value first.
pub(super) struct Bounds {
    bounds: Sorted,
    arms: Vec<u32>,
}

impl Bounds {
    pub(super) fn new(mut bounds: Vec<(Bound, u32)>, constants: &[Value<'_>], side: Side) -> Self {
        bounds.sort_by(|a, b| side.wider(a.0, b.0, constants));
        let (bounds, arms) = bounds.into_iter().unzip();
        Bounds { bounds: Sorted::new(bounds, constants, side), arms }
    }

    /// Adds the arms whose bound holds.
    pub(super) fn find(&self, value: Value<'_>, constants: &[Value<'_>], found: &mut Vec<u32>) {
        if !self.arms.is_empty() {
            found.extend_from_slice(&self.arms[..self.bounds.holding(value, constants)]);
        }
    }
}
