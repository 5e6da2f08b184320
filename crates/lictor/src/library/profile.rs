//! A profile: which of the library's policies serve a standard, and their parameters as it has them.
//!
//! It is a YAML document that is loaded as data: what stands below `lictor.parameters` reaches the policies, and
//! `lictor.profile` tells which they are, and for which controls.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Entry, Library, LibraryError};
use crate::policy_set::Severity;

/// A profile of the library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name.
    pub id: String,
    /// The standard.
    pub title: String,
    /// What it asks for.
    pub description: String,
    /// The policies that serve it, in order.
    pub policies: Vec<Chosen>,
    /// Controls that policies on tokens cannot serve, and why.
    #[serde(default)]
    pub elsewhere: Vec<Control>,
    /// The document itself.
    #[serde(skip)]
    pub source: &'static str,
    /// Parameters by policy.
    #[serde(skip)]
    parameters: Map<String, Json>,
}

/// A policy that a profile names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// The policy's id.
    pub policy: String,
    /// How severe the profile takes it, where that is not what the policy says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The controls that it serves.
    pub controls: Vec<Control>,
}

/// A control of a standard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Its number.
    pub id: String,
    /// What it asks for, in words of ours.
    pub says: String,
    /// Whether number and words were looked up; they are from memory otherwise.
    pub verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    lictor: Below,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Below {
    profile: Profile,
    parameters: Map<String, Json>,
}

impl Profile {
    /// Reads a profile.
    pub(super) fn parse(source: &'static str) -> Result<Self, LibraryError> {
        let document: Document = serde_norway::from_str(source).map_err(|e| {
            let first = source.lines().next().unwrap_or_default();
            LibraryError::Malformed { file: format!("the profile `{first}`"), message: e.to_string() }
        })?;
        Ok(Profile { source, parameters: document.lictor.parameters, ..document.lictor.profile })
    }

    /// What it sets a policy's parameter to, where it does.
    pub fn parameter(&self, entry: &Entry, name: &str) -> Option<&Json> {
        self.parameters.get(entry.family())?.get(entry.name())?.get(name)
    }

    /// Every parameter that it sets: the policy's id and the parameter's name.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (family, policies) in &self.parameters {
            for (name, parameters) in policies.as_object().into_iter().flatten() {
                let id = format!("{family}.{name}");
                all.extend(parameters.as_object().into_iter().flatten().map(|(name, _)| (id.clone(), name.clone())));
            }
        }
        all
    }

    /// Its policies, each with the severity that it gives them.
    ///
    /// # Errors
    /// When it names a policy that there is not.
    pub fn entries<'l>(&self, library: &'l Library) -> Result<Vec<(&'l Entry, Severity)>, LibraryError> {
        let entry = |chosen: &Chosen| {
            let entry = library.entry(&chosen.policy)?;
            Ok((entry, chosen.severity.unwrap_or(entry.severity)))
        };
        self.policies.iter().map(entry).collect()
    }
}
