//! GraphQL's syntax trees as Rego values: each node says once what its fields are called, and [`Node`] writes it and reads
//! it back.
//!
//! The names are those of gqlparser's structures, which OPA prints as JSON without what is null or empty and without
//! positions. Reading follows Go's `encoding/json`: names may differ in case, what is unknown is skipped, what is
//! absent or null is left empty. The nodes that are marked `exact` are those for which gqlparser has decoders of its own:
//! names must be the same there, comments are skipped, and reading ends where something does not fit.

use std::sync::Arc;

use lictor_value::{Arena, Value, View};

use super::decoder::Decoder;

/// What can be part of a tree.
pub(crate) trait Node: Default {
    /// Go's name of its type.
    const TYPE: &'static str;
    /// Go's name of a list of them.
    const LIST: &'static str;

    /// Its value; `None` where nothing is in it.
    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>>;

    /// Reads a value over what is there, as Go does.
    fn read(&mut self, value: Value<'_>, decoder: &mut Decoder);

    /// Reads a list of them.
    fn read_list(list: &mut Vec<Self>, value: Value<'_>, decoder: &mut Decoder) {
        match (value.view(), crate::operand::items(value)) {
            (View::Null, _) => list.clear(),
            (_, None) => decoder.refuse(value, Self::LIST),
            (_, Some(items)) => {
                list.resize_with(items.len(), Self::default);
                // No closure: trees may nest deeply, and each takes part of the stack.
                for (node, item) in list.iter_mut().zip(items) {
                    node.read(*item, decoder);
                }
            }
        }
    }
}

/// Text, of which Go has several types; `$make` and `$text` lead from text to the type and back.
macro_rules! texts {
    ($ty:ty: $go:literal, $make:expr, $text:expr) => {
        impl Node for $ty {
            const TYPE: &'static str = $go;
            const LIST: &'static str = concat!("[]", $go);

            fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
                let text: fn(&Self) -> &str = $text;
                Some(Value::str(arena.slice(text(self).as_bytes())))
            }

            fn read(&mut self, value: Value<'_>, decoder: &mut Decoder) {
                match (value.view(), value.as_bytes()) {
                    (View::Null, _) => {}
                    (_, Some(bytes)) => *self = $make(lictor_value::text::lossy(bytes).into_owned()),
                    (_, None) => decoder.refuse(value, Self::TYPE),
                }
            }
        }
    };
}

texts!(String: "string", |text| text, |text| text);

impl Node for bool {
    const TYPE: &'static str = "bool";
    const LIST: &'static str = "[]bool";

    fn emit<'v>(&self, _: &'v Arena) -> Option<Value<'v>> {
        Some(Value::bool(*self))
    }

    fn read(&mut self, value: Value<'_>, decoder: &mut Decoder) {
        match value.view() {
            View::Null => {}
            View::Bool(is) => *self = is,
            _ => decoder.refuse(value, Self::TYPE),
        }
    }
}

/// Reads an integer; Go's are written without points and exponents.
pub(crate) fn read_integer(value: Value<'_>, wanted: &'static str, decoder: &mut Decoder) -> Option<i64> {
    match value.view() {
        View::Null => None,
        View::Int(int) => Some(int),
        View::Number(text) => {
            let int = text.parse().ok();
            if int.is_none() {
                decoder.refuse_number(text, wanted);
            }
            int
        }
        _ => {
            decoder.refuse(value, wanted);
            None
        }
    }
}

impl Node for i64 {
    const TYPE: &'static str = "int";
    const LIST: &'static str = "[]int";

    fn emit<'v>(&self, _: &'v Arena) -> Option<Value<'v>> {
        Some(Value::int(*self))
    }

    fn read(&mut self, value: Value<'_>, decoder: &mut Decoder) {
        if let Some(int) = read_integer(value, Self::TYPE, decoder) {
            *self = int;
        }
    }
}

impl<T: Node> Node for Vec<T> {
    const TYPE: &'static str = T::LIST;
    const LIST: &'static str = T::LIST;

    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        let items: Vec<Value<'v>> = self.iter().filter_map(|item| item.emit(arena)).collect();
        (!items.is_empty()).then(|| Value::array(arena.slice(&items)))
    }

    fn read(&mut self, value: Value<'_>, decoder: &mut Decoder) {
        T::read_list(self, value, decoder);
    }
}

impl<T: Node> Node for Option<T> {
    const TYPE: &'static str = T::TYPE;
    const LIST: &'static str = T::LIST;

    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        self.as_ref()?.emit(arena)
    }

    fn read(&mut self, value: Value<'_>, decoder: &mut Decoder) {
        match value.view() {
            View::Null => *self = None,
            _ => self.get_or_insert_default().read(value, decoder),
        }
    }
}

impl<T: Node> Node for Box<T> {
    const TYPE: &'static str = T::TYPE;
    const LIST: &'static str = T::LIST;

    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        T::emit(self, arena)
    }

    fn read(&mut self, value: Value<'_>, decoder: &mut Decoder) {
        T::read(self, value, decoder);
    }
}

impl<T: Node + Clone> Node for Arc<T> {
    const TYPE: &'static str = T::TYPE;
    const LIST: &'static str = T::LIST;

    fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
        T::emit(self, arena)
    }

    fn read(&mut self, value: Value<'_>, decoder: &mut Decoder) {
        Arc::make_mut(self).read(value, decoder);
    }
}

/// What a tree may have that is only looked at when it is read: whether it fits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unseen<T>(std::marker::PhantomData<T>);

impl<T: Node> Node for Unseen<T> {
    const TYPE: &'static str = T::TYPE;
    const LIST: &'static str = T::LIST;

    fn emit<'v>(&self, _: &'v Arena) -> Option<Value<'v>> {
        None
    }

    fn read(&mut self, value: Value<'_>, decoder: &mut Decoder) {
        Option::<T>::None.read(value, decoder);
    }
}

/// Whether a key is a field's name or differs from it in case only. Go folds the long s and the sign of Kelvin too.
pub(crate) fn folds_to(key: Value<'_>, name: &str) -> bool {
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        _ => c.to_ascii_lowercase(),
    };
    let same = |key: &[u8]| {
        key == name.as_bytes()
            || std::str::from_utf8(key).is_ok_and(|key| key.chars().map(fold).eq(name.chars().map(fold)))
    };
    key.as_bytes().is_some_and(same)
}

/// Declares nodes: how they are read (`folding` names or `exact`), Go's names of the type and, where it has one, of a list
/// of them, and of each field the key in the tree, the name and the type. Every node has a position too, which is not in the tree.
macro_rules! nodes {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident ($how:ident $go:literal $(, $list:literal)?) { $($key:literal $field:ident: $ty:ty,)* }
    )*) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default)]
        pub(crate) struct $name {
            $(pub(crate) $field: $ty,)*
            #[allow(dead_code, reason = "of a few nodes nobody asks where they are")]
            pub(crate) position: Option<Position>,
        }

        impl Node for $name {
            const TYPE: &'static str = super::node::type_name!($how $go);
            const LIST: &'static str = super::node::list_name!($go $($list)?);

            fn emit<'v>(&self, arena: &'v Arena) -> Option<Value<'v>> {
                let mut pairs: Vec<(Value<'v>, Value<'v>)> = Vec::new();
                $(if let Some(value) = self.$field.emit(arena) {
                    pairs.push((Value::str($key.as_bytes()), value));
                })*
                (!pairs.is_empty()).then(|| Value::object(arena.one(Object::from_unsorted(arena, &mut pairs))))
            }

            fn read(&mut self, value: Value<'_>, decoder: &mut Decoder) {
                let Some(object) = value.as_object() else {
                    if !matches!(value.view(), View::Null) {
                        decoder.refuse(value, Self::TYPE);
                    }
                    return;
                };
                for (key, value) in object.iter() {
                    $(super::node::read_field!($how $go, self.$field, key, $key, value, decoder);)*
                }
            }
        }
    )*};
}

/// What Go reads a node as.
macro_rules! type_name {
    (folding $go:literal) => {
        concat!("ast.", $go)
    };
    (exact $go:literal) => {
        "map[string]json.RawMessage"
    };
}

/// What Go calls a list of nodes.
macro_rules! list_name {
    ($go:literal) => {
        concat!("[]*ast.", $go)
    };
    ($go:literal $list:literal) => {
        $list
    };
}

/// Reads a value if its key is a field's; then goes on with the next.
macro_rules! read_field {
    (folding $go:literal, $place:expr, $key:ident, $name:literal, $value:ident, $decoder:ident) => {
        if folds_to($key, $name) {
            $decoder.field(($go, $name), $value, &mut $place);
            continue;
        }
    };
    (exact $go:literal, $place:expr, $key:ident, $name:literal, $value:ident, $decoder:ident) => {
        if $name != "Comment" && $key.as_bytes() == Some($name.as_bytes()) {
            if !$decoder.alone($value, &mut $place) {
                return;
            }
            continue;
        }
    };
}

/// Declares kinds that are words in the tree; the first, which is the empty word, stands for none. A tree may have any
/// other word too.
macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident = $go:literal { $($variant:ident = $word:literal,)* })*) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub(crate) enum $name {
            #[default]
            None,
            $($variant,)*
            Other(Arc<str>),
        }

        impl $name {
            /// The word.
            pub(crate) fn word(&self) -> &str {
                match self {
                    $name::None => "",
                    $($name::$variant => $word,)*
                    $name::Other(word) => word,
                }
            }

            fn of(word: String) -> Self {
                match word.as_str() {
                    "" => $name::None,
                    $($word => $name::$variant,)*
                    _ => $name::Other(word.into()),
                }
            }
        }

        super::node::texts!($name: $go, $name::of, $name::word);
    )*};
}

pub(crate) use {list_name, nodes, read_field, texts, type_name, words};
