//! JSON patches (RFC 6902) of any value: `json.patch`.
//!
//! The value is unfolded into a tree only along the paths that operations touch, and folded again at the end. Paths lead
//! through objects, arrays, and sets, whose members are their own keys. What OPA does is kept even where it is odd: a
//! step through an array that was changed before sees the array as it was (see [`Node::step`]).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use lictor_value::json::MAX_DEPTH;
use lictor_value::text::lossy;
use lictor_value::{Arena, Builtin, Context, Fault, Halt, Object, Set, Type, Value, View, number, same};

use crate::family;
use crate::ordered::Ordered;
use crate::paths;

const OPERATION: Type = Type::Record(&[("op", Type::String), ("path", Type::Any)], Some((&Type::Any, &Type::Any)));

/// How many values the operations of one call may insert, counting all within them: `copy` doubles a value, and sixty of
/// them would make one that can never be printed.
const MAX_INSERTED: usize = 4 << 20;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// The value after all operations, one after another; any that fails makes the whole fail.
    "json.patch" in "object" |
        cx,
        target ("the value to change"): Value<'_>,
        patches ("the operations of RFC 6902, in their order"): &[Value<'_>] [Type::Array(&OPERATION)],
    | -> "output" ("the changed value"): Option<Value<'_>> {
        let mut patch = Patch { root: Some(Node::of(target)), budget: MAX_INSERTED };
        for operation in patches {
            patch.apply(cx, *operation)?;
        }
        match patch.root {
            Some(root) => Some(root.fold(cx.arena)),
            None => cx.fail("the whole document was removed"),
        }
    }
};

/// A value being patched.
enum Node<'v> {
    Scalar(Value<'v>),
    Object(&'v Object<'v>, Changes<'v>),
    Set(&'v Set<'v>, Changes<'v>),
    /// The array as it was, and its items now.
    Array(&'v [Value<'v>], Vec<Item<'v>>),
}

/// What became of some keys of an object or members of a set.
type Changes<'v> = BTreeMap<Ordered<'v>, Change<'v>>;

enum Change<'v> {
    Now(Node<'v>),
    /// With the word for what was deleted: scalar or composite.
    Deleted(&'static str),
}

enum Item<'v> {
    Kept(Value<'v>),
    Now(Node<'v>),
}

type Step<T> = Result<T, Fault>;

fn failed<T>(message: impl Into<Box<str>>) -> Step<T> {
    Err(Fault::Failed(message.into()))
}

struct Patch<'v> {
    /// `None` once the whole document was removed.
    root: Option<Node<'v>>,
    budget: usize,
}

impl<'v> Patch<'v> {
    fn apply(&mut self, cx: &mut Context<'_, 'v>, operation: Value<'v>) -> Option<()> {
        let Some(operation) = operation.as_object() else {
            return cx.fail("must be an array of JSON-Patch objects, but at least one element is not an object");
        };
        let Some(path) = operation.get_str("path") else {
            return cx.fail("missing required attribute 'path'");
        };
        let Some(name) = operation.get_str("op") else {
            return cx.fail("missing required attribute 'op'");
        };
        let Some(name) = name.as_bytes() else {
            return cx.fail(format!("attribute 'op' must be a string but found: {}", name.type_name()));
        };
        let path = paths::read(cx, path, 2)?;
        let from = match (name, operation.get_str("from")) {
            (b"move" | b"copy", None) => return cx.fail("missing required attribute 'from'"),
            (b"move" | b"copy", Some(from)) => paths::read(cx, from, 2)?,
            _ => Vec::new(),
        };
        let applied = self.operate(cx.arena, name, &path, &from, operation.get_str("value"));
        cx.catch(applied)
    }

    fn operate(
        &mut self,
        arena: &'v Arena,
        name: &[u8],
        path: &[Value<'v>],
        from: &[Value<'v>],
        value: Option<Value<'v>>,
    ) -> Step<()> {
        let value = || value.ok_or_else(|| Fault::Failed("missing required attribute 'value'".into()));
        match name {
            b"add" => self.insert(arena, path, value()?),
            b"remove" => self.delete(arena, path),
            b"replace" => {
                self.delete(arena, path)?;
                self.insert(arena, path, value()?)
            }
            b"move" => {
                let moved = self.read(arena, from)?;
                self.delete(arena, from)?;
                self.insert(arena, path, moved)
            }
            b"copy" => {
                let copied = self.read(arena, from)?;
                self.insert(arena, path, copied)
            }
            b"test" => {
                let (found, expected) = (self.read(arena, path)?, value()?);
                if same(found, expected) {
                    return Ok(());
                }
                let why = "value from EditTree != patch value.";
                failed(format!("{why}\n\nExpected: {expected:?}\n\nFound: {found:?}"))
            }
            _ => failed(format!("unrecognized op: '{}'", lossy(name))),
        }
    }

    fn root(&mut self) -> Step<&mut Node<'v>> {
        match &mut self.root {
            Some(root) => Ok(root),
            None => failed("nil value encountered where composite value was expected"),
        }
    }

    fn at(&mut self, arena: &'v Arena, path: &[Value<'v>]) -> Step<&mut Node<'v>> {
        path.iter().try_fold(self.root()?, |node, key| node.step(arena, *key))
    }

    fn read(&mut self, arena: &'v Arena, path: &[Value<'v>]) -> Step<Value<'v>> {
        Ok(self.at(arena, path)?.fold(arena))
    }

    fn insert(&mut self, arena: &'v Arena, path: &[Value<'v>], value: Value<'v>) -> Step<()> {
        weigh(value, path.len(), &mut self.budget)?;
        match path.split_last() {
            Some((_, [])) if self.root.is_none() => failed("deleted node encountered during insert operation"),
            Some((key, above)) => self.at(arena, above)?.insert(arena, *key, value),
            None => {
                self.root = Some(Node::of(value));
                Ok(())
            }
        }
    }

    fn delete(&mut self, arena: &'v Arena, path: &[Value<'v>]) -> Step<()> {
        match path.split_last() {
            Some((_, [])) | None if self.root.is_none() => failed("deleted node encountered during delete operation"),
            Some((key, above)) => self.at(arena, above)?.delete(arena, *key),
            None => {
                self.root = None;
                Ok(())
            }
        }
    }
}

/// Takes the number of values within `value` from the budget, and bounds how deep they lie.
fn weigh(value: Value<'_>, depth: usize, budget: &mut usize) -> Step<()> {
    if depth > MAX_DEPTH {
        return Err(Fault::Halt(Halt::Depth));
    }
    *budget = budget.checked_sub(1).ok_or(Fault::Halt(Halt::Memory))?;
    let mut all = |items: &[Value<'_>]| items.iter().try_for_each(|item| weigh(*item, depth + 1, budget));
    match value.view() {
        View::Array(items) => all(items),
        View::Set(set) => all(set.items()),
        View::Object(object) => all(object.keys().items()).and_then(|()| all(object.vals())),
        _ => Ok(()),
    }
}

fn is_composite(value: Value<'_>) -> bool {
    matches!(value.view(), View::Array(_) | View::Object(_) | View::Set(_))
}

fn word_for(value: Value<'_>) -> &'static str {
    if is_composite(value) { "composite" } else { "scalar" }
}

impl<'v> Node<'v> {
    fn of(value: Value<'v>) -> Node<'v> {
        match value.view() {
            View::Object(object) => Node::Object(object, Changes::new()),
            View::Set(set) => Node::Set(set, Changes::new()),
            View::Array(items) => Node::Array(items, items.iter().copied().map(Item::Kept).collect()),
            _ => Node::Scalar(value),
        }
    }

    /// The value as it is now; the node stays.
    fn fold(&self, arena: &'v Arena) -> Value<'v> {
        match self {
            Node::Scalar(value) => *value,
            Node::Object(object, changes) => {
                let kept = object.iter().filter(|(key, _)| !changes.contains_key(&Ordered(*key)));
                let mut pairs: Vec<_> = kept.collect();
                for (key, change) in changes {
                    if let Change::Now(node) = change {
                        pairs.push((key.0, node.fold(arena)));
                    }
                }
                Value::object(arena.one(Object::from_unsorted(arena, &mut pairs)))
            }
            Node::Set(set, changes) => {
                let kept = set.items().iter().copied().filter(|member| !changes.contains_key(&Ordered(*member)));
                let mut members: Vec<_> = kept.collect();
                for change in changes.values() {
                    if let Change::Now(node) = change {
                        members.push(node.fold(arena));
                    }
                }
                Value::set(arena.one(Set::from_unsorted(arena, &mut members, true)))
            }
            Node::Array(_, items) => {
                let items = items.iter().map(|item| match item {
                    Item::Kept(value) => *value,
                    Item::Now(node) => node.fold(arena),
                });
                Value::array(arena.slice(&items.collect::<Vec<_>>()))
            }
        }
    }

    /// The value as it was before any change below this node.
    fn original(&self) -> Value<'v> {
        match self {
            Node::Scalar(value) => *value,
            Node::Object(object, _) => Value::object(object),
            Node::Set(set, _) => Value::set(set),
            Node::Array(items, _) => Value::array(items),
        }
    }

    /// A set folds before a composite member is looked up: members that changed have other keys now.
    fn settle(&mut self, arena: &'v Arena, key: Value<'v>) {
        if matches!(self, Node::Set(..)) && is_composite(key) {
            *self = Node::of(self.fold(arena));
        }
    }

    /// The node at `key`, unfolded.
    fn step(&mut self, arena: &'v Arena, key: Value<'v>) -> Step<&mut Node<'v>> {
        self.settle(arena, key);
        let original = self.original();
        match self {
            Node::Scalar(value) => failed(format!(
                "expected composite type for path {key:?}, found value: {value:?} (type: {})",
                go_type(*value)
            )),
            Node::Object(_, changes) | Node::Set(_, changes) => {
                let change = match changes.entry(Ordered(key)) {
                    Entry::Occupied(change) => change.into_mut(),
                    Entry::Vacant(free) => match original.get(key) {
                        Some(value) => free.insert(Change::Now(Node::of(value))),
                        None if original.as_set().is_some() => {
                            return failed(format!("path {} does not exist in set term {original:?}", as_ref(key)));
                        }
                        None => return failed(format!("path {key:?} does not exist in object term {original:?}")),
                    },
                };
                match change {
                    Change::Now(node) => Ok(node),
                    Change::Deleted(word) => {
                        failed(format!("cannot unfold the already deleted {word} node for key {key:?}"))
                    }
                }
            }
            Node::Array(before, items) => {
                let at = index(items.len(), key)?;
                let position = usize::try_from(at).unwrap_or(usize::MAX);
                // What OPA finds here is the item that was at this position before anything was inserted or deleted.
                if let Some(item @ Item::Kept(_)) = items.get_mut(position)
                    && let Some(value) = before.get(position)
                {
                    *item = Item::Now(Node::of(*value));
                }
                match items.get_mut(position) {
                    Some(Item::Now(node)) => Ok(node),
                    _ => failed(format!("path {at} does not exist in array term {original:?}")),
                }
            }
        }
    }

    fn insert(&mut self, arena: &'v Arena, key: Value<'v>, value: Value<'v>) -> Step<()> {
        if matches!(self, Node::Set(..)) && !same(key, value) {
            return failed(format!("set key {key:?} does not equal value to be inserted {value:?}"));
        }
        self.settle(arena, key);
        match self {
            Node::Scalar(found) => not_composite(*found),
            Node::Object(_, changes) | Node::Set(_, changes) => {
                // The key as it is written now replaces an equal one.
                changes.remove(&Ordered(key));
                changes.insert(Ordered(key), Change::Now(Node::of(value)));
                Ok(())
            }
            Node::Array(_, items) => match usize::try_from(index(items.len(), key)?) {
                Ok(at) if at <= items.len() => {
                    items.insert(at, Item::Now(Node::of(value)));
                    Ok(())
                }
                _ => failed("index for array insertion out of bounds"),
            },
        }
    }

    fn delete(&mut self, arena: &'v Arena, key: Value<'v>) -> Step<()> {
        self.settle(arena, key);
        let original = self.original();
        match self {
            Node::Scalar(found) => not_composite(*found),
            Node::Object(_, changes) | Node::Set(_, changes) => {
                let word = match changes.get(&Ordered(key)) {
                    Some(Change::Deleted(word)) => {
                        return failed(format!("cannot delete the already deleted {word} node for key {key:?}"));
                    }
                    Some(Change::Now(node)) => word_for(node.original()),
                    None => match original.get(key) {
                        Some(value) => word_for(value),
                        None => return failed(format!("cannot delete child key {key:?} that does not exist")),
                    },
                };
                changes.insert(Ordered(key), Change::Deleted(word));
                Ok(())
            }
            Node::Array(_, items) => match usize::try_from(index(items.len(), key)?) {
                Ok(at) if at < items.len() => {
                    items.remove(at);
                    Ok(())
                }
                _ => failed("index for array delete out of bounds"),
            },
        }
    }
}

fn not_composite<T>(found: Value<'_>) -> Step<T> {
    failed(format!("expected composite type, found value: {found:?} (type: {})", go_type(found)))
}

/// OPA's name of a scalar's type in its own code, which its messages show.
fn go_type(value: Value<'_>) -> &'static str {
    match value.view() {
        View::Null => "ast.Null",
        View::Bool(_) => "ast.Boolean",
        View::Str(_) => "ast.String",
        _ => "ast.Number",
    }
}

/// A key as the head of a reference: strings stand without quotes.
fn as_ref(key: Value<'_>) -> String {
    key.as_bytes().map_or_else(|| format!("{key:?}"), |bytes| lossy(bytes).into_owned())
}

/// The position in an array that a key means: an integer, the text of one, or `-` for the end.
fn index(len: usize, key: Value<'_>) -> Step<i64> {
    match key.view() {
        View::Int(_) | View::Number(_) => match number::to_count(key) {
            Some(at) => Ok(at),
            None => failed("invalid number type for indexing"),
        },
        View::Str(b"-") => Ok(len as i64),
        View::Str(text) => match std::str::from_utf8(text).ok().and_then(number::count_of_text) {
            Some(_) if text.starts_with(b"0") && text != b"0" => failed("leading zeros are not allowed in JSON paths"),
            Some(at) => Ok(at),
            None => failed("invalid string for indexing"),
        },
        _ => failed("invalid type for indexing"),
    }
}
