//! The cache: a bare repository for each URL, with what was fetched under `refs/lictor/`.
//!
//! `refs/lictor/heads%2Fmain` is the last fetched commit of the branch `main`, and so on for tags, commits and `HEAD`. So a
//! reference that moved, by force too, is fetched over what was there, and without a network the last one is still known. One
//! process at a time fetches; readers need not wait, since objects never change.

use std::fs::File;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::access::Access;
use super::program::{git, let_ssh_ask_nobody, run};
use super::{GitError, GitSource, Reference};

/// The bare repository that holds what was fetched from a URL.
pub(super) struct Cache<'c> {
    access: &'c Access,
    url: &'c str,
    pub(super) folder: PathBuf,
}

/// A reference of the repository, and where it stands.
struct Advertised {
    id: String,
    name: String,
}

impl<'c> Cache<'c> {
    /// Opens it; it is made where it is not there.
    pub(super) fn open(access: &'c Access, url: &'c str) -> Result<Self, GitError> {
        let parent = access.cache_folder()?;
        let hash = crate::record::hex(&Sha256::digest(url)[..12]);
        let cache = Cache { access, url, folder: parent.join(format!("{hash}.git")) };
        let ready = cache.folder.join("ready");
        if !ready.exists() {
            let mut maker = std::fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
            maker.recursive(true).create(&parent).map_err(|error| cache.unusable(&error))?;
            let _lock = cache.lock()?;
            let mut init = git(access);
            init.args(["init", "--quiet", "--bare", "--template="]).arg(&cache.folder);
            run(init, access, url, "init")?;
            std::fs::write(ready, "").map_err(|error| cache.unusable(&error))?;
        }
        Ok(cache)
    }

    fn unusable(&self, error: &std::io::Error) -> GitError {
        GitError::Cache { folder: self.folder.display().to_string(), why: error.to_string() }
    }

    /// Held by who fetches.
    fn lock(&self) -> Result<File, GitError> {
        let lock = File::create(self.folder.with_extension("lock")).map_err(|error| self.unusable(&error))?;
        lock.lock().map_err(|error| self.unusable(&error))?;
        Ok(lock)
    }

    fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let mut git = git(self.access);
        if self.url.starts_with("ssh://") && ["ls-remote", "fetch"].iter().any(|asks| arguments.first() == Some(asks)) {
            let_ssh_ask_nobody(&mut git, self.access);
        }
        git.arg("--git-dir").arg(&self.folder).args(arguments);
        run(git, self.access, self.url, arguments.first().unwrap_or(&""))
    }

    /// The commit that a name in the cache stands for, where it is there.
    fn commit(&self, name: &str) -> Option<String> {
        let id = self.run(&["rev-parse", "--quiet", "--verify", &format!("{name}^{{commit}}")]).ok()?;
        Some(String::from_utf8_lossy(&id).trim().to_owned())
    }

    /// The commit that a reference stands for now, which is in the cache afterwards.
    pub(super) fn fetch(&self, source: &GitSource) -> Result<String, GitError> {
        if self.access.offline {
            let names = known_as(&source.reference);
            let known = names.iter().find_map(|name| self.commit(&kept(name)));
            // A commit may have come with a branch.
            let known = known.or_else(|| match &source.reference {
                Reference::Commit(id) => self.commit(id),
                _ => None,
            });
            return known.ok_or_else(|| GitError::NeverFetched(source.to_string()));
        }
        let (name, id) = self.ask(source)?;
        self.take(&name, &id)
    }

    /// The same for who knows already where it stood, and seldom hears anything new.
    pub(super) fn follow(&self, source: &GitSource, known: Option<&str>) -> Result<String, GitError> {
        if self.access.offline {
            return self.fetch(source);
        }
        let (name, id) = self.ask(source)?;
        if known == Some(id.as_str()) { Ok(id) } else { self.take(&name, &id) }
    }

    /// What a reference is called, and the id of its commit now, without fetching it.
    fn ask(&self, source: &GitSource) -> Result<(String, String), GitError> {
        let wanted = match &source.reference {
            Reference::Commit(id) => return Ok((format!("commits/{id}"), id.clone())),
            other => known_as(other),
        };
        let patterns: Vec<String> = wanted
            .iter()
            .flat_map(|name| match name.as_str() {
                "HEAD" => vec![name.clone()],
                name => vec![format!("refs/{name}"), format!("refs/{name}^{{}}")],
            })
            .collect();
        let there = self.advertised(&patterns)?;
        let find = |name: &String| {
            let full = if name == "HEAD" { name.clone() } else { format!("refs/{name}") };
            // A tag with words of its own stands for the commit that it tags.
            let peeled = there.iter().find(|there| there.name == format!("{full}^{{}}"));
            let found = peeled.or_else(|| there.iter().find(|there| there.name == full))?;
            Some((name.clone(), found.id.clone()))
        };
        let found: Vec<(String, String)> = wanted.iter().filter_map(find).collect();
        match found.as_slice() {
            [] => Err(self.missing(source)),
            [(_, first), (_, second)] if first != second => {
                Err(GitError::Ambiguous { url: self.url.to_owned(), name: source.reference.to_string() })
            }
            [found, ..] => Ok(found.clone()),
        }
    }

    fn advertised(&self, patterns: &[String]) -> Result<Vec<Advertised>, GitError> {
        let arguments = ["ls-remote", "--quiet", "--", self.url].into_iter();
        let arguments: Vec<&str> = arguments.chain(patterns.iter().map(String::as_str)).collect();
        let text = self.run(&arguments)?;
        let line = |line: &str| {
            let (id, name) = line.split_once('\t')?;
            Some(Advertised { id: id.to_owned(), name: name.to_owned() })
        };
        Ok(String::from_utf8_lossy(&text).lines().filter_map(line).collect())
    }

    /// That there is no such reference, with those that there are.
    fn missing(&self, source: &GitSource) -> GitError {
        const MOST: usize = 8;
        let (what, name) = match &source.reference {
            Reference::Branch(name) => ("branch", name.clone()),
            Reference::Tag(name) => ("tag", name.clone()),
            Reference::Default => ("commit", "HEAD".to_owned()),
            Reference::Commit(id) => ("commit", id.clone()),
            // Servers tell of commits only by all their digits.
            Reference::Named(name) if name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                ("branch or tag (a commit needs all its digits)", name.clone())
            }
            Reference::Named(name) => ("branch or tag", name.clone()),
        };
        let patterns = ["refs/heads/*".to_owned(), "refs/tags/*".to_owned()];
        let there = self.advertised(&patterns).unwrap_or_default();
        let mut near: Vec<String> = (there.iter())
            .filter_map(|there| there.name.strip_prefix("refs/heads/").or(there.name.strip_prefix("refs/tags/")))
            .filter(|name| !name.ends_with("^{}"))
            .map(str::to_owned)
            .collect();
        near.sort_by_cached_key(|other| (distance(&name, other), other.clone()));
        near.dedup();
        near.truncate(MOST);
        GitError::NoReference { url: self.url.to_owned(), what, name, near }
    }

    /// Sees to it that a commit is in the cache, under the name of what stands for it; the commit that is.
    fn take(&self, name: &str, id: &str) -> Result<String, GitError> {
        let here = kept(name);
        if self.commit(&here).as_deref() == Some(id) {
            return Ok(id.to_owned());
        }
        let _lock = self.lock()?;
        if let Some(known) = self.commit(id) {
            self.run(&["update-ref", &here, &known])?;
            return Ok(known);
        }
        let fixed = name.starts_with("commits/");
        let there = if fixed {
            id.to_owned()
        } else if name == "HEAD" {
            name.to_owned()
        } else {
            format!("refs/{name}")
        };
        let fetched = self.fetch_into(&[format!("+{there}:{here}")], self.access.depth);
        match fetched {
            // Some servers give no commit that is not the last one of something: have all that there is.
            Err(GitError::Failed { .. }) if fixed => {
                let all = ["+refs/heads/*:refs/all/heads/*".to_owned(), "+refs/tags/*:refs/all/tags/*".to_owned()];
                self.fetch_into(&all, None)?;
                if self.commit(id).is_some() {
                    self.run(&["update-ref", &here, id])?;
                }
            }
            fetched => fetched?,
        }
        self.commit(&here).ok_or_else(|| GitError::NoReference {
            url: self.url.to_owned(),
            what: "commit",
            name: id.to_owned(),
            near: vec![],
        })
    }

    fn fetch_into(&self, what: &[String], depth: Option<u32>) -> Result<(), GitError> {
        // The largest depth is git's word for everything, in a repository that has less too.
        let depth = format!("--depth={}", depth.map_or(i32::MAX as u32, |depth| depth));
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force"];
        let arguments = fetch.into_iter().chain([depth.as_str(), "--", self.url]);
        let arguments: Vec<&str> = arguments.chain(what.iter().map(String::as_str)).collect();
        self.run(&arguments).map(drop)
    }
}

/// Where the cache keeps what has this name. No name is a folder of another one: a branch `a/b` may come where `a` was.
fn kept(name: &str) -> String {
    format!("refs/lictor/{}", name.replace('%', "%25").replace('/', "%2F"))
}

/// The names that a reference may have below `refs/` in its repository.
fn known_as(reference: &Reference) -> Vec<String> {
    match reference {
        Reference::Default => vec!["HEAD".to_owned()],
        Reference::Named(name) => vec![format!("heads/{name}"), format!("tags/{name}")],
        Reference::Branch(name) => vec![format!("heads/{name}")],
        Reference::Tag(name) => vec![format!("tags/{name}")],
        Reference::Commit(id) => vec![format!("commits/{id}")],
    }
}

/// How many letters have to be changed, added or left out to make one name of the other (Levenshtein's distance).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().take(64).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let cost = (diagonal + usize::from(from != *to)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_little_are_near() {
        for (a, b, expected) in [("main", "main", 0), ("mian", "main", 2), ("", "abc", 3), ("v1", "v1.0", 2)] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
