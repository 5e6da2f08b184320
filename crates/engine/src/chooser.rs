//! The chooser: which definitions of a rule can hold, told by the values that their guards look at.
//!
//! The engine tries every definition in order where there is none, so a chooser changes the time an evaluation takes and
//! never its answer. It may name too many definitions, never too few.

use std::any::Any;

use lictor_ir::Source;
use lictor_value::Value;

/// Chooses among the arms of the program's [`lictor_ir::Choice`]s.
pub trait Chooser: Send + Sync {
    /// What the guards of `choice` look at; `None` where trying every arm is as good.
    fn sources(&self, choice: u32) -> Option<&[Source]>;

    /// Appends to `found`, ascending, the arms of `choice` that can hold. `values` are those at [`Chooser::sources`], in
    /// that order, [`Value::ABSENT`] where undefined. What `found` held before is somebody else's.
    fn candidates(&self, choice: u32, values: &[Value<'_>], scratch: &mut (dyn Any + Send), found: &mut Vec<u32>);

    /// Working memory for one session, handed back with every call.
    fn scratch(&self) -> Box<dyn Any + Send>;
}
