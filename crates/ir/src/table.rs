//! Jump tables: from a scalar constant to a label, in one probe.

use hashbrown::HashTable;
use lictor_value::{Value, hash, same};

use crate::op::Label;

/// A switch over constants.
#[derive(Default)]
pub struct Table {
    arms: HashTable<(u32, Label)>,
}

impl Table {
    /// A table of constant ids and labels; `constants` are the program's. The first of equal constants wins.
    pub fn new(arms: impl IntoIterator<Item = (u32, Label)>, constants: &[Value<'_>]) -> Self {
        let mut table = Table::default();
        let word = |k: u32| u64::from(hash(constants[k as usize])).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for (k, label) in arms {
            let equal = |arm: &(u32, Label)| same(constants[arm.0 as usize], constants[k as usize]);
            if table.arms.find(word(k), equal).is_none() {
                table.arms.insert_unique(word(k), (k, label), |arm| word(arm.0));
            }
        }
        table
    }

    /// The label for a value.
    #[inline]
    pub fn find(&self, value: Value<'_>, constants: &[Value<'_>]) -> Option<Label> {
        let word = u64::from(hash(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.arms.find(word, |arm| same(constants[arm.0 as usize], value)).map(|arm| arm.1)
    }

    /// The arms, in no order.
    pub fn arms(&self) -> impl Iterator<Item = (u32, Label)> {
        self.arms.iter().copied()
    }

    /// Changes every label.
    pub fn relabel(&mut self, mut to: impl FnMut(Label) -> Label) {
        self.arms.iter_mut().for_each(|arm| arm.1 = to(arm.1));
    }
}
