//! The data model of Rego: values, numbers, order, JSON, and what a builtin is.
//!
//! Nothing here knows policies, files or clocks. A value is two words that point into an [`Arena`]; see [`Value`].

pub mod arena;
pub mod builtin;
pub mod collection;
pub mod effort;
pub mod host;
pub mod json;
pub mod network;
pub mod number;
pub mod order;
pub mod shape;
pub mod text;
pub mod value;

pub use arena::{Arena, Frozen, Mark};
pub use builtin::{Argument, Builtin, Context, Fault, Halt, Prepared, Registry, Scratch, Type};
pub use collection::{Object, Set};
pub use host::{Host, NoHost};
pub use network::Network;
pub use order::{hash, order, same};
pub use shape::Shape;
pub use value::{Value, View};
