//! A Git repository for a test: a bare one, and a work tree that pushes to it. Nothing leaves the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A bare repository with a work tree beside it, gone with the value.
pub struct Repository {
    folder: TempDir,
}

impl Repository {
    /// An empty repository whose default branch is `main`; `None`, and a word on standard error, where there is no program
    /// `git`.
    pub fn new() -> Option<Self> {
        let there = Command::new("git").arg("--version").output().is_ok_and(|output| output.status.success());
        if !there {
            eprintln!("SKIPPED: the program `git` is not installed, so nothing about repositories is tested");
            return None;
        }
        let repository = Repository { folder: tempfile::tempdir().ok()? };
        let (bare, work) = (repository.bare(), repository.work());
        std::fs::create_dir(&work).ok()?;
        repository.git(&["init", "--quiet", "--bare", "--initial-branch=main", &bare.to_string_lossy()]);
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.git(&["remote", "add", "origin", &bare.to_string_lossy()]);
        Some(repository)
    }

    /// The folder that all of it is in; there is room for a cache.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The work tree.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// The bare repository.
    pub fn bare(&self) -> PathBuf {
        self.folder.path().join("repository.git")
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("file://{}", self.bare().display())
    }

    /// Runs the program in the work tree; what it writes.
    ///
    /// # Panics
    /// When it fails.
    pub fn git(&self, words: &[&str]) -> String {
        let mut git = Command::new("git");
        // Nothing of the machine's own settings.
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").current_dir(self.work());
        let identity = ["-c", "user.name=t", "-c", "user.email=t", "-c", "commit.gpgSign=false"];
        let output = git.args(identity).args(words).output().unwrap_or_else(|error| panic!("git {words:?}: {error}"));
        assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Writes files into the work tree.
    ///
    /// # Panics
    /// When one cannot be written.
    pub fn write(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            let file = self.work().join(name);
            let folder = file.parent().map_or_else(PathBuf::new, Path::to_owned);
            let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, text));
            written.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    /// Writes files, commits them and pushes the branch that the work tree is on; the commit's id.
    pub fn commit(&self, files: &[(&str, &str)]) -> String {
        self.write(files);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=more"]);
        self.git(&["push", "--quiet", "--force", "origin", "HEAD"]);
        self.git(&["rev-parse", "HEAD"])
    }
}
