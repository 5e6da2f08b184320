//! Helpers for tests, never part of a build: OPA's own cases, its answers to calls of builtins, OPA itself, servers and
//! proxies on loopback, and tests that read as sentences.
//!
//! Nothing here knows Lictor. Whatever answers a [`Question`] implements [`Answers`]: the facade in its tests, and
//! [`Oracle`], which runs the `opa` binary where it is installed. So the same sentence can be asked of both.

mod certificates;
pub mod conformance;
mod differences;
mod json;
pub mod loopback;
mod opa_cases;
mod opa_decisions;
mod oracle;
pub mod proxy;
mod question;
mod repository;
mod sentence;
mod vectors;

pub use certificates::{Authority, Identity};
pub use differences::known_differences;
pub use json::Json;
pub use opa_cases::{Cases, Compilation, Evaluation, Finding, Unavailable};
pub use opa_decisions::{Decisions, opa_decisions};
pub use oracle::Oracle;
pub use question::{Answer, Answers, Question, Version};
pub use repository::Repository;
pub use sentence::{Sentence, given};
pub use vectors::{Outcome, Vector, Vectors};
