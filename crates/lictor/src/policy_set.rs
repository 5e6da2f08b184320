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
//! on_state_error: deny          # the default: refuse what it judges while usage is not known; or allow; or stale: 30s
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
//!   - git: {url: https://host/repo.git, ref: v1, path: rotation/due.rego}  # or git+https://host/repo.git#v1:rotation/due.rego
//!     severity: warning
//!     parameters: {max_days: 30}  # of this use alone
//! ```
//!
//! Parameters are what a policy reads below `data.lictor.parameters.PACKAGE`, its package without `lictor.library`. Data files
//! give them to every use of the policy, `parameters` to one: each use with parameters of its own is a unit of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{Entity, Events, Place};
use crate::git::{Commit, GitError, Repositories};
use crate::origin::Origin;
use crate::usage::OnStateError;

mod reading;
mod shared;
mod switch;

use reading::{PolicyDocument, Reading};

pub use reading::Found;
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
    /// What becomes of the events that it judges while it is not known how their tokens were used; the session's rule where
    /// it does not say, which is to deny unless said.
    pub on_state_error: Option<OnStateError>,
    /// Its policies, in order.
    pub policies: Vec<PolicySource>,
    /// The file it was read from.
    pub file: Option<PathBuf>,
    /// The commit it was read from, where that was one.
    pub commit: Option<Commit>,
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
    /// Where its text was read, where that was a file of its own on the disk.
    pub path: Option<PathBuf>,
    /// The commit that its text was read from, where that is another one than the set's.
    pub commit: Option<Commit>,
    /// What it reads below `data.lictor.parameters.PACKAGE` here, whatever data says.
    pub parameters: BTreeMap<String, serde_json::Value>,
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

impl PolicySource {
    /// What tells units apart: policies that are alike in it are compiled once.
    pub(crate) fn unit(&self) -> (&str, &str, String) {
        let parameters = if self.parameters.is_empty() {
            String::new()
        } else {
            self.parameters.iter().map(|(name, value)| format!("{name:?}: {value}\n")).collect()
        };
        (&self.file, &self.text, parameters)
    }
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
    /// A repository's files cannot be had.
    #[error(transparent)]
    Git(#[from] GitError),
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
    #[serde(default)]
    on_state_error: Option<RuleDocument>,
    policies: Vec<PolicyDocument>,
}

const RULES: &str = "on_state_error: write deny, allow or stale, or how old what was seen may be: {stale: 30s}";

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "on_state_error: write deny, allow or stale, or how old what was seen may be: {stale: 30s}"
)]
enum RuleDocument {
    Word(String),
    Stale(StaleDocument),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StaleDocument {
    stale: String,
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

impl PolicySet {
    /// Reads a set; `file` is where its text comes from, and relative policy paths start beside it.
    ///
    /// # Errors
    /// When the YAML is malformed, says something that no set can, or a policy's file cannot be read.
    pub fn parse(text: &str, file: &Path) -> Result<Self, SetError> {
        let reading = Reading { origin: Origin::Disk, repositories: &Repositories::default() };
        PolicySet::parse_with(text, file, reading, &SharedPolicies::default())
    }

    fn parse_with(text: &str, file: &Path, reading: Reading<'_>, shared: &SharedPolicies) -> Result<Self, SetError> {
        let path = reading.origin.shown(file);
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
        let on_state_error = document.on_state_error.map(rule_of).transpose().map_err(malformed)?;
        if document.policies.is_empty() {
            return Err(malformed("policies: a set needs at least one".into()));
        }
        let policies = document.policies.into_iter().enumerate();
        let read =
            |(i, policy): (usize, PolicyDocument)| policy.read(file, i, &document.name, &scope, (reading, shared));
        let policies = policies.map(read).collect::<Result<_, _>>()?;
        Ok(PolicySet {
            entity,
            name: document.name,
            description: document.description,
            events,
            scope,
            enforced: document.enforced,
            on_state_error,
            policies,
            file: Some(path.into()),
            commit: None,
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
        let reading = Reading { origin: Origin::Disk, repositories: &Repositories::default() };
        PolicySet::parse_with(&reading.text(file.as_ref())?, file.as_ref(), reading, shared)
    }

    /// Reads every set in a folder and below it, by file name; or the one set of a file.
    ///
    /// # Errors
    /// As [`PolicySet::load_from`].
    pub fn load_all(path: impl AsRef<Path>) -> Result<Vec<Self>, SetError> {
        PolicySet::load_from(&path.as_ref().into(), &Repositories::default())
    }
}

/// A rule, as written.
fn rule_of(written: RuleDocument) -> Result<OnStateError, String> {
    match written {
        RuleDocument::Word(word) => OnStateError::of_word(&word).ok_or_else(|| format!("{RULES}; `{word}` is none")),
        RuleDocument::Stale(StaleDocument { stale }) => {
            let unit = match stale.chars().last() {
                Some('s') => 1,
                Some('m') => 60,
                Some('h') => 3_600,
                _ => 0,
            };
            let count = stale.get(..stale.len().saturating_sub(1)).and_then(|count| count.parse::<u64>().ok());
            let seconds = count.and_then(|count| count.checked_mul(unit)).filter(|seconds| *seconds > 0);
            let seconds =
                seconds.ok_or_else(|| format!("on_state_error: `{stale}` is no time; write 30s, 5m or 1h"))?;
            Ok(OnStateError::Stale(Duration::from_secs(seconds)))
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PolicySet, String> {
        PolicySet::parse(text, Path::new("sets/one.yaml")).map_err(|e| e.to_string())
    }

    #[test]
    fn a_set_says_what_becomes_of_events_while_usage_is_not_known() {
        let rule = |written: &str| {
            let text = format!("{{name: n, entity: token, {written}policies: [{{rego: package a, severity: error}}]}}");
            parse(&text).map(|set| set.on_state_error)
        };
        let stale = |seconds| Ok(Some(OnStateError::Stale(Duration::from_secs(seconds))));
        assert_eq!(rule(""), Ok(None));
        assert_eq!(rule("on_state_error: deny, "), Ok(Some(OnStateError::Deny)));
        assert_eq!(rule("on_state_error: allow, "), Ok(Some(OnStateError::Allow)));
        assert_eq!(rule("on_state_error: stale, "), stale(60));
        assert_eq!(rule("on_state_error: {stale: 5m}, "), stale(300));
        for (written, said) in [
            ("maybe", "`maybe` is none"),
            ("{stale: soon}", "`soon` is no time"),
            ("{stale: 0s}", "`0s` is no time"),
            ("{stale: ''}", "`` is no time"),
            ("{fresh: 1s}", "write deny, allow or stale"),
        ] {
            let error = rule(&format!("on_state_error: {written}, ")).unwrap_err();
            assert!(error.contains(said), "{written}: {error}");
        }
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
}
