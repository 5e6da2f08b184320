//! Decides whether an API key or token event is allowed: policies in Rego, compiled.

#![forbid(unsafe_code)]

pub mod decision;
pub mod event;
pub mod host;
pub mod load;
pub mod policy_set;
pub mod report;

pub use decision::{Decision, Finding, Verdict};
pub use event::{Entity, Event, Events, Place, Route};
pub use policy_set::{PolicySet, Severity};
