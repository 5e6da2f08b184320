//! The files of a commit, read one by one from the repository's objects: no work tree, no copy.
//!
//! Links are followed within the commit, and never out of it. Submodules are other repositories, of which nothing is there:
//! walks pass over them, and what lies in one cannot be read.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::access::Access;
use super::cache::Cache;
use super::program::{Answering, git};
use super::{Commit, GitError, GitSource, Limits};

/// Links that lead to links are followed so often.
const LINKS: u32 = 40;
/// What Git itself calls a file's kind.
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// The files of a commit. Paths are those within the repository.
pub struct Tree {
    /// The source's URL and reference, and the commit's id.
    source: GitSource,
    id: String,
    limits: Limits,
    objects: Mutex<Objects>,
}

/// What was read so far.
struct Objects {
    /// Why nothing can be asked any more: the rest of an answer that was not read to its end would be taken for the next.
    program: Result<Answering, String>,
    blobs: HashMap<String, Arc<[u8]>>,
    folders: HashMap<String, Arc<Vec<Entry>>>,
    read: u64,
    /// How many folders were listed: links that lead back up make more ways than there are folders.
    listed: usize,
}

#[derive(Clone)]
struct Entry {
    kind: u32,
    name: String,
    object: String,
}

/// Where a path leads.
enum Found {
    Folder(Arc<Vec<Entry>>),
    File(String),
}

impl Tree {
    pub(super) fn open(access: &Access, cache: &Cache<'_>, source: &GitSource, id: String) -> Result<Self, GitError> {
        let mut program = git(access);
        program.arg("--git-dir").arg(&cache.folder).args(["cat-file", "--batch"]);
        let program = Answering::start(program)?;
        let objects =
            Objects { program: Ok(program), blobs: HashMap::new(), folders: HashMap::new(), read: 0, listed: 0 };
        Ok(Tree { source: source.whole(), id, limits: access.limits, objects: Mutex::new(objects) })
    }

    /// The commit's id, all digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the repository is on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.source.is_local()
    }

    /// The commit, with the folder that is read of it.
    pub(crate) fn commit(&self, folder: &Path) -> Commit {
        let GitSource { url, reference, .. } = &self.source;
        let folder = folder.display().to_string();
        Commit { repository: url.clone(), reference: reference.to_string(), folder, id: self.id.clone() }
    }

    /// A path as messages have it: `0c1de2f3a4b5:sets/a.yaml`, which `git show` takes too.
    pub fn shown(&self, path: &Path) -> String {
        format!("{}:{}", &self.id[..self.id.len().min(12)], path.display())
    }

    /// Whether the path is a folder.
    ///
    /// # Errors
    /// When there is nothing at the path, or a limit is passed.
    pub fn is_folder(&self, path: &Path) -> io::Result<bool> {
        self.find(path).map(|found| matches!(found, Found::Folder(_)))
    }

    /// What a file says.
    ///
    /// # Errors
    /// When it is not there, is a folder, lies out of the repository or in a submodule, or a limit is passed.
    pub fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        match self.find(path)? {
            Found::File(object) => self.lock().blob(&object, self.limits),
            Found::Folder(_) => Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")),
        }
    }

    /// The paths in a folder, by name; submodules are left out.
    ///
    /// # Errors
    /// When there is no such folder, or a limit is passed.
    pub fn below(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let Found::Folder(entries) = self.find(path)? else {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no folder"));
        };
        let listed = &mut self.lock().listed;
        *listed += 1;
        if *listed > self.limits.files {
            let limit = self.limits.files;
            return Err(io::Error::other(format!("more than {limit} folders are searched; does a link lead back?")));
        }
        let paths = entries.iter().filter(|entry| entry.kind != SUBMODULE).map(|entry| path.join(&entry.name));
        let mut paths: Vec<PathBuf> = paths.collect();
        paths.sort();
        Ok(paths)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, path: &Path) -> io::Result<Found> {
        let outside = || io::Error::other("it leads out of the repository");
        let mut objects = self.lock();
        let root = objects.folder(&format!("{}^{{tree}}", self.id), self.limits)?;
        // What is still to be gone, the next part last.
        let mut rest = parts(path).ok_or_else(outside)?;
        let (mut at, mut links) = (vec![root], 0);
        while let Some(part) = rest.pop() {
            if part == ".." {
                at.pop();
                if at.is_empty() {
                    return Err(outside());
                }
                continue;
            }
            let here = at.last().ok_or_else(outside)?;
            let entry = here.iter().find(|entry| entry.name == part).cloned();
            let nothing = || io::Error::new(io::ErrorKind::NotFound, "no such file or folder in this commit");
            let entry = entry.ok_or_else(nothing)?;
            match entry.kind {
                FOLDER => at.push(objects.folder(&entry.object, self.limits)?),
                SUBMODULE => return Err(io::Error::other("it lies in a submodule, which is not fetched")),
                LINK => {
                    links += 1;
                    if links > LINKS {
                        return Err(io::Error::other("it is a link that leads to too many others"));
                    }
                    let target = objects.blob(&entry.object, self.limits)?;
                    let target = std::str::from_utf8(&target).map_err(|_| outside())?;
                    rest.extend(parts(Path::new(target)).ok_or_else(outside)?);
                }
                _ if rest.is_empty() => return Ok(Found::File(entry.object)),
                _ => return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no folder")),
            }
        }
        at.pop().map(Found::Folder).ok_or_else(outside)
    }
}

/// The parts of a path, the first one last; `None` where it does not begin in the repository.
fn parts(path: &Path) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?.to_owned()),
            Component::ParentDir => parts.push("..".to_owned()),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    parts.reverse();
    Some(parts)
}

impl Objects {
    fn blob(&mut self, object: &str, limits: Limits) -> io::Result<Arc<[u8]>> {
        if let Some(blob) = self.blobs.get(object) {
            return Ok(Arc::clone(blob));
        }
        let (_, bytes) = self.object(object, limits)?;
        let bytes: Arc<[u8]> = bytes.into();
        self.blobs.insert(object.to_owned(), Arc::clone(&bytes));
        Ok(bytes)
    }

    fn folder(&mut self, object: &str, limits: Limits) -> io::Result<Arc<Vec<Entry>>> {
        if let Some(entries) = self.folders.get(object) {
            return Ok(Arc::clone(entries));
        }
        let (id, bytes) = self.object(object, limits)?;
        let entries = entries(&bytes, id.len() / 2).ok_or_else(|| io::Error::other("git's object is malformed"))?;
        let entries = Arc::new(entries);
        self.folders.insert(object.to_owned(), Arc::clone(&entries));
        Ok(entries)
    }

    /// An object's id and content.
    fn object(&mut self, name: &str, limits: Limits) -> io::Result<(String, Vec<u8>)> {
        let object = self.ask(name, limits);
        if let Err(error) = &object {
            self.program = Err(error.to_string());
        }
        object
    }

    fn ask(&mut self, name: &str, limits: Limits) -> io::Result<(String, Vec<u8>)> {
        if self.blobs.len() + self.folders.len() >= limits.files {
            return Err(io::Error::other(format!("more than {} files and folders are read", limits.files)));
        }
        let program = self.program.as_mut().map_err(|why| io::Error::other(why.clone()))?;
        let answers = program.ask(name)?;
        let mut head = String::new();
        answers.by_ref().take(1_024).read_line(&mut head)?;
        let mut words = head.split_ascii_whitespace();
        let (id, size) = match (words.next(), words.next(), words.next().and_then(|size| size.parse::<u64>().ok())) {
            (Some(id), Some(_), Some(size)) => (id.to_owned(), size),
            _ => return Err(io::Error::other("git does not have the object")),
        };
        let most = limits.file_bytes.min(limits.bytes.saturating_sub(self.read));
        if size > most {
            let limit = if size > limits.file_bytes { limits.file_bytes } else { limits.bytes };
            let what = if size > limits.file_bytes { "it is" } else { "all files are" };
            return Err(io::Error::other(format!("{what} larger than {limit} bytes")));
        }
        self.read += size;
        let mut bytes = Vec::new();
        answers.by_ref().take(size + 1).read_to_end(&mut bytes)?;
        if bytes.pop() != Some(b'\n') {
            return Err(io::Error::other("git ended early"));
        }
        Ok((id, bytes))
    }
}

/// The entries of a folder: `KIND NAME`, a zero, and the object's id in bytes. Names that are not UTF-8 are left out, since no
/// set can name them, and so are those that no file can have: whoever makes objects by hand may write `..`.
fn entries(mut bytes: &[u8], id_length: usize) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let zero = bytes.iter().position(|byte| *byte == 0)?;
        let (head, rest) = (bytes.get(..zero)?, bytes.get(zero + 1..)?);
        let blank = head.iter().position(|byte| *byte == b' ')?;
        let kind = u32::from_str_radix(std::str::from_utf8(&head[..blank]).ok()?, 8).ok()?;
        let object = crate::record::hex(rest.get(..id_length)?);
        if let Ok(name) = std::str::from_utf8(&head[blank + 1..])
            && !name.contains('/')
            && !["", ".", ".."].contains(&name)
        {
            entries.push(Entry { kind: kind & 0o170_000, name: name.to_owned(), object });
        }
        bytes = &rest[id_length..];
    }
    Some(entries)
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tree").field("source", &self.source).field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_s_entries_are_read_and_what_is_malformed_is_not() {
        let mut bytes = b"100644 a.rego\0".to_vec();
        bytes.extend([0xab; 20]);
        bytes.extend(b"40000 sets\0");
        bytes.extend([1; 20]);
        let good = bytes.len();
        for name in ["..", ".", "", "a/b", "\u{0}"] {
            bytes.extend(format!("100644 {}\0", name.trim_matches('\0')).bytes());
            bytes.extend([2; 20]);
        }
        let read = entries(&bytes, 20).unwrap();
        let read: Vec<_> = read.iter().map(|entry| (entry.kind, entry.name.as_str(), &entry.object[..4])).collect();
        assert_eq!(read, [(0o100_000, "a.rego", "abab"), (FOLDER, "sets", "0101")]);
        for end in [1, 13, 20, good - 1] {
            assert!(entries(&bytes[..end], 20).is_none(), "{end}");
        }
    }
}
