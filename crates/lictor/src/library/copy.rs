//! The files with which a team takes policies of the library over: texts, tests, events, parameters, policy sets.
//!
//! ```
//! # fn main() -> Result<(), lictor::library::LibraryError> {
//! use lictor::library::{Library, copy};
//!
//! let library = Library::embedded()?;
//! let files = copy::policies(&[library.entry("rotation.due")?], None);
//! let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
//! assert_eq!(paths[0], "policies/rotation/due.rego");
//! assert!(paths.contains(&"data/rotation.due.yaml") && paths.contains(&"sets/rotation.due.yaml"));
//! # Ok(())
//! # }
//! ```
//!
//! They lie in five folders, so that each can be handed to the command that wants it: `lictor validate events --sets
//! sets --data data`, `opa test policies`. Every policy has files of its own: taking another one changes none of them.

use std::fmt::Write as _;

use super::{Entry, Library, LibraryError, Profile};
use crate::event::{Entity, Events};
use crate::policy_set::Severity;

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where, below the team's folder; parts are parted by slashes.
    pub path: String,
    /// What.
    pub text: String,
}

/// The files of some policies, each with a set of its own; parameters are the profile's where it has any.
pub fn policies(entries: &[&Entry], profile: Option<&Profile>) -> Vec<File> {
    let mut files = Vec::new();
    for entry in entries {
        texts(entry, profile, &mut files);
        let severity = profile.and_then(|profile| {
            let chosen = profile.policies.iter().find(|chosen| chosen.policy == entry.id)?;
            chosen.severity
        });
        let title = entry.title.clone() + ".";
        let policies = [(*entry, severity.unwrap_or(entry.severity))];
        let text = set(&entry.id, &title, entry.entity, entry.events, &policies, "../policies");
        files.push(File { path: format!("sets/{}.yaml", entry.id), text });
    }
    files
}

/// The files of a profile: its policies, its parameters for them, and its sets.
///
/// # Errors
/// When it names a policy that there is not.
pub fn profile(library: &Library, profile: &Profile) -> Result<Vec<File>, LibraryError> {
    let mut files = Vec::new();
    for (entry, _) in profile.entries(library)? {
        texts(entry, Some(profile), &mut files);
    }
    let sets = sets(library, profile, "../policies")?;
    files.extend(sets.into_iter().map(|file| File { path: format!("sets/{}", file.path), ..file }));
    Ok(files)
}

/// The policy sets of a profile, one for each entity and list of events; their policies lie below `folder`.
///
/// # Errors
/// When the profile names a policy that there is not.
pub fn sets(library: &Library, profile: &Profile, folder: &str) -> Result<Vec<File>, LibraryError> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for policy in profile.entries(library)? {
        let (entity, events) = (policy.0.entity, policy.0.events);
        match groups.iter_mut().find(|group| group.entity == entity && group.events == events) {
            Some(group) => group.policies.push(policy),
            None => groups.push(Group { entity, events, policies: vec![policy] }),
        }
    }
    let file = |Group { entity, events, policies }: Group<'_>| {
        let when = words(events).replace(['[', ']'], "").replace(", ", "-");
        let name = format!("{}-{entity}-{when}", profile.id).replace('_', "-");
        let description = format!("{}: {}", profile.title, profile.description);
        let text = set(&name, &description, entity, events, &policies, folder);
        File { path: format!("{name}.yaml"), text }
    };
    Ok(groups.into_iter().map(file).collect())
}

/// The policies of a profile that share a set.
struct Group<'l> {
    entity: Entity,
    events: Events,
    policies: Vec<(&'l Entry, Severity)>,
}

/// What a policy is alone: its text, tests, events and parameters.
fn texts(entry: &Entry, profile: Option<&Profile>, files: &mut Vec<File>) {
    let stem = entry.id.replace('.', "/");
    let mut file = |path: String, text: String| files.push(File { path, text });
    file(format!("policies/{stem}.rego"), entry.source.to_owned());
    file(format!("policies/{stem}_test.rego"), entry.tests.to_owned());
    file(format!("events/{stem}.allowed.json"), entry.allowed.to_owned());
    file(format!("events/{stem}.denied.json"), entry.denied.to_owned());
    if let Some(data) = entry.data {
        file(format!("switches/{}.yaml", entry.id), data.to_owned());
    }
    if !entry.parameters.is_empty() {
        file(format!("data/{}.yaml", entry.id), parameters(entry, profile));
    }
}

/// A policy's parameters as a document for its data: the profile's values, else the defaults.
pub fn parameters(entry: &Entry, profile: Option<&Profile>) -> String {
    let mut text = format!("# {}.\nlictor:\n  parameters:\n    {}:\n", entry.title, entry.family());
    let _ = writeln!(text, "      {}:", entry.name());
    for parameter in &entry.parameters {
        let set = profile.and_then(|profile| profile.parameter(entry, &parameter.name));
        let value = set.unwrap_or(&parameter.default);
        // JSON is YAML, and says of every text that it is one.
        let _ = write!(text, "        # {}\n        {}: {value}\n", parameter.description, parameter.name);
    }
    text
}

/// A set, not enforced, of policies that lie below `folder`.
fn set(
    name: &str,
    description: &str,
    entity: Entity,
    events: Events,
    policies: &[(&Entry, Severity)],
    folder: &str,
) -> String {
    let description = serde_json::Value::from(description);
    let mut text = format!("name: {name}\ndescription: {description}\nentity: {entity}\nevents: {}\n", words(events));
    text.push_str(
        "# Until this is true, what is denied is reported and nothing is refused.\nenforced: false\npolicies:\n",
    );
    for (entry, severity) in policies {
        let severity = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let file = entry.file();
        let _ = writeln!(text, "  - name: {}\n    path: {folder}/{file}\n    severity: {severity}", entry.id);
    }
    text
}

/// A list of events as a set has it.
fn words(events: Events) -> String {
    if events == Events::ON_SAVE {
        return "on_save".to_owned();
    }
    let words: Vec<&str> = events.iter().map(|event| event.as_str()).collect();
    format!("[{}]", words.join(", "))
}

/// A policy's set as its file would have it: for people to look at.
pub fn set_of(entry: &Entry) -> String {
    let policies = [(entry, entry.severity)];
    set(&entry.id, &format!("{}.", entry.title), entry.entity, entry.events, &policies, "../policies")
}
