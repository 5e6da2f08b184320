//! GraphQL's syntax trees as Rego values: each node says once what its fields are called, and [`Node`] writes it and reads
//! it back.
//!
//! The names are those of gqlparser's structures, which OPA prints as JSON without what is null or empty and without
//! positions. Reading follows Go's `encoding/json`: names may differ in case, what is unknown is skipped, what is
//! absent or null is left empty.

use std::sync::Arc;

use lictor_value::text::lossy;
use lictor_value::{Arena, Object, Value, View};

/// What can be part of a tree.
pub(crate) trait Node: Default {
    /// Its value; `None` where nothing is in it.
    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>>;
    /// Reads it back.
    fn read(value: Value<'_>) -> Result<Self, Mismatch>;
}

/// A value that is not what a tree has in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) found: &'static str,
    /// Go's name of the type that was wanted.
    pub(crate) wanted: &'static str,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "json: cannot unmarshal {} into Go value of type {}", self.found, self.wanted)
    }
}

impl Mismatch {
    pub(crate) fn new(found: Value<'_>, wanted: &'static str) -> Self {
        let found = match found.view() {
            View::Bool(_) => "bool",
            // A set is written as an array.
            View::Set(_) => "array",
            _ => found.type_name(),
        };
        Mismatch { found, wanted }
    }
}

impl Node for String {
    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        Some(Value::str(arena.slice(self.as_bytes())))
    }

    fn read(value: Value<'_>) -> Result<Self, Mismatch> {
        match value.view() {
            View::Null => Ok(String::new()),
            _ => match value.as_bytes() {
                Some(bytes) => Ok(lossy(bytes).into_owned()),
                None => Err(Mismatch::new(value, "string")),
            },
        }
    }
}

impl Node for bool {
    fn emit<'v>(&self, _: &'v Arena) -> Option<Value<'v>> {
        Some(Value::bool(*self))
    }

    fn read(value: Value<'_>) -> Result<Self, Mismatch> {
        match value.view() {
            View::Null => Ok(false),
            View::Bool(is) => Ok(is),
            _ => Err(Mismatch::new(value, "bool")),
        }
    }
}

impl<T: Node> Node for Vec<T> {
    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        let items: Vec<Value<'v>> = self.iter().filter_map(|item| item.emit(arena)).collect();
        (!items.is_empty()).then(|| Value::array(arena.slice(&items)))
    }

    fn read(value: Value<'_>) -> Result<Self, Mismatch> {
        match value.view() {
            View::Null => Ok(Vec::new()),
            _ => match crate::operand::items(value) {
                Some(items) => items.iter().map(|item| T::read(*item)).collect(),
                None => Err(Mismatch::new(value, "[]json.RawMessage")),
            },
        }
    }
}

impl<T: Node> Node for Option<T> {
    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        self.as_ref()?.emit(arena)
    }

    fn read(value: Value<'_>) -> Result<Self, Mismatch> {
        match value.view() {
            View::Null => Ok(None),
            _ => T::read(value).map(Some),
        }
    }
}

impl<T: Node> Node for Box<T> {
    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        T::emit(self, arena)
    }

    fn read(value: Value<'_>) -> Result<Self, Mismatch> {
        T::read(value).map(Box::new)
    }
}

impl<T: Node> Node for Arc<T> {
    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        T::emit(self, arena)
    }

    fn read(value: Value<'_>) -> Result<Self, Mismatch> {
        T::read(value).map(Arc::new)
    }
}

/// The value of an object's field, by its name or else by one that differs in case only.
pub(crate) fn named<'v>(object: &Object<'v>, name: &str) -> Option<Value<'v>> {
    object.get_str(name).or_else(|| {
        let same = |key: Value<'v>| key.as_bytes().is_some_and(|key| key.eq_ignore_ascii_case(name.as_bytes()));
        object.iter().find(|(key, _)| same(*key)).map(|(_, value)| value)
    })
}

/// Declares nodes: the key in the tree, the field and its type. Every node has a position too, which is not in the tree.
macro_rules! nodes {
    ($($(#[doc = $doc:literal])+ $name:ident { $($key:literal $field:ident: $ty:ty,)* })*) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default)]
        pub(crate) struct $name {
            $(pub(crate) $field: $ty,)*
            #[allow(dead_code, reason = "of a few nodes nobody asks where they are")]
            pub(crate) position: Option<Position>,
        }

        impl Node for $name {
            fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
                let mut pairs: Vec<(Value<'v>, Value<'v>)> = Vec::new();
                $(if let Some(value) = self.$field.emit(arena) {
                    pairs.push((Value::str($key.as_bytes()), value));
                })*
                (!pairs.is_empty()).then(|| Value::object(arena.one(Object::from_unsorted(arena, &mut pairs))))
            }

            fn read(value: Value<'_>) -> Result<Self, Mismatch> {
                let Some(object) = value.as_object() else {
                    return match value.view() {
                        View::Null => Ok(Self::default()),
                        _ => Err(Mismatch::new(value, concat!("ast.", stringify!($name)))),
                    };
                };
                Ok($name {
                    $($field: match named(object, $key) {
                        Some(value) => Node::read(value)?,
                        None => Default::default(),
                    },)*
                    position: None,
                })
            }
        }
    )*};
}

/// Declares kinds that are words in the tree; the first, which is the empty word, stands for none.
macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident { $($variant:ident = $word:literal,)* })*) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(crate) enum $name {
            #[default]
            None,
            $($variant,)*
        }

        impl $name {
            /// The word.
            pub(crate) fn word(self) -> &'static str {
                match self {
                    $name::None => "",
                    $($name::$variant => $word,)*
                }
            }
        }

        impl Node for $name {
            fn emit<'v>(&self, _: &'v Arena) -> Option<Value<'v>> {
                Some(Value::str(self.word().as_bytes()))
            }

            fn read(value: Value<'_>) -> Result<Self, Mismatch> {
                match String::read(value)?.as_str() {
                    "" => Ok($name::None),
                    $($word => Ok($name::$variant),)*
                    _ => Err(Mismatch::new(value, concat!("ast.", stringify!($name)))),
                }
            }
        }
    )*};
}

pub(crate) use {nodes, words};
