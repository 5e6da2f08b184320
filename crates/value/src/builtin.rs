//! What a builtin is: a name, types, purity, and a function from values to a value.
//!
//! The builtins themselves are in the crate `lictor-builtins`, one file a family; compiler and engine get them as a
//! [`Registry`] and know none by name, apart from the operators of the language. A builtin that has no value returns
//! `None`: undefined, and where it failed it left the [`Fault`] in its [`Context`], which only strict evaluation reads.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use foldhash::fast::FixedState;

use crate::arena::Arena;
use crate::host::Host;
use crate::value::Value;

/// A Rego type, as builtins declare them and as OPA's capabilities print them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Any value.
    Any,
    /// `null`
    Null,
    /// A boolean.
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array of any length of items of one type.
    Array(&'static Type),
    /// An array with a type for each of its first items, and perhaps one for all after them.
    Tuple(&'static [Type], Option<&'static Type>),
    /// A set of items of one type.
    Set(&'static Type),
    /// An object from keys of one type to values of another.
    Object(&'static Type, &'static Type),
    /// An object with these keys, and perhaps more of the types given last.
    Record(&'static [(&'static str, Type)], Option<(&'static Type, &'static Type)>),
    /// One of several types.
    OneOf(&'static [Type]),
}

/// An argument of a builtin, or its result.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name in documentation.
    pub name: &'static str,
    /// What it is for; empty where the name says it.
    pub doc: &'static str,
    /// The type that calls are checked against.
    pub ty: Type,
}

/// A builtin function. Everything that is known of it stands here; dispatch, arity, capabilities and documentation are
/// derived.
#[derive(Debug)]
pub struct Builtin {
    /// The name in calls: `io.jwt.decode`.
    pub name: &'static str,
    /// The operator that calls it: `+`; most have none.
    pub infix: Option<&'static str>,
    /// What it does, for people.
    pub doc: &'static str,
    /// The groups that OPA's documentation lists it in; most are in one or none.
    pub categories: &'static [&'static str],
    /// Its arguments, in order.
    pub args: &'static [Argument],
    /// The result; without a name where OPA's documentation does not speak of the builtin.
    pub result: Argument,
    /// The same arguments give another result at another time: never folded when compiling.
    pub nondeterministic: bool,
    /// Gives any number of results (only `walk`).
    pub relation: bool,
    /// Only ad-hoc queries and v0 modules may call it.
    pub deprecated: bool,
    /// Wants to know where its call stands: [`Scratch::place`].
    pub placed: bool,
    /// The function.
    pub run: Run,
    /// Builds, once when compiling, what constant arguments allow: a regex, a glob, a schema. It gets the arguments that
    /// are constant; what it returns is in [`Context::prepared`] of each call. `None` where nothing can be prepared: then
    /// `run` works from the arguments as ever.
    pub prepare: Option<Prepare>,
}

impl Builtin {
    /// Whether OPA's documentation speaks of it. Only then do OPA's messages and capabilities name arguments and result.
    pub fn is_documented(&self) -> bool {
        !self.result.name.is_empty()
    }

    /// Calls it by itself, in no evaluation: the value, or why there is none.
    pub fn call_alone<'v>(
        &self,
        arena: &'v Arena,
        host: &dyn Host,
        args: &[Value<'v>],
        prepared: Option<&Prepared>,
    ) -> (Option<Value<'v>>, Option<Fault>) {
        let (mut buffer, mut scratch) = (Vec::new(), Scratch::default());
        let mut cx = Context { arena, buffer: &mut buffer, host, scratch: &mut scratch, prepared, fault: None };
        let value = (self.run)(&mut cx, args);
        (value, cx.fault)
    }
}

/// A builtin's function. It gets exactly as many values as [`Builtin::args`] has entries, of any types.
pub type Run = for<'v> fn(&mut Context<'_, 'v>, &[Value<'v>]) -> Option<Value<'v>>;

/// See [`Builtin::prepare`].
pub type Prepare = fn(&[Option<Value<'_>>]) -> Option<Prepared>;

/// What a builtin made of constant arguments.
pub type Prepared = Box<dyn Any + Send + Sync>;

/// Why a builtin has no value. Undefined to most evaluations, an error to strict ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An operand has the wrong type: `eval_type_error`, with OPA's words.
    Operand {
        /// The operand, from 1.
        position: usize,
        /// What was wanted: `string`, or `one of {array, object, set}`.
        expected: &'static str,
        /// What was given: OPA's name of the type.
        found: &'static str,
    },
    /// Anything else that is wrong with an operand: `eval_type_error`. The text follows `operand N`.
    OperandText {
        /// The operand, from 1.
        position: usize,
        /// OPA's words after the operand's number.
        text: Box<str>,
    },
    /// The operands do not fit each other: `eval_type_error`, with OPA's words after the builtin's name.
    Operands(Box<str>),
    /// The builtin failed: `eval_builtin_error`, with OPA's words after the builtin's name.
    Failed(Box<str>),
    /// The builtin is declared but not there: `eval_internal_error`, strict or not.
    Unsupported,
    /// What the evaluation cannot go on with, strict or not.
    Fatal {
        /// OPA's code: `eval_conflict_error`.
        code: &'static str,
        /// All of OPA's words.
        text: Box<str>,
    },
    /// The evaluation must end, strict or not: a limit was passed, or it was cancelled.
    Halt(Halt),
}

impl Fault {
    /// OPA's code; empty where the evaluation must end.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Operand { .. } | Fault::OperandText { .. } | Fault::Operands(_) => "eval_type_error",
            Fault::Failed(_) => "eval_builtin_error",
            Fault::Unsupported => "eval_internal_error",
            Fault::Fatal { code, .. } => code,
            Fault::Halt(_) => "",
        }
    }
}

/// OPA's words after the builtin's name.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Operand { position, expected, found } => {
                write!(f, "operand {position} must be {expected} but got {found}")
            }
            Fault::OperandText { position, text } => write!(f, "operand {position} {text}"),
            Fault::Operands(text) | Fault::Failed(text) | Fault::Fatal { text, .. } => f.write_str(text),
            Fault::Unsupported => f.write_str("unsupported built-in"),
            Fault::Halt(halt) => write!(f, "halts: {halt:?}"),
        }
    }
}

/// Why an evaluation must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// More memory than the session allows.
    Memory,
    /// More steps than the session allows.
    Steps,
    /// The deadline passed.
    Deadline,
    /// The caller cancelled.
    Cancelled,
    /// Calls nested more deeply than the session allows.
    Depth,
}

/// What a builtin may touch.
pub struct Context<'m, 'v> {
    /// Where results are made.
    pub arena: &'v Arena,
    /// A buffer to write text in; its content is anybody's.
    pub buffer: &'m mut Vec<u8>,
    /// The outside world.
    pub host: &'m dyn Host,
    /// What lasts as long as one evaluation or one session.
    pub scratch: &'m mut Scratch,
    /// What [`Builtin::prepare`] made of this call's constants.
    pub prepared: Option<&'m Prepared>,
    /// Why the call has no value; set by [`Context::fail`] and its kin.
    pub fault: Option<Fault>,
}

/// What builtins keep between calls.
#[derive(Default)]
pub struct Scratch {
    /// The instant of this evaluation, once somebody asked, in ns since 1970.
    now_ns: Option<i64>,
    /// When the evaluation must end, in the host's ticks.
    deadline: Option<i64>,
    /// Where the present call stands.
    place: String,
    evaluation: HashMap<TypeId, Box<dyn Any + Send>>,
    session: HashMap<TypeId, Box<dyn Any + Send>>,
}

impl Scratch {
    /// A new evaluation begins: what the last one kept is gone, what the session keeps stays.
    #[inline]
    pub fn begin(&mut self) {
        self.now_ns = None;
        self.deadline = None;
        if !self.evaluation.is_empty() {
            self.evaluation.clear();
        }
    }

    /// Fixes this evaluation's instant, in ns since 1970.
    pub fn set_now_ns(&mut self, now: i64) {
        self.now_ns = Some(now);
    }

    /// Says when the evaluation must end, in the host's ticks.
    pub fn set_deadline(&mut self, deadline: Option<i64>) {
        self.deadline = deadline;
    }

    /// Where the call stands, as OPA writes it before errors: `file:row`. Known to builtins that are [`Builtin::placed`].
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Says where the call stands.
    pub fn set_place(&mut self, place: String) {
        self.place = place;
    }

    /// A value of type `T` that lasts as long as this evaluation (the numbers that `rand.intn` gave).
    pub fn of_evaluation<T: Any + Default + Send>(&mut self) -> &mut T {
        entry(&mut self.evaluation)
    }

    /// A value of type `T` that lasts as long as the session (compiled regexes). It bounds itself.
    pub fn of_session<T: Any + Default + Send>(&mut self) -> &mut T {
        entry(&mut self.session)
    }
}

fn entry<T: Any + Default + Send>(map: &mut HashMap<TypeId, Box<dyn Any + Send>>) -> &mut T {
    let boxed = map.entry(TypeId::of::<T>()).or_insert_with(|| Box::<T>::default());
    match boxed.downcast_mut() {
        Some(it) => it,
        None => unreachable!("each entry is stored under its own type"),
    }
}

impl<'v> Context<'_, 'v> {
    /// The call fails with `eval_builtin_error` and these words. Returns `None`, to be returned.
    #[cold]
    pub fn fail<T>(&mut self, message: impl Into<Box<str>>) -> Option<T> {
        self.fault = Some(Fault::Failed(message.into()));
        None
    }

    /// Operand `position` (from 1) has the wrong type: `expected` was wanted and `found` was given.
    #[cold]
    pub fn wrong_operand<T>(&mut self, position: usize, expected: &'static str, found: Value<'_>) -> Option<T> {
        self.fault = Some(Fault::Operand { position, expected, found: found.type_name() });
        None
    }

    /// Something else is wrong with operand `position` (from 1); `text` follows "operand N " in OPA's message.
    #[cold]
    pub fn bad_operand<T>(&mut self, position: usize, text: impl Into<Box<str>>) -> Option<T> {
        self.fault = Some(Fault::OperandText { position, text: text.into() });
        None
    }

    /// The operands do not fit each other; `text` follows the builtin's name in OPA's message.
    #[cold]
    pub fn bad_operands<T>(&mut self, text: impl Into<Box<str>>) -> Option<T> {
        self.fault = Some(Fault::Operands(text.into()));
        None
    }

    /// An element of operand `position` (from 1), which is `composite`, is not what was `expected`.
    #[cold]
    pub fn wrong_element<T>(
        &mut self,
        position: usize,
        composite: Value<'_>,
        element: Value<'_>,
        expected: &str,
    ) -> Option<T> {
        let (whole, part) = (composite.type_name(), element.type_name());
        self.bad_operand(position, format!("must be {whole} of {expected}s but got {whole} containing {part}"))
    }

    /// The value of a result, or its error as the call's fault.
    #[inline]
    pub fn catch<T, E: Into<Fault>>(&mut self, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault = Some(error.into());
                None
            }
        }
    }

    /// Asks for `bytes` more memory before a result that may be large is made; `None` when the limit forbids it.
    pub fn reserve(&mut self, bytes: usize) -> Option<()> {
        if self.arena.has_room(bytes.saturating_add(self.buffer.len())) {
            return Some(());
        }
        self.fault = Some(Fault::Halt(Halt::Memory));
        None
    }

    /// This evaluation's instant, in ns since 1970: the same for every call within it.
    pub fn now_ns(&mut self) -> i64 {
        let host = self.host;
        *self.scratch.now_ns.get_or_insert_with(|| host.now_ns())
    }

    /// How long the evaluation may still run; `None` where nothing ends it.
    pub fn time_left(&self) -> Option<Duration> {
        let left = self.scratch.deadline?.saturating_sub(self.host.tick_ns());
        Some(Duration::from_nanos(u64::try_from(left).unwrap_or(0)))
    }

    /// A string value copied into the arena.
    pub fn string(&self, bytes: impl AsRef<[u8]>) -> Value<'v> {
        Value::str(self.arena.slice(bytes.as_ref()))
    }

    /// The buffer's content as a string value.
    pub fn buffered(&self) -> Value<'v> {
        Value::str(self.arena.slice(self.buffer))
    }
}

/// The builtins that policies may call, by name.
#[derive(Clone, Default)]
pub struct Registry {
    by_name: HashMap<&'static str, &'static Builtin, FixedState>,
    /// Names of those that are there but may not be called.
    unsafe_names: HashSet<String>,
    /// Features that this build lacks, each with what the names of their builtins begin with.
    lacking: Vec<(&'static str, &'static [&'static str])>,
}

impl Registry {
    /// A registry of these families.
    pub fn new(families: &[&'static [Builtin]]) -> Self {
        let by_name = families.iter().flat_map(|f| f.iter()).map(|b| (b.name, b)).collect();
        Registry { by_name, ..Registry::default() }
    }

    /// The builtin of that name.
    pub fn get(&self, name: &str) -> Option<&'static Builtin> {
        self.by_name.get(name).copied()
    }

    /// Takes a builtin away, as capabilities files do.
    pub fn remove(&mut self, name: &str) {
        self.by_name.remove(name);
    }

    /// Puts a builtin in, in place of what has its name.
    pub fn put(&mut self, builtin: &'static Builtin) {
        self.by_name.insert(builtin.name, builtin);
    }

    /// Notes that builtins whose names begin so need a feature that this build lacks.
    pub fn note_lacking(&mut self, feature: &'static str, names: &'static [&'static str]) {
        self.lacking.push((feature, names));
    }

    /// The feature that a builtin of this name would need, where this build lacks it.
    pub fn lacking_feature(&self, name: &str) -> Option<&'static str> {
        let begins = |(_, names): &&(_, &[&str])| names.iter().any(|begin| name.starts_with(begin));
        self.lacking.iter().find(begins).map(|(feature, _)| *feature)
    }

    /// Forbids calls of a name, of which the compiler then says that they are unsafe.
    pub fn forbid(&mut self, name: impl Into<String>) {
        self.unsafe_names.insert(name.into());
    }

    /// Whether a name may not be called.
    pub fn is_unsafe(&self, name: &str) -> bool {
        self.unsafe_names.contains(name)
    }

    /// All builtins, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &'static Builtin> {
        self.by_name.values().copied()
    }
}
