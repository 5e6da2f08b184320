//! What the fuzz target of the builtins is made of: values that builtins can do something with, and OPA to compare with.

mod difference;
mod oracle;
mod seeds;
mod values;
mod vocabulary;
mod wire;

pub use difference::{agree, is_compared};
pub use oracle::{Oracle, STANDING, Standing};
pub use seeds::Seeds;
pub use values::Reader;
pub use vocabulary::Vocabularies;
pub use wire::{Answer, write_call};
