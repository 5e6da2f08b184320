//! Syntax trees to programs, as a list of named stages.
//!
//! Each stage takes one noun and returns the next with its diagnostics beside it. The front stages make the resolved
//! tree ([`hir`]); the plan makes the program of `lictor-ir`. The compiler runs no policy and reads no file: builtins come
//! as a registry, of which it calls only those that always give the same result.

#![forbid(unsafe_code)]

pub mod front;
mod hash;
pub mod hir;
mod merge;
mod plan;
mod show;

pub use front::analysis::{Analysis, Finding, Options, QuerySource, Schemas, Stage};
pub use front::{analyse, annotations_to_json};
pub use plan::{Part, PlanOptions, Traced, part, plan};
