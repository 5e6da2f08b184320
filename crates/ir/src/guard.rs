//! Guards: what must hold for a definition to be worth trying.
//!
//! A guard is a conjunction of atoms over paths, and a necessary condition: the body that follows may still fail. Atoms
//! follow Rego: an undefined path fails a positive atom, string tests fail on other types, and `negated` is Rego's `not`,
//! which succeeds where the atom fails, undefined included (so `path != c` and `not path == c` are different atoms).

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

/// What an atom asks of the value there.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Defined, whatever the value (`x := path`).
    Defined,
    /// Defined and not `false`: the path alone as a condition. Negated, it is `not path`.
    Truthy,
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
