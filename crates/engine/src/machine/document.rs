//! Documents: `input` and base data, as evaluations look them up, and what replaces parts of them.
//!
//! A document is a tree, or the values at the program's paths. Replacing a part of a tree copies the objects on the way
//! to it; replacing a part of paths changes each path that leads to it, through it, or below it.

use lictor_ir::Path;
use lictor_value::text::write_rego;
use lictor_value::{Arena, Object, Set, Value, View, order};

use crate::session::Input;

/// A document.
#[derive(Clone, Copy)]
pub(super) enum Document<'v> {
    /// A value; absent where there is none.
    Tree(Value<'v>),
    /// Values by path id.
    Paths(&'v [Value<'v>]),
}

impl<'v> Document<'v> {
    pub(super) fn new(input: Input<'v>) -> Self {
        match input {
            Input::Undefined => Document::Tree(Value::ABSENT),
            Input::Tree(root) => Document::Tree(root),
            Input::Paths(values) => Document::Paths(values),
        }
    }

    /// The document with `value` at `path`.
    pub(super) fn with(
        self,
        arena: &'v Arena,
        path: &Path,
        value: Value<'v>,
        paths: &[Path],
        constants: &[Value<'v>],
    ) -> Self {
        match self {
            Document::Tree(root) => Document::Tree(put(arena, root, &path.0, value, constants)),
            Document::Paths(values) => Document::Paths(replaced(arena, values, path, value, paths, constants)),
        }
    }
}

/// A step of a path below `data`, as OPA's store takes it: steps are text there, so a number finds the key that is its
/// text, and text that is a whole number finds an item of an array.
pub(crate) fn find<'v>(of: Value<'v>, key: Value<'_>) -> Option<Value<'v>> {
    of.get(key).or_else(|| match (of.view(), key.view()) {
        (View::Object(object), View::Int(_) | View::Number(_)) => {
            let mut text = vec![];
            write_rego(key, &mut text);
            object.get(Value::str(&text))
        }
        (View::Array(items), View::Str(text)) => {
            let at: usize = std::str::from_utf8(text).ok()?.parse().ok()?;
            items.get(at).copied()
        }
        _ => None,
    })
}

/// The values of all `paths` in the document that has `value` at `target`.
pub(super) fn replaced<'v>(
    arena: &'v Arena,
    values: &[Value<'v>],
    target: &Path,
    value: Value<'v>,
    paths: &[Path],
    constants: &[Value<'v>],
) -> &'v [Value<'v>] {
    let at = |(id, path): (usize, &Path)| {
        let old = values.get(id).copied().unwrap_or(Value::ABSENT);
        if let Some(rest) = path.0.strip_prefix(&*target.0) {
            let found = rest.iter().try_fold(value, |value, key| value.get(constants[*key as usize]));
            found.unwrap_or(Value::ABSENT)
        } else if let Some(rest) = target.0.strip_prefix(&*path.0) {
            put(arena, old, rest, value, constants)
        } else {
            old
        }
    };
    arena.collect(paths.iter().enumerate().map(at))
}

/// `root` with `value` at `path`. What is missing on the way, or no object, becomes one.
pub(super) fn put<'v>(
    arena: &'v Arena,
    root: Value<'v>,
    path: &[u32],
    value: Value<'v>,
    constants: &[Value<'v>],
) -> Value<'v> {
    let mut objects = Vec::with_capacity(path.len());
    let mut at = Some(root);
    for key in path {
        let object = at.and_then(Value::as_object);
        objects.push(object.unwrap_or(&Object::EMPTY));
        at = object.and_then(|object| object.get(constants[*key as usize]));
    }
    let put = |value, (object, key): (&&Object<'v>, &u32)| insert(arena, object, constants[*key as usize], value);
    objects.iter().zip(path).rev().fold(value, put)
}

/// The object with `value` at `key`.
fn insert<'v>(arena: &'v Arena, object: &Object<'v>, key: Value<'v>, value: Value<'v>) -> Value<'v> {
    let mut vals = object.vals().to_vec();
    let keys = match object.keys().find(key) {
        Some(at) => {
            vals[at] = value;
            *object.keys()
        }
        None => {
            let mut keys = object.keys().items().to_vec();
            let at = keys.partition_point(|k| order(*k, key).is_lt());
            keys.insert(at, key);
            vals.insert(at, value);
            Set::from_sorted(arena, arena.slice(&keys), true)
        }
    };
    Value::object(arena.one(Object::new(keys, arena.slice(&vals))))
}
