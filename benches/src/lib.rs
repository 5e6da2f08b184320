//! Events for benchmarks: seeded, the same on every machine, shaped like what a token service really sees.
//!
//! [`Events`] is an endless iterator of JSON documents; [`Mix`] says which kinds and how often. `README.md` beside this
//! crate tells the shares and how to run the benchmarks. Nothing here decides anything: what an event should be decided
//! as is for the policies to say, and the tests of this crate only check the shares.

mod event;
mod forms;
mod inventory;
mod json;
mod mix;
pub mod policies;
pub mod programs;
mod random;
mod request;
mod token;

pub use event::{Events, data};
pub use forms::Form;
pub use mix::{Kind, Mix};
