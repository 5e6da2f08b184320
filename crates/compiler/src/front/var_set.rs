//! A set of variables. Most definitions have few, and the stages make many such sets: those below 64 are bits of one word.

use std::collections::BTreeSet;

use crate::front::draft::Var;

/// A set of variables, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VarSet {
    /// Bit `n` is variable `n`.
    few: u64,
    /// Those from 64 on.
    more: BTreeSet<Var>,
}

/// The bit of a variable that has one.
fn bit(var: Var) -> Option<u64> {
    1u64.checked_shl(var)
}

impl VarSet {
    /// None.
    pub(crate) fn new() -> Self {
        VarSet::default()
    }

    /// Adds one; whether it was not there.
    pub(crate) fn insert(&mut self, var: Var) -> bool {
        match bit(var) {
            Some(bit) => {
                let new = self.few & bit == 0;
                self.few |= bit;
                new
            }
            None => self.more.insert(var),
        }
    }

    /// Takes one away; whether it was there.
    pub(crate) fn remove(&mut self, var: Var) -> bool {
        match bit(var) {
            Some(bit) => {
                let there = self.few & bit != 0;
                self.few &= !bit;
                there
            }
            None => self.more.remove(&var),
        }
    }

    /// Whether it is there.
    pub(crate) fn contains(&self, var: Var) -> bool {
        match bit(var) {
            Some(bit) => self.few & bit != 0,
            None => self.more.contains(&var),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.few == 0 && self.more.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.few.count_ones() as usize + self.more.len()
    }

    /// The variables, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Var> {
        self.into_iter()
    }

    /// Adds all of another set.
    pub(crate) fn add(&mut self, other: &VarSet) {
        self.few |= other.few;
        self.more.extend(&other.more);
    }

    /// Takes all of another set away.
    pub(crate) fn take(&mut self, other: &VarSet) {
        self.few &= !other.few;
        if !self.more.is_empty() {
            self.more.retain(|var| !other.more.contains(var));
        }
    }

    /// What is in this set and not in the other.
    pub(crate) fn without(&self, other: &VarSet) -> VarSet {
        VarSet { few: self.few & !other.few, more: self.more.difference(&other.more).copied().collect() }
    }

    /// What is in both sets.
    pub(crate) fn in_both(&self, other: &VarSet) -> VarSet {
        VarSet { few: self.few & other.few, more: self.more.intersection(&other.more).copied().collect() }
    }

    /// Whether all of it is in another set.
    pub(crate) fn is_subset(&self, other: &VarSet) -> bool {
        self.few & !other.few == 0 && self.more.is_subset(&other.more)
    }

    /// Keeps what `keep` says.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(Var) -> bool) {
        let all = std::mem::take(self);
        self.extend(all.iter().filter(|var| keep(*var)));
    }
}

impl<'a> IntoIterator for &'a VarSet {
    type Item = Var;
    type IntoIter = std::iter::Chain<Few, std::iter::Copied<std::collections::btree_set::Iter<'a, Var>>>;

    fn into_iter(self) -> Self::IntoIter {
        Few(self.few).chain(self.more.iter().copied())
    }
}

/// The variables of a word.
pub(crate) struct Few(u64);

impl Iterator for Few {
    type Item = Var;

    fn next(&mut self) -> Option<Var> {
        let next = (self.0 != 0).then(|| self.0.trailing_zeros())?;
        self.0 &= self.0 - 1;
        Some(next)
    }
}

impl Extend<Var> for VarSet {
    fn extend<I: IntoIterator<Item = Var>>(&mut self, vars: I) {
        vars.into_iter().for_each(|var| {
            self.insert(var);
        });
    }
}

impl FromIterator<Var> for VarSet {
    fn from_iter<I: IntoIterator<Item = Var>>(vars: I) -> Self {
        let mut set = VarSet::new();
        set.extend(vars);
        set
    }
}

impl<const N: usize> From<[Var; N]> for VarSet {
    fn from(vars: [Var; N]) -> Self {
        vars.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_set_on_both_sides_of_a_word() {
        let (some, others) = (VarSet::from([1, 63, 64, 200]), VarSet::from([63, 200, 5]));
        let list = |set: &VarSet| set.iter().collect::<Vec<_>>();
        assert_eq!(list(&some), [1, 63, 64, 200]);
        assert_eq!(list(&some.without(&others)), [1, 64]);
        assert_eq!(list(&some.in_both(&others)), [63, 200]);
        assert!(some.in_both(&others).is_subset(&some) && !some.is_subset(&others));
        let mut all = some.clone();
        all.add(&others);
        assert_eq!((list(&all), all.len()), (vec![1, 5, 63, 64, 200], 5));
        all.take(&some);
        assert_eq!(list(&all), [5]);
        all.retain(|var| var != 5);
        assert!(all.is_empty() && all.insert(64) && !all.insert(64) && all.contains(64));
        all.remove(64);
        assert!(!all.contains(64) && !all.contains(0));
    }
}
