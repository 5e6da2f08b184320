//! Paths into values, as `json.filter`, `json.remove` and `json.patch` take them: strings with `/` between keys, where
//! `~1` stands for `/` and `~0` for `~`, or arrays of keys.

use std::collections::HashMap;

use lictor_value::json::MAX_DEPTH;
use lictor_value::{Context, Object, Set, Type, Value, View};

use crate::ordered::Ordered;

const PATH: Type = Type::OneOf(&[Type::String, Type::Array(&Type::Any)]);
/// The type of a collection of paths.
pub(crate) const PATHS: Type = Type::OneOf(&[Type::Array(&PATH), Type::Set(&PATH)]);

/// The keys of one path; an empty string has none.
pub(crate) fn read<'v>(cx: &mut Context<'_, 'v>, path: Value<'v>, position: usize) -> Option<Vec<Value<'v>>> {
    match path.view() {
        View::Str(b"") => Some(Vec::new()),
        View::Str(text) => {
            let start = text.iter().position(|b| *b != b'/').unwrap_or(text.len());
            Some(text[start..].split(|b| *b == b'/').map(|key| unescaped(cx, key)).collect())
        }
        View::Array(keys) => Some(keys.to_vec()),
        _ => {
            let found = path.type_name();
            let wanted = "one of {set, array} containing string paths or array of path segments";
            cx.bad_operand(position, format!("must be {wanted} but got {found}"))
        }
    }
}

fn unescaped<'v>(cx: &Context<'_, 'v>, key: &'v [u8]) -> Value<'v> {
    if !key.contains(&b'~') {
        return Value::str(key);
    }
    // First all `~1`, then all `~0`, so that `~01` stands for `~1`.
    let replaced = |key: &[u8], from: &[u8], to: u8| {
        let mut replaced = Vec::with_capacity(key.len());
        let mut rest = key;
        while let [byte, after @ ..] = rest {
            let found = rest.starts_with(from);
            replaced.push(if found { to } else { *byte });
            rest = if found { &rest[from.len()..] } else { after };
        }
        replaced
    };
    cx.string(replaced(&replaced(key, b"~1", b'/'), b"~0", b'~'))
}

/// Many paths as a tree: at each key either all below it, or some paths further.
#[derive(Default)]
pub(crate) struct Paths<'v> {
    branches: HashMap<Ordered<'v>, Branch<'v>>,
}

enum Branch<'v> {
    All,
    Some(Paths<'v>),
}

impl<'v> Paths<'v> {
    /// Reads an array or set of paths.
    pub(crate) fn read(cx: &mut Context<'_, 'v>, paths: Value<'v>, position: usize) -> Option<Self> {
        let Some(items) = crate::operand::items(paths) else {
            return cx.wrong_operand(position, "one of {set, array}", paths);
        };
        let mut tree = Paths::default();
        for path in items {
            tree.add(&read(cx, *path, position)?);
        }
        Some(tree)
    }

    /// A path below one that takes all adds nothing; one that ends replaces those below it.
    fn add(&mut self, path: &[Value<'v>]) {
        // No value is so deep that more keys could lead to anything.
        let path = &path[..path.len().min(MAX_DEPTH)];
        let Some((last, steps)) = path.split_last() else {
            return;
        };
        let mut node = self;
        for step in steps {
            match node.branches.entry(Ordered(*step)).or_insert_with(|| Branch::Some(Paths::default())) {
                Branch::All => return,
                Branch::Some(next) => node = next,
            }
        }
        node.branches.insert(Ordered(*last), Branch::All);
    }

    fn at(&self, key: Value<'v>) -> Option<&Branch<'v>> {
        self.branches.get(&Ordered(key))
    }

    /// What is at the paths.
    pub(crate) fn filter(&self, cx: &Context<'_, 'v>, value: Value<'v>) -> Value<'v> {
        // OPA goes through the shorter of an object and its paths: the keys are written as in that one.
        let key_of = |object: &Object<'v>, key: Value<'v>| match self.branches.get_key_value(&Ordered(key)) {
            Some((asked, _)) if object.len() < self.branches.len() => asked.0,
            _ => key,
        };
        self.rebuilt(cx, value, key_of, |branch, value| match branch {
            None => None,
            Some(Branch::All) => Some(value),
            Some(Branch::Some(paths)) => Some(paths.filter(cx, value)),
        })
    }

    /// What is not at the paths.
    pub(crate) fn remove(&self, cx: &Context<'_, 'v>, value: Value<'v>) -> Value<'v> {
        self.rebuilt(
            cx,
            value,
            |_, key| key,
            |branch, value| match branch {
                None => Some(value),
                Some(Branch::All) => None,
                Some(Branch::Some(paths)) => Some(paths.remove(cx, value)),
            },
        )
    }

    /// The value with each element replaced by what `keep` makes of it and of the paths at its key. The keys of arrays
    /// are their positions as strings, those of sets the members; `key_of` says how those of objects are written.
    fn rebuilt(
        &self,
        cx: &Context<'_, 'v>,
        value: Value<'v>,
        key_of: impl Fn(&Object<'v>, Value<'v>) -> Value<'v>,
        keep: impl Fn(Option<&Branch<'v>>, Value<'v>) -> Option<Value<'v>>,
    ) -> Value<'v> {
        match value.view() {
            View::Array(items) => {
                let position = |at: usize| at.to_string();
                let kept: Vec<_> = items
                    .iter()
                    .enumerate()
                    .filter_map(|(at, item)| keep(self.at(cx.string(position(at))), *item))
                    .collect();
                Value::array(cx.arena.slice(&kept))
            }
            View::Set(set) => {
                let mut kept: Vec<_> = set.items().iter().filter_map(|item| keep(self.at(*item), *item)).collect();
                Value::set(cx.arena.one(Set::from_unsorted(cx.arena, &mut kept, true)))
            }
            View::Object(object) => {
                let pair = |(key, inner)| Some((key_of(object, key), keep(self.at(key), inner)?));
                let mut kept: Vec<_> = object.iter().filter_map(pair).collect();
                Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut kept)))
            }
            _ => value,
        }
    }
}
