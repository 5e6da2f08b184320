//! Constants, keys and paths: each written once into the program, told apart by content.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use lictor_ir::Path;
use lictor_syntax::Name;
use lictor_value::{Arena, Frozen, Object, Set, Value, number};

use crate::hir::Constant;

type Map<K, V> = HashMap<K, V, FixedState>;

/// The tables that ops name by id.
#[derive(Default)]
pub(super) struct Constants {
    ids: Map<Constant, u32>,
    list: Vec<Constant>,
    key_ids: Map<u32, u16>,
    keys: Vec<u32>,
    path_ids: Map<Box<[u32]>, u32>,
    paths: Vec<Path>,
}

impl Constants {
    /// The id of a constant.
    pub(super) fn id(&mut self, constant: &Constant) -> u32 {
        if let Some(id) = self.ids.get(constant) {
            return *id;
        }
        let id = self.list.len() as u32;
        self.ids.insert(constant.clone(), id);
        self.list.push(constant.clone());
        id
    }

    /// The id of a string.
    pub(super) fn name(&mut self, name: &Name) -> u32 {
        self.id(&Constant::String(name.clone()))
    }

    /// The constant of that id.
    pub(super) fn get(&self, id: u32) -> Option<&Constant> {
        self.list.get(id as usize)
    }

    /// The key that a constant is to [`lictor_ir::Act::Field`]; `None` once 65,536 are taken.
    pub(super) fn key(&mut self, constant: u32) -> Option<u16> {
        if let Some(key) = self.key_ids.get(&constant) {
            return Some(*key);
        }
        let key = u16::try_from(self.keys.len()).ok()?;
        self.key_ids.insert(constant, key);
        self.keys.push(constant);
        Some(key)
    }

    /// The constant that a key is, if it is a string.
    pub(super) fn key_name(&self, key: u16) -> Option<u32> {
        let id = *self.keys.get(usize::from(key))?;
        matches!(self.get(id), Some(Constant::String(_))).then_some(id)
    }

    /// The id of a path of constant ids.
    pub(super) fn path(&mut self, steps: &[u32]) -> u32 {
        if let Some(id) = self.path_ids.get(steps) {
            return *id;
        }
        let id = self.paths.len() as u32;
        self.path_ids.insert(steps.into(), id);
        self.paths.push(Path(steps.into()));
        id
    }

    /// Tables as they were.
    pub(super) fn of(list: Vec<Constant>, keys: Vec<u32>, paths: Vec<Path>) -> Self {
        Constants {
            ids: list.iter().cloned().zip(0..).collect(),
            list,
            key_ids: keys.iter().copied().zip(0..).collect(),
            keys,
            path_ids: paths.iter().map(|Path(steps)| steps.clone()).zip(0..).collect(),
            paths,
        }
    }

    /// A path with more steps.
    pub(super) fn longer(&mut self, path: u32, steps: &[u32]) -> u32 {
        let path = [&*self.paths[path as usize].0, steps].concat();
        self.path(&path)
    }

    /// The finished tables: constants, keys, paths.
    pub(super) fn freeze(&mut self) -> (Frozen, Vec<u32>, Vec<Path>) {
        let list = &self.list;
        let frozen =
            Frozen::build(|arena| Value::array(arena.collect(list.iter().map(|constant| value(arena, constant)))));
        (frozen, std::mem::take(&mut self.keys), std::mem::take(&mut self.paths))
    }

    /// The constants by id.
    pub(super) fn into_list(self) -> Vec<Constant> {
        self.list
    }
}

/// A constant as a value. Sets are indexed: what asks for members of a constant set asks often.
pub(super) fn value<'v>(arena: &'v Arena, constant: &Constant) -> Value<'v> {
    match constant {
        Constant::Null => Value::NULL,
        Constant::Bool(b) => Value::bool(*b),
        Constant::Number(text) => number::from_text(arena, text),
        Constant::String(text) => Value::str(arena.slice(text.as_bytes())),
        Constant::Array(items) => Value::array(arena.collect(items.iter().map(|item| value(arena, item)))),
        Constant::Set(items) => {
            let mut items: Vec<_> = items.iter().map(|item| value(arena, item)).collect();
            Value::set(arena.one(Set::from_unsorted(arena, &mut items, true)))
        }
        Constant::Object(pairs) => {
            let mut pairs: Vec<_> = pairs.iter().map(|(k, v)| (value(arena, k), value(arena, v))).collect();
            Value::object(arena.one(Object::from_unsorted(arena, &mut pairs)))
        }
    }
}
