//! The ops: what a program's code is made of.
//!
//! Failing is a jump. An op that has no value, or whose condition does not hold, goes to its label: the next element of
//! the innermost loop, the next definition, or the end. That label is known when compiling, so failing costs a branch.
//! Ops are 12 bytes: what to do in 8, the label in 4. Calls find their arguments in slots `first..` and leave their result
//! in `first`.

/// A local of a routine.
pub type Slot = u16;

/// A place in a program's code.
pub type Label = u32;

/// In place of a slot: nobody reads this (the path of a walk).
pub const NO_SLOT: Slot = u16::MAX;

/// What to do, and where to go on failure (or, for jumps and loops, where to go).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Op {
    /// What to do.
    pub act: Act,
    /// The label; [`NOWHERE`] where the op needs none.
    pub to: Label,
}

const _: () = assert!(size_of::<Op>() == 12);

/// The label of ops that need none.
pub const NOWHERE: Label = u32::MAX;

/// What a traced program notes at a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A literal begins.
    Begin,
    /// It holds; its loop may go on.
    Held,
    /// It fails, or its loop has ended.
    Fail,
    /// Something is reached that neither begins nor ends a literal: a definition's value.
    Pass,
}

/// What a builder gathers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An array, in order of arrival.
    Array,
    /// A set; `indexed` asks for a hash index because something looks members up.
    Set {
        /// Whether something looks members up.
        indexed: bool,
    },
    /// An object; a key with two values is a conflict.
    Object,
    /// An object from each key to the array of its values: the index behind an array comprehension that groups.
    Groups,
    /// As `Groups`, to the set of its values.
    GroupSets,
    /// The number of elements: `count` of an array comprehension that nobody else reads.
    Count,
    /// A rule with variables in its reference: a tree of objects, filled by [`Act::EmitAt`].
    Tree,
}

#[expect(missing_docs, reason = "a field is what its op's line says: slots by role, ids into the program's tables")]
/// What an op does. `dst`, `a`, `b`, `v` and the like are slots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    // --- loads ---
    /// `dst` is constant `k`.
    Const { dst: Slot, k: u32 },
    /// `dst` is a copy of `src`.
    Move { dst: Slot, src: Slot },
    /// `dst` is `input` at path `path`; fails where it is undefined.
    Input { dst: Slot, path: u32 },
    /// `dst` is `input` at path `path`, or stays what it is where that is undefined.
    InputOr { dst: Slot, path: u32 },
    /// `dst` is base data at path `path`.
    Data { dst: Slot, path: u32 },
    /// `dst` is `of` at the constant key `keys[key]`.
    Field { dst: Slot, of: Slot, key: u16 },
    /// `dst` is the object `of` at the constant key `keys[key]`, or stays what it is where there is no such key; fails where
    /// `of` is no object.
    FieldOr { dst: Slot, of: Slot, key: u16 },
    /// `dst` is `of[key]`.
    Get { dst: Slot, of: Slot, key: Slot },
    /// `dst` is the base data `of` at `key`, a step of a path as OPA's store reads it: a number finds the key that is its
    /// text, a text of digits finds an item of an array.
    Find { dst: Slot, of: Slot, key: Slot },
    /// `dst` is the array of `n` slots from `first`.
    Array { dst: Slot, first: Slot, n: u16 },
    /// `dst` is the set of `n` slots from `first`.
    Set { dst: Slot, first: Slot, n: u16 },
    /// `dst` is the object of `n` pairs (key, value) in slots from `first`.
    Object { dst: Slot, first: Slot, n: u16 },

    // --- conditions ---
    /// `a` is not `false`.
    Holds { a: Slot },
    /// `a` is `false`: the twin of `Holds`.
    IsFalse { a: Slot },
    /// `a` equals `b`.
    Eq { a: Slot, b: Slot },
    /// `a` differs from `b`.
    Ne { a: Slot, b: Slot },
    /// `a` comes before `b` in Rego's order.
    Lt { a: Slot, b: Slot },
    /// `a` does not come after `b`.
    Le { a: Slot, b: Slot },
    /// `a` comes after `b`.
    Gt { a: Slot, b: Slot },
    /// `a` does not come before `b`.
    Ge { a: Slot, b: Slot },
    /// `a` is in `of`: an item, a member, or an object's value. False, not undefined, where `of` is no collection.
    In { a: Slot, of: Slot },
    /// The twin of `In`.
    NotIn { a: Slot, of: Slot },
    /// The call gives a value other than `false`.
    Test { first: Slot, call: u32 },
    /// `a` is an array (`n` items), or an object (`n` keys).
    Shape { a: Slot, object: bool, n: u16 },
    /// `a` is an object.
    IsObject { a: Slot },
    /// `a` is an array, object or set.
    Collection { a: Slot },

    // --- arithmetic; numbers, and sets for `Sub` ---
    /// `dst` is `a + b`.
    Add { dst: Slot, a: Slot, b: Slot },
    /// `dst` is `a - b`, a difference where both are sets.
    Sub { dst: Slot, a: Slot, b: Slot },
    /// `dst` is `a * b`.
    Mul { dst: Slot, a: Slot, b: Slot },
    /// `dst` is `a / b`.
    Div { dst: Slot, a: Slot, b: Slot },
    /// `dst` is `a % b`.
    Rem { dst: Slot, a: Slot, b: Slot },

    // --- calls; arguments from `first`, result in `first` ---
    /// Builtin call `calls[call]`.
    Call { first: Slot, call: u32 },
    /// Function `routines[routine]`.
    Func { first: Slot, routine: u32 },
    /// `dst` is the value of rule `routines[routine]`, evaluated at most once.
    Rule { dst: Slot, routine: u32 },
    /// The value at the key in `first` of rule `routines[routine]`, evaluated at most once: of a rule in which other keys
    /// are in conflict, too.
    Lookup { first: Slot, routine: u32 },
    /// The partial rule `routines[routine]` asked for the one key in `first`; remembered by key.
    Ask { first: Slot, routine: u32 },

    // --- the documents below `data` that rules and base data share ---
    /// `dst` is node `nodes[node]`: base data merged with the value of every rule at and below it.
    Extent { dst: Slot, node: u32 },
    /// `dst` is the array of the names below node `nodes[node]`: of base data in order, then of rules.
    Names { dst: Slot, node: u32 },

    // --- loops; the label of `Each..` is where to go without elements, of `Next..` the top of the body ---
    /// Starts loop `it` over `of` and loads its first value.
    Each { it: u8, of: Slot, val: Slot },
    /// The same with keys.
    EachPair { it: u8, of: Slot, key: Slot, val: Slot },
    /// Loads the next value and jumps, or goes on where there is none.
    Next { it: u8, val: Slot },
    /// The same with keys.
    NextPair { it: u8, key: Slot, val: Slot },
    /// Starts a walk over `of`, itself first: `path` gets the array of keys that leads to `val`; no
    /// path is built where `path` is [`NO_SLOT`].
    EachWalk { it: u8, of: Slot, path: Slot, val: Slot },
    /// The walk's next node.
    NextWalk { it: u8, path: Slot, val: Slot },

    // --- builders; `Emit..` means the innermost one ---
    /// Opens a builder.
    Begin { kind: Kind },
    /// Adds an element.
    Emit { v: Slot },
    /// Adds a pair; a second value for one key is a conflict at the op's place.
    EmitPair { k: Slot, v: Slot },
    /// Adds a pair to a rule's object; a second value for one key is a conflict of that key at the op's place, which whoever
    /// asks for the whole object or for the key raises.
    EmitEntry { k: Slot, v: Slot },
    /// Adds to a `Tree` builder the value in slot `first + n` at the path in slots `first .. first + n`; `leaf_set` makes
    /// the value a member of the set there. Where the slot holds nothing (`Clear`), there is at least that set, or an object.
    EmitAt { first: Slot, n: u16, leaf_set: bool },
    /// Closes the builder: `dst` is what it gathered.
    Finish { dst: Slot },

    // --- complete rules with several definitions ---
    /// `dst` holds nothing yet.
    Clear { dst: Slot },
    /// `dst` holds nothing: store `v`. Otherwise both must be equal, or there is a conflict, which the next `Known` of
    /// the routine raises, so that the message can list the values of all definitions. The op's place is the
    /// definition's, or that of its `else`: its row stands in the message.
    Settle { dst: Slot, v: Slot },
    /// `a` holds a value. Raises a conflict that a `Settle` found.
    Known { a: Slot },

    // --- `with` ---
    /// Replaces documents and functions as `withs[with]` says, by the values in slots from `first`.
    Enter { first: Slot, with: u32 },
    /// Puts back what the last `Enter` replaced.
    Leave,

    // --- control ---
    /// Goes to the label.
    Jump,
    /// Goes to the label that `tables[table]` gives for `on`, or else to this op's.
    Switch { on: Slot, table: u32 },
    /// Goes through those of `choices[choice]` that can hold, in source order: to the first one's label, or to this op's
    /// where there is none.
    Choose { it: u8, choice: u32 },
    /// Goes to the next candidate's label, or on where there is none. The label of this op is not used.
    NextChoice { it: u8, choice: u32 },
    /// Leaves the routine with a value.
    Return { v: Slot },
    /// Leaves the routine without one.
    Undefined,
    /// Prints: `n` slots from `first`, each the set (or array, in order) of an argument's values; a line for each
    /// combination, `<undefined>` where there is none.
    Print { first: Slot, n: u16 },
    /// In traced programs only: notes a step at `marks[mark]`.
    Mark { step: Step, mark: u32 },
}
