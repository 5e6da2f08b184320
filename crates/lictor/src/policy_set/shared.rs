//! Shared policies: written once at a scope, and used by the sets of that scope and below.
//!
//! They are a YAML file among the sets, which judges nothing itself:
//!
//! ```yaml
//! kind: policies
//! scope: account                # or {account: a, org: o, project: p}: where they are kept
//! policies:
//!   - path: ../policies/short-lived.rego
//!   - name: no-users
//!     rego: |
//!       package no_users
//!       deny contains "no users" if input.token.apiKeyType == "USER"
//! ```
//!
//! A set uses one by its name: `policy: account.short-lived` is one of the account, `policy: org.short-lived` one of the set's
//! own organization, and a bare name one of the set's own scope. A set sees what is kept at its scope and above, and nothing of
//! its neighbours.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::reading::{GitDocument, PolicyText, Reading, Written, gather};
use super::{Scope, ScopeDocument, SetError, scope_of};
use crate::git::Repositories;
use crate::origin::Origin;

/// Policies that sets may use by name.
#[derive(Clone, Debug, Default)]
pub struct SharedPolicies(Vec<Shared>);

#[derive(Clone, Debug)]
struct Shared {
    scope: Scope,
    policy: PolicyText,
}

/// How far down a scope is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Account,
    Org,
    Project,
}

impl Level {
    fn of(scope: &Scope) -> Self {
        match scope {
            Scope { project: Some(_), .. } => Level::Project,
            Scope { org: Some(_), .. } => Level::Org,
            _ => Level::Account,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Account => "account",
            Level::Org => "organization",
            Level::Project => "project",
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "shared policies with kind, scope and policies")]
struct Document {
    #[serde(rename = "kind")]
    _kind: Kind,
    #[serde(default)]
    scope: Option<ScopeDocument>,
    policies: Vec<SharedDocument>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Policies,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a policy with path or git, or name and rego")]
struct SharedDocument {
    name: Option<String>,
    path: Option<PathBuf>,
    rego: Option<String>,
    git: Option<GitDocument>,
}

/// What every YAML file here may say of itself.
#[derive(Deserialize)]
struct Said {
    kind: Option<serde_norway::Value>,
}

/// The files at a path and below it: those of sets, and those of shared policies.
pub(super) fn sorted(origin: Origin<'_>, path: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), SetError> {
    let mut files = Vec::new();
    gather(origin, path, &mut files, 0)?;
    files.sort();
    // A file that cannot be read counts as a set's: reading it as one says why.
    let says = |text: String| serde_norway::from_str::<Said>(&text).is_ok_and(|said| said.kind.is_some());
    Ok(files.into_iter().partition(|file| !origin.text(file).is_ok_and(says)))
}

impl SharedPolicies {
    /// The shared policies in a folder and below it; none for a file.
    ///
    /// # Errors
    /// When a file cannot be read, is malformed, or two policies of one scope share a name.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, SetError> {
        let reading = Reading { origin: Origin::Disk, repositories: &Repositories::default() };
        SharedPolicies::read(reading, &sorted(Origin::Disk, path.as_ref())?.1)
    }

    pub(super) fn read(reading: Reading<'_>, files: &[PathBuf]) -> Result<Self, SetError> {
        let mut all = SharedPolicies::default();
        for file in files {
            all.add(reading, &reading.text(file)?, file)?;
        }
        Ok(all)
    }

    fn add(&mut self, reading: Reading<'_>, text: &str, file: &Path) -> Result<(), SetError> {
        let path = reading.origin.shown(file);
        let malformed = |message: String| SetError::Malformed { path: path.clone(), message };
        let document: Document = serde_norway::from_str(text).map_err(|e| malformed(e.to_string()))?;
        let scope = scope_of(document.scope).map_err(malformed)?;
        for (position, SharedDocument { name, path, rego, git }) in document.policies.into_iter().enumerate() {
            let at = |message: &str| malformed(format!("policies[{position}]: {message}"));
            if name.is_none() && path.is_none() && git.is_none() {
                return Err(at("give it a `name`, so that sets can use it"));
            }
            let policy = reading.policy(file, position, Written { name, path, rego, git }, "")?;
            let name = &policy.name;
            if name.starts_with("account.") || name.starts_with("org.") {
                return Err(at(&format!(
                    "`{name}` would be taken for a policy of another scope; give it another name"
                )));
            }
            if let Some(other) = self.0.iter().find(|other| other.scope == scope && other.policy.name == *name) {
                let other = &other.policy.file;
                return Err(at(&format!("the policy `{name}` is already defined at this scope: {other}")));
            }
            self.0.push(Shared { scope: scope.clone(), policy });
        }
        Ok(())
    }

    /// The policy that a set of this scope means.
    pub(super) fn find(&self, reference: &str, set: &Scope) -> Result<&PolicyText, String> {
        let own = Level::of(set);
        let (level, name) = match reference.split_once('.') {
            Some(("account", name)) => (Level::Account, name),
            Some(("org", name)) => (Level::Org, name),
            _ => (own, reference),
        };
        if level == Level::Org && set.org.is_none() {
            return Err(format!(
                "`{reference}` is not visible here: the set belongs to no organization; it sees what is kept at the {own}"
            ));
        }
        if let Some(found) = self.at(level, set, name) {
            return Ok(found);
        }
        let above = |level, prefix| {
            self.at(level, set, name).map(|_| format!("; write `{prefix}.{name}` for that of the {level}"))
        };
        let hint = above(Level::Account, "account");
        let hint = hint.or_else(|| above(Level::Org, "org").filter(|_| set.org.is_some()));
        let elsewhere = || {
            let other = self.0.iter().find(|shared| shared.policy.name == name)?;
            let level = Level::of(&other.scope);
            Some(format!("; the one of that name is kept at another {level}, and is not visible here"))
        };
        let hint = hint.or_else(elsewhere).unwrap_or_default();
        Err(format!("there is no policy `{name}` at the set's {level}{hint}"))
    }

    /// The policy of this name at a level above or beside a set's scope: rather the account's own than everybody's.
    fn at(&self, level: Level, set: &Scope, name: &str) -> Option<&PolicyText> {
        let visible = |scope: &Scope| {
            Level::of(scope) == level
                && (scope.account.is_none() || scope.account == set.account)
                && (level == Level::Account || scope.org == set.org)
                && (level != Level::Project || scope.project == set.project)
        };
        let found = self.0.iter().filter(|shared| shared.policy.name == name && visible(&shared.scope));
        found.max_by_key(|shared| shared.scope.account.is_some()).map(|shared| &shared.policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(account: Option<&str>, org: Option<&str>, project: Option<&str>) -> Scope {
        let own = |part: Option<&str>| part.map(str::to_owned);
        Scope { account: own(account), org: own(org), project: own(project) }
    }

    fn add(all: &mut SharedPolicies, text: &str, file: &str) -> Result<(), SetError> {
        let repositories = Repositories::default();
        all.add(Reading { origin: Origin::Disk, repositories: &repositories }, text, Path::new(file))
    }

    fn shared() -> SharedPolicies {
        let mut all = SharedPolicies::default();
        for (scope, name) in [
            ("account", "everybody"),
            ("{account: a}", "mine"),
            ("{account: b}", "theirs"),
            ("account", "both"),
            ("{account: a}", "both"),
            ("{account: a, org: o}", "teams"),
            ("{account: a, org: o, project: p}", "local"),
        ] {
            let rego = format!("package x # {scope}");
            let text = format!("{{kind: policies, scope: {scope}, policies: [{{name: {name}, rego: {rego:?}}}]}}");
            add(&mut all, &text, "shared.yaml").unwrap();
        }
        all
    }

    #[test]
    fn a_set_uses_policies_of_its_scope_and_above() {
        let shared = shared();
        let project = scope(Some("a"), Some("o"), Some("p"));
        let org = scope(Some("a"), Some("o"), None);
        let account = scope(Some("a"), None, None);
        for (set, reference, kept) in [
            (&project, "local", "{account: a, org: o, project: p}"),
            (&project, "org.teams", "{account: a, org: o}"),
            (&project, "account.mine", "{account: a}"),
            (&project, "account.everybody", "account"),
            (&project, "account.both", "{account: a}"),
            (&org, "teams", "{account: a, org: o}"),
            (&org, "org.teams", "{account: a, org: o}"),
            (&account, "mine", "{account: a}"),
            (&account, "account.everybody", "account"),
            (&Scope::default(), "everybody", "account"),
            (&Scope::default(), "account.both", "account"),
        ] {
            let found = shared.find(reference, set).unwrap_or_else(|error| panic!("{reference}: {error}"));
            assert_eq!(found.text, format!("package x # {kept}"), "{reference}");
        }
    }

    #[test]
    fn what_is_not_there_or_not_visible_is_told_with_what_to_write() {
        let shared = shared();
        let project = scope(Some("a"), Some("o"), Some("p"));
        for (set, reference, error) in [
            (&project, "mine", "no policy `mine` at the set's project; write `account.mine` for that of the account"),
            (
                &project,
                "teams",
                "no policy `teams` at the set's project; write `org.teams` for that of the organization",
            ),
            (&project, "account.theirs", "kept at another account, and is not visible here"),
            (&scope(Some("a"), Some("x"), None), "org.teams", "kept at another organization, and is not visible here"),
            (&scope(Some("a"), Some("o"), None), "local", "kept at another project, and is not visible here"),
            (&scope(Some("a"), None, None), "org.teams", "the set belongs to no organization"),
            (&Scope::default(), "mine", "kept at another account"),
            (&project, "account.nothing", "no policy `nothing` at the set's account"),
        ] {
            let said = shared.find(reference, set).unwrap_err();
            assert!(said.contains(error), "{reference}: {said}");
        }
    }

    #[test]
    fn a_name_is_taken_once_at_a_scope_and_never_looks_like_a_reference() {
        let mut all = shared();
        let mut add = |name: &str| {
            let text = format!("{{kind: policies, policies: [{{name: {name}, rego: package x}}]}}");
            super::tests::add(&mut all, &text, "more.yaml").unwrap_err().to_string()
        };
        assert!(add("everybody").contains("already defined at this scope: shared.yaml#everybody"));
        assert!(add("org.x").contains("would be taken for a policy of another scope"));
    }
}
