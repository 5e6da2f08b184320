//! Guards: what must hold for a definition to be worth trying.
//!
//! A guard is a conjunction of atoms over paths, and a necessary condition: the body that follows may still fail. Atoms
//! follow Rego: an undefined path fails a positive atom, string tests fail on other types, and `negated` is Rego's `not`,
//! which succeeds where the atom fails, undefined included (so `path != c` and `not path == c` are different atoms).

use lictor_value::{Value, View};

/// A constant of the program.
pub type ConstId = u32;

/// Where an atom looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// `input` at a path of the program.
    Input(u32),
    /// Base data at a path of the program.
    Data(u32),
    /// A function's argument: a slot.
    Argument(u16),
    /// Below a function's argument: slot and path.
    Below(u16, u32),
}

/// Types of values: bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Types(u8);

impl Types {
    /// The type that a builtin asks for; `None` where it asks for something else.
    pub fn asked_by(builtin: &str) -> Option<Types> {
        Some(Types(match builtin {
            "is_null" => 1,
            "is_boolean" => 1 << 1,
            "is_number" => 1 << 2,
            "is_string" => 1 << 3,
            "is_array" => 1 << 4,
            "is_object" => 1 << 5,
            "is_set" => 1 << 6,
            _ => return None,
        }))
    }

    /// Whether a value has one of these types.
    #[inline]
    pub fn contain(self, value: Value<'_>) -> bool {
        let of = match value.view() {
            View::Null => 1,
            View::Bool(_) => 1 << 1,
            View::Int(_) | View::Number(_) => 1 << 2,
            View::Str(_) => 1 << 3,
            View::Array(_) => 1 << 4,
            View::Object(_) => 1 << 5,
            View::Set(_) => 1 << 6,
        };
        self.0 & of != 0
    }
}

/// What an atom asks of the value there.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Defined, whatever the value (`x := path`).
    Defined,
    /// Defined and not `false`: the path alone as a condition. Negated, it is `not path`.
    Truthy,
    /// `is_string(path)` and the like: the value has one of these types.
    Is(Types),
    /// `path == constant`
    Equal(ConstId),
    /// `path != constant`
    NotEqual(ConstId),
    /// `path in {constants}`
    OneOf(Vec<ConstId>),
    /// `constant in path`, or `path[_] == constant`
    HasElement(ConstId),
    /// `path > bound`, or `>=` when inclusive
    Above {
        /// The bound.
        bound: ConstId,
        /// Whether it is itself enough.
        inclusive: bool,
    },
    /// `path < bound`, or `<=` when inclusive
    Below {
        /// The bound.
        bound: ConstId,
        /// Whether it is itself enough.
        inclusive: bool,
    },
    /// `startswith(path, constant)`
    StartsWith(ConstId),
    /// `endswith(path, constant)`
    EndsWith(ConstId),
    /// `contains(path, constant)`
    Contains(ConstId),
}

impl Test {
    /// Gives each constant another number.
    pub fn renumber(&mut self, mut number: impl FnMut(ConstId) -> ConstId) {
        match self {
            Test::Defined | Test::Truthy | Test::Is(_) => {}
            Test::OneOf(ids) => ids.iter_mut().for_each(|id| *id = number(*id)),
            Test::Equal(id)
            | Test::NotEqual(id)
            | Test::HasElement(id)
            | Test::Above { bound: id, .. }
            | Test::Below { bound: id, .. }
            | Test::StartsWith(id)
            | Test::EndsWith(id)
            | Test::Contains(id) => *id = number(*id),
        }
    }
}

/// One necessary condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Atom {
    /// Where it looks.
    pub source: Source,
    /// Whether it stands below `not`.
    pub negated: bool,
    /// What it asks.
    pub test: Test,
}

/// A conjunction of atoms; empty where nothing is known, and then always holding.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guard {
    /// The atoms, in source order.
    pub atoms: Vec<Atom>,
}
