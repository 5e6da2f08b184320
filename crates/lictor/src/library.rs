//! The library: ready-made token policies, part of the program, each with its description, tests and sample events.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let library = lictor::Library::embedded()?;
//! let entry = library.entry("lifetime.maximum")?;
//! assert_eq!(entry.title, "Deny tokens that live too long");
//! assert_eq!(entry.parameters[0].name, "max_days");
//!
//! let policy = lictor::Builder::new().sets(vec![entry.policy_set()]).build()?;
//! let decision = policy.session().decide(entry.denied)?;
//! assert_eq!(decision.findings[0].message, "token lives 91 days, and may live 90");
//! # Ok(())
//! # }
//! ```
//!
//! An entry's parameters stand in data, below `lictor.parameters` and the entry's id; what is not there has a default.
//! A [`Profile`] is such a document for a standard, with the controls that it is for. [`copy`] gives the files that a
//! team needs to go on from here.

pub mod copy;
mod metadata;
pub mod profile;

use serde::Serialize;
use serde_json::Value as Json;

use crate::event::{Entity, Event, Events};
use crate::policy_set::{PolicySet, PolicySource, Scope, Severity};
pub use profile::{Control, Profile};

/// The files of a policy, as the build listed them.
pub(crate) struct Files {
    id: &'static str,
    source: &'static str,
    tests: &'static str,
    allowed: &'static str,
    denied: &'static str,
    data: Option<&'static str>,
}

mod files {
    use super::Files;

    include!(concat!(env!("OUT_DIR"), "/library.rs"));
}

/// The policies and profiles that come with the program.
#[derive(Clone, Debug)]
pub struct Library {
    /// The policies, by id.
    pub entries: Vec<Entry>,
    /// The profiles, by id.
    pub profiles: Vec<Profile>,
}

/// A policy of the library.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Its name: its family, a dot, and what it is about. Its package is this below `lictor.library`.
    pub id: String,
    /// What it denies, in a line.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// What it judges.
    pub entity: Entity,
    /// When.
    #[serde(serialize_with = "metadata::events_as_list")]
    pub events: Events,
    /// What a set makes of it unless told otherwise.
    pub severity: Severity,
    /// The controls of standards that it serves: `CIS AWS 1.14`.
    pub controls: Vec<String>,
    /// Controls likewise, whose numbers nobody has looked up: quoted from memory.
    pub unverified: Vec<String>,
    /// What an event must have, in the right type: `token.validTo`. It is denied otherwise.
    pub requires: Vec<String>,
    /// What else is read of an event. It may be missing; in a wrong type it is denied.
    pub optional: Vec<String>,
    /// Data that turn it on and off while it runs: `control.revoked`.
    pub switches: Vec<String>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Its text.
    pub source: &'static str,
    /// The text of its tests, for `opa test` and for the facade.
    pub tests: &'static str,
    /// An event that it lets pass, as JSON.
    pub allowed: &'static str,
    /// An event that it denies, as JSON.
    pub denied: &'static str,
    /// The data with which it denies that event, as YAML, where it takes any.
    pub data: Option<&'static str>,
}

/// A parameter of a policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is where the data say nothing.
    pub default: Json,
    /// What it may be, in words.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it means.
    pub description: String,
}

/// Why the library cannot give what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// No policy has that id.
    #[error("the library has no policy `{id}`{}", suggestion(.like))]
    NoPolicy {
        /// The id.
        id: String,
        /// Ids that are like it.
        like: Vec<String>,
    },
    /// No profile has that id.
    #[error("the library has no profile `{id}`; it has {}", .known.join(", "))]
    NoProfile {
        /// The id.
        id: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A policy or profile of the library does not say of itself what it should: a mistake in the library.
    #[error("{file}: {message}")]
    Malformed {
        /// The policy or profile.
        file: String,
        /// What is wrong.
        message: String,
    },
}

fn suggestion(like: &[String]) -> String {
    if like.is_empty() { String::new() } else { format!("; did you mean {}?", like.join(" or ")) }
}

impl Library {
    /// The library of this program.
    ///
    /// # Errors
    /// When a policy or profile in it is malformed, which its tests rule out.
    pub fn embedded() -> Result<Self, LibraryError> {
        let entries = files::POLICIES.iter().map(metadata::read).collect::<Result<Vec<_>, _>>()?;
        let profiles = files::PROFILES.iter().map(|text| Profile::parse(text)).collect::<Result<Vec<_>, _>>()?;
        Ok(Library { entries, profiles })
    }

    /// The policy of an id.
    ///
    /// # Errors
    /// When there is none; the error names ids that are like it.
    pub fn entry(&self, id: &str) -> Result<&Entry, LibraryError> {
        self.entries.iter().find(|entry| entry.id == id).ok_or_else(|| {
            let (family, name) = id.split_once(['.', '/']).unwrap_or((id, id));
            let alike = |entry: &&Entry| entry.family() == family || entry.name() == name;
            let mut like: Vec<&Entry> = self.entries.iter().filter(alike).collect();
            like.sort_by_key(|entry| (entry.name() != name, entry.family() != family));
            let like = like.into_iter().take(3).map(|entry| entry.id.clone()).collect();
            LibraryError::NoPolicy { id: id.to_owned(), like }
        })
    }

    /// The profile of an id.
    ///
    /// # Errors
    /// When there is none; the error names those that there are.
    pub fn profile(&self, id: &str) -> Result<&Profile, LibraryError> {
        self.profiles.iter().find(|profile| profile.id == id).ok_or_else(|| {
            let known = self.profiles.iter().map(|profile| profile.id.clone()).collect();
            LibraryError::NoProfile { id: id.to_owned(), known }
        })
    }
}

impl Entry {
    /// The first part of its id: what its kind of policy is about.
    pub fn family(&self) -> &str {
        self.id.split_once('.').map_or(&self.id, |(family, _)| family)
    }

    /// The second part of its id.
    pub fn name(&self) -> &str {
        self.id.split_once('.').map_or(&self.id, |(_, name)| name)
    }

    /// Its package, as a path: `data.lictor.library.lifetime.maximum`.
    pub fn package(&self) -> String {
        format!("data.lictor.library.{}", self.id)
    }

    /// Where its text lies below a folder of policies: `lifetime/maximum.rego`.
    pub fn file(&self) -> String {
        format!("{}.rego", self.id.replace('.', "/"))
    }

    /// Whether it judges such events.
    pub fn judges(&self, event: Event) -> bool {
        self.events.includes(event)
    }

    /// Whether one of its controls has these words in it, in capitals or not.
    pub fn serves(&self, words: &str) -> bool {
        let words = words.to_lowercase();
        self.controls.iter().chain(&self.unverified).any(|control| control.to_lowercase().contains(&words))
    }

    /// A set of it alone, enforced everywhere: to try it.
    pub fn policy_set(&self) -> PolicySet {
        let policy = PolicySource {
            name: self.id.clone(),
            file: self.file(),
            text: self.source.to_owned(),
            severity: self.severity,
            path: None,
            commit: None,
            parameters: std::collections::BTreeMap::default(),
        };
        PolicySet {
            name: self.id.clone(),
            description: Some(self.title.clone()),
            entity: self.entity,
            events: self.events,
            scope: Scope::default(),
            enforced: true,
            on_state_error: None,
            policies: vec![policy],
            file: None,
            commit: None,
        }
    }
}
