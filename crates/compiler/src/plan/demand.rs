//! Demand: how much of a value is looked at. Of programs it is found in [`super::demands`].

use std::collections::BTreeMap;

use lictor_ir::{Part, Reads, Test};

/// How much of a value is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Demand {
    /// What kind of value it is; a scalar wholly.
    #[default]
    Kind,
    /// The same, and of an object these keys: constant ids.
    Keys(BTreeMap<u32, Demand>),
    Whole,
}

/// More keys are not told apart.
const MOST: usize = 256;

impl Demand {
    /// Adds another demand; whether that makes it more.
    pub(super) fn add(&mut self, other: &Demand) -> bool {
        match (&mut *self, other) {
            (Demand::Whole, _) | (_, Demand::Kind) => false,
            (Demand::Keys(mine), Demand::Keys(theirs)) => {
                let mut more = false;
                for (key, demand) in theirs {
                    more |= match mine.get_mut(key) {
                        Some(known) => known.add(demand),
                        None => {
                            mine.insert(*key, demand.clone());
                            true
                        }
                    };
                }
                if mine.len() > MOST {
                    *self = Demand::Whole;
                }
                more
            }
            (mine, other) => {
                *mine = other.clone();
                true
            }
        }
    }
}

/// What a guard's test looks at.
pub(super) fn of_test(test: &Test) -> Demand {
    match test {
        Test::Defined | Test::Truthy | Test::Is(_) => Demand::Kind,
        _ => Demand::Whole,
    }
}

/// What is read of `input`, as paths; `longer` gives the id of a path with one more key.
pub(super) fn reads<'d>(
    demands: impl Iterator<Item = (u32, &'d Demand)>,
    mut longer: impl FnMut(u32, u32) -> u32,
) -> Reads {
    let mut all: BTreeMap<u32, Demand> = BTreeMap::new();
    let mut ahead: Vec<(u32, Demand)> = demands.map(|(path, demand)| (path, demand.clone())).collect();
    while let Some((path, demand)) = ahead.pop() {
        if let Demand::Keys(keys) = &demand {
            ahead.extend(keys.iter().map(|(key, demand)| (longer(path, *key), demand.clone())));
        }
        all.entry(path).or_default().add(&demand);
    }
    let mut reads = Reads::default();
    for (path, demand) in all {
        match demand {
            Demand::Kind => reads.kinds.push(path),
            Demand::Whole => reads.paths.push(path),
            Demand::Keys(keys) => {
                let below = keys.into_keys().map(|key| longer(path, key)).collect();
                reads.parts.push(Part { path, below });
            }
        }
    }
    reads
}
