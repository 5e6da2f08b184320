//! How repositories are reached: cache, credentials, limits.

use std::path::PathBuf;
use std::time::Duration;

use super::GitError;

/// How much one reading of a commit may take in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many files and folders are read.
    pub files: usize,
    /// The largest file, in bytes.
    pub file_bytes: u64,
    /// All of them, in bytes.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { files: 20_000, file_bytes: 16 << 20, bytes: 128 << 20 }
    }
}

/// How repositories are reached.
#[derive(Clone, Debug)]
pub struct Access {
    pub(super) cache: Option<PathBuf>,
    pub(super) depth: Option<u32>,
    pub(super) credentials: Option<Credentials>,
    pub(super) offline: bool,
    pub(super) timeout: Duration,
    pub(super) limits: Limits,
}

#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) url: String,
    pub(super) user: String,
    pub(super) password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Default for Access {
    fn default() -> Self {
        Access {
            cache: None,
            depth: Some(1),
            credentials: None,
            offline: false,
            timeout: Duration::from_secs(60),
            limits: Limits::default(),
        }
    }
}

impl Access {
    /// Where fetched repositories are kept: `$XDG_CACHE_HOME/lictor/git` or `~/.cache/lictor/git` unless said.
    #[must_use]
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// How many commits of a branch are fetched: one unless said; `None` for all.
    #[must_use]
    pub fn depth(mut self, depth: Option<u32>) -> Self {
        self.depth = depth.map(|depth| depth.max(1));
        self
    }

    /// Who to be where URLs begin with `url` (`https://host/`). Without it git asks its credential helpers, `~/.netrc` and
    /// the agent of `ssh`. No program's arguments have it, and no other host gets it.
    #[must_use]
    pub fn credentials(mut self, url: impl Into<String>, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some(Credentials { url: url.into(), user: user.into(), password: password.into() });
        self
    }

    /// Whether nothing is fetched: what was fetched last is used, however old it is.
    #[must_use]
    pub fn offline(mut self, offline: bool) -> Self {
        self.offline = offline;
        self
    }

    /// The longest that asking a repository, or fetching from it, may take: 60 s unless said.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How much one reading of a commit may take in.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The folder of the cache.
    pub(super) fn cache_folder(&self) -> Result<PathBuf, GitError> {
        let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let found = self.cache.clone().or_else(|| {
            let base = from("XDG_CACHE_HOME").or_else(|| from("HOME").map(|home| home.join(".cache")))?;
            Some(base.join("lictor/git"))
        });
        found.ok_or_else(|| GitError::Cache {
            folder: "~/.cache".to_owned(),
            why: "neither XDG_CACHE_HOME nor HOME is set".to_owned(),
        })
    }
}
