//! Decides whether an API key or token event is allowed: policies in Rego, the language of Open Policy Agent, compiled.
//!
//! Compile a policy once, keep a session a thread, hand it each event's bytes:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = lictor::Policy::load_sets("policies/seed/sets")?; // Send + Sync, cheap to clone
//! let mut session = policy.session(); // one a thread
//! let decision = session.decide(br#"{"metadata": {"type": "token"}, "token": {"apiKeyType": "USER"}}"#)?;
//! if !decision.is_allowed() {
//!     for finding in &decision.findings {
//!         println!("{}: {}", finding.policy, finding.message);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - [`Policy`], [`Builder`]: modules, data, queries and sets, compiled.
//! - [`Cache`]: compiled policies, so that only what changed is compiled again.
//! - [`PolicySet`]: which policies judge which events, how severely, and whether anybody has to obey.
//! - [`Library`]: ready-made policies, with parameters, tests and sample events.
//! - [`Session`], [`Decision`], [`Rows`]: what evaluations give.
//! - [`mod@git`], [`Location`]: sets, policies and data of Git repositories, read at a commit.
//! - [`Live`], [`Watch`]: sets and data that are taken over when their files change, while events are decided.
//! - [`mod@record`]: what evaluations leave behind, without secrets.
//! - [`Tracked`], [`UsageStore`]: what is known of a token's use, in `input.usage`.
//! - [`Batch`]: many events on several threads, decisions in their order.
//! - [`explain`]: why an event is decided as it is, policy by policy.
//! - [`replay`]: two policies over recorded events, and what would change.
//! - [`Tests`]: the tests of policies, found and run.
//! - [`mod@capabilities`]: what policies may use, as OPA's capabilities files say it.
//! - [`BuildError`], [`Error`]: what can go wrong, as values; [`report`] renders them.

#![forbid(unsafe_code)]

pub mod batch;
mod builder;
mod cache;
pub mod capabilities;
mod compile;
mod compiled_policy;
#[cfg(feature = "store")]
mod database;
pub mod decision;
pub mod document;
pub mod error;
pub mod event;
pub mod explain;
mod fast;
mod gate;
pub mod git;
pub mod host;
mod judge;
pub mod library;
pub mod live;
pub mod load;
pub mod network;
mod origin;
mod parameters;
pub mod policy;
pub mod policy_set;
pub mod record;
pub mod replay;
pub mod report;
mod revision;
mod route;
pub mod rows;
mod schemas;
pub mod session;
pub mod test;
pub mod traceback;
pub mod usage;
mod worker;

pub use batch::Batch;
pub use builder::Builder;
pub use cache::Cache;
pub use decision::{Decision, Finding, Verdict};
pub use error::{BuildError, Error};
pub use event::{Entity, Event, Events, Place, Route};
pub use git::{GitSource, Location};
pub use host::StandardHost;
pub use library::Library;
pub use lictor_engine::Limits;
pub use lictor_syntax::{Diagnostic, Json as SyntaxJson, Version};
pub use lictor_value::{Host, Network, Value, json};
pub use live::{Live, Watch};
pub use network::StandardNetwork;
pub use policy::Policy;
pub use policy_set::{PolicySet, Scope, Severity};
pub use record::{Evaluation, Record};
pub use rows::{Row, Rows};
pub use session::{ParsedInput, Session};
pub use test::{TestOptions, TestResult, Tests};
pub use usage::{MemoryStore, OnStateError, Tracked, UsageStore};
pub use worker::Worker;

/// A policy's syntax tree as OPA's JSON; it prints compactly, with `{:#}` over several lines.
///
/// ```
/// let tree = lictor::ast_json("a.rego", "package a", lictor::Version::V1)?;
/// assert!(tree.to_string().starts_with(r#"{"package":{"path":["#));
/// # Ok::<(), lictor::BuildError>(())
/// ```
///
/// # Errors
/// Everything that is wrong with the text; `name` is what messages call it.
pub fn ast_json(name: &str, text: &str, version: Version) -> Result<lictor_syntax::Json, BuildError> {
    tree(name, text, version, false)
}

/// The same with the place of each node and its text, in base64 as OPA has it.
///
/// # Errors
/// Everything that is wrong with the text; `name` is what messages call it.
pub fn ast_json_with_locations(name: &str, text: &str, version: Version) -> Result<lictor_syntax::Json, BuildError> {
    tree(name, text, version, true)
}

fn tree(name: &str, text: &str, version: Version, locations: bool) -> Result<lictor_syntax::Json, BuildError> {
    let parsed = lictor_syntax::parse_module(name, text, version);
    match parsed.tree {
        Some(module) if parsed.diagnostics.is_empty() => {
            let parts = lictor_compiler::annotations_to_json(&module, locations).map_err(BuildError::Rejected)?;
            Ok(lictor_syntax::module_to_json_with(&module, &parts))
        }
        _ => Err(BuildError::Rejected(parsed.diagnostics)),
    }
}

/// A syntax tree of [`ast_json`] as indented lines, one a node, as `opa parse --format pretty` prints it.
pub fn ast_text(tree: &lictor_syntax::Json) -> String {
    lictor_syntax::tree_to_text(tree)
}

/// Input text as JSON: as it is where it is JSON, converted where it is YAML.
///
/// # Errors
/// What is wrong with the YAML, in words.
pub fn json_of_yaml(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let arena = lictor_value::Arena::default();
    if lictor_value::json::parse(&arena, &bytes).is_ok() {
        return Ok(bytes);
    }
    let value = document::yaml(&arena, &bytes)?;
    let mut json = Vec::new();
    lictor_value::json::write_json(value, &mut json);
    Ok(json)
}
