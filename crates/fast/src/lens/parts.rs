//! Parts: an object of which only some keys are read is put together from what was read at these.

use std::collections::BTreeSet;
use std::sync::Arc;

use lictor_ir::Program;
use lictor_value::{Arena, Frozen, Object, Set, Value, order};

use super::LensError;

/// A path to an object, and the paths to its parts.
pub(super) struct Parts {
    path: u32,
    /// In the order of their keys.
    below: Vec<u32>,
    /// An array of the keys, and the set of them.
    keys: Frozen,
}

impl Parts {
    pub(super) fn new(program: &Program, path: u32, below: BTreeSet<u32>) -> Self {
        let constants = program.constants();
        let key = |path: u32| program.paths[path as usize].0.last().map_or(Value::NULL, |key| constants[*key as usize]);
        let mut below: Vec<u32> = below.into_iter().collect();
        below.sort_by(|a, b| order(key(*a), key(*b)));
        let keys = Frozen::derive(Arc::clone(&program.constants), |arena, constants| {
            let constants = constants.as_array().unwrap_or_default();
            let key =
                |path: &u32| program.paths[*path as usize].0.last().map_or(Value::NULL, |key| constants[*key as usize]);
            let keys: &[Value<'_>] = arena.collect(below.iter().map(key));
            let set = Value::set(arena.one(Set::from_sorted(arena, keys, true)));
            Value::array(arena.slice(&[Value::array(keys), set]))
        });
        Parts { path, below, keys }
    }

    pub(super) fn path(&self) -> u32 {
        self.path
    }

    /// Puts the object together, where there is one.
    pub(super) fn put_together<'s>(&'s self, arena: &'s Arena, values: &mut [Value<'s>]) -> Result<(), LensError> {
        if values[self.path as usize].as_object().is_none() {
            return Ok(());
        }
        let Some([keys, all]) = self.keys.root().as_array() else { return Ok(()) };
        let (Some(keys), Some(all)) = (keys.as_array(), all.as_set()) else { return Ok(()) };
        if !arena.has_room(4 * keys.len() * size_of::<Value<'_>>()) {
            return Err(LensError);
        }
        let (found, vals) = (arena.filled(keys.len(), Value::NULL), arena.filled(keys.len(), Value::NULL));
        let mut count = 0;
        for (key, path) in keys.iter().zip(&self.below) {
            let value = values[*path as usize];
            if !value.is_absent() {
                (found[count], vals[count]) = (*key, value);
                count += 1;
            }
        }
        let keys = if count == keys.len() { *all } else { Set::from_sorted(arena, &found[..count], true) };
        values[self.path as usize] = Value::object(arena.one(Object::new(keys, &vals[..count])));
        Ok(())
    }
}
