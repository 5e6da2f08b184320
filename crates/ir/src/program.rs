//! The program: everything that can be known before the first event, as flat tables.
//!
//! It is data: shared by threads, printable ([`crate::dump`]), checked ([`mod@crate::verify`]). Nothing in it names a
//! variable; constants, paths, rules and builtins are ids into its tables.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use lictor_value::{Builtin, Frozen, Prepared, Value};

use crate::guard::Guard;
use crate::op::{Act, Label, Op, Slot};
use crate::table::Table;

/// The compiled form of a set of policies.
pub struct Program {
    /// All routines' code, one after the other.
    pub code: Vec<Op>,
    /// For each op, where in the source it comes from.
    pub places: Vec<Place>,
    /// The source files, for messages.
    pub files: Vec<Arc<str>>,
    /// Rules, functions and queries.
    pub routines: Vec<Routine>,
    /// An array of all constants.
    pub constants: Arc<Frozen>,
    /// Constant ids that ops use as keys: [`crate::Act::Field`] has 16 bits for one.
    pub keys: Vec<u32>,
    /// Paths below `input` and `data`.
    pub paths: Vec<Path>,
    /// Builtin calls.
    pub calls: Vec<Call>,
    /// Jump tables.
    pub tables: Vec<Table>,
    /// Definitions to choose from by their guards.
    pub choices: Vec<Choice>,
    /// What `with` replaces.
    pub withs: Vec<With>,
    /// Rule-tree nodes that are asked for as documents.
    pub nodes: Vec<Node>,
    /// Where every rule and function stands, in order of the paths' text: checked against base data when linking.
    pub rules: Vec<RulePath>,
    /// What callers may ask for, sorted by name.
    pub entries: Vec<Entry>,
    /// Rules that have nothing to say unless a guard holds, sorted by routine.
    pub screens: Vec<Screen>,
    /// Of a traced program, what it notes; empty in all others.
    pub marks: Vec<Mark>,
}

/// A path of constant keys: constant ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(pub Box<[u32]>);

/// Where in the source: rows and columns from 1, columns in bytes as OPA counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, by its position in [`Program::files`].
    pub file: u32,
    /// The row.
    pub row: u32,
    /// The column.
    pub col: u32,
}

/// What a routine computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoutineKind {
    /// A rule with one value: remembered in a slot of its own.
    Rule,
    /// A function: arguments in slots `0..args`.
    Function,
    /// A partial rule asked for one key, which is argument 0: remembered by key.
    Ask,
    /// A query: its rows are an array of arrays.
    Query,
}

/// A rule, function or query.
#[derive(Clone, Debug)]
pub struct Routine {
    /// Its path as messages name it: `data.authz.allow`.
    pub name: Box<str>,
    /// What it computes.
    pub kind: RoutineKind,
    /// Where its code begins.
    pub start: Label,
    /// How many slots it uses, arguments included.
    pub slots: u16,
    /// How many loops it nests, choices included.
    pub loops: u8,
    /// How many arguments it takes.
    pub args: u16,
    /// Whether results are remembered by arguments within an evaluation (functions whose body loops).
    pub memo: bool,
    /// The [`Mock::id`] of a function that some `with` of the program replaces.
    pub mock: Option<u32>,
}

/// Where a rule or function stands below `data`: base data must not have a value there.
#[derive(Clone, Debug)]
pub struct RulePath {
    /// The path from `data`, variables of the head left out.
    pub path: Path,
    /// The first definition's place.
    pub place: Place,
}

/// A builtin call site.
pub struct Call {
    /// What is called.
    pub builtin: &'static Builtin,
    /// What the builtin made of this site's constants.
    pub prepared: Option<Arc<Prepared>>,
    /// The [`Mock::id`] of a builtin that some `with` of the program replaces. Such a builtin is always called by
    /// [`crate::Act::Call`] or [`crate::Act::Test`], never by an op of its own.
    pub mock: Option<u32>,
}

/// Definitions of one rule or function, of which those whose guards can hold are tried, in order.
#[derive(Debug)]
pub struct Choice {
    /// One entry a definition, in source order.
    pub arms: Vec<Arm>,
}

/// A definition to choose.
#[derive(Debug)]
pub struct Arm {
    /// A necessary condition: where it fails the definition cannot hold.
    pub guard: Guard,
    /// Where the definition's code begins.
    pub label: Label,
}

/// A rule whose definitions all have guards: where no guard holds, its value is undefined or an empty collection.
#[derive(Debug)]
pub struct Screen {
    /// The rule.
    pub routine: u32,
    /// The choice among its definitions, if its code has one: its guards are the rule's.
    pub choice: Option<u32>,
    /// Where there is no choice, one guard a definition; none is empty.
    pub guards: Vec<Guard>,
}

/// A place in the source that a traced program notes: a literal, or a definition's head.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The file, by its position in [`Program::files`].
    pub file: u32,
    /// The first byte of its text there.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// Whether it is a definition, which is reached where it gives a value, and not a literal.
    pub definition: bool,
    /// Whether its failing says nothing: it is in a comprehension, or below a `not`.
    pub quiet: bool,
    /// Whether it tells that a case of a table test begins.
    pub begins_case: bool,
    /// The slots that only it writes.
    pub own: Range<Slot>,
    /// Terms in it that have one value each, in the order in which they get it.
    pub watched: Box<[Watched]>,
}

/// A term, and the slot that has its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The first byte of its text.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// The slot.
    pub slot: Slot,
}

/// What one `with` (or several on one literal) replaces. Values are in slots, in the order of `targets`.
#[derive(Debug)]
pub struct With {
    /// What is replaced by values, applied left to right.
    pub targets: Vec<Target>,
    /// Functions and builtins replaced.
    pub mocks: Vec<Mock>,
    /// Rules, functions and asked rules whose remembered values depend on a target, of those that can be asked inside: routine ids.
    pub drops: Vec<u32>,
}

/// A document that `with` replaces.
#[derive(Clone, Debug)]
pub enum Target {
    /// `input` at a path.
    Input(u32),
    /// `data` at a path: base data, and rules at and below it.
    Data {
        /// The path.
        path: u32,
        /// Rules at and below the path (routine ids) with the rest of their path below the target: their value becomes the
        /// replacement's at that path. The routines that ask a partial rule for one key ([`RoutineKind::Ask`]) are listed
        /// too: they then look their key up in the replacement.
        rules: Vec<(u32, Path)>,
    },
}

/// A function that `with` replaces. `id` numbers the functions and builtins that some `with` of the program names.
#[derive(Clone, Debug)]
pub struct Mock {
    /// What is replaced.
    pub id: u32,
    /// By what.
    pub by: Replacement,
}

/// What replaces a function.
#[derive(Clone, Debug)]
pub enum Replacement {
    /// The value in the slot `first + n` of the `Enter`.
    Value(u16),
    /// A function of the program.
    Routine(u32),
    /// A builtin, through this call site.
    Call(u32),
}

/// A node of the rule tree that is asked for as a document: what is at and below it.
#[derive(Clone, Debug)]
pub struct Node {
    /// The path from `data`.
    pub path: u32,
    /// The rule at this very node, if there is one: then there are no children.
    pub rule: Option<u32>,
    /// The nodes below by their name (a constant id), in order of the names. Functions are no nodes.
    pub children: Vec<(u32, u32)>,
    /// Whether nothing but functions is below: the document is then an empty object.
    pub only_functions: bool,
}

/// Something callers may ask for.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name to ask by: `data.authz.allow`, or a query's text.
    pub name: Box<str>,
    /// What answers it.
    pub routine: u32,
    /// What of `input` it can read.
    pub reads: crate::reads::Reads,
    /// For queries: the names of a row's bindings, in order.
    pub bindings: Vec<Box<str>>,
    /// For queries: the expressions whose values follow the bindings in a row.
    pub expressions: Vec<Expression>,
    /// For queries: whether a single literal without iteration shows `false` instead of dropping the row.
    pub shows_false: bool,
}

/// A literal of a query, as results show it.
#[derive(Clone, Debug)]
pub struct Expression {
    /// Its text as written.
    pub text: Box<str>,
    /// Its row, from 1.
    pub row: u32,
    /// Its column, from 1.
    pub col: u32,
}

impl Program {
    /// The constants.
    #[inline(always)]
    pub fn constants(&self) -> &[Value<'_>] {
        self.constants.root().as_array().unwrap_or_default()
    }

    /// The entry of that name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| (*entry.name).cmp(name)).ok()?;
        Some(&self.entries[at])
    }

    /// The screen of the rule that an entry gives the value of, if it gives just that.
    pub fn screen(&self, entry: &Entry) -> Option<&Screen> {
        self.screen_of(entry.routine)
    }

    /// The screen of a rule, or of what gives just that rule's value.
    pub fn screen_of(&self, routine: u32) -> Option<&Screen> {
        let of = |routine: u32| {
            let at = self.screens.binary_search_by_key(&routine, |screen| screen.routine).ok()?;
            Some(&self.screens[at])
        };
        let start = self.routines[routine as usize].start as usize;
        match (self.code.get(start)?.act, self.code.get(start + 1)?.act) {
            (Act::Rule { dst, routine }, Act::Return { v }) if dst == v => of(routine),
            _ => of(routine),
        }
    }

    /// The guards of a screen, one a definition.
    pub fn guards_of<'p>(&'p self, screen: &'p Screen) -> impl Iterator<Item = &'p Guard> {
        let choice = screen.choice.and_then(|choice| self.choices.get(choice as usize));
        let arms = choice.map(|choice| &choice.arms[..]).unwrap_or_default();
        screen.guards.iter().chain(arms.iter().map(|arm| &arm.guard))
    }

    /// Bytes that code and tables take while the policy waits; constants included.
    pub fn bytes(&self) -> usize {
        self.code.len() * (size_of::<Op>() + size_of::<Place>())
            + self.routines.len() * size_of::<Routine>()
            + self.constants.bytes()
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({} ops, {} routines)", self.code.len(), self.routines.len())
    }
}
