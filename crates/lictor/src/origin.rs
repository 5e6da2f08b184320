//! Where files come from: the disk, or a commit of a Git repository. Whoever loads anything reads through it.

use std::io;
use std::path::{Path, PathBuf};

use crate::git::Tree;

/// Where files come from. Paths in a commit are those within the repository.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'o> {
    Disk,
    Commit(&'o Tree),
}

impl Origin<'_> {
    /// Whether the path is a folder; an error where there is nothing.
    pub(crate) fn is_folder(self, path: &Path) -> io::Result<bool> {
        match self {
            Origin::Disk => std::fs::metadata(path).map(|about| about.is_dir()),
            Origin::Commit(tree) => tree.is_folder(path),
        }
    }

    /// The paths in a folder, in any order.
    pub(crate) fn below(self, path: &Path) -> io::Result<Vec<PathBuf>> {
        match self {
            Origin::Disk => std::fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect(),
            Origin::Commit(tree) => tree.below(path),
        }
    }

    /// What a file says.
    pub(crate) fn read(self, path: &Path) -> io::Result<Vec<u8>> {
        match self {
            Origin::Disk => std::fs::read(path),
            Origin::Commit(tree) => tree.read(path).map(|bytes| bytes.to_vec()),
        }
    }

    /// What a file of text says.
    pub(crate) fn text(self, path: &Path) -> io::Result<String> {
        match self {
            Origin::Disk => std::fs::read_to_string(path),
            Origin::Commit(_) => {
                let not_utf8 = |_| io::Error::new(io::ErrorKind::InvalidData, "stream did not contain valid UTF-8");
                String::from_utf8(self.read(path)?).map_err(not_utf8)
            }
        }
    }

    /// A path as messages have it.
    pub(crate) fn shown(self, path: &Path) -> String {
        match self {
            Origin::Disk => path.display().to_string(),
            Origin::Commit(tree) => tree.shown(path),
        }
    }
}
