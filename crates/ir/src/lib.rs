//! The compiled form of policies: a flat program over slots in which failing is a jump.
//!
//! The compiler makes it, the engine runs it, and the fast rooms read two small descriptions from it: [`Guard`]s (what
//! must hold for a definition to be worth trying) and [`Reads`] (what of `input` can matter).

#![forbid(unsafe_code)]

pub mod dump;
pub mod guard;
pub mod op;
pub mod program;
pub mod reads;
pub mod table;
pub mod verify;

pub use guard::{Atom, ConstId, Guard, Source, Test, Types};
pub use op::{Act, Kind, Label, NO_SLOT, NOWHERE, Op, Slot, Step};
pub use program::{
    Arm, Call, Choice, Entry, Expression, Mark, Mock, Node, Path, Place, Program, Replacement, Routine, RoutineKind,
    RulePath, Screen, Target, Watched, With,
};
pub use reads::{Part, Reads};
pub use table::Table;
pub use verify::{Fault, verify};
