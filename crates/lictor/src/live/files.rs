//! Files that are watched: which of them changed since they were looked at last.
//!
//! What a file says counts, not when it was written: a file that was only touched has not changed. Its size and times tell
//! that it need not be read again, once they are old enough that no later writing could have left them as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

/// File systems tell times in steps; the coarsest in use have steps of two seconds.
const COARSE: Duration = Duration::from_secs(3);
/// Folders deeper than this are not searched: a link that leads back up would have no end.
const DEEPEST: u32 = 64;

/// Files and folders, as they were when they were looked at last.
pub struct Files {
    /// What is watched, with everything below.
    roots: Vec<PathBuf>,
    /// Files that matter beside these.
    others: BTreeSet<PathBuf>,
    seen: BTreeMap<PathBuf, Seen>,
}

/// A file as it was seen.
struct Seen {
    stamp: Stamp,
    /// Whether the stamp was so old already that every later writing gives another one.
    settled: bool,
    /// `None` where it could not be read.
    hash: Option<[u8; 32]>,
}

#[derive(PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    /// Second and nanosecond of its last change of any kind, and its number in the file system.
    changed: (i64, i64, u64),
}

impl Files {
    /// Watches these, and everything below those that are folders.
    pub fn new(roots: Vec<PathBuf>) -> Self {
        Files { roots, others: BTreeSet::new(), seen: BTreeMap::new() }
    }

    /// Watches this one as well; `text` is what it said when it was read, if it could be.
    pub(super) fn also(&mut self, path: PathBuf, text: Option<&str>) {
        if !self.seen.contains_key(&path) && self.others.insert(path.clone()) {
            let hash = text.map(|text| Sha256::digest(text).into());
            self.seen.insert(path, Seen { stamp: Stamp::NONE, settled: false, hash });
        }
    }

    /// The files that changed, came or went since the last look; at the first, all that are there.
    pub fn look(&mut self) -> Vec<PathBuf> {
        let mut there = self.others.clone();
        for root in &self.roots {
            gather(root, &mut there, 0);
        }
        let mut changed: Vec<PathBuf> = self.seen.keys().filter(|path| !there.contains(*path)).cloned().collect();
        for gone in &changed {
            self.seen.remove(gone);
        }
        for path in there {
            if self.look_at(path.clone()) {
                changed.push(path);
            }
        }
        changed
    }

    /// Whether this one is not as it was.
    fn look_at(&mut self, path: PathBuf) -> bool {
        let now = SystemTime::now();
        let Some(stamp) = std::fs::metadata(&path).ok().map(|metadata| Stamp::of(&metadata)) else {
            // It is not there, or nobody may look.
            let before = self.seen.insert(path, Seen { stamp: Stamp::NONE, settled: false, hash: None });
            return before.is_none_or(|before| before.hash.is_some());
        };
        if self.seen.get(&path).is_some_and(|before| before.settled && before.stamp == stamp) {
            return false;
        }
        let settled = stamp.is_before(now);
        let hash = std::fs::read(&path).ok().map(|bytes| Sha256::digest(bytes).into());
        let before = self.seen.insert(path, Seen { stamp, settled, hash });
        before.is_none_or(|before| before.hash != hash)
    }
}

impl Stamp {
    /// Of what was not looked at.
    const NONE: Stamp = Stamp { size: 0, modified: None, changed: (0, 0, 0) };

    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt;
            (metadata.ctime(), metadata.ctime_nsec(), metadata.ino())
        };
        #[cfg(not(unix))]
        let changed = (0, 0, 0);
        Stamp { size: metadata.len(), modified: metadata.modified().ok(), changed }
    }

    /// Whether whatever is written from `now` on gets another stamp.
    fn is_before(&self, now: SystemTime) -> bool {
        let old = |time: SystemTime| now.duration_since(time).is_ok_and(|age| age > COARSE);
        let changed = u64::try_from(self.changed.0).unwrap_or(0);
        self.modified.is_some_and(old) && old(SystemTime::UNIX_EPOCH + Duration::from_secs(changed))
    }
}

/// The files at a path and below it that may be sets, policies or data.
fn gather(path: &Path, files: &mut BTreeSet<PathBuf>, depth: u32) {
    if !path.is_dir() {
        // What was named itself counts whatever it is called, and also while it is not there.
        let known = path.extension().is_some_and(|e| ["rego", "json", "yaml", "yml"].iter().any(|known| e == *known));
        if depth == 0 || known {
            files.insert(path.to_owned());
        }
        return;
    }
    if depth < DEEPEST {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            // Nor is what is hidden loaded.
            if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                gather(&entry.path(), files, depth + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_counts_and_not_when_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.json"), folder.path().join("deeper/b.rego"));
        std::fs::write(&a, "1").unwrap();
        let mut files = Files::new(vec![folder.path().to_owned()]);
        assert_eq!(files.look(), std::slice::from_ref(&a));
        std::fs::write(&a, "1").unwrap();
        std::fs::write(folder.path().join("notes.txt"), "1").unwrap();
        assert!(files.look().is_empty());
        std::fs::write(&a, "2").unwrap(); // as long, and perhaps in the same tick of the clock
        std::fs::create_dir(folder.path().join("deeper")).unwrap();
        std::fs::write(&b, "1").unwrap();
        assert_eq!(files.look(), [a.clone(), b]);
        std::fs::remove_file(&a).unwrap();
        assert_eq!(files.look(), [a]);
        assert!(files.look().is_empty());
    }

    #[test]
    fn a_file_elsewhere_is_compared_with_what_was_read_and_waited_for_where_it_was_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let (known, late) = (folder.path().join("known.rego"), folder.path().join("late.rego"));
        std::fs::write(&known, "package a").unwrap();
        let mut files = Files::new(vec![]);
        files.also(known.clone(), Some("package a"));
        files.also(late.clone(), None);
        assert!(files.look().is_empty());
        std::fs::write(&late, "package late").unwrap();
        assert_eq!(files.look(), [late]);
        let mut files = Files::new(vec![]);
        files.also(known.clone(), Some("what it said before"));
        assert_eq!(files.look(), [known]);
    }

    #[test]
    fn an_old_file_that_changes_back_in_time_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        let mut files = Files::new(vec![file.clone()]);
        let write = |text: &str, age: u64| {
            std::fs::write(&file, text).unwrap();
            let time = SystemTime::now() - Duration::from_secs(age);
            std::fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        };
        write("1", 1_000);
        files.look();
        write("2", 2_000);
        assert_eq!(files.look(), [file]);
    }
}
