//! A policy set: which policies judge which events, how severely, and whether anybody has to obey.
//!
//! It is a YAML file. Everything but name, entity and policies may be left out:
//!
//! ```yaml
//! name: account-tokens
//! description: No tokens of users.
//! entity: token                 # or api_key
//! events: on_save               # the default: create, update, rotate; or a list of them, revoke, use; or on_use
//! scope: account                # the default: every account; or {account: a, org: o, project: p}
//! enforced: true                # false unless said: judged and reported, but nothing is refused
//! policies:
//!   - path: ../policies/deny-user-type.rego
//!     severity: error           # "error and exit"; or warning, "warn and continue"
//!   - name: short-lived
//!     severity: warning
//!     rego: |
//!       package short_lived
//!       deny contains "too long" if input.token.validTo > 1779647400000
//!   - policy: account.no-users  # written once, used by many sets: see SharedPolicies
//!     severity: error
//! ```

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::event::{Entity, Events, Place};

mod shared;
mod switch;

pub use shared::SharedPolicies;
pub use switch::switch;

/// A policy set as written.
#[derive(Clone, Debug)]
pub struct PolicySet {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it judges.
    pub entity: Entity,
    /// When.
    pub events: Events,
    /// Where: it applies to all below.
    pub scope: Scope,
    /// Whether its verdicts refuse anything.
    pub enforced: bool,
    /// Its policies, in order.
    pub policies: Vec<PolicySource>,
    /// The file it was read from.
    pub file: Option<PathBuf>,
}

/// What happens when a policy denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Warn and continue.
    Warning,
    /// Error and exit.
    Error,
}

/// One policy of a set.
#[derive(Clone, Debug)]
pub struct PolicySource {
    /// What reports call it.
    pub name: String,
    /// The file that messages name.
    pub file: String,
    /// Its Rego text.
    pub text: String,
    /// What happens when it denies.
    pub severity: Severity,
    /// Where its text was read, where that was a file of its own.
    pub path: Option<PathBuf>,
}

/// Where a set applies: to this account, organization or project and to all below. A part that is `None` is any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The account.
    pub account: Option<String>,
    /// The organization.
    pub org: Option<String>,
    /// The project.
    pub project: Option<String>,
}

impl Scope {
    /// Whether it is every account.
    pub fn is_everywhere(&self) -> bool {
        *self == Scope::default()
    }

    /// Whether something at `place` is within it.
    pub fn contains(&self, place: &Place<'_>) -> bool {
        let within = |mine: &Option<String>, its: Option<&str>| mine.is_none() || mine.as_deref() == its;
        within(&self.account, place.account) && within(&self.org, place.org) && within(&self.project, place.project)
    }
}

/// Why a policy set could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// A file or folder could not be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The YAML is malformed, or says something that no set can.
    #[error("{path}: {message}")]
    Malformed {
        /// The file.
        path: String,
        /// What is wrong, with row and column where they are known.
        message: String,
    },
    /// Two sets have one name.
    #[error("{path}: the policy set `{name}` is already defined in {other}")]
    Duplicate {
        /// The name.
        name: String,
        /// The second file.
        path: String,
        /// The first file.
        other: String,
    },
    /// A file could not be written.
    #[error("{path}: cannot be written: {source}")]
    Unwritable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// No set has the name that was asked for.
    #[error("there is no policy set `{name}`; there are: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Names that there are.
        known: String,
    },
    /// There is nothing to judge by.
    #[error("{path}: no policy set here; a set is a .yaml or .yml file with name, entity and policies")]
    Nothing {
        /// The folder.
        path: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a policy set with name, entity and policies")]
struct Document {
    name: String,
    description: Option<String>,
    entity: String,
    #[serde(default)]
    events: Option<OneOrMany>,
    #[serde(default)]
    scope: Option<ScopeDocument>,
    #[serde(default)]
    enforced: bool,
    policies: Vec<PolicyDocument>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "events: write a word (on_save, on_use, create, ..) or a list of words")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "scope: write `account`, or some of {account: a, org: o, project: p}")]
enum ScopeDocument {
    Word(String),
    Parts(ScopeParts),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeParts {
    account: Option<String>,
    org: Option<String>,
    project: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a policy with severity, and path, rego or policy")]
struct PolicyDocument {
    name: Option<String>,
    path: Option<PathBuf>,
    rego: Option<String>,
    policy: Option<String>,
    severity: Severity,
}

impl PolicySet {
    /// Reads a set; `file` is where its text comes from, and relative policy paths start beside it.
    ///
    /// # Errors
    /// When the YAML is malformed, says something that no set can, or a policy's file cannot be read.
    pub fn parse(text: &str, file: &Path) -> Result<Self, SetError> {
        PolicySet::parse_with(text, file, &SharedPolicies::default())
    }

    fn parse_with(text: &str, file: &Path, shared: &SharedPolicies) -> Result<Self, SetError> {
        let path = file.display().to_string();
        let malformed = |message: String| SetError::Malformed { path: path.clone(), message };
        let document: Document = serde_norway::from_str(text).map_err(|e| malformed(e.to_string()))?;
        let entity = document.entity.parse().map_err(|e| malformed(format!("entity: {e}")))?;
        let events = match document.events {
            None => Events::ON_SAVE,
            Some(OneOrMany::One(word)) => word.parse().map_err(|e| malformed(format!("events: {e}")))?,
            Some(OneOrMany::Many(words)) if words.is_empty() => {
                return Err(malformed("events: an empty list would never apply; leave it out for on_save".into()));
            }
            Some(OneOrMany::Many(words)) => words.iter().try_fold(Events::default(), |all, word| {
                word.parse().map(|events| all.with(events)).map_err(|e| malformed(format!("events: {e}")))
            })?,
        };
        let scope = scope_of(document.scope).map_err(malformed)?;
        if document.policies.is_empty() {
            return Err(malformed("policies: a set needs at least one".into()));
        }
        let policies = document.policies.into_iter().enumerate();
        let read = |(i, policy): (usize, PolicyDocument)| policy.read(file, i, &document.name, &scope, shared);
        let policies = policies.map(read).collect::<Result<_, _>>()?;
        Ok(PolicySet {
            entity,
            name: document.name,
            description: document.description,
            events,
            scope,
            enforced: document.enforced,
            policies,
            file: Some(file.to_owned()),
        })
    }

    /// Reads one set's file.
    ///
    /// # Errors
    /// As [`PolicySet::parse`], and when the file cannot be read.
    pub fn load(file: impl AsRef<Path>) -> Result<Self, SetError> {
        PolicySet::load_with(file, &SharedPolicies::default())
    }

    /// Reads one set's file, which may use these policies by name.
    ///
    /// # Errors
    /// As [`PolicySet::load`], and when it uses one that is not there, or not visible from its scope.
    pub fn load_with(file: impl AsRef<Path>, shared: &SharedPolicies) -> Result<Self, SetError> {
        let file = file.as_ref();
        let text = std::fs::read_to_string(file)
            .map_err(|source| SetError::Unreadable { path: file.display().to_string(), source })?;
        PolicySet::parse_with(&text, file, shared)
    }

    /// Reads every set in a folder and below it, by file name; or the one set of a file.
    ///
    /// # Errors
    /// As [`PolicySet::load`]; also when there is none, or two share a name.
    pub fn load_all(path: impl AsRef<Path>) -> Result<Vec<Self>, SetError> {
        let path = path.as_ref();
        let files = PolicySet::files(path)?;
        let shared = SharedPolicies::load(path)?;
        let sets = files.iter().map(|file| PolicySet::load_with(file, &shared)).collect::<Result<Vec<_>, _>>()?;
        for (i, set) in sets.iter().enumerate() {
            if let Some(first) = sets[..i].iter().position(|other| other.name == set.name) {
                let shown = |at: usize| files[at].display().to_string();
                return Err(SetError::Duplicate { name: set.name.clone(), path: shown(i), other: shown(first) });
            }
        }
        if sets.is_empty() {
            return Err(SetError::Nothing { path: path.display().to_string() });
        }
        Ok(sets)
    }
}

impl PolicyDocument {
    fn read(
        self,
        set: &Path,
        position: usize,
        set_name: &str,
        scope: &Scope,
        shared: &SharedPolicies,
    ) -> Result<PolicySource, SetError> {
        let PolicyDocument { name, path, rego, policy, severity } = self;
        let malformed = |message: String| SetError::Malformed {
            path: set.display().to_string(),
            message: format!("policies[{position}]: {message}"),
        };
        let text = match (&policy, &path, &rego) {
            (None, _, _) => read_text(set, position, (name, path, rego), set_name)?,
            (Some(reference), None, None) => {
                let found = shared.find(reference, scope).map_err(malformed)?.clone();
                PolicyText { name: name.unwrap_or(found.name), ..found }
            }
            _ => return Err(malformed("give one of `policy`, `path` and `rego`, not several".to_owned())),
        };
        let PolicyText { name, file, text, path } = text;
        Ok(PolicySource { name, file, text, severity, path })
    }
}

/// A policy's text, and where it comes from.
#[derive(Clone, Debug)]
struct PolicyText {
    name: String,
    file: String,
    text: String,
    path: Option<PathBuf>,
}

/// Reads a policy that is written in a file, or lies beside it: its name, path and text as written there.
fn read_text(
    within: &Path,
    position: usize,
    written: (Option<String>, Option<PathBuf>, Option<String>),
    owner: &str,
) -> Result<PolicyText, SetError> {
    let shown = within.display().to_string();
    let malformed = |message: &str| SetError::Malformed {
        path: shown.clone(),
        message: format!("policies[{position}]: {message}"),
    };
    match written {
        (name, Some(path), None) => {
            let file = within.parent().unwrap_or(Path::new("")).join(path);
            let text = std::fs::read_to_string(&file)
                .map_err(|source| SetError::Unreadable { path: file.display().to_string(), source })?;
            let stem = file.file_stem().map(|s| s.to_string_lossy().into_owned());
            let name = name.or(stem).unwrap_or_else(|| format!("{owner}/{}", position + 1));
            Ok(PolicyText { name, file: tidy(&file), text, path: Some(file) })
        }
        (name, None, Some(text)) => {
            let name = name.unwrap_or_else(|| format!("{owner}/{}", position + 1));
            Ok(PolicyText { file: format!("{}#{name}", tidy(within)), name, text, path: None })
        }
        (_, Some(_), Some(_)) => Err(malformed("give either `path` or `rego`, not both")),
        (_, None, None) => Err(malformed("give `path` to a .rego file, or `rego` text")),
    }
}

/// Where something applies, as written.
fn scope_of(written: Option<ScopeDocument>) -> Result<Scope, String> {
    match written {
        None => Ok(Scope::default()),
        Some(ScopeDocument::Word(word)) if word == "account" => Ok(Scope::default()),
        Some(ScopeDocument::Word(word)) => {
            let example =
                "write `scope: account` for every account, or name it: `scope: {account: a, org: o, project: p}`";
            Err(format!("scope: `{word}` says not which one; {example}"))
        }
        Some(ScopeDocument::Parts(ScopeParts { account, org, project })) => Ok(Scope { account, org, project }),
    }
}

/// A path without `x/..`, for messages.
fn tidy(path: &Path) -> String {
    let mut parts: Vec<std::path::Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (std::path::Component::ParentDir, Some(std::path::Component::Normal(_))) => {
                parts.pop();
            }
            (std::path::Component::CurDir, _) => {}
            _ => parts.push(part),
        }
    }
    parts.iter().collect::<PathBuf>().display().to_string()
}

/// Folders deeper than this are not searched: a link that leads back up would have no end.
const DEEPEST: u32 = 32;

fn gather(path: &Path, files: &mut Vec<PathBuf>, depth: u32) -> Result<(), SetError> {
    let unreadable = |source| SetError::Unreadable { path: path.display().to_string(), source };
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let below = entry.map_err(unreadable)?.path();
        let is_yaml = below.extension().is_some_and(|e| e == "yaml" || e == "yml");
        if below.is_dir() && depth < DEEPEST {
            gather(&below, files, depth + 1)?;
        } else if is_yaml {
            files.push(below);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PolicySet, String> {
        PolicySet::parse(text, Path::new("sets/one.yaml")).map_err(|e| e.to_string())
    }

    #[test]
    fn a_set_is_not_enforced_and_judges_saves_everywhere_unless_it_says_otherwise() {
        let set = parse("{name: n, entity: api_key, policies: [{rego: package a, severity: warning}]}").unwrap();
        assert!(!set.enforced && set.scope.is_everywhere() && set.events == Events::ON_SAVE);
        assert_eq!((set.policies[0].name.as_str(), set.policies[0].severity), ("n/1", Severity::Warning));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        let wrong = [
            ("{name: n, entity: pipeline, policies: [{rego: p, severity: error}]}", "entity: `pipeline` is no entity"),
            ("{name: n, entity: token, policies: []}", "policies: a set needs at least one"),
            ("{name: n, entity: token, policies: [{severity: error}]}", "policies[0]: give `path`"),
            ("{name: n, entity: token, events: [], policies: []}", "events: an empty list would never apply"),
            ("{name: n, entity: token, scope: org, policies: []}", "scope: `org` says not which one"),
            ("{name: n, entity: token, enforce: true, policies: []}", "unknown field `enforce`"),
        ];
        for (text, expected) in wrong {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected) && error.starts_with("sets/one.yaml: "), "{error}");
        }
    }

    #[test]
    fn a_scope_holds_all_that_is_below_it() {
        let org = Scope { account: Some("a".into()), org: Some("o".into()), project: None };
        let at = |account, org, project| Place { account, org, project };
        assert!(org.contains(&at(Some("a"), Some("o"), None)));
        assert!(org.contains(&at(Some("a"), Some("o"), Some("p"))));
        assert!(!org.contains(&at(Some("a"), Some("x"), Some("p"))));
        assert!(!org.contains(&at(Some("a"), None, None)));
        assert!(Scope::default().contains(&at(None, None, None)));
    }

    #[test]
    fn paths_in_messages_take_no_detours() {
        assert_eq!(tidy(Path::new("a/sets/../policies/./p.rego")), "a/policies/p.rego");
    }
}
