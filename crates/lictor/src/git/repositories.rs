//! Repositories as they are at one moment: whatever is read of a branch, sets or data, is of one commit.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cache::Cache;
use super::{Access, GitError, GitSource, Tree};

type Open = BTreeMap<GitSource, Result<Arc<Tree>, GitError>>;

/// Where references stood: the commit of each repository's reference.
pub(crate) type Heads = BTreeMap<GitSource, String>;

/// Repositories, each reference asked for once. Clones share what they know; make another one to ask again.
#[derive(Clone, Debug, Default)]
pub struct Repositories {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    access: Access,
    /// What is known already, and fetched.
    heads: Heads,
    open: Mutex<Open>,
}

impl Repositories {
    /// Repositories that are reached in this way.
    pub fn new(access: Access) -> Self {
        Repositories::at(access, Heads::new())
    }

    /// Repositories of which some were asked for and fetched already.
    pub(crate) fn at(access: Access, heads: Heads) -> Self {
        Repositories { shared: Arc::new(Shared { access, heads, open: Mutex::default() }) }
    }

    /// The files of the commit that the source names now. Whoever asks again gets the same ones.
    ///
    /// # Errors
    /// When the repository cannot be reached, or has no such branch, tag or commit.
    pub fn open(&self, source: &GitSource) -> Result<Arc<Tree>, GitError> {
        if !cfg!(feature = "git") {
            return Err(GitError::NotBuilt(source.to_string()));
        }
        let whole = source.whole();
        self.lock().entry(whole).or_insert_with_key(|whole| self.shared.read(whole)).clone()
    }

    /// The references that were asked for, and where they stand.
    pub(crate) fn found(&self) -> BTreeMap<GitSource, Result<String, GitError>> {
        let open = self.lock();
        let found = open.iter().map(|(source, tree)| {
            let id = tree.as_ref().map(|tree| tree.id().to_owned());
            (source.clone(), id.map_err(GitError::clone))
        });
        found.collect()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.shared.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn read(&self, whole: &GitSource) -> Result<Arc<Tree>, GitError> {
        let cache = Cache::open(&self.access, &whole.url)?;
        let id = match self.heads.get(whole) {
            Some(id) => id.clone(),
            None => cache.fetch(whole)?,
        };
        Tree::open(&self.access, &cache, whole, id).map(Arc::new)
    }
}

impl Access {
    /// Where a reference stands now; its commit is fetched unless it is the known one.
    pub(crate) fn head(&self, source: &GitSource, known: Option<&str>) -> Result<String, GitError> {
        Cache::open(self, &source.url)?.follow(source, known)
    }
}

#[cfg(all(test, not(feature = "git")))]
mod tests {
    use super::*;

    #[test]
    fn no_program_is_started_where_the_feature_is_off() {
        let source = "git+file:///nowhere".parse().unwrap();
        assert!(matches!(Repositories::default().open(&source), Err(GitError::NotBuilt(_))));
    }
}
