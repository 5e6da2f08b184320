//! Git repositories as a place where policy sets, policies and data are kept, read at a commit.
//!
//! Not a Git of our own: the `git` program fetches, with the credentials, proxies and keys that it is set up with. There is
//! no work tree: files are read from the objects of a bare repository in a cache folder.
//!
//! Whatever takes a path takes a repository too, as Docker and pip write it, `git+URL#REFERENCE:FOLDER`:
//!
//! | written | what it is |
//! |---|---|
//! | `git+https://host/repo.git` | the default branch |
//! | `git+https://host/repo.git#main:sets` | the folder `sets` of a branch or tag |
//! | `git+ssh://git@host/repo.git#refs/tags/v1` | a tag, where there is a branch of that name too |
//! | `git+file:///srv/repo#0c1d..e2` | a commit, by all 40 digits |
//! | `git+https://host/repo.git#:sets` | a folder of the default branch |
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # if std::process::Command::new("git").arg("--version").output().is_err() { return Ok(()); }
//! # let folder = tempfile::tempdir()?;
//! # let repository = folder.path().join("repository");
//! # let git = |words: &[&str]| {
//! #     let mut git = std::process::Command::new("git");
//! #     git.env("GIT_CONFIG_GLOBAL", "/dev/null").arg("-C").arg(&repository).args(["-c", "user.name=a", "-c", "user.email=a"]);
//! #     assert!(git.args(words).status().is_ok_and(|status| status.success()));
//! # };
//! # std::fs::create_dir_all(repository.join("sets"))?;
//! # std::fs::write(repository.join("sets/a.yaml"), "{name: s, entity: token, enforced: true, policies: [{path: ../a.rego, severity: error}]}")?;
//! # std::fs::write(repository.join("a.rego"), "package a\n\ndeny contains \"no\" if input.token.id == \"t1\"")?;
//! # git(&["init", "--quiet", "--initial-branch=main"]);
//! # git(&["add", "."]);
//! # git(&["commit", "--quiet", "--message=a"]);
//! use lictor::git::{Access, GitSource, Repositories};
//! use lictor::{Builder, Location, PolicySet};
//!
//! let source: GitSource = format!("git+file://{}#main:sets", repository.display()).parse()?;
//! let repositories = Repositories::new(Access::default().cache(folder.path().join("cache")));
//! # if !cfg!(feature = "git") { return Ok(()); }
//! let sets = PolicySet::load_from(&Location::Git(source), &repositories)?;
//! let policy = Builder::new().sets(sets).build()?;
//! let evaluation = policy.session().evaluate(r#"{"event": "create", "token": {"id": "t1"}}"#);
//! assert!(!evaluation.outcome?.is_allowed());
//! assert_eq!(evaluation.commits[0].reference, "main"); // and `id` is the commit that judged
//! # Ok(())
//! # }
//! ```
//!
//! Nobody is asked for a password: neither on a terminal nor in a window. `https` has what git's credential helpers, `~/.netrc` and
//! [`Access::credentials`] say, and `ssh` runs with `BatchMode=yes`, unless `GIT_SSH_COMMAND`, `GIT_SSH` or `core.sshCommand` say how it
//! is to run. Authorities of one's own are named as for git: `GIT_SSL_CAINFO` or `http.sslCAInfo`.
//!
//! What is refused: plain HTTP to other machines, a password or token in a URL, links that lead out of the repository, files of
//! submodules, and more files or bytes than [`Limits`] allow. A repository's sets may name other repositories by `https` and
//! `ssh` only. Without a network the last fetched commit is used where [`Access::offline`] says so, and never otherwise.
//!
//! Starting programs is behind the feature `git`, which is off unless asked for: who embeds the library where no program may
//! be started need not look for it in sets.

mod access;
mod cache;
mod program;
mod repositories;
mod source;
mod tree;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use access::{Access, Limits};
pub(crate) use repositories::Heads;
pub use repositories::Repositories;
pub use source::{GitSource, Location, Reference};
pub use tree::Tree;

/// A commit that files were read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Commit {
    /// The repository's URL.
    pub repository: String,
    /// What was asked for: `main`, `HEAD`.
    pub reference: String,
    /// The folder that was read; empty for all of it.
    pub folder: String,
    /// The commit, all digits.
    pub id: String,
}

impl Commit {
    /// The source as it is written: `git+https://host/repo.git#main:sets`.
    pub fn source(&self) -> String {
        let Commit { repository, reference, folder, .. } = self;
        let colon = if folder.is_empty() { "" } else { ":" };
        format!("git+{repository}#{reference}{colon}{folder}")
    }
}

/// Why a repository's files cannot be had.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// The library was built without the feature `git`.
    #[error("{0}: this is built without Git: build with the feature `git`")]
    NotBuilt(String),
    /// The text names no repository.
    #[error("`{text}`: {why}")]
    Url {
        /// The text, passwords taken out.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no program `git`.
    #[error("the program `git`, which fetches repositories, cannot be started: {0}")]
    NoProgram(String),
    /// The program failed.
    #[error("{url}: git {command} failed: {said}")]
    Failed {
        /// The repository.
        url: String,
        /// What it was to do: `fetch`.
        command: String,
        /// What it said.
        said: String,
    },
    /// The program took too long.
    #[error("{url}: git {command} took longer than {limit:?}")]
    TimedOut {
        /// The repository.
        url: String,
        /// What it was to do.
        command: String,
        /// How long it might take.
        limit: Duration,
    },
    /// There is no branch, tag or commit of this name.
    #[error("{url}: there is no {what} `{name}`{}", near_misses(.near))]
    NoReference {
        /// The repository.
        url: String,
        /// What was looked for: `branch or tag`.
        what: &'static str,
        /// Its name.
        name: String,
        /// Names that there are, the most similar first.
        near: Vec<String>,
    },
    /// There are a branch and a tag of this name, and they differ.
    #[error("{url}: `{name}` is a branch and a tag; write `refs/heads/{name}` or `refs/tags/{name}`")]
    Ambiguous {
        /// The repository.
        url: String,
        /// The name.
        name: String,
    },
    /// Nothing is to be fetched, and nothing was fetched before.
    #[error("{0} was never fetched, and fetching is switched off (offline)")]
    NeverFetched(String),
    /// A repository's set names another one in a way that only sets on the disk may.
    #[error("{0}: a set of a remote repository may name others by https and ssh only")]
    NotFromThere(String),
    /// The cache folder cannot be used.
    #[error("{folder}: the cache of Git repositories cannot be used: {why}")]
    Cache {
        /// The folder.
        folder: String,
        /// Why not.
        why: String,
    },
}

fn near_misses(near: &[String]) -> String {
    match near {
        [] => String::new(),
        near => format!("; there are: {}", near.join(", ")),
    }
}
