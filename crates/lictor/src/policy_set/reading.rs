//! From files to sets: which files there are, and the policies that they write, name or lie beside.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;

use super::{PolicySet, PolicySource, Scope, SetError, Severity, SharedPolicies, shared};
use crate::git::{Commit, GitError, GitSource, Location, Repositories};
use crate::origin::Origin;

/// Folders deeper than this are not searched: a link that leads back up would have no end.
const DEEPEST: u32 = 32;

/// Where sets are read from, and the repositories that they may name.
#[derive(Clone, Copy)]
pub(super) struct Reading<'r> {
    pub(super) origin: Origin<'r>,
    pub(super) repositories: &'r Repositories,
}

/// What [`PolicySet::load_each`] finds.
#[derive(Debug)]
pub struct Found {
    /// Each set, or what is wrong with it, by file name.
    pub sets: Vec<Result<PolicySet, SetError>>,
    /// What is wrong with shared policies; sets that use them are wrong then too.
    pub shared: Option<SetError>,
}

/// A policy's text, and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct PolicyText {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) text: String,
    pub(super) path: Option<PathBuf>,
    /// Where it is of another repository than what names it.
    pub(super) commit: Option<Commit>,
}

/// A policy's text as a file has it, or says where it is.
#[derive(Default)]
pub(super) struct Written {
    pub(super) name: Option<String>,
    pub(super) path: Option<PathBuf>,
    pub(super) rego: Option<String>,
    pub(super) git: Option<GitDocument>,
}

/// A policy's file in a repository.
#[derive(Deserialize)]
#[serde(untagged, expecting = "git: write {url: .., ref: .., path: ..} or git+https://host/repo.git#BRANCH:FILE")]
pub(super) enum GitDocument {
    Text(String),
    Parts(GitParts),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GitParts {
    url: String,
    #[serde(rename = "ref")]
    reference: Option<String>,
    path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a policy with severity, and path, rego, git or policy")]
pub(super) struct PolicyDocument {
    name: Option<String>,
    path: Option<PathBuf>,
    rego: Option<String>,
    git: Option<GitDocument>,
    policy: Option<String>,
    severity: Severity,
    #[serde(default)]
    parameters: BTreeMap<String, Json>,
}

impl PolicySet {
    /// Reads every set of a folder on the disk or in a repository, and below it, by file name; or the one set of a file.
    /// Names that begin with a dot are passed over: a Kubernetes ConfigMap has each file a second time in such a folder.
    ///
    /// # Errors
    /// As [`PolicySet::load`]; also when there is none, or two share a name, or a repository cannot be had.
    pub fn load_from(location: &Location, repositories: &Repositories) -> Result<Vec<Self>, SetError> {
        let Found { sets, shared } = PolicySet::load_each(location, repositories)?;
        if let Some(error) = shared {
            return Err(error);
        }
        let sets = sets.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut known = HashMap::new();
        for set in &sets {
            if let Some(other) = known.insert(&set.name, set) {
                let shown = |set: &PolicySet| set.file.as_ref().map_or_else(String::new, |f| f.display().to_string());
                return Err(SetError::Duplicate { name: set.name.clone(), path: shown(set), other: shown(other) });
            }
        }
        Ok(sets)
    }

    /// Does so, and stops at nothing that is wrong: for those who want to know all of it. Two sets may share a name.
    ///
    /// # Errors
    /// When a folder cannot be read, a repository cannot be had, or there is no set.
    pub fn load_each(location: &Location, repositories: &Repositories) -> Result<Found, SetError> {
        let found = match location {
            Location::Path(path) => Reading { origin: Origin::Disk, repositories }.each(path)?,
            Location::Git(source) => {
                let tree = repositories.open(source)?;
                let folder = Path::new(&source.folder);
                let commit = tree.commit(folder);
                let mut found = Reading { origin: Origin::Commit(&tree), repositories }.each(folder)?;
                found.sets.iter_mut().flatten().for_each(|set| set.commit = Some(commit.clone()));
                found
            }
        };
        if found.sets.is_empty() && found.shared.is_none() {
            return Err(SetError::Nothing { path: location.to_string() });
        }
        Ok(found)
    }

    /// The commits that it and its policies were read from.
    pub fn commits(&self) -> impl Iterator<Item = &Commit> {
        self.commit.iter().chain(self.policies.iter().filter_map(|policy| policy.commit.as_ref()))
    }
}

impl Reading<'_> {
    fn each(self, path: &Path) -> Result<Found, SetError> {
        let (files, of_shared) = shared::sorted(self.origin, path)?;
        let (shared, wrong) = match SharedPolicies::read(self, &of_shared) {
            Ok(shared) => (shared, None),
            Err(error) => (SharedPolicies::default(), Some(error)),
        };
        let sets = files.iter().map(|file| PolicySet::parse_with(self.text(file)?.as_str(), file, self, &shared));
        Ok(Found { sets: sets.collect(), shared: wrong })
    }

    /// What a file says.
    pub(super) fn text(self, file: &Path) -> Result<String, SetError> {
        let unreadable = |source| SetError::Unreadable { path: self.origin.shown(file), source };
        self.origin.text(file).map_err(unreadable)
    }

    /// Reads a policy that is written in a file, lies beside it or in a repository.
    pub(super) fn policy(
        self,
        within: &Path,
        position: usize,
        written: Written,
        owner: &str,
    ) -> Result<PolicyText, SetError> {
        let malformed = |message: String| SetError::Malformed {
            path: self.origin.shown(within),
            message: format!("policies[{position}]: {message}"),
        };
        let numbered = || format!("{owner}/{}", position + 1);
        let stem = |file: &Path| file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        match written {
            Written { name, path: Some(path), rego: None, git: None } => {
                let file = within.parent().unwrap_or(Path::new("")).join(path);
                let text = self.text(&file)?;
                let name = name.or_else(|| stem(&file)).unwrap_or_else(numbered);
                let shown = self.origin.shown(Path::new(&tidy(&file)));
                let path = matches!(self.origin, Origin::Disk).then_some(file);
                Ok(PolicyText { name, file: shown, text, path, commit: None })
            }
            Written { name, path: None, rego: Some(text), git: None } => {
                let name = name.unwrap_or_else(numbered);
                let file = format!("{}#{name}", self.origin.shown(Path::new(&tidy(within))));
                Ok(PolicyText { file, name, text, path: None, commit: None })
            }
            Written { name, path: None, rego: None, git: Some(git) } => {
                let source = git.source().map_err(|error| malformed(format!("git: {error}")))?;
                if let Origin::Commit(tree) = self.origin
                    && !tree.is_local()
                    && !(source.url.starts_with("https://") || source.url.starts_with("ssh://"))
                {
                    return Err(GitError::NotFromThere(source.to_string()).into());
                }
                let tree = self.repositories.open(&source)?;
                let file = Path::new(&source.folder);
                let there = Reading { origin: Origin::Commit(&tree), ..self };
                let text = there.text(file)?;
                let name = name.or_else(|| stem(file)).unwrap_or_else(numbered);
                Ok(PolicyText { name, file: tree.shown(file), text, path: None, commit: Some(tree.commit(file)) })
            }
            Written { path: None, rego: None, git: None, .. } => {
                Err(malformed("give `path` to a .rego file, or `rego` text, or `git`".to_owned()))
            }
            _ => Err(malformed("give one of `path`, `rego` and `git`, not several".to_owned())),
        }
    }
}

impl GitDocument {
    fn source(self) -> Result<GitSource, GitError> {
        match self {
            GitDocument::Text(text) => text.parse(),
            GitDocument::Parts(GitParts { url, reference, path }) => {
                GitSource::of_parts(url.strip_prefix("git+").unwrap_or(&url), reference.as_deref(), &path)
            }
        }
    }
}

impl PolicyDocument {
    pub(super) fn read(
        self,
        set: &Path,
        position: usize,
        set_name: &str,
        scope: &Scope,
        (reading, shared): (Reading<'_>, &SharedPolicies),
    ) -> Result<PolicySource, SetError> {
        let PolicyDocument { name, path, rego, git, policy, severity, parameters } = self;
        let malformed = |message: String| SetError::Malformed {
            path: reading.origin.shown(set),
            message: format!("policies[{position}]: {message}"),
        };
        let text = match (&policy, &path, &rego, &git) {
            (None, ..) => reading.policy(set, position, Written { name, path, rego, git }, set_name)?,
            (Some(reference), None, None, None) => {
                let found = shared.find(reference, scope).map_err(malformed)?.clone();
                PolicyText { name: name.unwrap_or(found.name), ..found }
            }
            _ => return Err(malformed("give one of `policy`, `path`, `rego` and `git`, not several".to_owned())),
        };
        let PolicyText { name, file, text, path, commit } = text;
        Ok(PolicySource { name, file, text, severity, path, commit, parameters })
    }
}

/// A path without `x/..`, for messages.
pub(super) fn tidy(path: &Path) -> String {
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

/// The YAML files at a path and below it.
pub(super) fn gather(origin: Origin<'_>, path: &Path, files: &mut Vec<PathBuf>, depth: u32) -> Result<(), SetError> {
    let unreadable = |source| SetError::Unreadable { path: origin.shown(path), source };
    let is_folder = |path: &Path| origin.is_folder(path).unwrap_or(false);
    if !is_folder(path) {
        files.push(path.to_owned());
        return Ok(());
    }
    for below in origin.below(path).map_err(unreadable)? {
        let is_hidden = below.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let is_yaml = below.extension().is_some_and(|e| e == "yaml" || e == "yml");
        if is_hidden {
            continue;
        }
        if is_folder(&below) && depth < DEEPEST {
            gather(origin, &below, files, depth + 1)?;
        } else if is_yaml {
            files.push(below);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_messages_take_no_detours() {
        assert_eq!(tidy(Path::new("a/sets/../policies/./p.rego")), "a/policies/p.rego");
    }

    #[cfg(unix)]
    #[test]
    fn a_mounted_config_map_has_each_set_once() {
        let folder = tempfile::tempdir().unwrap();
        let hidden = folder.path().join("..2026_11_28");
        std::fs::create_dir(&hidden).unwrap();
        let text = "{name: s, entity: token, policies: [{severity: error, rego: package a}]}";
        std::fs::write(hidden.join("s.yaml"), text).unwrap();
        std::os::unix::fs::symlink("..2026_11_28", folder.path().join("..data")).unwrap();
        std::os::unix::fs::symlink("..data/s.yaml", folder.path().join("s.yaml")).unwrap();
        let files = |path: &Path| -> Vec<_> {
            let sets = PolicySet::load_all(path).unwrap();
            sets.into_iter().filter_map(|set| set.file).collect()
        };
        assert_eq!(files(folder.path()), [folder.path().join("s.yaml")]);
        assert_eq!(files(&hidden), [hidden.join("s.yaml")], "who names it wants it");
    }
}
